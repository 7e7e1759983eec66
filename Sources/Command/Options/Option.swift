/// What help, the man page and completions say about one option.
struct OptionFacts: Sendable {
    /// The long name without its dashes.
    let name: String
    let short: Character?
    let argument: Argument
    /// One or more sentences; the first is what completions show.
    let help: String
    let section: Section
    let suggestions: Suggestions

    enum Argument: Equatable, Sendable {
        case none
        /// `--name VALUE` or `--name=VALUE`.
        case required(String)
        /// `--name` or `--name=VALUE`; a word that follows is never taken for the value.
        case optional(String)
    }

    /// The heading under which help lists an option.
    enum Section: String, CaseIterable, Sendable {
        case main = "Options"
        case parts = "Which part of a file"
        case limits = "Limits on what one file may cost"
    }

    var flag: String { "--\(name)" }

    /// The option as help writes it: `-m, --model MODEL`.
    var synopsis: String {
        let names = (short.map { "-\($0), " } ?? "    ") + flag
        return switch argument {
        case .none: names
        case .required(let valueName): "\(names) \(valueName)"
        case .optional(let valueName): "\(names)[=\(valueName)]"
        }
    }

    static let help = OptionFacts(
        name: "help", short: "h", argument: .none, help: "Says how the command is used.",
        section: .main, suggestions: .nothing)
}

/// What a shell offers after an option or for an operand.
enum Suggestions: Equatable, Sendable {
    case nothing, files
    /// The names of the commands.
    case commands
    case words([String])
    /// Words, or a folder.
    case wordsOrFolders([String])
}

/// How the text after an option becomes a value; pure, so that what was typed is understood before
/// any file is touched.
struct ValueFormat<Value>: Sendable {
    /// Ends the sentence "--frames wants ...".
    let wants: String
    let read: @Sendable (String) -> Value?
}

/// One option of a command, declared once beside it: what is said about it, and what it does to the
/// arguments of the command.
///
/// An option given twice counts as given last, unless it is declared to add up.
struct Option<Arguments>: Sendable {
    typealias Store = @Sendable (inout Arguments, String?) throws(UsageError) -> Void

    let facts: OptionFacts
    let store: Store

    /// An option that takes no value.
    static func flag(
        _ name: String, short: Character? = nil, section: OptionFacts.Section = .main,
        _ help: String, set: @escaping @Sendable (inout Arguments) -> Void
    ) -> Option {
        Option(
            facts: OptionFacts(
                name: name, short: short, argument: .none, help: help, section: section,
                suggestions: .nothing)
        ) { (arguments, _) throws(UsageError) in set(&arguments) }
    }

    /// An option that takes a value.
    static func value<Value>(
        _ name: String, short: Character? = nil, _ valueName: String, _ format: ValueFormat<Value>,
        section: OptionFacts.Section = .main, suggestions: Suggestions = .nothing,
        _ help: String, set: @escaping @Sendable (inout Arguments, Value) -> Void
    ) -> Option {
        Option(
            facts: OptionFacts(
                name: name, short: short, argument: .required(valueName), help: help,
                section: section, suggestions: suggestions)
        ) { (arguments, text) throws(UsageError) in
            let text = text ?? ""
            guard let value = format.read(text) else {
                throw .badValue(option: "--\(name)", wants: format.wants, text: text)
            }
            set(&arguments, value)
        }
    }

    /// An option whose value may be left out; `set` then gets `standard`.
    static func optionalValue<Value: Sendable>(
        _ name: String, _ valueName: String, _ format: ValueFormat<Value>, standard: Value,
        section: OptionFacts.Section = .main, _ help: String,
        set: @escaping @Sendable (inout Arguments, Value) -> Void
    ) -> Option {
        Option(
            facts: OptionFacts(
                name: name, short: nil, argument: .optional(valueName), help: help,
                section: section, suggestions: .nothing)
        ) { (arguments, text) throws(UsageError) in
            guard let text else { return set(&arguments, standard) }
            guard let value = format.read(text) else {
                throw .badValue(option: "--\(name)", wants: format.wants, text: text)
            }
            set(&arguments, value)
        }
    }

    /// The same option for a command whose arguments hold these at `path`.
    func within<Whole>(_ path: any WritableKeyPath<Whole, Arguments> & Sendable) -> Option<Whole> {
        Option<Whole>(facts: facts) { [store] (whole, text) throws(UsageError) in
            try store(&whole[keyPath: path], text)
        }
    }
}
