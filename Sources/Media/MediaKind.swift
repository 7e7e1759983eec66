/// What a file is, told by its first bytes, never by its name.
public enum MediaKind: String, CaseIterable, Sendable {
    case png, jpeg, webp, heic, avif, tiff, gif, bmp, pdf
    /// Anything FFmpeg opens that has a picture stream: MP4, MOV, MKV, WebM, AVI and the rest.
    case video
}

extension MediaKind {
    /// How many bytes from the start decide what a file is.
    package static let recognisedByteCount = 4096

    /// The kind of a file that begins with these bytes; nil if it is none that can be decoded.
    package init?(firstBytes bytes: [UInt8]) {
        let pdf = Array("%PDF-".utf8)
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if (0..<min(1024, bytes.count)).contains(where: { bytes[$0...].starts(with: pdf) }) {
            self = .pdf
        } else {
            return nil
        }
    }
}
