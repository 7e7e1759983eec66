/// Notices when a model has begun to repeat itself without end.
///
/// For every period up to `longestPeriod` it counts for how many tokens the text has equalled itself
/// that far back. A text is in a loop when a block has come again `repeats` times and the repetition
/// is at least `shortestRun` tokens long: rows of a table or a ruled line stay well under that.
package struct LoopGuard: Sendable {
    package static let longestPeriod = 64
    package static let repeats = 8
    package static let shortestRun = 128

    /// The last tokens, as a ring.
    private var recent: [Int32]
    private var count = 0
    /// For how many tokens the text has equalled itself `period + 1` tokens back.
    private var runs: [Int]

    package init() {
        recent = Array(repeating: -1, count: LoopGuard.longestPeriod)
        runs = Array(repeating: 0, count: LoopGuard.longestPeriod)
    }

    /// Takes the next token; true when the text is now in a loop.
    package mutating func isLoop(after id: Int) -> Bool {
        let token = Int32(truncatingIfNeeded: id)
        var found = false
        for period in 1...min(LoopGuard.longestPeriod, max(count, 1)) {
            let place = (count - period + LoopGuard.longestPeriod) % LoopGuard.longestPeriod
            let equal = count >= period && recent[place] == token
            runs[period - 1] = equal ? runs[period - 1] + 1 : 0
            let needed = max(period * LoopGuard.repeats, LoopGuard.shortestRun)
            if runs[period - 1] >= needed { found = true }
        }
        recent[count % LoopGuard.longestPeriod] = token
        count += 1
        return found
    }
}
