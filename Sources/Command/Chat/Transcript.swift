internal import JSON
internal import SmolVLM

/// What was said and shown in a conversation, to be kept.
struct Transcript: Equatable, Sendable {
    /// A question with its files, and what was answered.
    struct Exchange: Equatable, Sendable {
        let files: [String]
        let question: String
        let answer: Answer
    }

    let model: String
    let system: String?
    private(set) var exchanges: [Exchange] = []

    init(model: String, system: String?) {
        self.model = model
        self.system = system
    }

    mutating func add(_ exchange: Exchange) { exchanges.append(exchange) }

    mutating func removeAll() { exchanges = [] }

    /// The file that has it: JSON where the name says so, else Markdown.
    func text(forFile name: String) -> String {
        name.lowercased().hasSuffix(".json") ? json : markdown
    }

    private var markdown: String {
        var text = "# A conversation with \(model)\n"
        if let system { text += "\n## System\n\n\(system)\n" }
        for exchange in exchanges {
            text += "\n## User\n\n"
            for file in exchange.files { text += "- \(file)\n" }
            if !exchange.files.isEmpty { text += "\n" }
            text += exchange.question + "\n\n## Assistant\n\n"
            let thinking = exchange.answer.thinking
            if !thinking.isEmpty {
                text +=
                    thinking.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { $0.isEmpty ? ">\n" : "> \($0)\n" }.joined() + "\n"
            }
            text += exchange.answer.text + "\n"
            if exchange.answer.stopped != .end {
                text += "\n*(stopped: \(exchange.answer.stopped.rawValue))*\n"
            }
        }
        return text
    }

    private var json: String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("model", model)
            if let system { json.member("system", system) }
            json.member("turns") { json in
                json.array { json in
                    for exchange in exchanges {
                        json.object { json in
                            json.member("role", "user")
                            json.member("files") { json in
                                json.array { for file in exchange.files { $0.value(file) } }
                            }
                            json.member("text", exchange.question)
                        }
                        json.object { json in
                            json.member("role", "assistant")
                            if !exchange.answer.thinking.isEmpty {
                                json.member("thinking", exchange.answer.thinking)
                            }
                            json.member("text", exchange.answer.text)
                            json.member("stopped", exchange.answer.stopped.rawValue)
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }
}
