internal import SmolVLM
internal import Tokenizer
internal import Weights

/// Why a model could not be written as GGUF: one or two sentences that say what was wrong, where, and
/// what to do next.
package enum ExportError: Error, Equatable, CustomStringConvertible {
    /// What its reader said of a file.
    case unusable(String)
    /// What kept a file from being written.
    case unwritten(String)
    /// A weight that is no number.
    case notFinite(file: String, tensor: String, count: Int)
    /// A weight beyond the largest of its new type.
    case tooLarge(file: String, tensor: String, type: String)
    /// Something of the model that GGUF files have no words for.
    case unspeakable(file: String, what: String)
    /// The same file is read and written.
    case ontoItself(file: String)
    /// Whoever asked for it does not want it any more.
    case cancelled

    package var description: String {
        switch self {
        case .unusable(let sentence), .unwritten(let sentence): sentence
        case .notFinite(let file, let tensor, let count):
            "\(file): tensor \(tensor) has \(count == 1 ? "a weight" : "\(count) weights") that "
                + "\(count == 1 ? "is" : "are") no finite number. Download it again, or get the "
                + "model from elsewhere."
        case .tooLarge(let file, let tensor, let type):
            "\(file): tensor \(tensor) has weights that are too large for \(type). Store it with "
                + "--type bf16 or f32 (of a vision encoder: --vision-type)."
        case .unspeakable(let file, let what):
            "\(file) \(what), which GGUF files cannot say. Use the model as it is."
        case .ontoItself(let file):
            "\(file) is both read and to be written. Name another file."
        case .cancelled: "stopped. Nothing was written."
        }
    }
}

/// Does something whose errors are sentences about what was read.
func reading<Result, Failure: Error & CustomStringConvertible>(
    _ body: () throws(Failure) -> Result
) throws(ExportError) -> Result {
    do throws(Failure) { return try body() } catch { throw .unusable(error.description) }
}

/// Does something whose errors are sentences about what is written.
func writing<Result: ~Copyable>(
    _ body: () throws(NewFileError) -> Result
) throws(ExportError) -> Result {
    do throws(NewFileError) {
        return try body()
    } catch {
        throw .unwritten(error.description)
    }
}
