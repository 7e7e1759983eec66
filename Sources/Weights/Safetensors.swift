// The safetensors container: u64 header length, that many bytes of JSON, then the data. Everything
// that the header says is checked against the length of the file before anything is used:
// https://github.com/huggingface/safetensors/blob/v0.4.5/README.md#format
internal import JSON
internal import Tensors

/// The tensors of one safetensors file, by name. Opening reads the header only.
package struct Safetensors: Sendable {
    package let file: MappedFile
    /// By name; names are unique.
    package let tensors: [String: TensorEntry]
    /// The strings under `__metadata__`.
    package let metadata: [String: String]

    /// The longest header that is read.
    static let maxHeaderBytes = 100_000_000
    /// More dimensions than any tensor of ours.
    static let maxDimensions = 8

    /// Maps a file and checks its header.
    package init(path: String) throws(WeightsError) {
        try self.init(file: MappedFile(path: path))
    }

    /// Checks the header of a file.
    package init(file: MappedFile) throws(WeightsError) {
        try self.init(file: file, mayBeCut: false)
    }

    /// - Parameter mayBeCut: whether the end of the data may be missing, for a look at what a file was
    ///   to be. Its tensors must not be read then.
    init(file: MappedFile, mayBeCut: Bool) throws(WeightsError) {
        self.file = file
        guard let length = file.storage.load(UInt64.self, at: 0) else {
            throw Self.broken(file, "it has \(file.byteCount) bytes, fewer than the first number")
        }
        guard length <= UInt64(Self.maxHeaderBytes) else {
            throw Self.broken(file, "its header would be \(length) bytes long")
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= file.byteCount else {
            throw .truncated(file: file.path, expected: dataStart, actual: file.byteCount)
        }
        let header: JSONValue
        do {
            header = try file.storage.withBytes(8..<dataStart) { bytes throws(JSONError) in
                try JSONValue(parsing: bytes)
            }
        } catch {
            throw Self.broken(file, "its header is not valid JSON")
        }
        guard header.kind == .object else {
            throw Self.broken(file, "its header is no JSON object")
        }

        var tensors: [String: TensorEntry] = [:]
        var metadata: [String: String] = [:]
        var ranges: [(begin: Int, end: Int, name: String)] = []
        for (key, value) in header.members {
            let name = key.string ?? ""
            if name == "__metadata__" {
                metadata = try Self.metadata(value, file: file)
                continue
            }
            let (entry, begin) = try Self.entry(name, value, file: file, dataStart: dataStart)
            guard tensors.updateValue(entry, forKey: name) == nil else {
                throw Self.broken(file, "tensor \(name) is listed twice")
            }
            ranges.append((begin, begin + entry.byteCount, name))
        }
        self.tensors = tensors
        self.metadata = metadata
        do throws(WeightsError) {
            try Self.check(ranges: &ranges, dataStart: dataStart, file: file)
        } catch {
            guard mayBeCut, case .truncated = error else { throw error }
        }
    }

    /// Whether a file begins as safetensors files do: the length of a header, then JSON.
    package static func isSafetensors(_ file: MappedFile) -> Bool {
        guard let length = file.storage.load(UInt64.self, at: 0), length > 1,
            length <= UInt64(maxHeaderBytes)
        else { return false }
        return file.storage.load(UInt8.self, at: 8) == UInt8(ascii: "{")
    }

    private static func broken(_ file: MappedFile, _ detail: String) -> WeightsError {
        .malformed(file: file.path, format: "safetensors", detail: detail)
    }

    private static func metadata(
        _ value: JSONValue, file: MappedFile
    ) throws(WeightsError) -> [String: String] {
        guard value.kind == .object else { throw broken(file, "__metadata__ is no object") }
        var found: [String: String] = [:]
        for (key, value) in value.members {
            guard let text = value.string else {
                throw broken(file, "__metadata__ holds something other than strings")
            }
            found[key.string ?? ""] = text
        }
        return found
    }

    private static func entry(
        _ name: String, _ value: JSONValue, file: MappedFile, dataStart: Int
    ) throws(WeightsError) -> (TensorEntry, begin: Int) {
        guard value.kind == .object, value.count == 3,
            let dtype = value["dtype"]?.string,
            let shapeValue = value["shape"], shapeValue.kind == .array,
            let offsetsValue = value["data_offsets"], offsetsValue.kind == .array
        else {
            throw broken(
                file, "the entry of tensor \(name) is not a dtype, a shape and two offsets")
        }
        let shape = shapeValue.elements.compactMap(\.int)
        guard shape.count == shapeValue.count, shape.count <= maxDimensions,
            shape.allSatisfy({ $0 >= 0 })
        else { throw broken(file, "the shape of tensor \(name) is not a list of sizes") }
        let offsets = offsetsValue.elements.compactMap(\.int)
        guard offsets.count == 2, offsetsValue.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1]
        else { throw broken(file, "the offsets of tensor \(name) are not a range of bytes") }
        let (begin, end) = (offsets[0], offsets[1])

        if let size = elementBytes(dtype) {
            var bytes = size
            for length in shape {
                let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
                guard !overflow else {
                    throw broken(file, "tensor \(name) is too large to count its bytes")
                }
                bytes = product
            }
            guard bytes == end - begin else {
                throw broken(
                    file, "tensor \(name) needs \(bytes) bytes, but its offsets span \(end - begin)"
                )
            }
        }
        let entry = TensorEntry(
            name: name, stored: stored(dtype), shape: shape, file: file,
            offset: dataStart.addingReportingOverflow(begin).partialValue, byteCount: end - begin)
        return (entry, begin)
    }

    /// Ranges must follow each other without a gap, from the start of the data to its end.
    private static func check(
        ranges: inout [(begin: Int, end: Int, name: String)], dataStart: Int, file: MappedFile
    ) throws(WeightsError) {
        ranges.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
        var place = 0
        let available = file.byteCount - dataStart
        for range in ranges {
            guard range.begin >= place else {
                throw broken(file, "tensor \(range.name) overlaps the one before it")
            }
            guard range.begin == place else {
                throw broken(
                    file, "\(range.begin - place) bytes before tensor \(range.name) are unused")
            }
            place = range.end
        }
        guard place <= available else {
            let (expected, overflow) = dataStart.addingReportingOverflow(place)
            guard !overflow else { throw broken(file, "its tensors are too large to count") }
            throw .truncated(file: file.path, expected: expected, actual: file.byteCount)
        }
        guard place == available else {
            throw broken(file, "\(available - place) bytes after the last tensor are unused")
        }
    }

    private static func stored(_ dtype: String) -> TensorEntry.Stored {
        switch dtype {
        case "F32": .readable(.f32)
        case "F16": .readable(.f16)
        case "BF16": .readable(.bf16)
        default: .other(dtype)
        }
    }

    /// The bytes of one element; nil for types that are not known here.
    private static func elementBytes(_ dtype: String) -> Int? {
        switch dtype {
        case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2": 1
        case "F16", "BF16", "I16", "U16": 2
        case "F32", "I32", "U32": 4
        case "F64", "I64", "U64": 8
        default: nil
        }
    }
}
