// Each method measures the piece that begins at `start`: it returns where the piece ends, which is
// after `start` and at most `limit`. From `limit` on nothing is looked at, as if the text ended.
// The numbers in comments are the alternatives of the expression, in its order.

extension CharacterClasses {
    /// One numeric character, or everything up to the next.
    func endOfDigit(_ text: Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        let first = classify(text, at: start)
        if first.class.contains(.digit) { return first.next }
        return endOfRun(text, first.next, limit) { !$0.contains(.digit) }
    }

    /// Numeric characters, or everything up to the next.
    func endOfDigitRun(_ text: Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        let isDigit = classify(text, at: start).class.contains(.digit)
        return endOfRun(text, start, limit) { $0.contains(.digit) == isDigit }
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    func endOfGPT2(_ text: Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        // 1
        if let end = endOfContraction(text, start, limit, anyCase: false) { return end }
        // 2, 3, 4
        var first = classify(text, at: start)
        if text[start] == UInt8(ascii: " "), first.next < limit {
            let second = classify(text, at: first.next)
            if !second.class.contains(.space) { first = second }
        }
        if !first.class.contains(.space) {
            let kind = first.class.intersection([.letter, .number])
            return endOfRun(text, first.next, limit) {
                $0.intersection([.letter, .number, .space]) == kind
            }
        }
        // 5, 6
        return endOfBlanks(text, start, blankEnd(text, start, limit).end, limit)
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*`
    /// `|\s*[\r\n]+|\s+(?!\S)|\s+`, with `digits` for the 3.
    func endOfLlama3(_ text: Span<UInt8>, _ start: Int, _ limit: Int, digits: Int) -> Int {
        // 1
        if let end = endOfContraction(text, start, limit, anyCase: true) { return end }
        // 2
        let first = classify(text, at: start)
        let isLetter: (CharacterClass) -> Bool = { $0.contains(.letter) }
        if first.class.contains(.letter) { return endOfRun(text, first.next, limit, isLetter) }
        // 3
        if first.class.contains(.number) {
            var end = first.next
            for _ in 1..<max(1, digits) where end < limit {
                let next = classify(text, at: end)
                if !next.class.contains(.number) { break }
                end = next.next
            }
            return end
        }
        let second = first.next < limit ? classify(text, at: first.next) : nil
        // 2
        if let second, second.class.contains(.letter), !isLineEnd(text[start]) {
            return endOfRun(text, second.next, limit, isLetter)
        }
        // 4
        let isMark: (CharacterClass) -> Bool = {
            $0.isDisjoint(with: [.letter, .number, .space])
        }
        var body: Int?
        if isMark(first.class) {
            body = first.next
        } else if let second, text[start] == UInt8(ascii: " "), isMark(second.class) {
            body = second.next
        }
        if let body {
            var end = endOfRun(text, body, limit, isMark)
            while end < limit, isLineEnd(text[end]) { end += 1 }
            return end
        }
        // 5
        let blanks = blankEnd(text, start, limit)
        if let lineEnd = blanks.afterLineEnd { return lineEnd }
        // 6, 7
        return endOfBlanks(text, start, blanks.end, limit)
    }

    /// Everything up to the next marker after the first character.
    func end(_ text: Span<UInt8>, _ start: Int, _ limit: Int, before marker: [UInt8]) -> Int {
        var end = classify(text, at: start).next
        while end < limit, !isEqual(text, end, limit, marker) { end += 1 }
        return end
    }

    private func isEqual(
        _ text: Span<UInt8>, _ start: Int, _ limit: Int, _ marker: [UInt8]
    ) -> Bool {
        guard start + marker.count <= limit else { return false }
        for index in marker.indices where text[start + index] != marker[index] { return false }
        return true
    }

    @inline(__always)
    private func endOfRun(
        _ text: Span<UInt8>, _ start: Int, _ limit: Int, _ belongs: (CharacterClass) -> Bool
    ) -> Int {
        var end = start
        while end < limit {
            let next = classify(text, at: end)
            if !belongs(next.class) { break }
            end = next.next
        }
        return end
    }

    /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`.
    private func endOfContraction(
        _ text: Span<UInt8>, _ start: Int, _ limit: Int, anyCase: Bool
    ) -> Int? {
        guard text[start] == UInt8(ascii: "'"), start + 1 < limit else { return nil }
        func lower(_ byte: UInt8) -> UInt8 {
            anyCase && (65...90).contains(byte) ? byte | 0x20 : byte
        }
        let first = lower(text[start + 1])
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start + 2
        case 0xC5 where anyCase && start + 2 < limit && text[start + 2] == 0xBF:
            // U+017F, the long s: the one other character that is an s in any case.
            return start + 3
        default:
            guard start + 2 < limit else { return nil }
            switch (first, lower(text[start + 2])) {
            case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
                (UInt8(ascii: "l"), UInt8(ascii: "l")):
                return start + 3
            default: return nil
            }
        }
    }

    /// Where the blanks that begin at `start` end, and the place after the last line end in them.
    private func blankEnd(
        _ text: Span<UInt8>, _ start: Int, _ limit: Int
    ) -> (end: Int, afterLineEnd: Int?) {
        var end = start
        var afterLineEnd: Int?
        while end < limit {
            let next = classify(text, at: end)
            if !next.class.contains(.space) { break }
            if isLineEnd(text[end]) { afterLineEnd = next.next }
            end = next.next
        }
        return (end, afterLineEnd)
    }

    /// `\s+(?!\S)|\s+`: all blanks when the text ends with them; otherwise the last one is left to
    /// the word after it, unless it is the only one.
    private func endOfBlanks(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ limit: Int
    ) -> Int {
        if end == limit { return end }
        let last = previous(text, before: end)
        return last == start ? end : last
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }
}
