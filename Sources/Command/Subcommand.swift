/// A command of the program: what help, the man page and completions say of it, and what it does.
struct Subcommand: Sendable {
    let name: String
    /// One line without a full stop.
    let summary: String
    /// What follows the options: `FILE...`; empty when nothing does.
    let operands: String
    let paragraphs: [String]
    let examples: [Example]
    let suggestions: Suggestions
    let options: [OptionFacts]
    /// Runs the command with the words after its name.
    let run: @Sendable ([String], inout Terminal) throws(UsageError) -> ExitCode

    /// A command line to copy, and what it does.
    struct Example: Sendable {
        let line: String
        let meaning: String
    }

    /// The command as the user types it.
    var title: String { "smolvlm \(name)" }

    /// A command whose words are read into `Arguments` by `options`, then done by `perform`.
    init<Arguments: Sendable>(
        _ name: String, summary: String, operands: String, suggestions: Suggestions,
        options: [Option<Arguments>], arguments initial: Arguments, paragraphs: [String],
        examples: [Example],
        perform:
            @escaping @Sendable (Arguments, [String], inout Terminal) throws(UsageError) -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.paragraphs = paragraphs
        self.examples = examples
        self.suggestions = suggestions
        self.options = options.map(\.facts)
        run = { (words, terminal) throws(UsageError) in
            let parser = OptionParser(command: "smolvlm \(name)", options: options)
            switch try parser.read(words, into: initial) {
            case .help:
                terminal.write(HelpText.of(Program.command(named: name), terminal: terminal))
                return .done
            case .arguments(let arguments, let operands):
                return try perform(arguments, operands, &terminal)
            }
        }
    }
}
