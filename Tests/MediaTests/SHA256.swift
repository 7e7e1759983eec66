/// SHA-256 of some bytes in hexadecimal, as FIPS 180-4 defines it.
func sha256(_ message: [UInt8]) -> String {
    var padded = message + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += (0..<8).reversed().map { UInt8(truncatingIfNeeded: (message.count * 8) >> ($0 * 8)) }
    var state = fractions(ofRoots: 8) { $0.squareRoot() }
    let constants = fractions(ofRoots: 64, root: cubeRoot)
    var words = [UInt32](repeating: 0, count: 64)
    for block in stride(from: 0, to: padded.count, by: 64) {
        for i in 0..<16 {
            words[i] = (0..<4).reduce(0) { $0 << 8 | UInt32(padded[block + 4 * i + $1]) }
        }
        for i in 16..<64 {
            let (a, b) = (words[i - 15], words[i - 2])
            let s0 = turned(a, 7) ^ turned(a, 18) ^ (a >> 3)
            let s1 = turned(b, 17) ^ turned(b, 19) ^ (b >> 10)
            words[i] = words[i - 16] &+ s0 &+ words[i - 7] &+ s1
        }
        var v = state
        for i in 0..<64 {
            let s1 = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)
            let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
            let first = v[7] &+ s1 &+ choice &+ constants[i] &+ words[i]
            let s0 = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
            v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
        }
        for i in 0..<8 { state[i] &+= v[i] }
    }
    return state.map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
}

private func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
}

/// The first 32 bits after the point of the roots of the first primes.
private func fractions(ofRoots count: Int, root: (Double) -> Double) -> [UInt32] {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < count {
        if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
        candidate += 1
    }
    return primes.map { prime in
        let value = root(Double(prime))
        return UInt32((value - value.rounded(.down)) * 4_294_967_296)
    }
}

private func cubeRoot(_ value: Double) -> Double {
    var root = value / 3 + 1
    for _ in 0..<100 { root -= (root * root * root - value) / (3 * root * root) }
    return root
}
