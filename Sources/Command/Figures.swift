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
        let tenths = Int((max(seconds, 0) * 10).rounded(.down))
        let (minutes, rest) = (tenths / 600, tenths % 600)
        let padded = rest < 100 ? "0\(rest / 10)" : "\(rest / 10)"
        let fraction = rest % 10 == 0 ? "" : ".\(rest % 10)"
        guard minutes >= 60 else { return "\(minutes):\(padded)\(fraction)" }
        let inHour = minutes % 60
        return "\(minutes / 60):\(inHour < 10 ? "0" : "")\(inHour):\(padded)\(fraction)"
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
