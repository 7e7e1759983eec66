/// The manual page in the language of `man`, made from the declarations of commands and options.
enum ManPage {
    /// One page over all commands.
    static func text() -> String {
        var page = """
            .TH SMOLVLM 1 "" "smolvlm \(Program.version)" "User commands"
            .SH NAME
            smolvlm \\- answers questions about pictures, documents and videos
            .SH SYNOPSIS

            """
        for command in Program.commands {
            page += ".B \(escaped(command.title))\n"
            let options = command.options.isEmpty ? "" : "[OPTION...] "
            page += escaped(options + command.operands) + "\n.br\n"
        }
        page += """
            .SH DESCRIPTION
            Files are told by their content, never by their name. Answers go to standard output,
            messages to standard error.
            .SH COMMANDS

            """
        for command in Program.commands { page += section(for: command) }
        page += """
            .SH EXIT STATUS
            .TP
            .B 0
            All went well.
            .TP
            .B 1
            Some input could not be used, or the output could not be written; the rest was done.
            .TP
            .B 2
            The command line was not understood; nothing was done.
            .TP
            .B 130
            Ctrl-C (SIGINT) ended it before it was done.
            .TP
            .B 143
            SIGTERM ended it before it was done.
            .SH ENVIRONMENT
            .TP
            .B NO_COLOR
            When set and not empty, nothing is printed bold.
            .TP
            .B COLUMNS
            Characters in a line when no terminal says how many there are.
            .TP
            .B XDG_STATE_HOME
            The folder that has the history of chat, smolvlm/history; else ~/.local/state.

            """
        return page
    }

    private static func section(for command: Subcommand) -> String {
        var text = ".SS \(escaped(HelpText.usage(of: command)))\n"
        text += escaped(capitalised(command.summary) + ".") + "\n"
        for paragraph in command.paragraphs { text += ".PP\n\(escaped(paragraph))\n" }
        for option in HelpText.options(of: command) {
            let synopsis = option.synopsis.drop { $0 == " " }
            text += ".TP\n.B \(escaped(String(synopsis)))\n\(escaped(option.help))\n"
        }
        for example in command.examples {
            text += ".PP\n.EX\n\(escaped(example.line))\n.EE\n\(escaped(example.meaning))\n"
        }
        return text
    }

    private static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    /// A text in which no character means something to `man`.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "`": result += "\\(ga"
            case "'": result += "\\(aq"
            default: result.append(character)
            }
        }
        // A full stop at the start of a line would begin a command.
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}
