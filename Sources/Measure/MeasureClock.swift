/// Tells how long measuring will still take: from what is ahead takes at the machine's peaks, and
/// how many times as long things took so far.
struct MeasureClock {
    private var expected = 0.0
    private var done = 0.0
    private var taken = 0.0

    /// Adds something ahead that takes so long at the machine's peaks.
    mutating func expect(_ seconds: Double) { expected += seconds }

    /// Counts something that is done.
    mutating func did(_ seconds: Double, took: Double) {
        done += seconds
        taken += took
    }

    /// Nil before anything is done.
    var secondsLeft: Double? {
        guard done > 0, taken > 0 else { return nil }
        return max(0, expected - done) * taken / done
    }
}
