/// Why something that was asked for cannot be done, in one or two sentences for the user.
struct Refusal: Error, Equatable {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }

    /// The description of an error is its sentence.
    init(_ error: some Error & CustomStringConvertible) {
        sentence = error.description
    }
}
