import Foundation
import SmolVLM
import Testing

/// A copy of a tiny model whose files can be changed.
private final class ModelCopy {
    let url = FileManager.default.temporaryDirectory
        .appending(path: "smolvlm-model-\(UUID().uuidString)")

    init(of name: String) throws {
        try FileManager.default.copyItem(
            at: URL(filePath: RecordedConversation.folder(name)), to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var path: String { url.path }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    func text(of name: String) throws -> String {
        try String(contentsOf: url.appending(path: name), encoding: .utf8)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: name))
    }

    func load(chatFormat: String? = nil) throws(ModelError) -> Model {
        try Model.load(from: path, projector: nil, chatFormat: chatFormat)
    }

    /// The sentence that opening it costs.
    func complaint(chatFormat: String? = nil) -> String {
        do throws(ModelError) {
            _ = try load(chatFormat: chatFormat)
            return "opened"
        } catch {
            return error.description.replacing(path, with: "MODEL")
        }
    }
}

@Suite struct Models {
    private static let formats =
        "smolvlm, granite-docling, smollm2, smollm3, chatml, llama2, llama3."

    @Test func `the newest file with a template is heeded`() throws {
        let copy = try ModelCopy(of: "text")
        let llama2 = "{{ '[INST] <<SYS>>' }}"
        try copy.write("chat_template.json", "{\"chat_template\": \"\(llama2)\"}")
        #expect(try copy.load().chatFormatName == "chatml")
        try copy.remove("chat_template.jinja")
        #expect(try copy.load().chatFormatName == "llama2")
        try copy.remove("chat_template.json")
        try copy.write(
            "tokenizer_config.json",
            "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"?\"}, "
                + "{\"name\": \"default\", \"template\": \"\(llama2)\"}]}")
        #expect(try copy.load().chatFormatName == "llama2")
    }

    @Test func `a template that is missing or unknown is said, and a name helps`() throws {
        let copy = try ModelCopy(of: "text")
        try copy.write("chat_template.jinja", "{{ messages }}")
        #expect(
            copy.complaint()
                == "MODEL/chat_template.jinja has a chat template that smolvlm does not know. Say "
                + "which it is most like with --chat-format: " + Self.formats)
        try copy.remove("chat_template.jinja")
        #expect(
            copy.complaint()
                == "MODEL has no chat template. Say which format it was trained with by "
                + "--chat-format: " + Self.formats)
        #expect(try copy.load(chatFormat: "smollm2").chatFormatName == "smollm2")
        #expect(
            copy.complaint(chatFormat: "poem")
                == "poem is no chat format. Known are " + Self.formats)
    }

    @Test func `generation_config says what ends an answer, one id or several`() throws {
        let copy = try ModelCopy(of: "text")
        func answer() throws -> Answer {
            var conversation = try Conversation(
                with: copy.load(), options: ConversationOptions())
            conversation.add("What is on the sign?")
            var options = AnswerOptions()
            options.maxTokens = 20
            return try conversation.answer(options, isWanted: { true }, report: { _ in })
        }
        let whole = try answer()
        #expect(whole.stopped == .length)
        let end = whole.tokenIDs[9]
        let first = try #require(whole.tokenIDs.firstIndex(of: end))
        for ids in ["\(end)", "[2, \(end)]"] {
            try copy.write("generation_config.json", "{\"eos_token_id\": \(ids)}")
            let ended = try answer()
            #expect(ended.stopped == .end)
            #expect(ended.tokenIDs == Array(whole.tokenIDs[..<first]))
        }
        try copy.write("generation_config.json", "{")
        #expect(copy.complaint().hasPrefix("MODEL/generation_config.json is a broken JSON file"))
    }

    @Test func `files of pictures must fit the model`() throws {
        let copy = try ModelCopy(of: "patch16")
        let text = try copy.text(of: "preprocessor_config.json")
        try copy.write(
            "preprocessor_config.json",
            text.replacing("\"longest_edge\": 128", with: "\"longest_edge\": 96"))
        #expect(
            copy.complaint()
                == "MODEL: max_image_size.longest_edge is 96, where 128, the side of the model's "
                + "tiles is needed. Get the file again, or correct it.")
        try copy.remove("preprocessor_config.json")
        try copy.remove("processor_config.json")
        #expect(
            copy.complaint()
                == "MODEL does not say how pictures are prepared. Get preprocessor_config.json and "
                + "processor_config.json of the model.")
    }

    @Test func `a vocabulary that does not know pictures is said when one comes`() throws {
        let copy = try ModelCopy(of: "patch16")
        let config = try copy.text(of: "config.json")
        try copy.write(
            "config.json",
            config.replacing("\"image_token_id\": 190", with: "\"image_token_id\": 90"))
        var conversation = try Conversation(with: copy.load(), options: ConversationOptions())
        try conversation.add(RecordedConversation.picture(width: 60, height: 60, seed: 1))
        let error = #expect(throws: ModelError.self) { try conversation.promptIDs() }
        #expect(
            error?.description
                == "The vocabulary has no token for pictures. Use the tokenizer files that came "
                + "with the model.")
    }
}
