// Reads a command line in one pass: `--name value`, `--name=value`, `-n value`, `-nvalue`, several
// short flags in one word, and `--` after which everything is an operand. Nothing here touches a
// file.

/// What a command line said.
enum Typed<Arguments> {
    case help
    case arguments(Arguments, operands: [String])
}

/// Reads the words after the name of a command.
struct OptionParser<Arguments> {
    /// The command as the user types it, for messages: `smolvlm inspect`.
    let command: String
    let options: [Option<Arguments>]

    func read(_ words: [String], into initial: Arguments) throws(UsageError) -> Typed<Arguments> {
        var arguments = initial
        var operands: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            if word.hasPrefix("--") {
                let asksHelp = try readLong(word.dropFirst(2), &rest, &arguments)
                if asksHelp { return .help }
            } else if word.hasPrefix("-") && word != "-" {
                let asksHelp = try readShort(word.dropFirst(), &rest, &arguments)
                if asksHelp { return .help }
            } else {
                operands.append(word)
            }
        }
        return .arguments(arguments, operands: operands)
    }

    private func readLong(
        _ word: Substring, _ rest: inout ArraySlice<String>, _ arguments: inout Arguments
    ) throws(UsageError) -> Bool {
        let parts = word.split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        let attached = parts.count > 1 ? String(parts[1]) : nil
        if name == OptionFacts.help.name, attached == nil { return true }
        guard let option = options.first(where: { $0.facts.name == name }) else {
            throw unknown("--\(name)")
        }
        let value = try value(for: option.facts, attached: attached, &rest)
        try option.store(&arguments, value)
        return false
    }

    private func readShort(
        _ word: Substring, _ rest: inout ArraySlice<String>, _ arguments: inout Arguments
    ) throws(UsageError) -> Bool {
        var letters = word
        while let letter = letters.popFirst() {
            if letter == OptionFacts.help.short { return true }
            guard let option = options.first(where: { $0.facts.short == letter }) else {
                throw unknown("-\(letter)")
            }
            if case .none = option.facts.argument {
                guard letters.first != "=" else {
                    throw .unwantedValue(
                        option: option.facts.flag, value: String(letters.dropFirst()))
                }
                try option.store(&arguments, nil)
                continue
            }
            if letters.first == "=" { letters.removeFirst() }
            let attached = letters.isEmpty ? nil : String(letters)
            let value = try value(for: option.facts, attached: attached, &rest)
            try option.store(&arguments, value)
            return false
        }
        return false
    }

    /// The text that belongs to an option: behind its `=`, or the next word.
    private func value(
        for option: OptionFacts, attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String? {
        switch option.argument {
        case .none:
            if let attached { throw .unwantedValue(option: option.flag, value: attached) }
            return nil
        case .optional:
            return attached
        case .required(let valueName):
            if let attached { return attached }
            // The next option is no value, as in `--tiles --json`; a negative number is one, so
            // that the message can say what is wrong with it.
            guard let next = rest.first, !looksLikeOption(next) else {
                throw .missingValue(option: option.flag, valueName: valueName)
            }
            rest.removeFirst()
            return next
        }
    }

    private func looksLikeOption(_ word: String) -> Bool {
        guard word.hasPrefix("-"), word.count > 1 else { return false }
        let second = word[word.index(after: word.startIndex)]
        return !(second.isNumber || second == ".")
    }

    private func unknown(_ text: String) -> UsageError {
        let names = options.map(\.facts.flag) + [OptionFacts.help.flag]
        return .unknownOption(
            text: text, command: command,
            nearest: text.hasPrefix("--") ? Spelling.nearest(to: text, among: names) : nil)
    }
}
