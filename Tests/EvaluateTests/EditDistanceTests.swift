import Evaluate
import Testing

@Suite struct `Distances of texts` {
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3),
        ("saturday", "sunday", 3), ("flaw", "lawn", 2), ("intention", "execution", 5),
        ("abc", "cba", 2), ("aaaa", "aa", 2),
    ])
    func `are those worked out by hand`(one: String, other: String, distance: Int) {
        #expect(EditDistance.between(Array(one), Array(other)) == distance)
        #expect(EditDistance.between(Array(other), Array(one)) == distance)
    }

    @Test func `letters are what people see`() {
        // One letter, whether it is written as one code or as two.
        #expect(EditDistance.between(Array("caf\u{E9}"), Array("cafe\u{301}")) == 0)
        #expect(EditDistance.between(Array("👩‍👧 a"), Array("👩 a")) == 1)
    }

    /// The table as it is taught, a row at a time.
    private func plainly(_ one: [Int], _ other: [Int]) -> Int {
        var last = Array(0...other.count)
        for (row, symbol) in one.enumerated() {
            var now = [row + 1]
            for column in other.indices {
                now.append(
                    min(
                        last[column + 1] + 1, now[column] + 1,
                        last[column] + (symbol == other[column] ? 0 : 1)))
            }
            last = now
        }
        return last[other.count]
    }

    @Test(arguments: [0, 1, 2, 31, 63, 64, 65, 127, 128, 129, 200])
    func `are those of the plain table at every length of a word`(length: Int) {
        var state = UInt64(length) &* 977 &+ 1
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for other in [0, 1, 40, 64, 65, 130] {
            for symbols in [2, 4, 30] {
                let one = (0..<length).map { _ in next(symbols) }
                let two = (0..<other).map { _ in next(symbols) }
                #expect(EditDistance.between(one, two) == plainly(one, two))
                // Nearly the same, as what is read mostly is.
                var near = one
                if length > 0 {
                    near[next(length)] = 99
                    near.remove(at: next(length))
                    near.insert(98, at: next(length))
                }
                #expect(EditDistance.between(one, near) == plainly(one, near))
            }
        }
    }

    @Test func `a long page is no trouble`() {
        let page = (0..<40_000).map { $0 % 61 }
        let other = (0..<40_000).map { ($0 + 7) % 61 }
        #expect(EditDistance.between(page, other) == 14)
    }
}
