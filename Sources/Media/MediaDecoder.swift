/// Decodes an input in this process: the one place that says which decoder reads which kind.
///
/// The program itself decodes outside files in a child process (see `DecoderProcess`), which runs
/// exactly this.
package enum MediaDecoder {
    /// Says what an input is, as far as its headers tell.
    package static func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        let kind = try MediaKind.recognise(input)
        switch kind {
        case .png, .jpeg, .webp, .heic, .avif, .tiff, .gif, .bmp:
            return try ImageFile.description(of: input, kind: kind, options: options)
        case .pdf:
            throw .unsupported(name: input.name, detail: "PDF pages cannot be read yet")
        case .video:
            throw .unsupported(name: input.name, detail: "video cannot be read yet")
        }
    }

    /// Decodes an input and hands over its pictures one at a time, in order.
    package static func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        let kind = try MediaKind.recognise(input)
        switch kind {
        case .png, .jpeg, .webp, .heic, .avif, .tiff, .gif, .bmp:
            return try ImageFile.decode(input, kind: kind, options: options, deliver: deliver)
        case .pdf:
            throw .unsupported(name: input.name, detail: "PDF pages cannot be read yet")
        case .video:
            throw .unsupported(name: input.name, detail: "video cannot be read yet")
        }
    }
}
