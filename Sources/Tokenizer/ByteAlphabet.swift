// Byte-level vocabularies write every byte as one printable character, so that a token is always
// text. In: bytes; out: the characters, and back.
// https://github.com/openai/gpt-2/blob/9b63575ef42771a015060c964af2c3da4cf7c8ab/src/encoder.py#L8

/// The 256 characters that stand for the 256 bytes.
///
/// Bytes 33...126, 161...172 and 174...255 stand for themselves; the other 68, in order, are
/// U+0100, U+0101 and so on: a space is U+0120, a line feed U+010A.
package enum ByteAlphabet {
    private static let scalarOfByte: [UInt16] = {
        var scalars: [UInt16] = []
        var next: UInt16 = 0x100
        for byte in UInt16(0)...255 {
            switch byte {
            case 33...126, 161...172, 174...255: scalars.append(byte)
            default:
                scalars.append(next)
                next += 1
            }
        }
        return scalars
    }()

    private static let byteOfScalar: [UInt16] = {
        var bytes = [UInt16](repeating: none, count: 0x100 + 68)
        for (byte, scalar) in scalarOfByte.enumerated() { bytes[Int(scalar)] = UInt16(byte) }
        return bytes
    }()

    private static let none = UInt16.max

    /// The code point that stands for a byte.
    package static func scalar(for byte: UInt8) -> UInt32 { UInt32(scalarOfByte[Int(byte)]) }

    /// The byte that a code point stands for; nil when it stands for none.
    package static func byte(for scalar: UInt32) -> UInt8? {
        guard scalar < UInt32(byteOfScalar.count) else { return nil }
        let byte = byteOfScalar[Int(scalar)]
        return byte == none ? nil : UInt8(byte)
    }

    /// Appends the characters of `bytes` as UTF-8: one or two bytes for each.
    static func appendText(of bytes: Span<UInt8>, to text: inout [UInt8]) {
        for index in bytes.indices {
            let scalar = scalarOfByte[Int(bytes[index])]
            if scalar < 0x80 {
                text.append(UInt8(truncatingIfNeeded: scalar))
            } else {
                text.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
                text.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
            }
        }
    }

    /// Appends the bytes that `text` stands for; `text` itself when some character of it stands
    /// for none, as in a marker written in another script.
    static func appendBytes(of text: Span<UInt8>, to bytes: inout [UInt8]) {
        let start = bytes.count
        var index = 0
        while index < text.count {
            let lead = text[index]
            var scalar = UInt32(lead)
            index += 1
            if lead >= 0x80 {
                // Two bytes reach U+07FF, well beyond the alphabet: anything longer is not in it.
                if lead < 0xE0, index < text.count {
                    scalar = UInt32(lead & 0x1F) << 6 | UInt32(text[index] & 0x3F)
                } else {
                    scalar = .max
                }
                index += 1
            }
            guard let byte = byte(for: scalar) else {
                bytes.removeSubrange(start...)
                for index in text.indices { bytes.append(text[index]) }
                return
            }
            bytes.append(byte)
        }
    }
}
