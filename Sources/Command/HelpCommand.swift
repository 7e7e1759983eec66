/// `smolvlm help`: what the program and its commands do, as text or as a manual page.
enum HelpCommand {
    struct Arguments: Sendable {
        var asManPage = false
    }

    static let command = Subcommand(
        "help", summary: "says how the program or one of its commands is used",
        operands: "[COMMAND]", suggestions: .commands,
        options: [
            .flag("man", "Prints the manual page of all commands, in the language of man.") {
                $0.asManPage = true
            }
        ],
        arguments: Arguments(), paragraphs: [],
        examples: [
            .init(line: "smolvlm help inspect", meaning: "All options of one command."),
            .init(
                line: "smolvlm help --man > /usr/local/share/man/man1/smolvlm.1",
                meaning: "Installs the manual page."),
        ]
    ) { (arguments, operands, terminal) throws(UsageError) in
        if operands.count > 1 {
            throw .unwantedOperand(
                text: operands[1], command: "smolvlm help", takes: "one command")
        }
        if arguments.asManPage {
            terminal.write(ManPage.text())
        } else if let name = operands.first {
            guard let command = Program.command(named: name) else {
                throw .unknownCommand(
                    text: name,
                    nearest: Spelling.nearest(to: name, among: Program.commands.map(\.name)))
            }
            terminal.write(HelpText.of(command, terminal: terminal))
        } else {
            terminal.write(HelpText.ofProgram(terminal: terminal))
        }
        return .done
    }
}
