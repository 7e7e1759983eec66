package import JSON

/// One message of a conversation.
package struct ChatTurn: Equatable, Sendable {
    /// Who speaks.
    package enum Role: String, Sendable {
        case system, user, assistant
        /// What a tool answered to the assistant's call.
        case tool
    }

    /// What a message is made of, in order.
    package enum Part: Equatable, Sendable {
        case text(String)
        /// A picture, as `ImagePrompt` lays it out.
        case picture([PromptSegment])
        /// A video, as `VideoPrompt` lays it out.
        case video([PromptSegment])
    }

    package var role: Role
    package var parts: [Part]

    package init(_ role: Role, _ parts: [Part]) {
        self.role = role
        self.parts = parts
    }

    /// All text of the message.
    var text: String {
        parts.reduce(into: "") { text, part in
            if case .text(let piece) = part { text += piece }
        }
    }

    var hasPictures: Bool {
        parts.contains { part in
            if case .text = part { false } else { true }
        }
    }
}

/// What some formats write besides the messages.
package struct ChatOptions: Sendable {
    /// Whether SmolLM3 thinks aloud before it answers, unless its system message says so itself.
    package var thinking = true
    /// Functions that SmolLM3 may call, each a JSON object, by XML or from Python code.
    package var xmlTools: [JSONValue] = []
    package var pythonTools: [JSONValue] = []
    /// Today, as SmolLM3 is told it: `05 July 2025`.
    package var today: String

    package init(today: String) {
        self.today = today
    }
}

/// Why a conversation cannot be put into a prompt.
package enum ChatError: Error, Equatable, CustomStringConvertible {
    case unknownTemplate(file: String)
    case unknownName(String)
    case noPictures(format: ChatFormat)
    case wrongOrder(format: ChatFormat)

    package var description: String {
        switch self {
        case .unknownTemplate(let file):
            "\(file) has a chat template that smolvlm does not know. Say which it is most like with "
                + "--chat-format: \(ChatFormat.names)."
        case .unknownName(let name):
            "\(name) is no chat format. Known are \(ChatFormat.names)."
        case .noPictures(let format):
            "The chat format \(format.name) has no place for pictures. Ask a SmolVLM model."
        case .wrongOrder(let format):
            "In the chat format \(format.name), user and assistant take turns, the user first."
        }
    }
}
