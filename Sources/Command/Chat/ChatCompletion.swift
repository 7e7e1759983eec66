internal import Foundation

/// What Tab does: completes the name of a command, or of a file behind one.
struct ChatCompletion: Equatable, Sendable {
    /// What to write at the cursor.
    private(set) var insertion = ""
    /// What there is to choose from, when nothing can be written.
    private(set) var choices: [String] = []

    /// - Parameter text: what stands left of the cursor.
    init(of text: String) {
        guard text.hasPrefix("/"), !text.hasPrefix("//") else { return }
        let name = text.prefix { !$0.isWhitespace }
        guard name.endIndex < text.endIndex else {
            let fitting = ChatCommand.allCases.filter { $0.name.hasPrefix(text) }
            complete(
                text, with: fitting.map(\.name), quote: .none,
                ending: fitting.first?.takesFile == true ? " " : "")
            return
        }
        guard ChatCommand.allCases.contains(where: { $0.name == name && $0.takesFile }) else {
            return
        }
        completeFile(ChatWords(text[name.endIndex...]))
    }

    private mutating func completeFile(_ words: ChatWords) {
        let path = ChatWords.expanded(words.open ?? "")
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = path[..<slash].isEmpty ? "." : String(path[..<slash])
        let beginning = String(path[slash...])
        let files = FileManager.default
        let names = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter { name in
            name.hasPrefix(beginning) && (!name.hasPrefix(".") || beginning.hasPrefix("."))
                && Terminal.printable(name) == name
        }
        let fitting = names.sorted().map { name in
            files.fileExists(atPath: "\(folder)/\(name)/.") ? name + "/" : name
        }
        let closing =
            switch words.quote {
            case .none: ""
            case .single: "'"
            case .double: "\""
            }
        let isFolder = fitting.first?.hasSuffix("/") == true
        complete(
            beginning, with: fitting, quote: words.quote, ending: isFolder ? "" : closing + " ")
    }

    /// - Parameter ending: what is written behind the only one that fits.
    private mutating func complete(
        _ beginning: String, with fitting: [String], quote: ChatWords.Quote, ending: String
    ) {
        guard var same = fitting.first else { return }
        for name in fitting.dropFirst() { same = same.commonPrefix(with: name) }
        insertion = ChatWords.quoted(String(same.dropFirst(beginning.count)), in: quote)
        if fitting.count == 1 {
            insertion += ending
        } else if insertion.isEmpty {
            choices = fitting
        }
    }

    /// The choices in lines no longer than `width`.
    func list(width: Int) -> String {
        let shown = choices.prefix(200)
        var text = ""
        var used = 0
        for choice in shown {
            if used > 0, used + 2 + choice.count >= width {
                text += "\n"
                used = 0
            }
            text += (used > 0 ? "  " : "") + choice
            used += choice.count + (used > 0 ? 2 : 0)
        }
        let left = choices.count - shown.count
        return text + (left > 0 ? "\nand \(left) more" : "") + (text.isEmpty ? "" : "\n")
    }
}
