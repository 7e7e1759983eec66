/// Why a tokenizer could not be made: what was wrong, where, and what to do next.
package enum TokenizerError: Error, Equatable, CustomStringConvertible {
    /// The file is no JSON at all.
    case notJSON(file: String, reason: String)
    /// Something that must be there is not.
    case missing(file: String, what: String)
    /// Something is there and cannot be right.
    case malformed(file: String, place: String, detail: String)
    /// A rule that is not built in, by its name, with those that are.
    case unsupported(file: String, part: String, found: String, known: [String])
    /// More of something than a real file has.
    case tooMany(file: String, what: String, found: Int, limit: Int)

    package var description: String {
        switch self {
        case .notJSON(let file, let reason):
            "\(file) is not JSON: \(reason). Download it again."
        case .missing(let file, let what):
            "\(file) has no \(what). Use the tokenizer files that came with the model."
        case .malformed(let file, let place, let detail):
            "\(file): \(place) \(detail). Use the tokenizer files that came with the model."
        case .unsupported(let file, let part, let found, let known):
            "\(file) asks for the \(part) \(found), which is not built in. Known: "
                + known.joined(separator: ", ") + "."
        case .tooMany(let file, let what, let found, let limit):
            "\(file) has \(found) \(what); at most \(limit) are read. Use the tokenizer files that "
                + "came with the model."
        }
    }
}
