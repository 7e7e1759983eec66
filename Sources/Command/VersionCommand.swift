/// `smolvlm version`: which version this is.
enum VersionCommand {
    struct Arguments: Sendable {}

    static let command = Subcommand(
        "version", summary: "says which version this is", operands: "", suggestions: .nothing,
        options: [], arguments: Arguments(), paragraphs: [], examples: []
    ) { (_, operands, terminal) throws(UsageError) in
        if let first = operands.first {
            throw .unwantedOperand(text: first, command: "smolvlm version", takes: "nothing")
        }
        terminal.write("smolvlm \(Program.version)\n")
        return .done
    }
}
