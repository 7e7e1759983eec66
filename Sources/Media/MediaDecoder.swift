/// Decodes an input in this process: the one place that says which decoder reads which kind.
///
/// The program itself decodes outside files in a child process (see `DecoderProcess`), which runs
/// exactly this.
package enum MediaDecoder {
    /// Says what an input is, as far as its headers tell.
    package static func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        let start = try input.bytes(at: 0, count: MediaKind.recognisedByteCount)
        guard MediaKind(firstBytes: start) == .pdf else {
            throw .unsupported(name: input.name, detail: "only PDF files can be read yet")
        }
        return try PDFPages.description(of: input, options: options)
    }

    /// Decodes an input and hands over its pictures one at a time, in order.
    package static func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        let start = try input.bytes(at: 0, count: MediaKind.recognisedByteCount)
        guard MediaKind(firstBytes: start) == .pdf else {
            throw .unsupported(name: input.name, detail: "only PDF files can be read yet")
        }
        return try PDFPages.decode(input, options: options, deliver: deliver)
    }
}
