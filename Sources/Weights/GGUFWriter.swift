// In: keys with their values, and tensors with their types and shapes. Out: the header of a GGUF file
// of version 3, and where the bytes of each tensor belong behind it. What is written here is read by
// `GGUF`: https://github.com/ggml-org/ggml/blob/v0.9.4/docs/gguf.md
package import Tensors

/// The header of a GGUF file that is to be written.
package struct GGUFWriter: Sendable {
    /// A tensor that follows the header.
    package struct Tensor: Equatable, Sendable {
        package let name: String
        package let type: ElementType
        /// The outermost dimension first, as in the reference.
        package let shape: [Int]
        package let byteCount: Int
        /// From the start of the data.
        package let offset: Int
    }

    /// Tensors begin at multiples of this, which a reader takes for granted.
    package static let alignment = GGUF.defaultAlignment

    private var fields: [UInt8] = []
    /// The keys so far, in order.
    package private(set) var keys: [String] = []
    /// The tensors so far, in order.
    package private(set) var tensors: [Tensor] = []

    package init() {}

    // MARK: Keys

    package mutating func add(_ key: String, _ value: String) {
        begin(key, .string)
        append(Array(value.utf8))
    }

    package mutating func add(_ key: String, _ value: Bool) {
        begin(key, .bool)
        fields.append(value ? 1 : 0)
    }

    /// - Precondition: the number fits 32 bits without a sign.
    package mutating func add(_ key: String, _ value: Int) {
        begin(key, .uint32)
        append(UInt32(value))
    }

    package mutating func add(_ key: String, _ value: Float) {
        begin(key, .float32)
        append(value.bitPattern)
    }

    package mutating func add(_ key: String, _ values: [Float]) {
        beginList(key, .float32, count: values.count)
        for value in values { append(value.bitPattern) }
    }

    package mutating func add(_ key: String, _ values: [Int32]) {
        beginList(key, .int32, count: values.count)
        for value in values { append(UInt32(bitPattern: value)) }
    }

    /// A list of texts, each lent by `text` as its bytes.
    package mutating func add(
        _ key: String, count: Int, text: (Int, (Span<UInt8>) -> Void) -> Void
    ) {
        beginList(key, .string, count: count)
        for index in 0..<count {
            var bytes: [UInt8] = []
            text(index) { span in bytes = span.indices.map { span[$0] } }
            append(bytes)
        }
    }

    /// Takes over a key of another file as it is, if it is there.
    package mutating func copy(_ key: String, of gguf: GGUF) {
        guard let field = gguf.fields[key] else { return }
        switch (field.type, field.elementType) {
        case (.string, _):
            begin(key, .string)
            append(bytes(gguf, field.offset, field.count))
        case (.array, .string?):
            var texts: [[UInt8]] = []
            field.forEachString(in: gguf.file.storage) { _, span in
                texts.append(span.indices.map { span[$0] })
            }
            beginList(key, .string, count: texts.count)
            for text in texts { append(text) }
        case (.array, let element?):
            // Lists of lists are of no use to anybody.
            guard let size = element.size else { return }
            beginList(key, element, count: field.count)
            fields += bytes(gguf, field.offset, field.count * size)
        case (.array, nil): return
        case (let type, _):
            guard let size = type.size else { return }
            begin(key, type)
            fields += bytes(gguf, field.offset, size)
        }
    }

    private func bytes(_ gguf: GGUF, _ offset: Int, _ count: Int) -> [UInt8] {
        gguf.file.storage.withBytes(offset..<offset + count) { span in
            span.indices.map { span[$0] }
        }
    }

    private mutating func begin(_ key: String, _ type: GGUFType) {
        keys.append(key)
        append(Array(key.utf8))
        append(type.rawValue)
    }

    private mutating func beginList(_ key: String, _ element: GGUFType, count: Int) {
        begin(key, .array)
        append(element.rawValue)
        append(UInt64(count))
    }

    private mutating func append(_ text: [UInt8]) {
        append(UInt64(text.count))
        fields += text
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        Self.append(number, to: &fields)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        var rest = number.littleEndian
        for _ in 0..<number.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    // MARK: Tensors

    /// Gives a tensor its place behind those before it.
    ///
    /// - Precondition: rows of the shape are whole blocks of the type.
    package mutating func addTensor(_ name: String, type: ElementType, shape: [Int]) {
        let rows = shape.dropLast().reduce(1, *)
        guard let rowBytes = type.byteCount(of: shape.last ?? 1) else {
            preconditionFailure("\(name) has rows of \(shape.last ?? 1) as \(type.name)")
        }
        tensors.append(
            Tensor(
                name: name, type: type, shape: shape, byteCount: rows * rowBytes,
                offset: dataByteCount))
    }

    /// The bytes that all tensors take, with what lies between them.
    package var dataByteCount: Int {
        guard let last = tensors.last else { return 0 }
        return Self.aligned(last.offset + last.byteCount)
    }

    /// The next place at which something may begin.
    package static func aligned(_ place: Int) -> Int {
        (place + alignment - 1) / alignment * alignment
    }

    /// All that stands before the data.
    package func header() -> [UInt8] {
        var bytes: [UInt8] = Array("GGUF".utf8)
        Self.append(UInt32(3), to: &bytes)
        Self.append(UInt64(tensors.count), to: &bytes)
        Self.append(UInt64(keys.count), to: &bytes)
        bytes += fields
        for tensor in tensors {
            let name = Array(tensor.name.utf8)
            Self.append(UInt64(name.count), to: &bytes)
            bytes += name
            Self.append(UInt32(tensor.shape.count), to: &bytes)
            for size in tensor.shape.reversed() { Self.append(UInt64(size), to: &bytes) }
            Self.append(UInt32(tensor.type.rawValue), to: &bytes)
            Self.append(UInt64(tensor.offset), to: &bytes)
        }
        bytes += [UInt8](repeating: 0, count: Self.aligned(bytes.count) - bytes.count)
        return bytes
    }
}
