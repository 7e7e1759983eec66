/// SHA-256, to compare with what Python's `hashlib` recorded.
struct SecureHash {
    private var state: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
        0x5BE0_CD19,
    ]
    private var words = [UInt32](repeating: 0, count: 64)
    private var filled = 0
    private var wordCount = 0

    // The first 32 bits of the fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        let primes = (2...311).filter { number in
            !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 }
        }
        return primes.map { prime in
            // The cube root times 2^32 by halving; its cube has 105 bits.
            var low: UInt64 = 0
            var high: UInt64 = 7 << 32
            while high - low > 1 {
                let middle = low + (high - low) / 2
                let wide = UInt128(middle)
                if wide * wide * wide <= UInt128(prime) << 96 {
                    low = middle
                } else {
                    high = middle
                }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }()

    /// Adds four bytes, the lowest first.
    mutating func add(littleEndian word: UInt32) {
        add(word.byteSwapped)
        wordCount += 1
    }

    private mutating func add(_ word: UInt32) {
        words[filled] = word
        filled += 1
        if filled == 16 {
            filled = 0
            mix()
        }
    }

    private mutating func mix() {
        func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }
        for i in 16..<64 {
            let a = words[i - 15]
            let b = words[i - 2]
            words[i] =
                words[i - 16] &+ (turned(a, 7) ^ turned(a, 18) ^ (a >> 3)) &+ words[i - 7]
                &+ (turned(b, 17) ^ turned(b, 19) ^ (b >> 10))
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let first =
                h &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ ((e & f) ^ (~e & g))
                &+ SecureHash.constants[i] &+ words[i]
            let second =
                (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ value }
    }

    /// The hash in hexadecimal digits; nothing can be added after it.
    mutating func finish() -> String {
        let bitCount = wordCount * 32
        add(0x8000_0000)
        while filled != 14 { add(0) }
        add(UInt32(truncatingIfNeeded: bitCount >> 32))
        add(UInt32(truncatingIfNeeded: bitCount))
        return state.map(hexadecimal).joined()
    }
}
