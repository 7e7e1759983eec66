import Store
import Testing

/// The digest of bytes that are added in pieces.
private func digest(_ bytes: [UInt8], piece: Int, isPlain: Bool) -> String {
    var maker = DigestMaker(isPlain: isPlain)
    var start = 0
    while start < bytes.count {
        let end = min(start + piece, bytes.count)
        maker.add(bytes.span.extracting(start..<end))
        start = end
    }
    return maker.digest().hexadecimal
}

@Suite struct `Digests` {
    /// So many letters a, by `sha256sum`.
    private static let known = [
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        3: "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0",
        55: "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318",
        56: "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a",
        63: "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34",
        64: "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb",
        65: "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0",
        1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ]

    @Test(arguments: known.sorted { $0.key < $1.key }, [true, false])
    func `are those of SHA-256`(known: (key: Int, value: String), isPlain: Bool) {
        let bytes = [UInt8](repeating: 97, count: known.key)
        #expect(digest(bytes, piece: 1 << 20, isPlain: isPlain) == known.value)
    }

    @Test(arguments: [1, 7, 31, 63, 64, 65, 200])
    func `do not depend on pieces, nor on what the processor can do`(piece: Int) {
        let bytes: [UInt8] = (0..<777).map { index in UInt8((index * 31 + index / 7) % 251) }
        let whole = digest(bytes, piece: 777, isPlain: true)
        #expect(digest(bytes, piece: piece, isPlain: true) == whole)
        #expect(digest(bytes, piece: piece, isPlain: false) == whole)
    }

    @Test func `tell texts from each other whatever stands between them`() {
        func digest(_ texts: String...) -> Digest {
            var maker = DigestMaker()
            for text in texts { maker.add(text) }
            return maker.digest()
        }
        #expect(digest("ab", "c") != digest("a", "bc"))
        #expect(digest("ab", "c") == digest("ab", "c"))
        #expect(digest("abc") != digest("abc", ""))
    }

    @Test func `are made of their bytes again`() {
        var maker = DigestMaker()
        maker.add(5)
        let digest = maker.digest()
        let bytes = digest.bytes
        let again = Digest(bytes: bytes.span)
        #expect(again == digest)
        let short = Array(bytes.dropLast())
        let none = Digest(bytes: short.span)
        #expect(none == nil)
    }
}
