internal import JSON
internal import Tensors

/// Small JSON files of a model folder.
enum JSONFile {
    /// A configuration is a few kilobytes; an index of a large model a few megabytes.
    static let maxBytes = 64 << 20

    /// Reads a whole file.
    static func read(_ path: String) throws(WeightsError) -> JSONValue {
        let file = try MappedFile(path: path)
        guard file.byteCount <= maxBytes else {
            throw .malformed(
                file: path, format: "JSON",
                detail: "it has \(file.byteCount) bytes, more than \(maxBytes)")
        }
        do {
            return try file.storage.withBytes(0..<file.byteCount) { bytes throws(JSONError) in
                try JSONValue(parsing: bytes)
            }
        } catch {
            throw .malformed(file: path, format: "JSON", detail: "it is \(error)")
        }
    }
}
