/// What a file is, told by its first bytes, never by its name.
public enum MediaKind: String, CaseIterable, Sendable {
    case png, jpeg, webp, heic, avif, tiff, gif, bmp, pdf
    /// Anything FFmpeg opens that has a picture stream: MP4, MOV, MKV, WebM, AVI and the rest.
    case video
}
