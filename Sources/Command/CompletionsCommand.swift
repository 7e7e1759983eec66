/// `smolvlm completions`: the script with which a shell completes commands and options.
enum CompletionsCommand {
    struct Arguments: Sendable {}

    private static let shells = Completions.Shell.allCases.map(\.rawValue)

    static let command = Subcommand(
        "completions", summary: "prints the script that lets a shell complete options",
        operands: "SHELL", suggestions: .words(shells), options: [], arguments: Arguments(),
        paragraphs: ["SHELL is bash, zsh or fish."],
        examples: [
            .init(
                line: "source <(smolvlm completions bash)",
                meaning: "In ~/.bashrc: completes in every shell from then on."),
            .init(
                line: "smolvlm completions fish > ~/.config/fish/completions/smolvlm.fish",
                meaning: "The same for fish."),
        ]
    ) { (_, operands, terminal) throws(UsageError) in
        guard let name = operands.first else {
            throw .missingOperand(
                command: "smolvlm completions", wants: "the name of a shell: bash, zsh or fish")
        }
        if operands.count > 1 {
            throw .unwantedOperand(
                text: operands[1], command: "smolvlm completions", takes: "one shell")
        }
        guard let shell = Completions.Shell(rawValue: name) else {
            throw .badValue(
                option: "smolvlm completions", wants: "bash, zsh or fish", text: name)
        }
        terminal.write(Completions.script(for: shell))
        return .done
    }
}
