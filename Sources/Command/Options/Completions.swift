/// The scripts that let a shell complete commands and options, made from their declarations.
enum Completions {
    enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

    static func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash()
        case .zsh: zsh()
        case .fish: fish()
        }
    }

    private static var names: String { Program.commands.map(\.name).joined(separator: " ") }

    private static func flags(of command: Subcommand) -> [String] {
        HelpText.options(of: command).flatMap { option in
            [option.flag] + (option.short.map { ["-\($0)"] } ?? [])
        }
    }

    // MARK: bash

    private static func bash() -> String {
        var cases = ""
        var offers: [(offer: String, patterns: [String])] = []
        for command in Program.commands {
            cases += """
                        \(command.name))
                            flags='\(flags(of: command).joined(separator: " "))'
                            \(bashOffer(command.suggestions)) ;;

                """
            for option in command.options where takesWord(option) {
                let offer = bashOffer(option.suggestions)
                let patterns = ([option.flag] + (option.short.map { ["-\($0)"] } ?? []))
                    .map { "\(command.name):\($0)" }
                if let known = offers.firstIndex(where: { $0.offer == offer }) {
                    offers[known].patterns += patterns
                } else {
                    offers.append((offer, patterns))
                }
            }
        }
        var values = ""
        for (offer, patterns) in offers {
            let alternatives = patterns.joined(separator: " | \\\n        ")
            values += "        \(alternatives))\n            \(offer)\n            return ;;\n"
        }
        return """
            # bash completion for smolvlm. Load it with:
            #     source <(smolvlm completions bash)
            _smolvlm() {
                local current previous command flags
                COMPREPLY=()
                current=${COMP_WORDS[COMP_CWORD]}
                previous=${COMP_WORDS[COMP_CWORD-1]}
                command=${COMP_WORDS[1]}
                if [[ $COMP_CWORD -eq 1 ]]; then
                    mapfile -t COMPREPLY < <(compgen -W '\(names) --help --version' -- "$current")
                    return
                fi
                case $command:$previous in
            \(values)    esac
                case $command in
            \(cases)        *) return ;;
                esac
                if [[ $current == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
                fi
            }
            complete -o filenames -F _smolvlm smolvlm

            """
    }

    private static func bashOffer(_ suggestions: Suggestions) -> String {
        switch suggestions {
        case .nothing: "COMPREPLY=()"
        case .files: "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
        case .commands: bashOffer(.words(Program.commands.map(\.name)))
        case .words(let words):
            "mapfile -t COMPREPLY < <(compgen -W '\(words.joined(separator: " "))' -- \"$current\")"
        case .wordsOrFolders(let words):
            "mapfile -t COMPREPLY < <(compgen -d -W '\(words.joined(separator: " "))' -- "
                + "\"$current\")"
        }
    }

    // MARK: zsh

    private static func zsh() -> String {
        var cases = ""
        for command in Program.commands {
            var lines: [String] = []
            for option in HelpText.options(of: command) {
                let note = quotedForZsh(firstSentence(option.help))
                let tail: String
                switch option.argument {
                case .none: tail = "[\(note)]"
                case .required(let name):
                    tail = "[\(note)]:\(name):\(zshAction(option.suggestions))"
                case .optional(let name): tail = "=-[\(note)]::\(name):"
                }
                let equals = if case .required = option.argument { "=" } else { "" }
                lines.append("'*\(option.flag)\(equals)\(tail)'")
                if let short = option.short { lines.append("'*-\(short)\(tail)'") }
            }
            if command.suggestions != .nothing {
                lines.append("'*:\(command.name):\(zshAction(command.suggestions))'")
            }
            let body = lines.map { "            \($0)" }.joined(separator: " \\\n")
            cases += "        \(command.name))\n            _arguments -s -S \\\n\(body) ;;\n"
        }
        let commands = Program.commands
            .map { "        '\($0.name):\(quotedForZsh($0.summary))'" }.joined(separator: "\n")
        return """
            #compdef smolvlm
            # zsh completion for smolvlm. Load it with:
            #     source <(smolvlm completions zsh)
            _smolvlm() {
                local -a commands
                commands=(
            \(commands)
                )
                if (( CURRENT == 2 )); then
                    _describe -t commands command commands
                    _arguments '--help[Says how the program is used.]' \\
                        '--version[Says which version this is.]'
                    return
                fi
                local command=$words[2]
                shift words
                (( CURRENT-- ))
                case $command in
            \(cases)    esac
            }
            compdef _smolvlm smolvlm

            """
    }

    private static func zshAction(_ suggestions: Suggestions) -> String {
        switch suggestions {
        case .nothing: " "
        case .files: "_files"
        case .commands: "(\(names))"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .wordsOrFolders(let words):
            "_alternative \"words:word:(\(words.joined(separator: " ")))\" "
                + "\"folders:folder:_files -/\""
        }
    }

    private static func quotedForZsh(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "'": result += "'\\''"
            case "[", "]", ":", "\\": result += "\\\(character)"
            case "`": continue
            default: result.append(character)
            }
        }
        return result
    }

    // MARK: fish

    private static func fish() -> String {
        var text = """
            # fish completion for smolvlm. Load it with:
            #     smolvlm completions fish | source
            complete -c smolvlm -f
            complete -c smolvlm -n __fish_use_subcommand -s h -l help -d 'Says how it is used.'
            complete -c smolvlm -n __fish_use_subcommand -s V -l version -d 'Says which version.'

            """
        for command in Program.commands {
            let summary = quotedForFish(command.summary)
            text +=
                "complete -c smolvlm -n __fish_use_subcommand -a \(command.name) -d '\(summary)'\n"
            let seen = "-n '__fish_seen_subcommand_from \(command.name)'"
            for option in HelpText.options(of: command) {
                let short = option.short.map { " -s \($0)" } ?? ""
                let value = takesWord(option) ? " -r\(fishOffer(option.suggestions))" : ""
                let note = quotedForFish(firstSentence(option.help))
                text +=
                    "complete -c smolvlm \(seen) -l \(option.name)\(short)\(value) -d '\(note)'\n"
            }
            let offer = fishOffer(command.suggestions)
            if !offer.isEmpty { text += "complete -c smolvlm \(seen)\(offer)\n" }
        }
        return text
    }

    private static func fishOffer(_ suggestions: Suggestions) -> String {
        switch suggestions {
        case .nothing: ""
        case .files: " -F"
        case .commands: " -a '\(names)'"
        case .words(let words): " -a '\(words.joined(separator: " "))'"
        case .wordsOrFolders(let words):
            " -a '\(words.joined(separator: " ")) (__fish_complete_directories)'"
        }
    }

    private static func quotedForFish(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "'" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }

    private static func takesWord(_ option: OptionFacts) -> Bool {
        if case .required = option.argument { true } else { false }
    }

    private static func firstSentence(_ text: String) -> String {
        guard let end = text.firstRange(of: ". ") else { return text }
        return String(text[..<end.lowerBound]) + "."
    }
}
