internal import Foundation
internal import Measure

/// How long the runs of one job took, in milliseconds: on the clock, and of the processor, which
/// other programs on the machine disturb less.
struct Timings {
    private var clock = Samples()
    private var busy = Samples()

    mutating func add(clock: Double, busy: Double) {
        self.clock.add(clock)
        self.busy.add(busy)
    }

    /// Runs a job once and keeps how long it took.
    mutating func measure(_ job: () throws -> Void) rethrows {
        let start = Foundation.clock()
        let time = try ContinuousClock().measure(job)
        let ticks = Double(Foundation.clock() - start)
        add(clock: time / .milliseconds(1), busy: ticks * 1000 / Double(CLOCKS_PER_SEC))
    }

    var clockMedian: Double { clock.median }
    var busyMedian: Double { busy.median }

    /// `12.3 ms (11.9 to 14.0, 9 runs), processor 12.1 ms`.
    var summary: String {
        "\(rounded(clockMedian)) ms (\(rounded(clock.least)) to \(rounded(clock.most)), "
            + "\(clock.values.count) runs), processor \(rounded(busyMedian)) ms"
    }
}

/// A number with one digit after the point.
func rounded(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
}
