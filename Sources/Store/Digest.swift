internal import CDigest

/// SHA-256 of some bytes: what a thing is kept under. No file can be made to share it with another.
package struct Digest: Hashable, Sendable {
    /// Its 32 bytes, eight at a time, the first of them highest.
    private let words: InlineArray<4, UInt64>

    /// The bytes that it has.
    package static let byteCount = 32

    /// A digest from its bytes; nil when there are not 32 of them.
    package init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        words = InlineArray { word in
            (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[8 * word + $1]) }
        }
    }

    fileprivate init(words: InlineArray<4, UInt64>) { self.words = words }

    /// Its bytes.
    package var bytes: [UInt8] {
        words.indices.flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: words[word] >> (56 - 8 * $0)) }
        }
    }

    /// Its bytes as 64 digits of 0 to 9 and a to f.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    package static func == (one: Digest, other: Digest) -> Bool {
        one.words.indices.allSatisfy { one.words[$0] == other.words[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for word in words.indices { hasher.combine(words[word]) }
    }
}

/// A digest that is being made. Texts and lists are added with their lengths, so that what is added
/// one after the other cannot run into each other.
package struct DigestMaker {
    private var state = smv_digest()

    /// Begins with nothing added.
    package init() { self.init(isPlain: false) }

    /// The same without the processor's instructions for it, for comparing.
    package init(isPlain: Bool) {
        unsafe smv_digest_begin(&state, isPlain ? 1 : 0)
    }

    /// Whether this processor has instructions for it.
    package static var isFast: Bool { smv_digest_is_fast() != 0 }

    /// Adds bytes as they are.
    package mutating func add(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress {
                unsafe smv_digest_add(&state, start, bytes.count)
            }
        }
    }

    /// Adds a number, as 8 bytes.
    package mutating func add(_ number: Int) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        add(bytes.span)
    }

    /// Adds a text and its length.
    package mutating func add(_ text: String) {
        let bytes = Array(text.utf8)
        add(bytes.count)
        add(bytes.span)
    }

    /// Adds the bits of floats and how many there are.
    package mutating func add(_ floats: [Float]) {
        add(floats.count)
        unsafe floats.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                let start = unsafe start.assumingMemoryBound(to: UInt8.self)
                unsafe smv_digest_add(&state, start, bytes.count)
            }
        }
    }

    /// Adds another digest.
    package mutating func add(_ digest: Digest) { add(digest.bytes.span) }

    /// The digest of all that was added.
    package consuming func digest() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            if let start = bytes.baseAddress { unsafe smv_digest_end(&state, start) }
        }
        return Digest(
            words: InlineArray { word in
                (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[8 * word + $1]) }
            })
    }
}
