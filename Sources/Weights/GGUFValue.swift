internal import Tensors

/// The type of a metadata value, by its number in the file.
enum GGUFType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
    case uint64, int64, float64

    /// The bytes of a value; nil for strings and arrays.
    var size: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }

    /// What a message calls it.
    var name: String {
        switch self {
        case .string: "a string"
        case .array: "a list"
        case .bool: "true or false"
        case .float32, .float64: "a number with a point"
        default: "a whole number"
        }
    }
}

/// One metadata value: where it lies, checked to lie whole inside the file.
struct GGUFField: Sendable {
    let type: GGUFType
    /// Of the value itself; for a string of its first byte, for an array of its first element.
    let offset: Int
    /// Bytes of a string, elements of an array, 1 otherwise.
    let count: Int
    /// Of an array.
    let elementType: GGUFType?
    /// Whether lengths of strings are 32 bits wide, as in version 1.
    let hasShortLengths: Bool

    /// The value as a whole number, whatever its width; nil for other types or when out of range.
    func integer(in storage: Storage) -> Int? {
        Self.integer(type, at: offset, in: storage)
    }

    static func integer(_ type: GGUFType, at offset: Int, in storage: Storage) -> Int? {
        switch type {
        case .uint8: storage.load(UInt8.self, at: offset).map(Int.init)
        case .int8: storage.load(Int8.self, at: offset).map(Int.init)
        case .uint16: storage.load(UInt16.self, at: offset).map(Int.init)
        case .int16: storage.load(Int16.self, at: offset).map(Int.init)
        case .uint32: storage.load(UInt32.self, at: offset).map(Int.init)
        case .int32: storage.load(Int32.self, at: offset).map(Int.init)
        case .uint64: storage.load(UInt64.self, at: offset).flatMap(Int.init(exactly:))
        case .int64: storage.load(Int64.self, at: offset).flatMap(Int.init(exactly:))
        default: nil
        }
    }

    static func float(_ type: GGUFType, at offset: Int, in storage: Storage) -> Double? {
        switch type {
        case .float32:
            storage.load(UInt32.self, at: offset).map { Double(Float(bitPattern: $0)) }
        case .float64: storage.load(UInt64.self, at: offset).map(Double.init(bitPattern:))
        default: integer(type, at: offset, in: storage).map(Double.init)
        }
    }

    /// Lends each string of an array, in order; nothing for other types.
    func forEachString(in storage: Storage, _ body: (Int, Span<UInt8>) -> Void) {
        guard type == .array, elementType == .string else { return }
        var place = offset
        for index in 0..<count {
            let length: Int
            if hasShortLengths {
                length = Int(storage.load(UInt32.self, at: place) ?? 0)
                place += 4
            } else {
                length = Int(storage.load(UInt64.self, at: place) ?? 0)
                place += 8
            }
            storage.withBytes(place..<place + length) { body(index, $0) }
            place += length
        }
    }
}
