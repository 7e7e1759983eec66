/// Numbers as people read them.
enum Figures {
    /// A number without needless zeros: `2`, `0.5`, `29.97`.
    static func plain(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return value.description }
        let hundredths = (abs(value) * 100).rounded()
        let whole = Int(hundredths) / 100
        let rest = Int(hundredths) % 100
        let sign = value < 0 && hundredths > 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        let digits = rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)")
        return "\(sign)\(whole).\(digits)"
    }

    /// A number with one digit after the point below 10, none above.
    private static func short(_ value: Double) -> String {
        guard value < 9.95 else { return "\(Int(value.rounded()))" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// Bytes in decimal units: `640 bytes`, `36 kB`, `2.9 MB`.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: count == 1 ? "1 byte" : "\(count) bytes"
        case ..<999_500: "\(short(Double(count) / 1e3)) kB"
        case ..<999_500_000: "\(short(Double(count) / 1e6)) MB"
        default: "\(short(Double(count) / 1e9)) GB"
        }
    }

    /// How long something took: `0.4 ms`, `84 ms`, `1.3 s`, `2 min 5 s`.
    static func took(_ seconds: Double) -> String {
        switch seconds {
        case ..<0.9995: "\(short(seconds * 1000)) ms"
        case ..<99.5: "\(short(seconds)) s"
        default: "\(Int(seconds.rounded()) / 60) min \(Int(seconds.rounded()) % 60) s"
        }
    }

    /// A time in a video: `0:04.5`, `1:02:30`. Tenths only when there are some.
    static func clock(_ seconds: Double) -> String {
        clock(seconds, decimals: decimals(of: [seconds]))
    }

    /// A time in a video with so many digits after the point, rounded down.
    static func clock(_ seconds: Double, decimals: Int) -> String {
        let unit = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
        let units = units(seconds, in: unit)
        let (minutes, rest) = (units / (60 * unit), units % (60 * unit))
        let padded = rest < 10 * unit ? "0\(rest / unit)" : "\(rest / unit)"
        let digits = "\(rest % unit)"
        let zeros = String(repeating: "0", count: decimals - (unit == 1 ? 0 : digits.count))
        let fraction = unit == 1 ? "" : ".\(zeros)\(digits)"
        guard minutes >= 60 else { return "\(minutes):\(padded)\(fraction)" }
        let inHour = minutes % 60
        return "\(minutes / 60):\(inHour < 10 ? "0" : "")\(inHour):\(padded)\(fraction)"
    }

    /// How many digits after the point all times of a list are given: tenths when one has some, and
    /// as many, up to two, as it takes for neighbours to differ.
    static func decimals(of times: [Double]) -> Int {
        func areApart(in unit: Int) -> Bool {
            zip(times, times.dropFirst()).allSatisfy {
                units($0, in: unit) != units($1, in: unit)
            }
        }
        if areApart(in: 1), times.allSatisfy({ units($0, in: 10) % 10 == 0 }) { return 0 }
        return areApart(in: 10) ? 1 : 2
    }

    private static func units(_ seconds: Double, in unit: Int) -> Int {
        // What is short of a unit by no more than an error of rounding counts as the unit.
        Int((max(seconds, 0) * Double(unit) + 1e-6).rounded(.down))
    }

    /// How many there are of something small, such as parameters: `67968`, `256 million`.
    static func quantity(_ count: Int) -> String {
        switch count {
        case ..<100_000: "\(count)"
        case ..<999_500: "\(short(Double(count) / 1e3)) thousand"
        case ..<999_500_000: "\(short(Double(count) / 1e6)) million"
        default: "\(short(Double(count) / 1e9)) billion"
        }
    }

    /// `1 page`, `3 pages`.
    static func count(_ number: Int, _ thing: String) -> String {
        number == 1 ? "1 \(thing)" : "\(number) \(thing)s"
    }
}

extension Duration {
    /// The same length of time as a number of seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
