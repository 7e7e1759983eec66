internal import JSON

/// `model.safetensors.index.json`: in which file of a folder each tensor lies.
package struct ShardIndex: Equatable, Sendable {
    /// File names by tensor name.
    package let files: [String: String]

    /// More files than any model is cut into.
    static let maxFiles = 1000

    /// Reads and checks an index.
    package init(path: String) throws(WeightsError) {
        let value = try JSONFile.read(path)
        guard let map = value["weight_map"], map.kind == .object else {
            throw .malformed(
                file: path, format: "JSON", detail: "weight_map, the list of tensors, is missing")
        }
        var files: [String: String] = [:]
        for (key, value) in map.members {
            let name = key.string ?? ""
            // A name, not a path: an index must not reach outside its folder.
            guard let file = value.string, file.hasSuffix(".safetensors"), !file.contains("/")
            else {
                throw .malformed(
                    file: path, format: "JSON",
                    detail: "tensor \(name) is not in a .safetensors file of the same folder")
            }
            guard files.updateValue(file, forKey: name) == nil else {
                throw .malformed(
                    file: path, format: "JSON", detail: "tensor \(name) is listed twice")
            }
        }
        guard !files.isEmpty else {
            throw .malformed(file: path, format: "JSON", detail: "weight_map lists no tensor")
        }
        self.files = files
        guard shardNames.count <= Self.maxFiles else {
            throw .malformed(
                file: path, format: "JSON",
                detail: "weight_map names \(shardNames.count) files, more than \(Self.maxFiles)")
        }
    }

    /// The files, each once, sorted.
    package var shardNames: [String] { Set(files.values).sorted() }
}
