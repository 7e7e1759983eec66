/// Messages there and back again without a process between, for tests and for feeding the reader
/// with anything at all.
package enum DecoderTrip {
    /// The options as a decoder process gets them.
    package static func options(_ options: MediaOptions) -> MediaOptions? {
        let request = DecoderRequest(
            name: "trip", byteCount: 1, wantsPictures: true, cpuSeconds: 2, options: options,
            fault: nil)
        return (try? DecoderRequest(bytes: request.bytes))?.options
    }

    /// A description as the program gets it for an input that it calls `name`.
    package static func description(
        _ description: MediaDescription, name: String
    ) -> MediaDescription? {
        guard case .done(let arrived) = reply(bytes(of: description), name: name) else {
            return nil
        }
        return arrived
    }

    /// An error as the program gets it for an input that it calls `name`.
    package static func error(_ error: MediaError, name: String) -> MediaError? {
        guard case .failed(let arrived) = reply(DecoderReply.failed(error).bytes, name: name) else {
            return nil
        }
        return arrived
    }

    /// The message that says what an input is.
    package static func bytes(of description: MediaDescription) -> [UInt8] {
        DecoderReply.done(description).bytes
    }

    /// Whether bytes are a message of a decoder process.
    package static func isUnderstood(_ bytes: [UInt8]) -> Bool { reply(bytes, name: "") != nil }

    private static func reply(_ bytes: [UInt8], name: String) -> DecoderReply? {
        try? DecoderReply(bytes: bytes, name: name)
    }
}
