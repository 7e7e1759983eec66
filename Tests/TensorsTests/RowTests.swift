import Foundation
import Tensors
import Testing

@Suite struct `Norms and activations` {
    static let lengths = [1, 7, 8, 9, 31, 33, 255, 576, 1152]
    /// Worst seen: 3.0e-7 of the larger of the number and 1.
    static let tolerance = 1.2e-6

    static func worst(_ found: [Float], _ exact: [Double]) -> Double {
        zip(found, exact).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? .infinity
    }

    @Test(arguments: lengths, [1, 3, 70])
    func `layer norm is that of its definition`(width: Int, rows: Int) throws {
        var numbers = SeededNumbers(state: UInt64(width))
        let x = numbers.floats(rows * width, -3...5)
        let (weight, bias) = (numbers.floats(width), numbers.floats(width))
        var bench = try bench(2)
        var y = x
        var out = y.mutableSpan
        Normalise(weight: weight, bias: bias, eps: 1e-6).apply(
            x.span, count: rows, into: &out, bench: &bench)
        let exact = (0..<rows).flatMap { row in
            let values = x[row * width..<(row + 1) * width].map(Double.init)
            let mean = values.reduce(0, +) / Double(width)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            return values.enumerated().map { index, value in
                (value - mean) / (variance + 1e-6).squareRoot() * Double(weight[index])
                    + Double(bias[index])
            }
        }
        #expect(Self.worst(y, exact) <= Self.tolerance)
    }

    @Test(arguments: lengths, [1, 3, 70])
    func `root mean square norm is that of its definition`(width: Int, rows: Int) throws {
        var numbers = SeededNumbers(state: UInt64(width))
        let x = numbers.floats(rows * width, -3...5)
        let weight = numbers.floats(width)
        var bench = try bench(2)
        var y = x
        var out = y.mutableSpan
        Normalise(rootMeanSquare: weight, eps: 1e-5).apply(
            x.span, count: rows, into: &out, bench: &bench)
        let exact = (0..<rows).flatMap { row in
            let values = x[row * width..<(row + 1) * width].map(Double.init)
            let square = values.reduce(0) { $0 + $1 * $1 } / Double(width)
            return values.enumerated().map { index, value in
                value / (square + Double(Float(1e-5))).squareRoot() * Double(weight[index])
            }
        }
        #expect(Self.worst(y, exact) <= Self.tolerance)
    }

    static let extremes: [Float] = [
        0, -0.0, 1e-20, -1e-20, 3, -3, 12, -12, 40, -40, 90, -90, 1e4, -1e4, 1e10, -1e10,
    ]

    @Test(arguments: lengths)
    func `gelu is that of its definition, also far out`(count: Int) throws {
        var numbers = SeededNumbers(state: UInt64(count))
        let x = Self.extremes + numbers.floats(count, -6...6)
        var bench = try bench(1)
        var y = x
        Activate.geluTanh(&y, count: x.count, bench: &bench)
        let exact = x.map { value in
            let v = Double(value)
            return 0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
        }
        #expect(Self.worst(y, exact) <= Self.tolerance)
    }

    @Test(arguments: lengths)
    func `silu times another is that of its definition, also far out`(count: Int) throws {
        var numbers = SeededNumbers(state: UInt64(count))
        let gate = Self.extremes + numbers.floats(count, -6...6)
        let up = numbers.floats(gate.count)
        var bench = try bench(1)
        var y = gate
        Activate.siluMultiply(&y, by: up, count: up.count, bench: &bench)
        let exact = zip(gate, up).map { Double($0) / (1 + exp(-Double($0))) * Double($1) }
        #expect(Self.worst(y, exact) <= Self.tolerance)
    }

    @Test func `sums are sums`() throws {
        var numbers = SeededNumbers(state: 3)
        let (x, y) = (numbers.floats(40_001), numbers.floats(40_001))
        var bench = try bench(2)
        var sum = y
        Activate.add(x, to: &sum, count: x.count, bench: &bench)
        #expect(sum == zip(x, y).map { $1 + $0 })
    }
}

@Suite struct `Attention` {
    /// Worst seen: 1.0e-6, with numbers up to 2.
    static let tolerance = 4e-6

