/// What came out of a file: what it is, and its pictures in order.
///
/// It is decoded in this process, which is quick and simple, and right for files that are one's
/// own. `smolvlm` itself decodes files of strangers in a child process.
///
/// ```swift
/// let report = try MediaFile(path: "report.pdf", options: MediaOptions())
/// print(report.description.kind, report.items.count)
/// ```
public struct MediaFile: Sendable {
    /// What the file is.
    public let description: MediaDescription
    /// Its pictures: one of most pictures, the pages of a document, the frames of a video.
    public let items: [MediaItem]

    /// Decodes a file.
    ///
    /// TIFF, GIF, BMP and video need `libsmolvlm-video.so`, HEIC and AVIF `libsmolvlm-heif.so`,
    /// beside the program that runs or where the system looks for libraries; PDF needs poppler's
    /// programs.
    public init(path: String, options: MediaOptions) throws(MediaError) {
        try self.init(MediaInput(path: path), options: options)
    }

    /// Decodes the bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: what messages call it.
    ///   - options: what to take out of it.
    public init(bytes: [UInt8], name: String, options: MediaOptions) throws(MediaError) {
        try self.init(MediaInput(name: name, bytes: bytes.span), options: options)
    }

    private init(_ input: consuming MediaInput, options: MediaOptions) throws(MediaError) {
        var items: [MediaItem] = []
        description = try MediaDecoder.decode(input, options: options) {
            (item) throws(MediaError) in items.append(item)
        }
        self.items = items
    }
}

extension Image {
    /// Decodes the picture in a file: of a document its first page, of a video its first frame.
    ///
    /// - Throws: also for a picture that is there only in part; `MediaFile` can allow that.
    public init(path: String) throws(MediaError) {
        self = try Image.first(of: MediaFile(path: path, options: .firstPicture), path)
    }

    /// Decodes the picture that the bytes of a file hold: of a document its first page, of a video
    /// its first frame.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: what messages call it.
    public init(bytes: [UInt8], name: String) throws(MediaError) {
        self = try Image.first(
            of: MediaFile(bytes: bytes, name: name, options: .firstPicture), name)
    }

    private static func first(of file: MediaFile, _ name: String) throws(MediaError) -> Image {
        guard let first = file.items.first else {
            throw .unsupported(
                name: name, detail: "it has no picture. Choose a file that has one")
        }
        return first.image
    }
}

extension MediaOptions {
    /// The first page, or the first frame.
    fileprivate static var firstPicture: MediaOptions {
        var options = MediaOptions()
        options.pages = [1...1]
        options.frames.count = 1
        return options
    }
}
