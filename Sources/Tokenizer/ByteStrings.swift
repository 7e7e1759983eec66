/// A list of byte strings laid end to end in one array: what a file's list of tokens becomes
/// without an allocation for each.
package struct ByteStrings: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    package init() {}

    package init(_ strings: some Sequence<String>) {
        for string in strings { append(Array(string.utf8).span) }
    }

    /// Makes room, when both numbers are known before.
    package mutating func reserve(count: Int, byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    /// Adds one string. All strings together may have 2^32 - 1 bytes.
    package mutating func append(_ string: Span<UInt8>) {
        for index in string.indices { bytes.append(string[index]) }
        ends.append(UInt32(bytes.count))
    }

    /// How many strings there are.
    package var count: Int { ends.count }

    /// The sum of their lengths.
    package var byteCount: Int { bytes.count }

    /// Lends one string.
    package func withBytes<Result>(at index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return body(bytes.span.extracting(start..<Int(ends[index])))
    }
}
