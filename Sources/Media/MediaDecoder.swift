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
            return try PDFPages.description(of: input, options: options)
        case .video:
            return try VideoFile.description(of: input, options: options)
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
            return try PDFPages.decode(input, options: options, deliver: deliver)
        case .video:
            return try VideoFile.decode(input, options: options, deliver: deliver)
        }
    }
}
