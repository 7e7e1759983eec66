import Foundation
import JSON
import SmolVLM
import Testing

/// What a tiny GGUF model of the Llama 2 kind reads and answers (`Tests/Golden/make_llama2.py`).
private struct RecordedChat: CustomTestStringConvertible, Sendable {
    let title: String
    let system: String?
    let question: String
    let ids: [Int32]
    let answer: [Int]
    let text: String
    var testDescription: String { title }

    static let folder = RecordedConversation.root.appending(path: "Tests/Golden/gguf")

    static let all: [RecordedChat] = {
        let file = folder.appending(path: "llama2.json")
        guard let text = try? String(contentsOf: file, encoding: .utf8),
            let cases = try? JSONValue(parsing: text)
        else { return [] }
        return cases.elements.map { one in
            RecordedChat(
                title: one["title"]?.string ?? "", system: one["system"]?.string,
                question: one["question"]?.string ?? "",
                ids: one["ids"]?.elements.compactMap(\.int).map { Int32($0) } ?? [],
                answer: one["answer"]?.elements.compactMap(\.int) ?? [],
                text: one["text"]?.string ?? "")
        }
    }()
}

@Suite struct `A GGUF model with a SentencePiece vocabulary` {
    @Test func `the cases were recorded`() { #expect(RecordedChat.all.count == 3) }

    @Test(arguments: RecordedChat.all)
    private func `reads and answers as the reference does`(recorded: RecordedChat) throws {
        let model = try Model.load(from: RecordedChat.folder.appending(path: "llama2.gguf").path)
        #expect(model.chatFormatName == "llama2")
        #expect(!model.seesPictures)
        #expect(model.warnings == [])
        var start = ConversationOptions()
        start.system = recorded.system
        var conversation = try Conversation(with: model, options: start)
        conversation.add(recorded.question)
        #expect(try conversation.promptIDs() == recorded.ids)
        var options = AnswerOptions()
        options.maxTokens = 32
        options.endsLoops = false
        var pieces = ""
        let answer = try conversation.answer(options, isWanted: { true }) { event in
            if case .piece(let text) = event { pieces += text }
        }
        #expect(answer.tokenIDs == recorded.answer)
        #expect(answer.text == recorded.text)
        #expect(pieces == answer.text)
    }
}
