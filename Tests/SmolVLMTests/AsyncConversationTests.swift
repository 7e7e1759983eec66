import Foundation
import Media
import SmolVLM
import Synchronization
import Testing

private func sample(_ name: String) -> String {
    RecordedConversation.root.appending(path: "samples/\(name)").path
}

@Suite struct `Conversations that are awaited` {
    private func model() throws -> Model {
        try Model.load(from: RecordedConversation.folder("patch16"))
    }

    private var options: AnswerOptions {
        var options = AnswerOptions()
        options.maxTokens = 12
        return options
    }

    /// What a plain conversation answers.
    private func plain(_ model: Model) throws -> Answer {
        var conversation = try Conversation(with: model, options: ConversationOptions())
        try conversation.add(file: sample("station-sign.jpg"))
        conversation.add("Where?")
        return try conversation.answer(options)
    }

    @Test func `updates are progress, pieces and the whole`() async throws {
        let model = try model()
        let conversation = try AsyncConversation(with: model, options: ConversationOptions())
        try await conversation.add(file: sample("station-sign.jpg"))
        try await conversation.add("Where?")
        var pieces = ""
        var stages: Set<AnswerEvent.Stage> = []
        var wholes: [Answer] = []
        for try await update in conversation.updates(options) {
            #expect(wholes.isEmpty)
            switch update {
            case .event(.piece(let text)): pieces += text
            case .event(.thought(let text)): Issue.record("a thought: \(text)")
            case .event(.progress(let stage, _, _)): stages.insert(stage)
            case .whole(let answer): wholes.append(answer)
            }
        }
        let whole = try #require(wholes.first)
        #expect(stages == [.pictures, .prompt])
        #expect(pieces == whole.text)
        #expect(whole.tokenIDs == (try plain(model)).tokenIDs)
    }

    @Test func `calls are served in their order, and a second answer knows the first`() async throws
    {
        let model = try model()
        let conversation = try AsyncConversation(with: model, options: ConversationOptions())
        let image = try Image(path: sample("station-sign.jpg"))
        try await conversation.add(image)
        try await conversation.add("Where?")
        let first = try await conversation.answer(options) { _ in }
        try await conversation.add("And then?")
        let second = try await conversation.answer(options) { _ in }
        #expect(first.tokenIDs == (try plain(model)).tokenIDs)
        #expect(second.cachedTokenCount > first.promptTokenCount - 4)
    }

    @Test func `what is added once updates are asked for is for the next answer`() async throws {
        let model = try model()
        let conversation = try AsyncConversation(with: model, options: ConversationOptions())
        try await conversation.add(file: sample("station-sign.jpg"))
        try await conversation.add("Where?")
        let updates = conversation.updates(options)
        try await conversation.add("And then?")
        var first: Answer?
        for try await update in updates {
            if case .whole(let answer) = update { first = answer }
        }
        let second = try await conversation.answer(options) { _ in }
        #expect(first?.tokenIDs == (try plain(model)).tokenIDs)
        #expect(second.promptTokenCount > (first?.promptTokenCount ?? .max))
    }

    @Test func `a question that was not answered can be taken back`() async throws {
        let model = try model()
        let conversation = try AsyncConversation(with: model, options: ConversationOptions())
        try await conversation.add(file: sample("station-sign.jpg"))
        try await conversation.add("Never mind")
        try await conversation.takeBack(keepingFiles: true)
        try await conversation.add("Where?")
        let answer = try await conversation.answer(options) { _ in }
        #expect(answer.tokenIDs == (try plain(model)).tokenIDs)
        try await conversation.reset()
        try await conversation.add("Where?")
        #expect(try await conversation.answer(options) { _ in }.visionTokenCount == 0)
    }

    @Test func `a cancelled task ends its answer`() async throws {
        let conversation = try AsyncConversation(with: model(), options: ConversationOptions())
        try await conversation.add("Where?")
        let options = options
        let task = Task {
            // The task is cancelled before anything is read, whenever the answer begins.
            while !Task.isCancelled { await Task.yield() }
            return try await conversation.answer(options) { _ in }
        }
        task.cancel()
        #expect(try await task.value.stopped == .cancelled)
    }

    @Test func `what goes wrong is thrown`() async throws {
        let text = try Model.load(from: RecordedConversation.folder("text"))
        let conversation = try AsyncConversation(with: text, options: ConversationOptions())
        try await conversation.add("Where?")
        var none = AnswerOptions()
        none.maxTokens = 0
        let updates = conversation.updates(none)
        await #expect(throws: ModelError.self) { for try await _ in updates {} }
        await #expect(throws: ModelError.self) {
            try await conversation.add(file: sample("no-such-file.png"))
        }
    }
}

@Suite struct `Files in one call` {
    @Test func `a picture comes from a path or from bytes`() throws {
        let path = sample("station-sign.jpg")
        let image = try Image(path: path)
        #expect((image.width, image.height) == (2000, 1334))
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let same = try Image(bytes: bytes, name: "sign")
        #expect(
            image.withPixels { one in
                same.withPixels { other in one.indices.allSatisfy { one[$0] == other[$0] } }
            })
        do throws(MediaError) {
            _ = try Image(bytes: [], name: "nothing")
            Issue.record("nothing is no picture")
        } catch {
            #expect(error.description == "nothing is empty. Get the file again.")
        }
    }

    @Test func `a document gives its first page, or all of them with their text`() throws {
        let path = sample("two-page.pdf")
        let first = try Image(path: path)
        let file = try MediaFile(path: path, options: MediaOptions())
        #expect(file.items.count == 2)
        #expect(file.items[0].image.width == first.width)
        guard case .page(let number, let text) = file.items[1].place else {
            Issue.record("no page")
            return
        }
        #expect(number == 2 && !text.isEmpty)
    }

    @Test func `a conversation takes pages as large as its model can use`() throws {
        let model = try Model.load(from: RecordedConversation.folder("patch16"))
        var conversation = try Conversation(with: model, options: ConversationOptions())
        let edge = conversation.mediaOptions.pageLongestEdge
        #expect(edge == 256)
        let file = try MediaFile(path: sample("two-page.pdf"), options: conversation.mediaOptions)
        #expect(file.items.allSatisfy { max($0.image.width, $0.image.height) <= edge })
        try conversation.add(file)
        conversation.add("What is due?")
        #expect(try !conversation.promptIDs().isEmpty)
    }
}
