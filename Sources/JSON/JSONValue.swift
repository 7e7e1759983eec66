/// One value of a parsed JSON text: a place in its document, read when asked.
///
/// Nothing is copied until a `String` is taken out, so a tokenizer of 3.5 MB costs its parse and no
/// more. Members keep the order of the text; of two equal keys the first is found by name, and both
/// are seen by `members`.
package struct JSONValue: Sendable {
    /// What a value may be; whole numbers are told from others.
    package enum Kind: Sendable { case null, bool, integer, double, string, array, object }

    let document: JSONDocument
    let index: Int

    /// Parses a whole text.
    package init(parsing bytes: Span<UInt8>) throws(JSONError) {
        document = try JSONDocument(bytes)
        index = 1
    }

    package init(parsing text: String) throws(JSONError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    package var kind: Kind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"), UInt8(ascii: "u"): .integer
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// A whole number; also one written as `2048.0`.
    package var int: Int? {
        switch tag {
        case UInt8(ascii: "l"): Int(truncatingIfNeeded: document.word(at: index + 1))
        case UInt8(ascii: "u"): Int(exactly: document.word(at: index + 1))
        case UInt8(ascii: "d"): Int(exactly: Double(bitPattern: document.word(at: index + 1)))
        default: nil
        }
    }

    package var double: Double? {
        switch tag {
        case UInt8(ascii: "l"):
            Double(Int64(bitPattern: document.word(at: index + 1)))
        case UInt8(ascii: "u"): Double(document.word(at: index + 1))
        case UInt8(ascii: "d"): Double(bitPattern: document.word(at: index + 1))
        default: nil
        }
    }

    package var string: String? {
        withUTF8 { String(decoding: $0) }
    }

    /// Lends the bytes of a string without copying them; nil when this is no string.
    package func withUTF8<Result>(_ body: (Span<UInt8>) -> Result) -> Result? {
        tag == UInt8(ascii: "\"") ? document.withString(at: index, body) : nil
    }

    /// The elements of an array; empty for anything else.
    package var elements: JSONElements {
        tag == UInt8(ascii: "[")
            ? JSONElements(document: document, place: index + 1, end: closing) : .none(of: document)
    }

    /// The members of an object in the order of the text; empty for anything else.
    package var members: JSONMembers {
        tag == UInt8(ascii: "{")
            ? JSONMembers(document: document, place: index + 1, end: closing)
            : JSONMembers(document: document, place: 0, end: 0)
    }

    package subscript(key: String) -> JSONValue? {
        guard tag == UInt8(ascii: "{") else { return nil }
        var wanted = key
        return wanted.withUTF8Span { wanted in
            var next = index + 1
            while next < closing {
                let found = document.withString(at: next) { $0.isEqual(to: wanted) }
                let value = JSONValue(document: document, index: next + 1)
                if found { return value }
                next = value.following
            }
            return nil
        }
    }

    /// How many elements or members there are; 0 for anything else. Counts beyond 2^24 are walked.
    package var count: Int {
        guard tag == UInt8(ascii: "{") || tag == UInt8(ascii: "[") else { return 0 }
        let counted = Int((document.word(at: index) >> 32) & 0xFF_FFFF)
        guard counted == 0xFF_FFFF else { return counted }
        var next = index + 1
        var walked = 0
        while next < closing {
            if tag == UInt8(ascii: "{") { next += 1 }
            next = JSONValue(document: document, index: next).following
            walked += 1
        }
        return walked
    }

    private var tag: UInt8 { UInt8(truncatingIfNeeded: document.word(at: index) >> 56) }

    /// The index of the closing bracket.
    private var closing: Int { Int(document.word(at: index) & 0xFFFF_FFFF) - 1 }

    /// The index of what stands after this value.
    var following: Int {
        switch tag {
        case UInt8(ascii: "{"), UInt8(ascii: "["): closing + 1
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }
}

/// The elements of an array, in order.
package struct JSONElements: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    var place: Int
    let end: Int

    static func none(of document: JSONDocument) -> JSONElements {
        JSONElements(document: document, place: 0, end: 0)
    }

    package mutating func next() -> JSONValue? {
        guard place < end else { return nil }
        let value = JSONValue(document: document, index: place)
        place = value.following
        return value
    }
}

/// The members of an object, in order, equal keys included.
package struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    var place: Int
    let end: Int

    package mutating func next() -> (key: JSONValue, value: JSONValue)? {
        guard place < end else { return nil }
        let key = JSONValue(document: document, index: place)
        let value = JSONValue(document: document, index: place + 1)
        place = value.following
        return (key, value)
    }
}

extension String {
    fileprivate mutating func withUTF8Span<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        makeContiguousUTF8()
        return body(utf8Span.span)
    }

    fileprivate init(decoding bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension Span<UInt8> {
    fileprivate func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
