internal import Media

/// Brings in what was named on the command line: opens it, and decodes it in a process of its own.
struct Intake: Sendable {
    /// The name under which the program starts itself again to decode one input.
    static let decoderCommand = "__decode"

    let options: MediaOptions
    private let decoder = DecoderProcess(
        executable: "/proc/self/exe", arguments: [Intake.decoderCommand])

    init(options: MediaOptions) {
        self.options = options
    }

    /// Opens one input.
    func open(_ name: String) throws(MediaError) -> MediaInput {
        name == "-"
            ? try MediaInput(standardInput: name, limits: options.limits, source: 0)
            : try MediaInput(path: name)
    }

    /// Says what an input is, as far as its headers tell.
    func description(of input: borrowing MediaInput) throws(MediaError) -> MediaDescription {
        try decoder.description(of: input, options: options)
    }

    /// Decodes an input and hands over its pictures one at a time.
    func decode(
        _ input: borrowing MediaInput, deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        try decoder.decode(input, options: options, deliver: deliver)
    }
}
