// `data:[type][;parameters][;base64],content` (RFC 2397), read as browsers read it: escapes are
// resolved first, blanks within base64 do not count, its padding may be missing, and the letters
// of both alphabets are taken.

/// A `data:` address: an input that carries its own bytes.
package struct DataURL {
    /// What it says its content is, such as `image/png`; it is not believed.
    package let type: String
    private let isBase64: Bool
    private let content: Substring

    /// Nil when the text does not begin as such an address.
    package init?(_ text: String) {
        guard text.prefix(5).lowercased() == "data:" else { return nil }
        let rest = text.dropFirst(5)
        let comma = rest.firstIndex(of: ",")
        let header = rest[..<(comma ?? rest.startIndex)]
        let words = header.split(separator: ";", omittingEmptySubsequences: false)
        type = words.first.map(String.init) ?? ""
        isBase64 = words.dropFirst().last?.lowercased() == "base64"
        content = comma.map { rest[rest.index(after: $0)...] } ?? ""
        hasContent = comma != nil
    }

    private let hasContent: Bool

    /// What it is called in messages: its content would fill the screen.
    package var name: String {
        let isShown = !type.isEmpty && type.utf8.count <= 80
        return isShown ? "data: address (\(printable(type)))" : "data: address"
    }

    /// Its bytes, as an input.
    package func input(limits: MediaLimits) throws(MediaError) -> MediaInput {
        let bytes = try bytes(limits: limits)
        return try MediaInput(name: name, bytes: bytes.span)
    }

    /// Its bytes.
    package func bytes(limits: MediaLimits) throws(MediaError) -> [UInt8] {
        guard hasContent else { throw .badDataURL(name: name, detail: "it has no comma") }
        let limit = limits.maxInputBytes
        // Four characters make three bytes; escapes and blanks only make it less.
        guard content.utf8.count / 4 <= limit else {
            throw .inputTooLarge(name: name, limit: limit)
        }
        let plain = try unescaped()
        let bytes = isBase64 ? try decoded(plain) : plain
        guard bytes.count <= limit else { throw .inputTooLarge(name: name, limit: limit) }
        return bytes
    }

    /// The content with `%41` and the like resolved.
    private func unescaped() throws(MediaError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.utf8.count)
        var rest = content.utf8.makeIterator()
        var place = 0
        while let byte = rest.next() {
            place += 1
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit)
            else {
                throw .badDataURL(name: name, detail: "the escape at character \(place) is broken")
            }
            bytes.append(high << 4 | low)
            place += 2
        }
        return bytes
    }

    private func decoded(_ text: [UInt8]) throws(MediaError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var letters = 0
        var padding = 0
        for (place, byte) in text.enumerated() {
            if byte == 0x20 || (0x09...0x0D).contains(byte) { continue }
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = base64Value(byte) else {
                throw .badDataURL(name: name, detail: "character \(place + 1) is no base64")
            }
            group = group << 6 | UInt32(value)
            letters += 1
            if letters % 4 == 0 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
            }
        }
        switch letters % 4 {
        case 1: throw .badDataURL(name: name, detail: "its base64 is cut off")
        case 2: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: break
        }
        // A little padding may be missing or too much, but never stands for letters.
        guard padding <= 2 else {
            throw .badDataURL(name: name, detail: "its base64 ends in \(padding) signs =")
        }
        return bytes
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

private func base64Value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
}
