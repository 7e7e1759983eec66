/// The names of files as texts that lose none of their bytes.
///
/// A name is bytes, mostly UTF-8 but not always. In the text each byte that is not UTF-8 stands as a
/// character for private use; so do the bytes of those characters themselves, which keeps different
/// names different.
package enum FileName {
    private static let first: UInt32 = 0x10FE00
    private static let standIns = (first + 0x80)...(first + 0xFF)

    /// The text for a name.
    package static func text(of bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var place = 0
        while place < bytes.count {
            if let (scalar, length) = scalar(in: bytes[place...]) {
                text.append(scalar)
                place += length
            } else {
                if let standIn = Unicode.Scalar(first + UInt32(bytes[place])) {
                    text.append(standIn)
                }
                place += 1
            }
        }
        return String(text)
    }

    /// The name for a text.
    package static func bytes(of text: String) -> [UInt8] {
        guard text.unicodeScalars.contains(where: isStandIn) else { return Array(text.utf8) }
        return text.unicodeScalars.flatMap { scalar -> [UInt8] in
            isStandIn(scalar) ? [UInt8(scalar.value & 0xFF)] : Array(String(scalar).utf8)
        }
    }

    /// The name as people are shown it, with a sign in place of what cannot be.
    package static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isStandIn) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(isStandIn(scalar) ? "\u{FFFD}" : scalar) }
        return String(shown)
    }

    /// The name as the system takes it: its bytes and a zero.
    static func cString(_ text: String) -> [CChar] {
        bytes(of: text).map(CChar.init(bitPattern:)) + [0]
    }

    private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool {
        standIns.contains(scalar.value)
    }

    /// The character that the bytes begin with, unless it is one that stands for a byte.
    private static func scalar(in bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        for length in 1...4 {
            guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else {
                continue
            }
            guard let scalar = text.unicodeScalars.first, !isStandIn(scalar) else { return nil }
            return (scalar, length)
        }
        return nil
    }
}
