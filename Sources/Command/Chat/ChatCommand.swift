/// What a line that begins with / can ask for.
enum ChatCommand: String, CaseIterable, Sendable {
    case image, reset, save, help, quit

    /// The command as it is typed.
    var name: String { "/\(rawValue)" }

    /// The command and what follows it.
    var synopsis: String { takesFile ? "\(name) FILE" : name }

    /// What it does, as it is said behind its name.
    var meaning: String {
        switch self {
        case .image: "shows a picture, a PDF or a video with the next question"
        case .reset: "forgets everything said and shown"
        case .save: "writes the conversation to a file, as JSON if its name ends in .json"
        case .help: "lists the commands"
        case .quit: "ends the conversation"
        }
    }

    var takesFile: Bool { self == .image || self == .save }

    static let overview: String = {
        let width = allCases.map(\.synopsis.count).max() ?? 0
        let lines = allCases.map { command in
            let gap = String(repeating: " ", count: width - command.synopsis.count + 2)
            return "  \(command.synopsis)\(gap)\(command.meaning)\n"
        }
        return lines.joined()
            + "A line that ends in \\ goes on in the next one; // begins a text with /.\n"
            + "Ctrl-C ends an answer or clears the line, Ctrl-D ends the conversation.\n"
    }()
}

/// What a line of the user means.
enum ChatLine: Equatable, Sendable {
    case nothing
    case question(String)
    /// A command and the text behind its name.
    case command(ChatCommand, String)
    case unknown(String, nearest: String?)
    /// A command with more lines behind it, as pasted text may have them.
    case commandAndMore(ChatCommand)

    /// Whether the message goes on in the next line; commands never do.
    static func goesOn(_ line: String) -> Bool {
        line.hasSuffix("\\") && (!line.hasPrefix("/") || line.hasPrefix("//"))
    }

    /// - Parameter message: the line, or several that go on, joined by line feeds.
    init(_ message: String) {
        guard message.contains(where: { !$0.isWhitespace }) else {
            self = .nothing
            return
        }
        guard message.hasPrefix("/"), !message.hasPrefix("//") else {
            self = .question(message.hasPrefix("//") ? String(message.dropFirst()) : message)
            return
        }
        let name = message.prefix { !$0.isWhitespace }
        let rest = ChatWords.trimmed(message[name.endIndex...])
        if let command = ChatCommand(rawValue: String(name.dropFirst())) {
            self =
                rest.contains(where: \.isNewline)
                ? .commandAndMore(command) : .command(command, rest)
        } else {
            let names = ChatCommand.allCases.map(\.name)
            self = .unknown(
                String(name), nearest: Spelling.nearest(to: String(name), among: names))
        }
    }
}
