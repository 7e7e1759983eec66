/// How long the runs of one job took, in milliseconds.
struct Timings {
    private(set) var milliseconds: [Double] = []

    mutating func add(_ value: Double) { milliseconds.append(value) }

    var median: Double {
        let sorted = milliseconds.sorted()
        guard let middle = sorted.dropFirst(sorted.count / 2).first else { return .nan }
        return middle
    }

    /// `12.3 ms (11.9 to 14.0, 9 runs)`.
    var summary: String {
        let least = milliseconds.min() ?? .nan
        let most = milliseconds.max() ?? .nan
        return "\(rounded(median)) ms (\(rounded(least)) to \(rounded(most)), "
            + "\(milliseconds.count) runs)"
    }
}

/// A number with one digit after the point.
func rounded(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
}
