// The Levenshtein distance of two sequences, a column of 64 rows in a word at a time: Myers' bit
// vectors (J. ACM 46, 1999) in blocks as Hyyrö has them, which also carry from one word to the next.
// A bit of `up` says that a cell is one more than the cell above it, one of `down` that it is one
// less. Long pages cost a sixty-fourth of the table.

/// How far two texts are from each other.
package enum EditDistance {
    /// The least number of symbols to insert, drop or replace that makes one sequence the other.
    ///
    /// - Complexity: O(m n / 64), without what both begin and end with.
    package static func between<Symbol: Hashable>(_ one: [Symbol], _ other: [Symbol]) -> Int {
        var (pattern, text) = (one[...], other[...])
        if pattern.count > text.count { swap(&pattern, &text) }
        while let first = pattern.first, first == text.first {
            pattern.removeFirst()
            text.removeFirst()
        }
        while let last = pattern.last, last == text.last {
            pattern.removeLast()
            text.removeLast()
        }
        return pattern.isEmpty ? text.count : distance(Array(pattern), text)
    }

    private static func distance<Symbol: Hashable>(
        _ pattern: [Symbol], _ text: ArraySlice<Symbol>
    ) -> Int {
        let blockCount = (pattern.count + 63) / 64
        // Where in the pattern each of its symbols stands, `blockCount` words for each.
        var numbers: [Symbol: Int] = [:]
        var places: [UInt64] = []
        for (row, symbol) in pattern.enumerated() {
            let number = numbers[symbol] ?? numbers.count
            if number == numbers.count {
                numbers[symbol] = number
                places += [UInt64](repeating: 0, count: blockCount)
            }
            places[number * blockCount + row / 64] |= 1 << UInt64(row % 64)
        }
        var up = [UInt64](repeating: ~0, count: blockCount)
        var down = [UInt64](repeating: 0, count: blockCount)
        var distance = pattern.count
        for symbol in text {
            let start = numbers[symbol].map { $0 * blockCount }
            // The first row grows by one from column to column.
            var carry = 1
            for block in 0..<blockCount {
                let isLast = block == blockCount - 1
                let lastRow = UInt64(1) << UInt64(isLast ? (pattern.count - 1) % 64 : 63)
                var equal = start.map { places[$0 + block] } ?? 0
                let (wasUp, wasDown) = (up[block], down[block])
                let vertical = equal | wasDown
                if carry < 0 { equal |= 1 }
                let horizontal = (((equal & wasUp) &+ wasUp) ^ wasUp) | equal
                var more = wasDown | ~(horizontal | wasUp)
                var less = wasUp & horizontal
                let next = more & lastRow != 0 ? 1 : less & lastRow != 0 ? -1 : 0
                more <<= 1
                less <<= 1
                if carry > 0 { more |= 1 }
                if carry < 0 { less |= 1 }
                up[block] = less | ~(vertical | more)
                down[block] = more & vertical
                carry = next
            }
            distance += carry
        }
        return distance
    }
}

/// How many symbols were wrong, and how many there should have been.
package struct ErrorCount: Equatable, Sendable {
    package var wrong: Int
    package var total: Int

    package init(wrong: Int, total: Int) {
        self.wrong = wrong
        self.total = total
    }

    /// The distance to a reference and the length of that.
    package init<Symbol: Hashable>(of answer: [Symbol], from reference: [Symbol]) {
        self.init(
            wrong: EditDistance.between(answer, reference), total: reference.count)
    }

    /// The wrong ones as a share of those that should be there; nil when there should be none. It
    /// may be above 1, since an answer may be longer than what it should be.
    package var rate: Double? { total == 0 ? nil : Double(wrong) / Double(total) }

    package static func + (one: ErrorCount, other: ErrorCount) -> ErrorCount {
        ErrorCount(wrong: one.wrong + other.wrong, total: one.total + other.total)
    }
}
