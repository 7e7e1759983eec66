// Ids come one at a time, and a character may lie in several of them. In: ids; out: text made of
// whole characters, the same in sum as decoding all ids at once, ended before a stop string.

/// Puts an answer together while it is being written.
///
///     var text = TextAssembler(tokenizer: tokenizer, skippingSpecial: true, stops: ["\n\n"])
///     show(text.append(id))  // for each id
///     show(text.finish())
package struct TextAssembler: Sendable {
    private let tokenizer: Tokenizer
    private let skippingSpecial: Bool
    private let stops: [[UInt8]]
    private var state = DecodingState()
    /// Bytes of a character that is not whole yet: at most three.
    private var raw: [UInt8] = []
    /// Whole characters held back because a stop string may begin with them.
    private var held: [UInt8] = []

    /// The stop string that was met, if any: nothing more is given out then.
    package private(set) var stop: String?

    /// - Parameter stops: texts that end the answer and are no part of it; empty ones are ignored.
    package init(tokenizer: Tokenizer, skippingSpecial: Bool, stops: [String]) {
        self.tokenizer = tokenizer
        self.skippingSpecial = skippingSpecial
        self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    /// Takes one id and returns the text that has become certain.
    package mutating func append(_ id: Int) -> String {
        guard stop == nil else { return "" }
        tokenizer.appendBytes(of: id, skippingSpecial: skippingSpecial, state: &state, to: &raw)
        let whole = TextAssembler.wholeCount(of: raw)
        guard whole > 0 else { return "" }
        let text = String(decoding: raw[..<whole], as: UTF8.self)
        raw.removeSubrange(..<whole)
        return release(text)
    }

    /// Returns what was held back. A character that never became whole is U+FFFD.
    package mutating func finish() -> String {
        guard stop == nil else { return "" }
        let text = release(String(decoding: raw, as: UTF8.self))
        raw.removeAll()
        guard stop == nil else { return text }
        defer { held.removeAll() }
        return text + String(decoding: held, as: UTF8.self)
    }

    /// Adds whole characters and returns those that can no longer belong to a stop string.
    private mutating func release(_ text: String) -> String {
        guard !stops.isEmpty else { return text }
        let looked = held.count
        held += text.utf8
        // The stop string that is complete first wins, and of two the longer: so it does not matter
        // how the text was cut into tokens.
        if looked < held.count {
            for end in looked + 1...held.count {
                let ending = stops.filter { held[..<end].ends(with: $0) }
                guard let longest = ending.max(by: { $0.count < $1.count }) else { continue }
                stop = String(decoding: longest, as: UTF8.self)
                let shown = String(decoding: held[..<(end - longest.count)], as: UTF8.self)
                held.removeAll()
                return shown
            }
        }
        let kept = stops.reduce(0) { max($0, TextAssembler.overlap(of: held, with: $1)) }
        let shown = String(decoding: held[..<(held.count - kept)], as: UTF8.self)
        held.removeSubrange(..<(held.count - kept))
        return shown
    }

    /// How many of the last bytes of a text a stop string could begin with.
    private static func overlap(of text: [UInt8], with stop: [UInt8]) -> Int {
        var count = min(text.count, stop.count - 1)
        while count > 0, !text.ends(with: stop[..<count]) { count -= 1 }
        return count
    }

    /// How many bytes come before a last character that more bytes could still make whole.
    private static func wholeCount(of bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let start = bytes.count - back
            let lead = bytes[start]
            if lead & 0xC0 == 0x80 { continue }
            let (needed, second): (Int, ClosedRange<UInt8>) =
                switch lead {
                case 0xC2...0xDF: (2, 0x80...0xBF)
                case 0xE0: (3, 0xA0...0xBF)
                case 0xED: (3, 0x80...0x9F)
                case 0xE1...0xEF: (3, 0x80...0xBF)
                case 0xF0: (4, 0x90...0xBF)
                case 0xF1...0xF3: (4, 0x80...0xBF)
                case 0xF4: (4, 0x80...0x8F)
                default: (1, 0x80...0xBF)
                }
            let canGrow = back < needed && (back == 1 || second.contains(bytes[start + 1]))
            return canGrow ? start : bytes.count
        }
        return bytes.count
    }
}

extension Collection<UInt8> where Self: BidirectionalCollection {
    fileprivate func ends(with other: some BidirectionalCollection<UInt8>) -> Bool {
        count >= other.count && suffix(other.count).elementsEqual(other)
    }
}