    struct Shape: CustomTestStringConvertible {
        let heads: Int, keyValueHeads: Int, size: Int, count: Int, past: Int
        var testDescription: String {
            "\(heads)/\(keyValueHeads) heads of \(size), \(count) after \(past)"
        }
        init(_ heads: Int, _ keyValueHeads: Int, _ size: Int, _ count: Int, _ past: Int) {
            (self.heads, self.keyValueHeads, self.size) = (heads, keyValueHeads, size)
            (self.count, self.past) = (count, past)
        }
    }

    static func naive(
        _ shape: Shape, _ q: [Float], _ k: [Float], _ v: [Float], causal: Bool
    ) -> [Double] {
        let size = shape.size
        var out: [Double] = []
        for query in 0..<shape.count {
            for head in 0..<shape.heads {
                let group = head / (shape.heads / shape.keyValueHeads)
                let seen = causal ? shape.past + query + 1 : k.count / shape.keyValueHeads / size
                var weights = (0..<seen).map { key in
                    (0..<size).reduce(0.0) {
                        $0 + Double(q[(query * shape.heads + head) * size + $1])
                            * Double(k[(key * shape.keyValueHeads + group) * size + $1])
                    } / Double(size).squareRoot()
                }
                let largest = weights.max() ?? 0
                weights = weights.map { exp($0 - largest) }
                let sum = weights.reduce(0, +)
                for place in 0..<size {
                    let value = (0..<seen).reduce(0.0) {
                        $0 + weights[$1]
                            * Double(v[($1 * shape.keyValueHeads + group) * size + place])
                    }
                    out.append(value / sum)
                }
            }
        }
        return out
    }

    @Test(arguments: [
        Shape(2, 2, 64, 49, 0), Shape(2, 2, 72, 150, 0), Shape(1, 1, 8, 1, 0), Shape(3, 3, 4, 3, 0),
    ])
    func `everywhere is that of its definition`(shape: Shape) throws {
        var numbers = SeededNumbers(state: 9)
        let count = shape.count * shape.heads * shape.size
        let (q, k, v) = (
            numbers.floats(count, -2...2), numbers.floats(count, -2...2),
            numbers.floats(count, -2...2)
        )
        let attend = Attend(
            heads: shape.heads, keyValueHeads: shape.keyValueHeads, headSize: shape.size)
        let results = try [1, 2].map { threads in
            var bench = try bench(threads)
            var y = [Float](repeating: 0, count: count)
            var out = y.mutableSpan
            attend.everywhere(
                queries: q.span, keys: k.span, values: v.span, count: shape.count, into: &out,
                bench: &bench)
            return y
        }
        let exact = Self.naive(shape, q, k, v, causal: false)
        let worst = zip(results[0], exact).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(worst <= Self.tolerance)
        #expect(results[0] == results[1])
    }

    @Test(arguments: [
        Shape(4, 1, 64, 150, 0), Shape(9, 3, 64, 5, 40), Shape(3, 1, 16, 1, 0),
        Shape(3, 1, 16, 1, 77), Shape(4, 4, 64, 2, 30), Shape(2, 1, 128, 3, 3),
        Shape(2, 2, 64, 130, 130),
    ])
    func `causal attention with shared keys is that of its definition`(shape: Shape) throws {
        var numbers = SeededNumbers(state: 11)
        let total = shape.past + shape.count
        let q = numbers.floats(shape.count * shape.heads * shape.size, -2...2)
        let k = numbers.floats(total * shape.keyValueHeads * shape.size, -2...2)
        let v = numbers.floats(total * shape.keyValueHeads * shape.size, -2...2)
        let attend = Attend(
            heads: shape.heads, keyValueHeads: shape.keyValueHeads, headSize: shape.size)
        let results = try [1, 2].map { threads in
            var bench = try bench(threads)
            var y = [Float](repeating: 0, count: q.count)
            var out = y.mutableSpan
            attend.causally(
                queries: q.span, rows: 0..<shape.count, keys: k.span, values: v.span,
                past: shape.past, into: &out, bench: &bench)
            return y
        }
        let exact = Self.naive(shape, q, k, v, causal: true)
        let worst = zip(results[0], exact).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(worst <= Self.tolerance)
        #expect(results[0] == results[1])
    }
}
