/// Decodes an input in this process: the one place that says which decoder reads which kind.
///
/// The program itself decodes outside files in a child process (see `DecoderProcess`), which runs
/// exactly this.
package enum MediaDecoder {
    /// Says what an input is, as far as its headers tell.
    package static func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        throw .unsupported(name: input.name, detail: "not written yet")
    }

    /// Decodes an input and hands over its pictures one at a time, in order.
    package static func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        throw .unsupported(name: input.name, detail: "not written yet")
    }
}
