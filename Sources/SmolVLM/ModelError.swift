/// Why a model or a conversation cannot go on: one or two sentences that say what was wrong, where,
/// and what to do next.
public struct ModelError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The sentences.
    public let description: String

    init(_ sentence: String) {
        description = sentence
    }

    /// The description of an error is its sentence.
    init(_ error: some Error & CustomStringConvertible) {
        description = error.description
    }
}

/// Does something whose errors are sentences.
func explained<Result: ~Copyable, Failure: Error & CustomStringConvertible>(
    _ body: () throws(Failure) -> Result
) throws(ModelError) -> Result {
    do throws(Failure) { return try body() } catch { throw ModelError(error) }
}
