/// The program: its commands, and the first look at a command line.
enum Program {
    static let version = "0.1.0"

    /// In the order of help.
    static let commands: [Subcommand] = [
        Inspect.command, Ask.command, Chat.command, CacheCommand.command, Quantise.command,
        BenchCommand.command, Eval.command, HelpCommand.command,
        VersionCommand.command, CompletionsCommand.command,
    ]

    /// Other spellings of commands.
    private static let spellings = ["quantise": "quantize"]

    static func command(named name: String) -> Subcommand? {
        commands.first { $0.name == spellings[name] ?? name }
    }

    /// Does what the words say; the exit code tells how it went.
    static func run(_ words: [String]) -> ExitCode {
        var terminal = Terminal()
        var code: ExitCode
        do throws(UsageError) {
            code = try dispatch(words, &terminal)
        } catch {
            terminal.complain(error.description)
            code = .usage
        }
        if let reason = terminal.finish() {
            terminal.complain("the output could not be written: \(reason).")
            code = .someInputFailed
        }
        return code
    }

    private static func dispatch(
        _ words: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        guard let first = words.first else { throw .noCommand }
        switch first {
        case "-h", "--help":
            terminal.write(HelpText.ofProgram(terminal: terminal))
            return .done
        case "-V", "--version":
            terminal.write("smolvlm \(version)\n")
            return .done
        case _ where first.hasPrefix("-") && first.count > 1:
            throw .unknownOption(
                text: first, command: "smolvlm",
                nearest: Spelling.nearest(to: first, among: ["--help", "--version"]))
        default:
            guard let command = command(named: first) else {
                throw .unknownCommand(
                    text: first,
                    nearest: Spelling.nearest(to: first, among: commands.map(\.name)))
            }
            return try command.run(Array(words.dropFirst()), &terminal)
        }
    }
}
