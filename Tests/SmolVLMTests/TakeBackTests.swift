import SmolVLM
import Testing

@Suite struct `Taking back` {
    private func load(_ name: String) throws -> Model {
        try Model.load(
            from: RecordedConversation.folder(name), projector: nil, chatFormat: nil)
    }

    private var few: AnswerOptions {
        var options = AnswerOptions()
        options.maxTokens = 12
        return options
    }

    private func answer(_ conversation: inout Conversation) throws -> [Int] {
        try conversation.answer(few, isWanted: { true }, report: { _ in }).tokenIDs
    }

    @Test func `what was taken back leaves no trace, not even of a picture that was read`() throws {
        let model = try load("patch16")
        func begun() throws -> Conversation {
            var conversation = try Conversation(with: model, options: ConversationOptions())
            conversation.add("Hello")
            _ = try answer(&conversation)
            return conversation
        }
        var plain = try begun()
        try plain.add(RecordedConversation.picture(width: 90, height: 60, seed: 4))
        plain.add("What is it?")
        let wanted = try answer(&plain)

        var other = try begun()
        // Another picture of the same size has the same ids. It is read, but not answered.
        try other.add(RecordedConversation.picture(width: 90, height: 60, seed: 9))
        other.add(String(repeating: "What is it? ", count: 100))
        var isRead = false
        let stopped = try other.answer(few, isWanted: { !isRead }) { event in
            if case .progress(.prompt, let done, _) = event { isRead = done > 0 }
        }
        #expect(stopped.tokenIDs.isEmpty)
        #expect(stopped.stopped == .cancelled)
        other.takeBack(keepingFiles: false)
        try other.add(RecordedConversation.picture(width: 90, height: 60, seed: 4))
        other.add("What is it?")
        #expect(try answer(&other) == wanted)
    }

    @Test func `a question can be taken back without its pictures`() throws {
        let model = try load("patch16")
        let picture = RecordedConversation.picture(width: 90, height: 60, seed: 4)
        var plain = try Conversation(with: model, options: ConversationOptions())
        try plain.add(picture)
        plain.add("What is it?")
        var other = try Conversation(with: model, options: ConversationOptions())
        try other.add(picture)
        other.add("Something else")
        let refused = try other.answer(few, isWanted: { false }, report: { _ in })
        #expect(refused.tokenIDs.isEmpty)
        other.takeBack(keepingFiles: true)
        other.add("What is it?")
        #expect(try other.promptIDs() == plain.promptIDs())
        #expect(try answer(&other) == answer(&plain))
    }

    @Test func `after a reset all is as in the beginning`() throws {
        let model = try load("patch16")
        var options = ConversationOptions()
        options.system = "Be short."
        var fresh = try Conversation(with: model, options: options)
        fresh.add("What is it?")
        var other = try Conversation(with: model, options: options)
        try other.add(RecordedConversation.picture(width: 90, height: 60, seed: 4))
        other.add("Hello")
        _ = try answer(&other)
        other.reset()
        other.add("What is it?")
        #expect(try other.promptIDs() == fresh.promptIDs())
        #expect(try answer(&other) == answer(&fresh))
    }
}
