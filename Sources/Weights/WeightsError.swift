/// Why a model's files could not be used: what was wrong, where, and what to do next.
package enum WeightsError: Error, Equatable, CustomStringConvertible {
    /// The file breaks the rules of its format (`JSON`).
    case malformed(file: String, format: String, detail: String)
    /// A folder without the files of a model.
    case noModel(folder: String, wanted: String)
    case wrongValue(file: String, key: String, expected: String, found: String)

    package var description: String {
        switch self {
        case .malformed(let file, let format, let detail):
            "\(file) is a broken \(format) file: \(detail). Download it again."
        case .noModel(let folder, let wanted):
            "\(folder) holds no model: \(wanted). Name a folder with config.json and "
                + "model.safetensors, or a .gguf file."
        case .wrongValue(let file, let key, let expected, let found):
            "\(file): \(key) is \(found), where \(expected) is needed. Get the file again, or "
                + "correct it."
        }
    }
}
