/// What `--help` prints, made from the declarations of commands and options.
enum HelpText {
    /// Every command in a line each.
    static func ofProgram(terminal: Terminal) -> String {
        let width = lineWidth(terminal)
        let longest = Program.commands.map(\.name.count).max() ?? 0
        var text = """
            \(terminal.heading("smolvlm")) answers questions about pictures, documents and \
            videos, on your own machine.

            \(terminal.heading("Usage"))
              smolvlm COMMAND [OPTION...] [FILE...]

            \(terminal.heading("Commands"))

            """
        for command in Program.commands {
            let gap = String(repeating: " ", count: longest - command.name.count + 3)
            text += "  \(command.name)\(gap)\(command.summary)\n"
        }
        text += """

            \(terminal.heading("Options"))
              -h, --help      Says how the program is used.
              -V, --version   Says which version this is.

            """
        text += "\n"
        text += wrapped(
            "`smolvlm help COMMAND` or `smolvlm COMMAND --help` says all about one command. The "
                + "exit code is 0 when all went well, 1 when some input could not be used, 2 when "
                + "the command line was not understood, and 130 when Ctrl-C ended it (143: "
                + "SIGTERM).", indent: 0, width: width)
        return text
    }

    /// All about one command; the program's own help when there is none.
    static func of(_ command: Subcommand?, terminal: Terminal) -> String {
        guard let command else { return ofProgram(terminal: terminal) }
        let width = lineWidth(terminal)
        var text = "\(terminal.heading(command.title)): \(command.summary)\n\n"
        text += "\(terminal.heading("Usage"))\n  \(usage(of: command))\n"
        for paragraph in command.paragraphs {
            text += "\n" + wrapped(paragraph, indent: 0, width: width)
        }
        if !command.examples.isEmpty { text += "\n\(terminal.heading("Examples"))\n" }
        for example in command.examples {
            text += "  \(example.line)\n" + wrapped(example.meaning, indent: 6, width: width)
        }
        for section in OptionFacts.Section.allCases {
            let options = options(of: command).filter { $0.section == section }
            guard !options.isEmpty else { continue }
            text += "\n\(terminal.heading(section.rawValue))\n"
            for option in options {
                text += "  \(option.synopsis)\n" + wrapped(option.help, indent: 10, width: width)
            }
        }
        return text
    }

    /// The options of a command and `--help`.
    static func options(of command: Subcommand) -> [OptionFacts] {
        command.options + [.help]
    }

    static func usage(of command: Subcommand) -> String {
        let options = command.options.isEmpty ? "" : " [OPTION...]"
        return command.title + options + (command.operands.isEmpty ? "" : " \(command.operands)")
    }

    /// A text in lines of at most `width` characters, each indented, the last one ended too.
    static func wrapped(_ text: String, indent: Int, width: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        lines.append(margin + line)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lineWidth(_ terminal: Terminal) -> Int { min(terminal.width, 90) }
}
