/// Words for content that is no picture, PDF or video, so that the message about it helps.
package enum UnknownContent {
    /// What a file looks like that begins with these bytes.
    package static func words(for bytes: [UInt8]) -> String {
        let start = ByteStart(bytes)
        if let known = signatures.first(where: { start.has($0.signature, at: $0.offset) }) {
            return known.words
        }
        if start.has("ftypM4A", at: 4) || start.has("ftypM4B", at: 4) { return "audio (M4A)" }
        if bytes.allSatisfy({ $0 == 0 }) {
            return "nothing but zeros, as a broken download leaves"
        }
        return words(forText: bytes) ?? safetensors(bytes) ?? "data of an unknown kind"
    }

    private struct Known {
        let signature: String
        let offset: Int
        let words: String

        init(_ signature: String, at offset: Int = 0, _ words: String) {
            self.signature = signature
            self.offset = offset
            self.words = words
        }
    }

    private static let signatures = [
        Known("PK\u{3}\u{4}", "a ZIP archive or an office document"),
        Known("PK\u{5}\u{6}", "an empty ZIP archive"),
        Known("\u{D0}\u{CF}\u{11}\u{E0}\u{A1}\u{B1}\u{1A}\u{E1}", "an old office document"),
        Known("\u{1F}\u{8B}", "gzip-compressed data"),
        Known("BZh", "bzip2-compressed data"),
        Known("\u{FD}7zXZ\0", "xz-compressed data"),
        Known("\u{28}\u{B5}\u{2F}\u{FD}", "zstd-compressed data"),
        Known("7z\u{BC}\u{AF}\u{27}\u{1C}", "a 7z archive"),
        Known("Rar!\u{1A}\u{7}", "a RAR archive"),
        Known("ustar", at: 257, "a tar archive"),
        Known("\0\0\0\u{C}JXL \r\n\u{87}\n", "a JPEG XL picture"),
        Known("\u{FF}\u{A}", "a JPEG XL picture"),
        Known("\0\0\0\u{C}jP  \r\n\u{87}\n", "a JPEG 2000 picture"),
        Known("\u{FF}\u{4F}\u{FF}\u{51}", "a JPEG 2000 picture"),
        Known("8BPS", "a Photoshop picture"),
        Known("gimp xcf", "a GIMP picture"),
        Known("qoif", "a QOI picture"),
        Known("v/1\u{1}", "an OpenEXR picture"),
        Known("#?RADIANCE", "a Radiance picture"),
        Known("SIMPLE  =", "a FITS picture"),
        Known("DICM", at: 128, "a DICOM picture"),
        Known("\0\0\u{1}\0", "a Windows icon"),
        Known("\0\0\u{2}\0", "a Windows cursor"),
        Known("icns", "a macOS icon"),
        Known("FUJIFILMCCD-RAW", "a raw file of a camera"),
        Known("IIRO", "a raw file of a camera"),
        Known("IIU\0", "a raw file of a camera"),
        Known("CR", at: 8, "a raw file of a camera"),
        Known("ftypcrx ", at: 4, "a raw file of a camera"),
        Known("%!PS", "a PostScript document"),
        Known("{\\rtf", "a rich text document"),
        Known("AT&TFORM", "a DjVu document"),
        Known("WAVE", at: 8, "audio (WAV)"),
        Known("AIFF", at: 8, "audio (AIFF)"),
        Known("fLaC", "audio (FLAC)"),
        Known("ID3", "audio (MP3)"),
        Known("\u{FF}\u{FB}", "audio (MP3)"),
        Known("\u{FF}\u{F3}", "audio (MP3)"),
        Known("\u{FF}\u{F1}", "audio (AAC)"),
        Known("\u{FF}\u{F9}", "audio (AAC)"),
        Known("MThd", "music (MIDI)"),
        Known("#!AMR", "audio (AMR)"),
        Known("GGUF", "model weights (GGUF)"),
        Known("\u{93}NUMPY", "a NumPy array"),
        Known("SQLite format 3", "a SQLite database"),
        Known("\u{7F}ELF", "a program"),
        Known("\u{CF}\u{FA}\u{ED}\u{FE}", "a program"),
        Known("MZ", "a Windows program"),
        Known("\0asm", "a WebAssembly program"),
        Known("wOFF", "a font"),
        Known("wOF2", "a font"),
        Known("OTTO", "a font"),
        Known("RIFF", "a RIFF file of another kind"),
    ]

    /// Text, and which: nil if the bytes are none.
    private static func words(forText bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return "text (UTF-16)"
        }
        let isText = bytes.allSatisfy { $0 >= 0x20 || [0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }
        guard isText, decodesAsUTF8(bytes) else { return nil }
        let text = String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
        let body = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if body.contains("<svg") { return "an SVG drawing" }
        if body.hasPrefix("<!doctype html") || body.hasPrefix("<html") || body.contains("<head>") {
            return "a web page (HTML)"
        }
        if body.hasPrefix("<?xml") { return "XML" }
        if body.hasPrefix("version https://git-lfs") {
            return "a Git LFS pointer in place of the file itself"
        }
        if body.hasPrefix("#!") { return "a script" }
        if body.hasPrefix("{") || body.hasPrefix("[") { return "JSON" }
        return "text"
    }

    /// Whether the bytes are UTF-8, but for a character that the end cuts.
    private static func decodesAsUTF8(_ bytes: [UInt8]) -> Bool {
        (0..<min(4, bytes.count)).contains { dropped in
            String(validating: bytes.dropLast(dropped), as: UTF8.self) != nil
        }
    }

    /// A length in eight bytes and then JSON.
    private static func safetensors(_ bytes: [UInt8]) -> String? {
        guard bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[5...7] == [0, 0, 0] else {
            return nil
        }
        return "model weights (safetensors)"
    }
}
