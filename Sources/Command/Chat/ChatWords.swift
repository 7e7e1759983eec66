internal import Foundation

/// The names of files behind a command, written as shells have them: blanks separate them, unless
/// they stand in quotes or behind a backslash; ~ is the home folder.
struct ChatWords {
    /// How the text at some place is quoted.
    enum Quote: Equatable, Sendable {
        case none, single, double
    }

    /// The finished words and, unless blanks stand at the end, the one that is being written.
    private(set) var words: [String] = []
    /// What has been written of the last word; nil behind a blank.
    private(set) var open: String?
    /// The quotes that the last word is in.
    private(set) var quote = Quote.none

    init(_ text: some StringProtocol) {
        var isEscaped = false
        for character in text {
            if isEscaped {
                // In double quotes a backslash means only these.
                if quote == .double, character != "\"", character != "\\" { add("\\") }
                add(character)
                isEscaped = false
            } else if character == "\\", quote != .single {
                isEscaped = true
                open = open ?? ""
            } else if character == "'", quote != .double {
                quote = quote == .single ? .none : .single
                open = open ?? ""
            } else if character == "\"", quote != .single {
                quote = quote == .double ? .none : .double
                open = open ?? ""
            } else if character.isWhitespace, quote == .none {
                finish()
            } else if character == "~", open == nil {
                open = Self.homeMark
            } else {
                add(character)
            }
        }
        if isEscaped { add("\\") }
    }

    /// Stands at the beginning of a word for a ~ that is not quoted: no name can begin with it.
    private static let homeMark = "\0"

    private mutating func add(_ character: Character) { open = (open ?? "") + String(character) }

    private mutating func finish() {
        if let open { words.append(open) }
        open = nil
    }

    /// All words; nil when a quote is not closed.
    static func files(in text: String) -> [String]? {
        var split = ChatWords(text)
        guard split.quote == .none else { return nil }
        split.finish()
        return split.words.map(expanded)
    }

    /// The path for a word.
    static func expanded(_ word: String) -> String {
        guard word.hasPrefix(homeMark) else { return word }
        let rest = word.dropFirst()
        let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
        // ~ alone and ~/ are understood; names of other users are not.
        return home.isEmpty || !(rest.isEmpty || rest.hasPrefix("/")) ? "~\(rest)" : home + rest
    }

    /// A text so written that it stands for itself at the end of a word.
    static func quoted(_ text: String, in quote: Quote) -> String {
        let marked: Set<Character> =
            switch quote {
            case .none: [" ", "\t", "'", "\"", "\\", "~"]
            case .single: []
            case .double: ["\"", "\\"]
            }
        return text.reduce(into: "") { result, character in
            if marked.contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }
}
