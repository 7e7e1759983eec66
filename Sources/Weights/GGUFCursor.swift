internal import Tensors

/// A place in a GGUF header that moves on as it is read. Whatever would lie beyond the end of the
/// file is refused before it is read or counted.
struct GGUFCursor {
    let file: MappedFile
    /// Version 1 has counts and lengths of 32 bits.
    var hasShortLengths = false
    private(set) var place = 0

    /// Longer keys are no keys.
    static let maxKeyBytes = 65_535
    /// Lists of lists are legal, but unused.
    static let maxDepth = 4

    init(file: MappedFile) {
        self.file = file
    }

    func broken(_ detail: String) -> WeightsError {
        .malformed(file: file.path, format: "GGUF", detail: detail)
    }

    /// The next little-endian number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: String
    ) throws(WeightsError) -> Number {
        guard let value = file.storage.load(type, at: place) else {
            throw broken("it ends inside \(what), at byte \(file.byteCount)")
        }
        place += MemoryLayout<Number>.size
        return value
    }

    /// The next count of things that take at least `atLeast` bytes each.
    mutating func count(of what: String, atLeast bytes: Int) throws(WeightsError) -> Int {
        let value =
            hasShortLengths ? UInt64(try number(UInt32.self, what)) : try number(UInt64.self, what)
        let room = UInt64((file.byteCount - place) / bytes)
        guard value <= room else {
            throw broken("\(what) would be \(value), more than the rest of the file has room for")
        }
        return Int(value)
    }

    /// The range of the next string's bytes.
    mutating func string(_ what: String) throws(WeightsError) -> Range<Int> {
        let length = try count(of: "the length of \(what)", atLeast: 1)
        defer { place += length }
        return place..<place + length
    }

    /// The next string, which must be UTF-8 and short.
    mutating func name(_ what: String, maxBytes: Int) throws(WeightsError) -> String {
        let range = try string(what)
        guard !range.isEmpty, range.count <= maxBytes else {
            throw broken("\(what) has \(range.count) bytes, where 1 to \(maxBytes) are allowed")
        }
        guard let text = file.text(range) else { throw broken("\(what) is not valid UTF-8") }
        return text
    }

    /// The next value of a metadata type.
    mutating func field(
        _ key: String, type: GGUFType, depth: Int = 0
    ) throws(WeightsError) -> GGUFField {
        switch type {
        case .string:
            let range = try string("the value of \(key)")
            return GGUFField(
                type: .string, offset: range.lowerBound, count: range.count, elementType: nil,
                hasShortLengths: hasShortLengths)
        case .array:
            return try array(key, depth: depth)
        default:
            let start = place
            let size = type.size ?? 0
            guard size <= file.byteCount - place else {
                throw broken("it ends inside the value of \(key), at byte \(file.byteCount)")
            }
            if type == .bool { try checkBool(key, at: place) }
            place += size
            return GGUFField(
                type: type, offset: start, count: 1, elementType: nil,
                hasShortLengths: hasShortLengths)
        }
    }

    private mutating func array(_ key: String, depth: Int) throws(WeightsError) -> GGUFField {
        guard depth < Self.maxDepth else {
            throw broken("\(key) is a list of lists more than \(Self.maxDepth) deep")
        }
        let elementType = try self.type("the elements of \(key)")
        let smallest = elementType.size ?? (hasShortLengths ? 4 : 8)
        let count = try count(of: "the length of \(key)", atLeast: smallest)
        let start = place
        if let size = elementType.size {
            if elementType == .bool {
                for index in 0..<count { try checkBool(key, at: start + index) }
            }
            place += count * size
        } else if elementType == .string {
            let end = file.storage.endOfTexts(
                count: count, from: start, hasShortLengths: hasShortLengths)
            guard let end else {
                throw broken("a string of \(key) goes beyond the end of the file")
            }
            place = end
        } else {
            for _ in 0..<count { _ = try field(key, type: elementType, depth: depth + 1) }
        }
        return GGUFField(
            type: .array, offset: start, count: count, elementType: elementType,
            hasShortLengths: hasShortLengths)
    }

    /// The next type number of a metadata value.
    mutating func type(_ what: String) throws(WeightsError) -> GGUFType {
        let value = try number(UInt32.self, "the type of \(what)")
        guard let type = GGUFType(rawValue: value) else {
            throw broken("\(what) has value type \(value), which does not exist")
        }
        return type
    }

    private func checkBool(_ key: String, at offset: Int) throws(WeightsError) {
        guard let byte = file.storage.load(UInt8.self, at: offset), byte < 2 else {
            throw broken("\(key) is neither true nor false")
        }
    }
}

extension MappedFile {
    /// Bytes as text; nil when they are not valid UTF-8.
    func text(_ range: Range<Int>) -> String? {
        storage.withBytes(range) { bytes in
            String(validating: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }
}
