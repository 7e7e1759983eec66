/// What a file is, told by its first bytes, never by its name.
public enum MediaKind: String, CaseIterable, Sendable {
    case png, jpeg, webp, heic, avif, tiff, gif, bmp, pdf
    /// Anything FFmpeg opens that has a picture stream: MP4, MOV, MKV, WebM, AVI and the rest.
    case video
}

extension MediaKind {
    /// How many bytes from the start decide what a file is.
    package static let recognisedByteCount = 4096

    /// Recognises an open input.
    ///
    /// - Throws: `MediaError.empty`, or `.unrecognised` with words for what it looks like.
    package static func recognise(_ input: borrowing MediaInput) throws(MediaError) -> MediaKind {
        guard input.byteCount > 0 else { throw .empty(name: input.name) }
        let bytes = try input.bytes(at: 0, count: recognisedByteCount)
        if let kind = kind(of: ByteStart(bytes)) { return kind }
        throw .unrecognised(name: input.name, looksLike: UnknownContent.words(for: bytes))
    }

    /// The kind of a file that begins with these bytes; nil if it is none that can be decoded.
    package static func recognise(firstBytes: Span<UInt8>) -> MediaKind? {
        kind(of: ByteStart(firstBytes.indices.map { firstBytes[$0] }))
    }

    private static func kind(of start: ByteStart) -> MediaKind? {
        if start.begins(pngSignature) || start.isPart(of: pngSignature) { return .png }
        if start.begins("\u{FF}\u{D8}\u{FF}") || start.bytes == [0xFF, 0xD8] { return .jpeg }
        if start.begins("GIF87a") || start.begins("GIF89a") { return .gif }
        if start.isTIFF { return .tiff }
        if start.isBMP { return .bmp }
        if start.begins("RIFF"), start.has("WEBP", at: 8) { return .webp }
        if let kind = start.kindByBrand { return kind }
        if start.isVideo { return .video }
        return start.contains("%PDF-", within: 1024) ? .pdf : nil
    }

    private static let pngSignature = "\u{89}PNG\r\n\u{1A}\n"
}

/// The first bytes of a file, asked for signatures. In a signature every character is one byte.
struct ByteStart {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func has(_ signature: String, at offset: Int) -> Bool {
        var index = offset
        for wanted in signature.unicodeScalars {
            guard index < bytes.count, UInt32(bytes[index]) == wanted.value else { return false }
            index += 1
        }
        return true
    }

    func begins(_ signature: String) -> Bool { has(signature, at: 0) }

    /// Whether these are at least four bytes that a longer signature begins with.
    func isPart(of signature: String) -> Bool {
        let wanted = signature.unicodeScalars
        return bytes.count >= 4 && bytes.count < wanted.count
            && zip(bytes, wanted).allSatisfy { UInt32($0) == $1.value }
    }

    func contains(_ signature: String, within limit: Int) -> Bool {
        (0..<min(limit, bytes.count)).contains { has(signature, at: $0) }
    }

    /// Classic TIFF and BigTIFF; not the raw files of cameras that say so right after.
    var isTIFF: Bool {
        (begins("II*\0") || begins("MM\0*") || begins("II+\0") || begins("MM\0+"))
            && !has("CR", at: 8)
    }

    /// `BM` alone begins many a text, so the size of the header that follows must be one there is.
    var isBMP: Bool {
        guard begins("BM"), bytes.count >= 18 else { return false }
        let size = bytes[14..<18].reversed().reduce(0) { $0 << 8 | Int($1) }
        return [12, 16, 40, 52, 56, 64, 108, 124].contains(size)
    }

    /// ISO base media files (MP4, HEIF and their kin) by their brands.
    var kindByBrand: MediaKind? {
        let boxes = ["moov", "mdat", "wide", "pnot"]
        if boxes.contains(where: { has($0, at: 4) }) { return .video }
        guard has("ftyp", at: 4), bytes.count >= 12 else { return nil }
        let length = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        let end = min(max(length, 12), bytes.count)
        // The major brand, then after four bytes of version the compatible ones.
        let offsets = [8] + Array(stride(from: 16, to: end - 3, by: 4))
        let brands = offsets.map { String(decoding: bytes[$0..<$0 + 4], as: UTF8.self) }
        if brands[0] == "avis" || brands[0] == "msf1" { return .video }
        if ["M4A ", "M4B ", "M4P ", "crx "].contains(brands[0]) { return nil }
        if brands.contains("avif") { return .avif }
        let heif = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2"]
        return brands.contains(where: heif.contains) ? .heic : .video
    }

    /// The containers FFmpeg is asked about, other than those with brands.
    var isVideo: Bool {
        let signatures = [
            "\u{1A}\u{45}\u{DF}\u{A3}",  // Matroska, WebM
            "FLV\u{1}", "OggS", ".RMF", "DKIF", "YUV4MPEG2 ",
            "\u{30}\u{26}\u{B2}\u{75}\u{8E}\u{66}\u{CF}\u{11}",  // ASF, WMV
            "\0\0\u{1}\u{BA}", "\0\0\u{1}\u{B3}",  // MPEG programme and video streams
            "\u{6}\u{E}\u{2B}\u{34}",  // MXF
            "\0\0\0\u{1}\u{67}", "\0\0\0\u{1}\u{9}", "\0\0\0\u{1}\u{40}",  // H.264, HEVC
        ]
        if signatures.contains(where: begins) { return true }
        if begins("RIFF"), has("AVI ", at: 8) || has("AVIX", at: 8) { return true }
        // MPEG transport streams: a G every 188 bytes, or every 192 after four of time.
        let isG = { (at: Int) in at < bytes.count && bytes[at] == 0x47 }
        return (isG(0) && isG(188) && isG(376)) || (isG(4) && isG(196) && isG(388))
    }
}
