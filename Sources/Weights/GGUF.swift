// The GGUF container, versions 1 to 3: metadata by key, then tensors by name, then their data. Every
// count and offset is checked against the length of the file before it is used:
// https://github.com/ggml-org/ggml/blob/v0.9.4/docs/gguf.md
internal import Tensors

/// The metadata and tensors of one GGUF file. Opening reads the header only.
package struct GGUF: Sendable {
    package let file: MappedFile
    package let version: Int
    /// In the order of the file.
    package let keys: [String]
    let fields: [String: GGUFField]
    /// By name; names are unique.
    package let tensors: [String: TensorEntry]
    /// In the order of the file.
    package let tensorNames: [String]

    /// The longest name of a tensor, without the closing zero of C.
    static let maxNameBytes = 63
    static let defaultAlignment = 32

    /// Maps a file and checks its header.
    package init(path: String) throws(WeightsError) {
        try self.init(file: MappedFile(path: path))
    }

    /// Whether a file begins as GGUF files do.
    package static func isGGUF(_ file: MappedFile) -> Bool {
        file.storage.load(UInt32.self, at: 0) == 0x4655_4747
    }

    /// Checks the header of a file.
    package init(file: MappedFile) throws(WeightsError) {
        try self.init(file: file, mayBeCut: false)
    }

    /// - Parameter mayBeCut: whether the end of the data may be missing, for a look at what a file was
    ///   to be. Its tensors must not be read then.
    init(file: MappedFile, mayBeCut: Bool) throws(WeightsError) {
        self.file = file
        var cursor = GGUFCursor(file: file)
        guard Self.isGGUF(file) else {
            throw cursor.broken("it does not begin with the letters GGUF")
        }
        _ = try cursor.number(UInt32.self, "its first bytes")
        version = try Self.version(&cursor)
        cursor.hasShortLengths = version == 1

        let wide = version == 1 ? 4 : 8
        let tensorCount = try cursor.count(
            of: "the number of tensors", atLeast: 2 * wide + 16)
        let keyCount = try cursor.count(of: "the number of keys", atLeast: wide + 5)

        var keys: [String] = []
        var fields: [String: GGUFField] = [:]
        for index in 0..<keyCount {
            let key = try cursor.name(
                "the name of key \(index)", maxBytes: GGUFCursor.maxKeyBytes)
            let type = try cursor.type(key)
            let field = try cursor.field(key, type: type)
            guard fields.updateValue(field, forKey: key) == nil else {
                throw cursor.broken("key \(key) is there twice")
            }
            keys.append(key)
        }
        self.keys = keys
        self.fields = fields

        var alignment = Self.defaultAlignment
        if let field = fields["general.alignment"] {
            guard let given = field.integer(in: file.storage), given > 0, given <= 1 << 30,
                given & (given - 1) == 0
            else { throw cursor.broken("general.alignment is no power of two") }
            alignment = given
        }
        var infos: [GGUFTensorInfo] = []
        infos.reserveCapacity(tensorCount)
        for index in 0..<tensorCount {
            infos.append(try GGUFTensorInfo(number: index, from: &cursor, alignment: alignment))
        }
        let dataStart = (cursor.place + alignment - 1) / alignment * alignment
        tensors = try GGUFTensorInfo.entries(
            infos, dataStart: dataStart, cursor: cursor, mayBeCut: mayBeCut)
        tensorNames = infos.map(\.name)
    }

    private static func version(_ cursor: inout GGUFCursor) throws(WeightsError) -> Int {
        let version = try cursor.number(UInt32.self, "its version")
        guard version != 0, version & 0xFFFF != 0 else {
            throw .unsupported(
                file: cursor.file.path, what: "is a GGUF file for big-endian machines",
                advice: "Get the little-endian file that most downloads offer.")
        }
        guard version <= 3 else {
            throw .unsupported(
                file: cursor.file.path,
                what: "is a GGUF file of version \(version), newer than the 3 that smolvlm knows",
                advice: "Get a file of version 3, or a newer smolvlm.")
        }
        return Int(version)
    }

    /// Whether there is a value under a key.
    package func has(_ key: String) -> Bool { fields[key] != nil }

    /// A whole number; nil when the key is absent.
    package func integer(_ key: String) throws(WeightsError) -> Int? {
        guard let field = fields[key] else { return nil }
        guard let value = field.integer(in: file.storage) else {
            let isWide = field.type == .uint64
            throw wrong(key, field, isWide ? "a smaller whole number" : "a whole number")
        }
        return value
    }

    /// A number; nil when the key is absent.
    package func number(_ key: String) throws(WeightsError) -> Double? {
        guard let field = fields[key] else { return nil }
        guard let value = GGUFField.float(field.type, at: field.offset, in: file.storage) else {
            throw wrong(key, field, "a number")
        }
        return value
    }

    /// True or false; nil when the key is absent.
    package func bool(_ key: String) throws(WeightsError) -> Bool? {
        guard let field = fields[key] else { return nil }
        guard field.type == .bool, let byte = file.storage.load(UInt8.self, at: field.offset) else {
            throw wrong(key, field, "true or false")
        }
        return byte == 1
    }

    /// A text, broken UTF-8 repaired; nil when the key is absent.
    package func string(_ key: String) throws(WeightsError) -> String? {
        guard let field = fields[key] else { return nil }
        guard field.type == .string else { throw wrong(key, field, "a string") }
        return file.storage.withBytes(field.offset..<field.offset + field.count) { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    /// A list of whole numbers, whatever their width; nil when the key is absent.
    package func integers(_ key: String) throws(WeightsError) -> [Int]? {
        try list(key, "a list of whole numbers") { type, offset in
            GGUFField.integer(type, at: offset, in: file.storage)
        }
    }

    /// A list of numbers; nil when the key is absent.
    package func numbers(_ key: String) throws(WeightsError) -> [Double]? {
        try list(key, "a list of numbers") { type, offset in
            GGUFField.float(type, at: offset, in: file.storage)
        }
    }

    private func list<Element>(
        _ key: String, _ expected: String, _ read: (GGUFType, Int) -> Element?
    ) throws(WeightsError) -> [Element]? {
        guard let field = fields[key] else { return nil }
        guard field.type == .array, let type = field.elementType, let size = type.size else {
            throw wrong(key, field, expected)
        }
        var values: [Element] = []
        values.reserveCapacity(field.count)
        for index in 0..<field.count {
            guard let value = read(type, field.offset + index * size) else {
                throw wrong(key, field, expected)
            }
            values.append(value)
        }
        return values
    }

    /// How many elements a list has; nil when the key is absent or no list.
    package func count(_ key: String) -> Int? {
        guard let field = fields[key], field.type == .array else { return nil }
        return field.count
    }

    /// Lends the bytes of each string of a list, in order, as they are in the file.
    ///
    /// - Returns: false when the key is absent.
    package func forEachString(
        _ key: String, _ body: (Int, Span<UInt8>) -> Void
    ) throws(WeightsError) -> Bool {
        guard let field = fields[key] else { return false }
        guard field.type == .array, field.elementType == .string || field.count == 0 else {
            throw wrong(key, field, "a list of strings")
        }
        field.forEachString(in: file.storage, body)
        return true
    }

    private func wrong(_ key: String, _ field: GGUFField, _ expected: String) -> WeightsError {
        .wrongValue(file: file.path, key: key, expected: expected, found: field.type.name)
    }
}
