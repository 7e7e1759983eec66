internal import CKernels

/// A change of a linear layer by two thin matrices, as an adapter has it: y gains scale * B (A x).
package struct LowRank: Sendable {
    /// A, `[rank, inputs]`.
    package let down: Matrix
    /// B, `[outputs, rank]`.
    package let up: Matrix
    package let scale: Float

    /// The largest sum of rank and outputs: what there is memory for.
    package static let maxWidth = Workbench.changeFloats

    /// - Precondition: the two fit each other and are within the limits.
    package init(down: Matrix, up: Matrix, scale: Float) {
        precondition(up.columns == down.rows, "rank \(down.rows) and rank \(up.columns)")
        precondition(down.rows + up.rows <= Self.maxWidth, "\(up.rows) outputs")
        self.down = down
        self.up = up
        self.scale = scale
    }

    /// The numbers between the two.
    package var rank: Int { down.rows }

    /// Adds the change to y[n, outputs], from place `offset` on, for x[n, inputs].
    func add(
        _ x: Span<Float>, count n: Int, to y: inout MutableSpan<Float>, at offset: Int,
        bench: inout Workbench
    ) {
        let (inputs, outputs, rank) = (down.columns, up.rows, rank)
        precondition(x.count >= n * inputs, "\(x.count) floats, \(n) x \(inputs)")
        precondition(y.count - offset >= n * outputs, "\(y.count) floats for \(n) x \(outputs)")
        let perPass = min(n, Self.maxWidth / (rank + outputs))
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { y in
                guard let x = x.baseAddress, let start = y.baseAddress else { return }
                let inner = unsafe bench.changes()
                for first in stride(from: 0, to: n, by: max(perPass, 1)) {
                    let part = min(perPass, n - first)
                    unsafe down.multiply(x + first * inputs, part, false, bias: nil, inner, &bench)
                    for index in 0..<part * rank { unsafe inner[index] *= scale }
                    let change = unsafe inner + part * rank
                    unsafe up.multiply(inner, part, false, bias: nil, change, &bench)
                    unsafe Kernels.chosen.table.pointee.add(
                        start + offset + first * outputs, change, part * outputs)
                }
            }
        }
    }
}

/// A change of an embedding by two thin matrices: row v gains scale * B a(v).
package struct RowChange: Sendable {
    /// a(v) for every id, `[ids, rank]`.
    private let inner: [Float]
    /// B times the scale, `[width, rank]`.
    private let up: [Float]
    private let rank: Int
    private let width: Int

    /// - Precondition: `inner` is `[ids, rank]` and `up` is `[width, rank]`.
    package init(inner: [Float], up: [Float], rank: Int, scale: Float) {
        precondition(rank > 0 && inner.count % rank == 0 && up.count % rank == 0, "rank \(rank)")
        self.inner = inner
        self.up = up.map { $0 * scale }
        self.rank = rank
        width = up.count / rank
    }

    /// The bytes of memory that it takes.
    package var byteCount: Int { (inner.count + up.count) * MemoryLayout<Float>.size }

    /// Adds to the row of an id that stands from place `offset` on.
    package func add(row id: Int, to out: inout MutableSpan<Float>, at offset: Int) {
        for place in 0..<width {
            var sum: Float = 0
            for index in 0..<rank { sum += up[place * rank + index] * inner[id * rank + index] }
            out[offset + place] += sum
        }
    }
}
