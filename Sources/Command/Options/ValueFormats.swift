internal import Media

extension ValueFormat where Value == Int {
    /// A whole number in plain digits.
    static func whole(_ range: ClosedRange<Int>) -> ValueFormat {
        ValueFormat(wants: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            text in
            Digits.whole(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of things, where `40M` means 40 million.
    static func amount(of things: String, _ range: ClosedRange<Int>) -> ValueFormat {
        ValueFormat(
            wants: "a number of \(things) from \(range.lowerBound) to \(range.upperBound), such as "
                + "40M"
        ) { text in
            Digits.scaled(text, units: ["": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000])
                .flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes: `512KiB`, `256MiB`, `1.5GiB`; K, M and G alone mean the same; MB is a million.
    static func bytes(atLeast least: Int) -> ValueFormat {
        let units = [
            "": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1000,
            "m": 1 << 20, "mib": 1 << 20, "mb": 1_000_000,
            "g": 1 << 30, "gib": 1 << 30, "gb": 1_000_000_000,
        ]
        let bound = MediaLimits.words(forBytes: least)
        let wants = "a number of bytes from \(bound) up, such as 256MiB"
        return ValueFormat(wants: wants) { text in
            Digits.scaled(text, units: units).flatMap { $0 >= least ? $0 : nil }
        }
    }
}

extension ValueFormat where Value == Double {
    /// A plain decimal number.
    static func number(_ range: ClosedRange<Double>, such example: String) -> ValueFormat {
        let least = range.lowerBound > 0 ? "\(range.lowerBound)" : "0"
        let bounds = "\(least) to \(Figures.plain(range.upperBound))"
        return ValueFormat(wants: "a number from \(bounds), such as \(example)") { text in
            Digits.decimal(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A time from the start of a video, or a length of time: `90`, `1:30`, `1:02:30`, `1m30s`.
    static func time(atLeast least: Double) -> ValueFormat {
        let wants = "a time such as 90, 1:30 or 1m30s"
        return ValueFormat(wants: least > 0 ? wants + ", and more than 0" : wants) { text in
            Digits.time(text).flatMap { $0 >= least && $0 <= 1e9 ? $0 : nil }
        }
    }
}

extension ValueFormat where Value == [ClosedRange<Int>] {
    /// Page numbers: `1-3,7`; `5-` goes on to the last page.
    static let pages = ValueFormat(wants: "page numbers from 1 on, such as 1-3,7") { text in
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = Digits.whole(ends[0]), first >= 1 else {
                return nil
            }
            let isOpen = ends.count == 2 && ends[1].isEmpty
            guard let last = isOpen ? Int.max : Digits.whole(ends[ends.count - 1]), last >= first
            else { return nil }
            ranges.append(first...last)
        }
        return ranges
    }
}

extension ValueFormat where Value == String {
    /// Any text but none.
    static func text(_ wants: String) -> ValueFormat {
        ValueFormat(wants: wants) { $0.isEmpty ? nil : $0 }
    }

    /// A file to write that says what it will be; a device is named as it is.
    static let pictureToWrite = ValueFormat(wants: "the name of a file that ends in .png") { text in
        let name = text.lowercased()
        return name.hasPrefix("/dev/")
            || (name.hasSuffix(".png") && !name.hasSuffix("/.png"))
                && name != ".png"
            ? text : nil
    }

    static func oneOf(_ words: [String]) -> ValueFormat {
        let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return ValueFormat(wants: list) { words.contains($0) ? $0 : nil }
    }
}

/// Reads numbers as people type them. Digits only: no signs, blanks or exponents.
private enum Digits {
    static func whole(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    static func decimal(_ text: some StringProtocol) -> Double? {
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        guard isPlain, text.utf8.contains(where: { (48...57).contains($0) }) else { return nil }
        return Double(String(text))
    }

    /// `1.5GiB` by a table of units in lower case. Fractions of one are dropped.
    static func scaled(_ text: String, units: [String: Int]) -> Int? {
        let (digits, unit) = split(text)
        guard let factor = units[unit.lowercased()] else { return nil }
        if let whole = whole(digits) {
            let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        guard factor > 1, let number = decimal(digits) else { return nil }
        let product = number * Double(factor)
        return product < 9e15 ? Int(product) : nil
    }

    /// Seconds: plain, with colons, or with h, m and s (each once, in this order).
    static func time(_ text: String) -> Double? {
        if text.contains(":") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), let seconds = decimal(parts[parts.count - 1]),
                seconds < 60
            else { return nil }
            var whole = 0
            for (place, part) in parts.dropLast().enumerated() {
                guard let number = Digits.whole(part), number < 1_000_000, place == 0 || number < 60
                else { return nil }
                whole = whole * 60 + number
            }
            return Double(whole * 60) + seconds
        }
        if let plain = decimal(text) { return plain }
        let units: [(name: String, seconds: Double)] = [
            ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001),
        ]
        var rest = text[...]
        var total = 0.0
        var smallest = 0
        while !rest.isEmpty {
            let (digits, tail) = split(rest)
            let unit = tail.prefix { $0.isLetter }
            guard let number = decimal(digits),
                let place = units.firstIndex(where: { $0.name == unit.lowercased() }),
                place >= smallest
            else { return nil }
            total += number * units[place].seconds
            smallest = place + 1
            rest = tail.dropFirst(unit.count)
        }
        return total
    }

    private static func split(_ text: some StringProtocol) -> (digits: Substring, rest: Substring) {
        let text = Substring(text)
        let digits = text.prefix { $0 == "." || ("0"..."9").contains($0) }
        return (digits, text[digits.endIndex...])
    }
}
