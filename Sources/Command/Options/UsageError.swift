/// What is wrong with a command line, found before any file is touched.
enum UsageError: Error, Equatable, CustomStringConvertible {
    case noCommand
    case unknownCommand(text: String, nearest: String?)
    case unknownOption(text: String, command: String, nearest: String?)
    case missingValue(option: String, valueName: String)
    case unwantedValue(option: String, value: String)
    case badValue(option: String, wants: String, text: String)
    case missingOperand(command: String, wants: String)
    case unwantedOperand(text: String, command: String, takes: String)
    case fileForQuestion(file: String)
    case wrongOutput(text: String, ending: String)
    case contradiction(first: String, second: String, reason: String)
    case keptWithoutShape
    case resumedWithoutOutput

    var description: String {
        switch self {
        case .noCommand:
            "say what to do, for example `smolvlm inspect photo.jpg`. `smolvlm help` lists all "
                + "commands."
        case .unknownCommand(let text, let nearest?):
            "`\(text)` is no command. Did you mean `\(nearest)`?"
        case .unknownCommand(let text, nil):
            text.contains(".") || text.contains("/")
                ? "`\(text)` is no command. To see what is in a file: `smolvlm inspect \(text)`."
                : "`\(text)` is no command. `smolvlm help` lists them."
        case .unknownOption(let text, let command, let nearest):
            "`\(command)` has no option \(text). "
                + (nearest.map { "Did you mean \($0)?" } ?? "`\(command) --help` lists them.")
        case .missingValue(let option, let valueName):
            "\(option) wants a value: \(option) \(valueName)."
        case .unwantedValue(let option, let value):
            "\(option) takes no value, but was given `\(value)`."
        case .badValue(let option, let wants, let text):
            "\(option) wants \(wants), not `\(text)`."
        case .missingOperand(let command, let wants):
            "`\(command)` wants \(wants). `\(command) --help` says more."
        case .unwantedOperand(let text, let command, let takes):
            "`\(command)` takes \(takes), so `\(text)` is one too many."
        case .fileForQuestion(let file):
            "`\(file)` is a file, so the question is missing. Put it last, for example "
                + "`smolvlm ask \(file) \"What is this?\"`."
        case .wrongOutput(let text, let ending):
            "the file to write must end in \(ending), not `\(text)`."
        case .contradiction(let first, let second, let reason):
            "\(first) and \(second) cannot be used together: \(reason)."
        case .keptWithoutShape:
            "--keep wants --shape as well: only random weights can be kept."
        case .resumedWithoutOutput:
            "--resume wants --output as well: the file with what was answered before."
        }
    }
}
