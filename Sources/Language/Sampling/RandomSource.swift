/// Random numbers that are the same for the same seed on every machine and with any thread count.
///
/// xoshiro256++ (Blackman and Vigna), its state filled from the seed by SplitMix64.
package struct RandomSource: Equatable, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var mixed = seed
        func next() -> UInt64 {
            mixed &+= 0x9E37_79B9_7F4A_7C15
            var word = mixed
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
        state = (next(), next(), next(), next())
    }

    /// The next number in 0 ..< 1, with 53 random bits.
    package mutating func unit() -> Double {
        Double(word() >> 11) * 0x1p-53
    }

    private mutating func word() -> UInt64 {
        func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
            (word << count) | (word >> (64 - count))
        }
        let result = rotated(state.0 &+ state.3, by: 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotated(state.3, by: 45)
        return result
    }

    package static func == (left: RandomSource, right: RandomSource) -> Bool {
        left.state == right.state
    }
}
