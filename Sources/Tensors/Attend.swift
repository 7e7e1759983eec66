// softmax(scale q k^T) v, each head for itself, softmax in fp32. Many queries go by blocks through
// BLAS: a block's scores lie in the thread's memory. A few queries read keys and values row by row.
// Blocks depend on the sizes only: results are the same whatever the number of threads.
internal import CKernels

/// The heads of one attention layer.
package struct Attend: Equatable, Sendable {
    package let heads: Int
    /// Several query heads may share one head of keys and values.
    package let keyValueHeads: Int
    package let headSize: Int
    package let scale: Float

    /// Heads with the usual scale, 1 / sqrt(headSize).
    ///
    /// - Precondition: `heads` is a multiple of `keyValueHeads`.
    package init(heads: Int, keyValueHeads: Int, headSize: Int) {
        precondition(
            keyValueHeads > 0 && heads % keyValueHeads == 0 && headSize > 0,
            "\(heads) heads over \(keyValueHeads) of \(headSize)")
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headSize = headSize
        scale = Float(1 / Double(headSize).squareRoot())
    }

    /// The floats of one position's queries.
    package var width: Int { heads * headSize }
    /// The floats of one position's keys, or values.
    package var keyValueWidth: Int { keyValueHeads * headSize }

    /// The most positions that can be seen at once: what one thread's memory holds the scores of,
    /// rounded up to whole vectors.
    package static let maxPositions = Workbench.panelFloats - Workbench.spareFloats

    /// Every query sees every key: out[n, width] from q[n, width], k and v[n, keyValueWidth]; all
    /// may be longer.
    package func everywhere(
        queries: Span<Float>, keys: Span<Float>, values: Span<Float>, count: Int,
        into out: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        run(queries, keys, values, rows: 0..<count, past: 0, isCausal: false, &out, &bench)
    }

    /// Every query sees every key, as above.
    package func everywhere(
        queries: [Float], keys: [Float], values: [Float], count: Int, into out: inout [Float],
        bench: inout Workbench
    ) {
        var out = out.mutableSpan
        everywhere(
            queries: queries.span, keys: keys.span, values: values.span, count: count, into: &out,
            bench: &bench)
    }

    /// Some rows of queries, the i-th of which sees the first `past + i + 1` keys: the same rows of
    /// out[_, width] from q[_, width], k and v[past + rows, keyValueWidth]; all may be longer.
    package func causally(
        queries: Span<Float>, rows: Range<Int>, keys: Span<Float>, values: Span<Float>, past: Int,
        into out: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        run(queries, keys, values, rows: rows, past: past, isCausal: true, &out, &bench)
    }

    /// Fewer queries than this are done row by row.
    static let fewQueries = 4
    /// Queries of a block at most.
    static let blockQueries = 128

    private func run(
        _ queries: Span<Float>, _ keys: Span<Float>, _ values: Span<Float>, rows: Range<Int>,
        past: Int, isCausal: Bool, _ out: inout MutableSpan<Float>, _ bench: inout Workbench
    ) {
        let count = rows.count
        let positions = past + count
        precondition(
            rows.lowerBound >= 0 && past >= 0
                && min(queries.count, out.count) >= rows.upperBound * width
                && min(keys.count, values.count) >= positions * keyValueWidth,
            "too few queries, keys, values or outputs for \(count) positions after \(past)")
        precondition(positions <= Self.maxPositions, "\(positions) positions at once")
        unsafe queries.withUnsafeBufferPointer { queries in
            unsafe keys.withUnsafeBufferPointer { keys in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let q = queries.baseAddress, let k = keys.baseAddress,
                            let v = values.baseAddress, let out = out.baseAddress
                        else { return }
                        let first = rows.lowerBound * width
                        let isFew = count < Self.fewQueries || bench.isAsAlone
                        if bench.arithmetic == .fast, !isFew {
                            let work = unsafe PackedHeads(
                                attend: self, q: q + first, k: k, v: v, out: out + first,
                                count: count,
                                positions: positions, past: past, isCausal: isCausal,
                                panels: bench.panels(), kernels: Kernels.chosen,
                                threads: bench.workers.threadCount)
                            if work.fits {
                                bench.workers.run(work, chunks: work.chunks)
                                return
                            }
                        }
                        let fitting = Workbench.panelFloats / max(positions, 1)
                        let block = max(1, min(Self.blockQueries, fitting))
                        let work = unsafe Blocks(
                            attend: self, q: q + first, k: k, v: v, out: out + first, count: count,
                            positions: positions, past: past, isCausal: isCausal,
                            perBlock: isFew ? 1 : block, isFew: isFew,
                            panels: bench.panels(), kernels: Kernels.chosen)
                        bench.workers.run(work, chunks: heads * work.blocks)
                    }
                }
            }
        }
    }

    /// A chunk is one block of queries of one head.
    @safe private struct Blocks: ChunkedWork {
        let attend: Attend
        let q: UnsafePointer<Float>
        let k: UnsafePointer<Float>
        let v: UnsafePointer<Float>
        let out: UnsafeMutablePointer<Float>
        let count: Int
        let positions: Int
        let past: Int
        let isCausal: Bool
        let perBlock: Int
        /// Whether each query goes by itself.
        let isFew: Bool
        let panels: UnsafeMutablePointer<Float>
        let kernels: Kernels

        var blocks: Int { (count + perBlock - 1) / perBlock }

        func run(chunk: Int, worker: Int) {
            // Late blocks of a causal layer are the longest: they go first.
            let (reversed, head) = chunk.quotientAndRemainder(dividingBy: attend.heads)
            let first = (blocks - 1 - reversed) * perBlock
            let queries = min(perBlock, count - first)
            let size = attend.headSize
            let group = head / (attend.heads / attend.keyValueHeads)
            let scores = unsafe panels + worker * Workbench.panelFloats
            let from = unsafe q + first * attend.width + head * size
            let keys = unsafe k + group * size
            let values = unsafe v + group * size
            let to = unsafe out + first * attend.width + head * size
            let seen = isCausal ? past + first + queries : positions
            if isFew {
                unsafe kernels.table.pointee.attend_one(
                    from, keys, values, attend.keyValueWidth, seen, size, attend.scale, scores, to)
                return
            }
            unsafe Product.timesTransposed(
                from, attend.width, keys, attend.keyValueWidth, scores, seen, m: queries, n: seen,
                k: size)
            for query in 0..<queries {
                let row = unsafe scores + query * seen
                let visible = isCausal ? past + first + query + 1 : seen
                unsafe kernels.table.pointee.softmax(row, attend.scale, visible)
                unsafe (row + visible).update(repeating: 0, count: seen - visible)
            }
            unsafe Product.times(
                scores, seen, values, attend.keyValueWidth, to, attend.width, m: queries, n: size,
                k: seen)
        }
    }
}
