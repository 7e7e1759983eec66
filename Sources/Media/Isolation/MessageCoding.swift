// The bytes of messages between the program and its decoder process: little-endian words of eight
// bytes, texts and lists with their count before them. The reader trusts nothing: every count is
// held against a cap and against the bytes that are left.

/// Puts values one behind the other.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: Int) {
        var word = UInt64(bitPattern: Int64(value))
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
        }
    }

    mutating func put(_ value: Double) { put(Int(bitPattern: UInt(value.bitPattern))) }
    mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func put(_ value: String) {
        put(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func put<Value>(
        _ value: Value?, _ write: (inout MessageWriter, Value) -> Void
    ) {
        put(value != nil)
        if let value { write(&self, value) }
    }

    mutating func put<Value>(
        list values: [Value], _ write: (inout MessageWriter, Value) -> Void
    ) {
        put(values.count)
        for value in values { write(&self, value) }
    }
}

/// Takes the values out again.
struct MessageReader {
    /// The message is not what its reader expects.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: when bytes are left over.
    func finish() throws(Malformed) {
        guard place == bytes.count else { throw Malformed() }
    }

    mutating func int() throws(Malformed) -> Int {
        guard bytes.count - place >= 8 else { throw Malformed() }
        var word: UInt64 = 0
        for index in (0..<8).reversed() { word = word << 8 | UInt64(bytes[place + index]) }
        place += 8
        return Int(truncatingIfNeeded: word)
    }

    mutating func int(in range: ClosedRange<Int>) throws(Malformed) -> Int {
        let value = try int()
        guard range.contains(value) else { throw Malformed() }
        return value
    }

    mutating func double() throws(Malformed) -> Double {
        Double(bitPattern: UInt64(UInt(bitPattern: try int())))
    }

    /// A number that is one.
    mutating func finite() throws(Malformed) -> Double {
        let value = try double()
        guard value.isFinite else { throw Malformed() }
        return value
    }

    mutating func bool() throws(Malformed) -> Bool {
        guard place < bytes.count, bytes[place] <= 1 else { throw Malformed() }
        place += 1
        return bytes[place - 1] == 1
    }

    /// A text of at most `limit` bytes, as it came.
    mutating func string(limit: Int) throws(Malformed) -> String {
        let count = try int(in: 0...limit)
        guard bytes.count - place >= count else { throw Malformed() }
        place += count
        return String(decoding: bytes[place - count..<place], as: UTF8.self)
    }

    /// A text that is shown to people: control characters, which a terminal would obey, are replaced.
    mutating func words(limit: Int) throws(Malformed) -> String {
        printable(try string(limit: limit))
    }

    mutating func optional<Value>(
        _ read: (inout MessageReader) throws(Malformed) -> Value
    ) throws(Malformed) -> Value? {
        guard try bool() else { return nil }
        return try read(&self)
    }

    mutating func list<Value>(
        limit: Int, _ read: (inout MessageReader) throws(Malformed) -> Value
    ) throws(Malformed) -> [Value] {
        let count = try int(in: 0...limit)
        var values: [Value] = []
        // No room is reserved on the word of the sender.
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}

/// The text without characters that a terminal would obey.
func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            result.unicodeScalars.append("?")
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
