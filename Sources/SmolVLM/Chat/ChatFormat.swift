// In: the messages of a conversation. Out: the segments of a prompt that ends where the assistant is
// to speak. Each format is what the template published with its models writes, recorded and compared
// by Tests/Golden/record_chat.py; a template that is not one of them is refused, not guessed.

/// How a family of models wants conversations written.
package enum ChatFormat: Equatable, Sendable {
    /// SmolVLM, SmolVLM2, SmolDocling.
    case smolvlm
    case graniteDocling
    /// SmolLM2: ChatML with a system message of its own when there is none.
    case smollm2
    /// SmolLM3. Its published template closes the system message only when there are tools; a later
    /// one closes it always.
    case smollm3(closesSystem: Bool)
    /// Plain ChatML.
    case chatml
    case llama2
    case llama3

    /// The names that `--chat-format` takes.
    package static let named: [(name: String, format: ChatFormat)] = [
        ("smolvlm", .smolvlm), ("granite-docling", .graniteDocling), ("smollm2", .smollm2),
        ("smollm3", .smollm3(closesSystem: false)), ("chatml", .chatml), ("llama2", .llama2),
        ("llama3", .llama3),
    ]

    package static var names: String { named.map(\.name).joined(separator: ", ") }

    package var name: String {
        switch self {
        case .smolvlm: "smolvlm"
        case .graniteDocling: "granite-docling"
        case .smollm2: "smollm2"
        case .smollm3: "smollm3"
        case .chatml: "chatml"
        case .llama2: "llama2"
        case .llama3: "llama3"
        }
    }

    package init(named name: String) throws(ChatError) {
        guard let found = ChatFormat.named.first(where: { $0.name == name }) else {
            throw .unknownName(name)
        }
        self = found.format
    }

    /// The format that a template writes, told by what it must contain.
    ///
    /// - Parameter file: where the template stands, for the message.
    package init(template: String, file: String) throws(ChatError) {
        func has(_ parts: String...) -> Bool { parts.allSatisfy { template.contains($0) } }
        if has("<end_of_utterance>", "capitalize", "['content'][0]['type'] == 'image'") {
            self = .smolvlm
        } else if has("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>", "'<image>'") {
            self = .graniteDocling
        } else if has("Reasoning Mode: ", "Today Date: ", "### Tools", "(tool | string)") {
            self = .smollm3(closesSystem: ChatFormat.closesSystem(template))
        } else if has("<|im_start|>system", "You are a helpful AI assistant named SmolLM") {
            self = .smollm2
        } else if has("<|im_start|>", "<|im_end|>"), !has("tool"), !has("think"), !has("You are") {
            self = .chatml
        } else if has("[INST]", "<<SYS>>"), !has("tool") {
            self = .llama2
        } else if has("<|start_header_id|>", "<|eot_id|>"), !has("tool"), !has("Date") {
            self = .llama3
        } else {
            throw .unknownTemplate(file: file)
        }
    }

    /// Whether the end of SmolLM3's system message stands outside the condition on tools: then the
    /// condition's end comes before it.
    private static func closesSystem(_ template: String) -> Bool {
        let lines = template.split(separator: "\n").map { $0.filter { $0 != " " } }
        let blank = #"{{-"\n\n"-}}"#
        guard let end = lines.firstIndex(of: blank) else { return false }
        return lines[(end + 1)...].first == "{%-endif-%}"
    }

    /// The prompt of a conversation, up to where the assistant is to speak.
    package func prompt(
        _ turns: [ChatTurn], options: ChatOptions
    ) throws(ChatError) -> [PromptSegment] {
        var prompt = PromptBuilder()
        switch self {
        case .smolvlm: writeSmolVLM(turns, to: &prompt)
        case .graniteDocling: writeGranite(turns, to: &prompt)
        default:
            if turns.contains(where: \.hasPictures) { throw .noPictures(format: self) }
            switch self {
            case .smollm2: writeChatML(turns, system: ChatFormat.smollm2System, to: &prompt)
            case .smollm3(let closes):
                SmolLM3Prompt(options: options, closesSystem: closes).write(turns, to: &prompt)
            case .llama2: try writeLlama2(turns, to: &prompt)
            case .llama3: writeLlama3(turns, to: &prompt)
            default: writeChatML(turns, system: nil, to: &prompt)
            }
        }
        return prompt.segments.joined
    }

    private static let smollm2System =
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

    private func writeSmolVLM(_ turns: [ChatTurn], to prompt: inout PromptBuilder) {
        prompt.special("<|im_start|>")
        for turn in turns {
            let name = turn.role.rawValue
            // A colon alone before a picture, also with a blank before text or a video.
            if case .picture? = turn.parts.first {
                prompt.text(name.prefix(1).uppercased() + name.dropFirst() + ":")
            } else {
                prompt.text(name.prefix(1).uppercased() + name.dropFirst() + ": ")
            }
            prompt.parts(turn.parts)
            prompt.special("<end_of_utterance>")
            prompt.text("\n")
        }
        prompt.text("Assistant:")
    }

    private func writeGranite(_ turns: [ChatTurn], to prompt: inout PromptBuilder) {
        for turn in turns {
            prompt.special("<|start_of_role|>")
            prompt.text(turn.role.rawValue)
            prompt.special("<|end_of_role|>")
            prompt.parts(turn.parts)
            prompt.special("<|end_of_text|>")
            prompt.text("\n")
        }
        prompt.special("<|start_of_role|>")
        prompt.text("assistant")
        prompt.special("<|end_of_role|>")
    }

    private func writeChatML(
        _ turns: [ChatTurn], system: String?, to prompt: inout PromptBuilder
    ) {
        if let system, turns.first?.role != .system {
            prompt.chatML("system", system)
        }
        for turn in turns { prompt.chatML(turn.role.rawValue, turn.text) }
        prompt.special("<|im_start|>")
        prompt.text("assistant\n")
    }

    private func writeLlama2(
        _ turns: [ChatTurn], to prompt: inout PromptBuilder
    ) throws(ChatError) {
        let system = turns.first?.role == .system ? turns[0].text : nil
        for (place, turn) in turns.dropFirst(system == nil ? 0 : 1).enumerated() {
            guard turn.role == (place % 2 == 0 ? .user : .assistant) else {
                throw .wrongOrder(format: self)
            }
            if turn.role == .user {
                var content = turn.text
                if place == 0, let system { content = "<<SYS>>\n\(system)\n<</SYS>>\n\n\(content)" }
                prompt.special("<s>")
                prompt.text("[INST] \(content.strippedAsPython) [/INST]")
            } else {
                prompt.text(" \(turn.text.strippedAsPython) ")
                prompt.special("</s>")
            }
        }
    }

    private func writeLlama3(_ turns: [ChatTurn], to prompt: inout PromptBuilder) {
        func header(_ role: String) {
            prompt.special("<|start_header_id|>")
            prompt.text(role)
            prompt.special("<|end_header_id|>")
            prompt.text("\n\n")
        }
        prompt.special("<|begin_of_text|>")
        for turn in turns {
            header(turn.role.rawValue)
            prompt.text(turn.text.strippedAsPython)
            prompt.special("<|eot_id|>")
        }
        header("assistant")
    }
}

/// Segments being put one behind the other.
struct PromptBuilder {
    var segments: [PromptSegment] = []

    mutating func text(_ text: String) {
        if !text.isEmpty { segments.append(.text(text)) }
    }

    mutating func special(_ spelling: String) {
        segments.append(.marker(.special(spelling)))
    }

    mutating func parts(_ parts: [ChatTurn.Part]) {
        for part in parts {
            switch part {
            case .text(let text): self.text(text)
            case .picture(let inner), .video(let inner): segments += inner
            }
        }
    }

    /// A whole message of ChatML.
    mutating func chatML(_ role: String, _ content: String) {
        special("<|im_start|>")
        text(role + "\n" + content)
        special("<|im_end|>")
        text("\n")
    }
}
