// Cuts text into the pieces inside which merging takes place. In: UTF-8 and a range of it; out: the
// ends of the pieces. Each scanner is one ordered regular expression written out by hand: it looks
// at every character at most a few times, where a backtracking engine may not end.
// https://github.com/huggingface/tokenizers/tree/v0.22.1/tokenizers/src/pre_tokenizers

/// The rules that cut text into pieces, one after the other.
package struct PreTokenizer: Sendable, Equatable {
    /// One rule, applied to each piece that the rule before it left.
    package enum Step: Sendable, Equatable {
        /// Every numeric character alone.
        case digitsAlone
        /// Runs of numeric characters apart from the rest.
        case digitRuns
        /// Words with their space in front, contractions, runs of digits, of marks, of blanks.
        case gpt2
        /// Words with any mark in front, digits in groups, line ends apart.
        case llama3(digits: Int)
        /// A new piece at every mark that stands for a space.
        case beforeMarker([UInt8])
    }

    package let steps: [Step]

    /// How each known rule is named in GGUF files. `nil` there means an old file.
    package static let knownNames: [String] = namedSteps.map(\.name)

    private static let namedSteps: [(name: String, steps: [Step])] = [
        ("smollm", [.digitsAlone, .gpt2]),
        ("gpt-2", [.gpt2]),
        ("granite-docling", [.gpt2]),
        ("llama-bpe", [.llama3(digits: 3)]),
        ("llama3", [.llama3(digits: 3)]),
        ("llama-v3", [.llama3(digits: 3)]),
        ("smaug-bpe", [.llama3(digits: 3)]),
        ("qwen2", [.llama3(digits: 1)]),
        ("default", [.gpt2]),
    ]

    package init(steps: [Step]) { self.steps = steps }

    /// The rules that a GGUF file names.
    init?(named name: String) {
        guard let known = PreTokenizer.namedSteps.first(where: { $0.name == name }) else {
            return nil
        }
        steps = known.steps
    }

    /// The rule that a tokenizer file spells as a regular expression.
    static func step(forPattern pattern: String) -> Step? {
        knownPatterns.first { $0.pattern == pattern }?.step
    }

    /// The spellings in use. Those that map to one rule match alike: a possessive quantifier
    /// before something it could never give back changes nothing.
    private static let knownPatterns: [(pattern: String, step: Step)] = [
        (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
        (#"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
        (
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
                + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#, .llama3(digits: 3)
        ),
        (
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"#
                + #"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#, .llama3(digits: 3)
        ),
        (
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
                + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#, .llama3(digits: 1)
        ),
    ]

    /// Calls `body` with each piece of `range`, in order. Pieces are never empty and leave
    /// nothing out.
    func forEachPiece(
        in range: Range<Int>, of text: Span<UInt8>, _ body: (Range<Int>) -> Void
    ) {
        split(range, of: text, from: 0, classes: .recorded, body)
    }

    private func split(
        _ range: Range<Int>, of text: Span<UInt8>, from step: Int, classes: CharacterClasses,
        _ body: (Range<Int>) -> Void
    ) {
        guard step < steps.count else {
            if !range.isEmpty { body(range) }
            return
        }
        let isLast = step == steps.count - 1
        let limit = range.upperBound
        var start = range.lowerBound
        while start < limit {
            let end =
                switch steps[step] {
                case .digitsAlone: classes.endOfDigit(text, start, limit)
                case .digitRuns: classes.endOfDigitRun(text, start, limit)
                case .gpt2: classes.endOfGPT2(text, start, limit)
                case .llama3(let digits): classes.endOfLlama3(text, start, limit, digits: digits)
                case .beforeMarker(let marker): classes.end(text, start, limit, before: marker)
                }
            if isLast {
                body(start..<end)
            } else {
                split(start..<end, of: text, from: step + 1, classes: classes, body)
            }
            start = end
        }
    }
}
