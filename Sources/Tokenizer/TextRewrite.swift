/// The changes made to text before it is cut into pieces: what SentencePiece vocabularies need so
/// that a space is a character like any other.
struct TextRewrite: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        /// Puts bytes in front of every text.
        case prepend([UInt8])
        /// Puts bytes in front of a text that does not begin with them; only at the very start of
        /// what is encoded, or everywhere.
        case begin(with: [UInt8], onlyAtStart: Bool)
        /// Puts bytes in place of others.
        case replace([UInt8], with: [UInt8])
    }

    var steps: [Step] = []

    /// Whether text goes through as it is.
    var isIdentity: Bool { steps.isEmpty }

    /// The changed text. Empty text stays empty.
    ///
    /// - Parameters:
    ///   - isStart: whether nothing stands before this text.
    ///   - marks: places in the text, in order; they are moved to where they are afterwards.
    func apply(to text: Span<UInt8>, isStart: Bool, marks: inout [Int]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 8)
        for index in text.indices { result.append(text[index]) }
        guard !result.isEmpty else { return result }
        for step in steps {
            switch step {
            case .prepend(let bytes):
                TextRewrite.insert(bytes, into: &result, marks: &marks)
            case .begin(let bytes, let onlyAtStart):
                if !onlyAtStart || isStart, !result.starts(with: bytes) {
                    TextRewrite.insert(bytes, into: &result, marks: &marks)
                }
            case .replace(let old, let new):
                result = TextRewrite.replacing(old, with: new, in: result, marks: &marks)
            }
        }
        return result
    }

    /// The changed form of a token's own text.
    func apply(to text: [UInt8]) -> [UInt8] {
        var marks: [Int] = []
        return apply(to: text.span, isStart: true, marks: &marks)
    }

    private static func insert(_ bytes: [UInt8], into text: inout [UInt8], marks: inout [Int]) {
        text.insert(contentsOf: bytes, at: 0)
        // What stood at the start still begins there, the new bytes included.
        for index in marks.indices where marks[index] > 0 { marks[index] += bytes.count }
    }

    private static func replacing(
        _ old: [UInt8], with new: [UInt8], in text: [UInt8], marks: inout [Int]
    ) -> [UInt8] {
        guard let first = old.first else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 2)
        var mark = 0
        var index = 0
        while index < text.count {
            while mark < marks.count, marks[mark] <= index {
                marks[mark] = result.count
                mark += 1
            }
            if text[index] == first, text[index...].starts(with: old) {
                result += new
                index += old.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        while mark < marks.count {
            marks[mark] = result.count
            mark += 1
        }
        return result
    }
}
