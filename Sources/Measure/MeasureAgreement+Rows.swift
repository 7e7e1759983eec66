#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension MeasureAgreement {
    /// The cosine of the angle between two rows; nil unless both are there.
    static func cosine(_ a: [Float]?, _ b: [Float]?) -> Double? {
        guard let a, let b, a.count == b.count else { return nil }
        var (product, first, second) = (0.0, 0.0, 0.0)
        for index in a.indices {
            product += Double(a[index]) * Double(b[index])
            first += Double(a[index]) * Double(a[index])
            second += Double(b[index]) * Double(b[index])
        }
        return product / max((first * second).squareRoot(), .leastNormalMagnitude)
    }

    /// The Kullback-Leibler divergence of the probabilities of two rows of logits.
    static func divergence(of found: [Float]?, from meant: [Float]?) -> Double? {
        guard let found, let meant, found.count == meant.count else { return nil }
        func logarithms(_ logits: [Float]) -> [Double] {
            let most = Double(logits.max() ?? 0)
            let sum = logits.reduce(0.0) { $0 + exp(Double($1) - most) }
            return logits.map { Double($0) - most - log(sum) }
        }
        let (p, q) = (logarithms(meant), logarithms(found))
        return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
}

/// What is encoded and read: neither flat nor white, and the same on every machine.
enum MeasureInput {
    /// Soft shapes with a little noise, from -1 to 1, as the floats of a tile.
    static func tile(side: Int) -> [Float] {
        var state: UInt64 = 1
        return (0..<3 * side * side).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Float(state >> 40) / Float(1 << 24) - 0.5
            let (row, column) = (index / side % side, index % side)
            let shape = sin(Float(row) / 37) * cos(Float(column) / 23 + Float(index / side / side))
            return 0.85 * shape + 0.3 * noise
        }
    }

    /// So many ids, spread over a vocabulary.
    static func ids(_ count: Int, of vocabularySize: Int) -> [Int32] {
        (0..<count).map { Int32($0 * 7919 % max(vocabularySize, 1)) }
    }
}
