package import Tensors

/// What this machine does at most with some threads, each run for itself: multiplications, each with
/// an addition, and bytes a second.
package struct MachinePeaks: Equatable, Sendable {
    package let threads: Int
    package var floats = Samples()
    package var bytes = Samples()
    package var reading = Samples()

    package init(threads: Int) { self.threads = threads }

    /// The samples of one of them.
    package subscript(peak: MachinePeak) -> Samples {
        get {
            switch peak {
            case .floats: floats
            case .bytes: bytes
            case .reading: reading
            }
        }
        set {
            switch peak {
            case .floats: floats = newValue
            case .bytes: bytes = newValue
            case .reading: reading = newValue
            }
        }
    }
}

/// Finds the peaks of this machine.
struct PeakMeasure {
    /// How long one run of a loop should take at least.
    private static let runSeconds = 0.04
    private static let runs = 5
    /// Far more than a cache holds.
    private static let readByteCount = 256 << 20

    /// Measures all peaks with all numbers of threads, by turns.
    ///
    /// - Parameter step: told before each of them; when it says no, the rest is left out.
    static func peaks(
        _ teams: [Workers], step: () -> Bool
    ) throws(NoMemory) -> [MachinePeaks] {
        var found: [MachinePeaks] = []
        var loops = try PeakLoops(readByteCount: readByteCount)
        for workers in teams { found.append(MachinePeaks(threads: workers.threadCount)) }
        for peak in MachinePeak.allCases {
            var rounds: [Int] = []
            for workers in teams { rounds.append(Self.rounds(of: peak, &loops, workers)) }
            for _ in 0..<runs {
                guard step() else { return found }
                for (index, workers) in teams.enumerated() {
                    let (done, seconds) = timed(peak, &loops, rounds: rounds[index], workers)
                    found[index][peak].add(done / seconds)
                }
            }
        }
        return found
    }

    /// How many rounds make a run that is long enough to be measured; it warms up as well.
    private static func rounds(
        of peak: MachinePeak, _ loops: inout PeakLoops, _ workers: Workers
    ) -> Int {
        var rounds = peak == .reading ? 1 : 1000
        while true {
            let seconds = timed(peak, &loops, rounds: rounds, workers).seconds
            guard seconds < runSeconds, rounds < 1 << 30 else { return rounds }
            rounds *= seconds < runSeconds / 8 ? 8 : 2
        }
    }

    private static func timed(
        _ peak: MachinePeak, _ loops: inout PeakLoops, rounds: Int, _ workers: Workers
    ) -> (done: Double, seconds: Double) {
        let start = ContinuousClock.now
        let done = loops.run(peak, rounds: rounds, workers: workers)
        return (done, max(start.secondsSince, 1e-9))
    }
}

extension ContinuousClock.Instant {
    /// The seconds from then to now.
    var secondsSince: Double {
        let parts = (ContinuousClock.now - self).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}
