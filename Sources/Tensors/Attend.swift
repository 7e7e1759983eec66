// softmax(scale q k^T) v, each head for itself, softmax in fp32. Many queries go by blocks: through our
// own kernels (PackedHeads.swift) in fast arithmetic, else through BLAS, a block's scores in the
// thread's memory. A few queries read keys and values where they lie (SeenParts.swift). Results are the
// same whatever the number of threads.
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

    /// The widest heads together that can see so many.
    package static func canSee(heads: Int, headSize: Int) -> Bool {
        heads * (headSize + 2) <= SeenParts.maxRowFloats
    }

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

    /// Rows of queries of several sequences, each of which sees what is kept of its own, up to its
    /// position: in one piece of work where a sequence has few rows.
    ///
    /// - Parameter view: for each sequence in turn its rows, and where to look.
    /// - Precondition: what is kept is of heads like these, with the keys and values of the rows.
    package func causally(
        queries: Span<Float>, sequences: Int, into out: inout MutableSpan<Float>,
        bench: inout Workbench, view: (Int) -> KeyValueView
    ) {
        unsafe queries.withUnsafeBufferPointer { queries in
            unsafe out.withUnsafeMutableBufferPointer { out in
                for sequence in 0..<sequences {
                    let view = view(sequence)
                    precondition(
                        view.heads == keyValueHeads && view.keys.rowStride == headSize,
                        "keys of other heads")
                    unsafe run(queries, out, view, isCausal: true, &bench)
                }
                SeenParts.see(&bench)
            }
        }
    }

    /// Fewer queries than this are done row by row.
    static let fewQueries = 4
    /// Queries of a block at most.
    static let blockQueries = 128

    private func run(
        _ queries: Span<Float>, _ keys: Span<Float>, _ values: Span<Float>, rows: Range<Int>,
        past: Int, isCausal: Bool, _ out: inout MutableSpan<Float>, _ bench: inout Workbench
    ) {
        precondition(
            past >= 0
                && min(keys.count, values.count) >= (past + rows.count) * keyValueWidth,
            "too few keys or values for \(rows.count) positions after \(past)")
        unsafe queries.withUnsafeBufferPointer { queries in
            unsafe keys.withUnsafeBufferPointer { keys in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let k = keys.baseAddress, let v = values.baseAddress else { return }
                        func heads(at base: UnsafePointer<Float>) -> HeadRows {
                            unsafe HeadRows(
                                base: UnsafeRawPointer(base), areHalves: false,
                                rowStride: keyValueWidth, headStride: headSize)
                        }
                        let view = unsafe KeyValueView(
                            rows: rows, past: past, heads: keyValueHeads, keys: heads(at: k),
                            values: heads(at: v))
                        unsafe run(queries, out, view, isCausal: isCausal, &bench)
                        SeenParts.see(&bench)
                    }
                }
            }
        }
    }

    /// Lets the rows of a view see, or has them wait for `SeenParts.see`.
    @unsafe private func run(
        _ queries: UnsafeBufferPointer<Float>, _ out: UnsafeMutableBufferPointer<Float>,
        _ view: KeyValueView, isCausal: Bool, _ bench: inout Workbench
    ) {
        let rows = view.rows
        let positions = view.past + rows.count
        precondition(
            rows.lowerBound >= 0 && view.past >= 0
                && min(queries.count, out.count) >= rows.upperBound * width,
            "too few queries or outputs for \(rows.count) positions after \(view.past)")
        precondition(positions <= Self.maxPositions, "\(positions) positions at once")
        guard let q = queries.baseAddress, let out = out.baseAddress, !rows.isEmpty else { return }
        let first = rows.lowerBound * width
        let sight = unsafe Sight(
            attend: self, q: q + first, keys: view.keys, values: view.values, out: out + first,
            count: rows.count, past: view.past, isCausal: isCausal, panels: bench.panels(),
            kernels: Kernels.chosen)
        run(sight, &bench)
    }

    private func run(_ sight: Sight, _ bench: inout Workbench) {
        let isFew = sight.count < Self.fewQueries || bench.isAsAlone
        // Other ways read floats only.
        let areHalves = sight.keys.areHalves
        // Those that wait work where these do.
        if !isFew { SeenParts.see(&bench) }
        if !isFew, areHalves || bench.arithmetic == .fast {
            let work = PackedHeads(sight: sight, threads: bench.workers.threadCount)
            if work.fits { return bench.workers.run(work, chunks: work.chunks) }
        }
        if isFew || areHalves { return SeenParts.add(sight, &bench) }
        let fitting = Workbench.panelFloats / max(sight.positions, 1)
        let work = Blocks(sight: sight, perBlock: max(1, min(Self.blockQueries, fitting)))
        bench.workers.run(work, chunks: heads * work.blocks)
    }

    /// Queries, and what they look at.
    @safe struct Sight {
        let attend: Attend
        let q: UnsafePointer<Float>
        let keys: HeadRows
        let values: HeadRows
        let out: UnsafeMutablePointer<Float>
        /// How many rows of queries there are.
        let count: Int
        /// How many positions there are before theirs.
        let past: Int
        let isCausal: Bool
        /// The memory of all threads.
        let panels: UnsafeMutablePointer<Float>
        let kernels: Kernels

        var positions: Int { past + count }

        /// How many positions a query sees.
        func seen(by query: Int) -> Int { isCausal ? past + query + 1 : positions }
    }

    /// A chunk is one block of queries of one head.
    @safe private struct Blocks: ChunkedWork {
        let sight: Sight
        let perBlock: Int

        var blocks: Int { (sight.count + perBlock - 1) / perBlock }

        func run(chunk: Int, worker: Int) {
            // Late blocks of a causal layer are the longest: they go first.
            let attend = sight.attend
            let (reversed, head) = chunk.quotientAndRemainder(dividingBy: attend.heads)
            let first = (blocks - 1 - reversed) * perBlock
            let queries = min(perBlock, sight.count - first)
            let size = attend.headSize
            let group = head / (attend.heads / attend.keyValueHeads)
            let scores = unsafe sight.panels + worker * Workbench.panelFloats
            let from = unsafe sight.q + first * attend.width + head * size
            let to = unsafe sight.out + first * attend.width + head * size
            let seen = sight.seen(by: first + queries - 1)
            unsafe Product.timesTransposed(
                from, attend.width, sight.keys.floats(head: group), sight.keys.rowStride, scores,
                seen, m: queries, n: seen, k: size)
            for query in 0..<queries {
                let row = unsafe scores + query * seen
                let visible = sight.seen(by: first + query)
                unsafe sight.kernels.table.pointee.softmax(row, attend.scale, visible)
                unsafe (row + visible).update(repeating: 0, count: seen - visible)
            }
            unsafe Product.times(
                scores, seen, sight.values.floats(head: group), sight.values.rowStride, to,
                attend.width, m: queries, n: size, k: seen)
        }
    }
}
