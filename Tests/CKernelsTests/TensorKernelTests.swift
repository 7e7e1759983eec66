import CKernels
import Testing

/// What the vector variant of each kernel on floats gives, against the plain one.
@Suite struct `Tensor kernels` {
    static let lengths = [0, 1, 7, 8, 9, 31, 33, 255]
    /// Of the larger of a number and 1. Worst seen: 3.7e-7.
    static let tolerance: Float = 1.4e-6

    static var tables: [smv_tensor_kernels] {
        ["generic", "avx2"].compactMap { (name: String) in smv_tensor_kernels_named(name)?.pointee }
    }

    /// Numbers that are the same on every run, extremes first.
    static func numbers(_ count: Int, seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { index in
            state = state &* 1_664_525 &+ 1_013_904_223
            let value = Float(Int32(bitPattern: state)) / 0x1p29
            return index % 29 == 3 ? value * 30 : value
        }
    }

    static func distance(_ one: [Float], _ other: [Float]) -> Float {
        zip(one, other).reduce(0) { worst, pair in
            let difference = abs(pair.0 - pair.1) / max(1, abs(pair.0))
            return difference.isNaN ? .infinity : max(worst, difference)
        }
    }

    /// Runs a kernel of both variants on a copy of the same numbers with a guard behind them.
    static func compare(
        _ count: Int, _ run: (smv_tensor_kernels, UnsafeMutablePointer<Float>) -> Void
    ) -> Float {
        let results = tables.map { table in
            var x = numbers(count, seed: 7) + [1234.5]
            x.withUnsafeMutableBufferPointer { buffer in
                if let start = buffer.baseAddress { run(table, start) }
            }
            return x
        }
        guard let first = results.first, let last = results.last else { return .infinity }
        return last[count] == 1234.5 && first[count] == 1234.5
            ? distance(first, last) : .infinity
    }

    @Test(arguments: lengths)
    func `norms agree`(count: Int) {
        let weight = Self.numbers(count, seed: 1)
        let bias = Self.numbers(count, seed: 2)
        let layer = Self.compare(count) { $0.layer_norm($1, weight, bias, 1e-6, count, $1) }
        #expect(layer <= Self.tolerance)
        let square = Self.compare(count) { $0.rms_norm($1, weight, 1e-5, count, $1) }
        #expect(square <= Self.tolerance)
    }

    @Test(arguments: lengths)
    func `activations agree`(count: Int) {
        let up = Self.numbers(count, seed: 3)
        #expect(Self.compare(count) { $0.gelu_tanh($1, count) } <= Self.tolerance)
        #expect(Self.compare(count) { $0.silu_multiply($1, up, count) } <= Self.tolerance)
    }

    @Test(arguments: lengths)
    func `softmax agrees and adds up to one`(count: Int) {
        #expect(Self.compare(count) { $0.softmax($1, 0.125, count) } <= Self.tolerance)
        for table in Self.tables where count > 0 {
            var x = Self.numbers(count, seed: 4)
            x[count / 2] = -.infinity
            if count == 1 { x[0] = 5 }
            table.softmax(&x, 1, count)
            #expect(abs(x.reduce(0, +) - 1) <= 1e-5)
            #expect(count == 1 || x[count / 2] == 0)
        }
    }

    @Test(arguments: lengths)
    func `sums agree`(count: Int) {
        let other = Self.numbers(count, seed: 5)
        #expect(Self.compare(count) { $0.add($1, other, count) } == 0)
        #expect(Self.compare(count) { $0.add_scaled($1, other, 0.3, count) } <= Self.tolerance)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31, 33, 64], [1, 3])
    func `rotations agree`(half: Int, heads: Int) {
        let cosine = Self.numbers(half, seed: 5)
        let sine = Self.numbers(half, seed: 6)
        let distance = Self.compare(2 * half * heads) {
            $0.rotate($1, cosine, sine, heads, 2 * half)
        }
        #expect(distance <= Self.tolerance)
    }

    @Test func `kernels have names, and unknown ones are none`() {
        #expect(smv_tensor_kernels_named("generic") != nil)
        #expect(smv_tensor_kernels_named("vax") == nil)
        #expect(smv_tensor_kernels_chosen() != nil)
        var (elements, bytes) = (0, 0)
        #expect(!smv_block_size(4, &elements, &bytes) && !smv_block_size(-1, &elements, &bytes))
    }
}
