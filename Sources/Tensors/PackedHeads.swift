// Attention of many queries by our own kernels: a chunk packs the keys and values of one head into
// its thread's memory, then takes all query heads that share them through a block of queries. No
// query's result depends on which others are in its block, so blocks may follow the threads.
internal import CKernels

/// The heads of keys and values, each with the queries that look at them.
@safe struct PackedHeads: ChunkedWork {
    let attend: Attend
    let q: UnsafePointer<Float>
    let k: UnsafePointer<Float>
    let v: UnsafePointer<Float>
    let out: UnsafeMutablePointer<Float>
    let count: Int
    let positions: Int
    let past: Int
    let isCausal: Bool
    let panels: UnsafeMutablePointer<Float>
    let kernels: Kernels
    let threads: Int

    /// Blocks of queries: enough for all threads to end together, each long enough to be worth the
    /// packing.
    private var blocks: Int {
        guard threads > 1 else { return 1 }
        let wanted = (4 * threads + attend.keyValueHeads - 1) / attend.keyValueHeads
        return max(1, min(wanted, count / 64))
    }

    var chunks: Int { attend.keyValueHeads * blocks }

    private var packedFloats: Int {
        unsafe smv_packed_floats(kernels.table, positions, attend.headSize)
    }

    /// Whether a thread's memory holds a head.
    var fits: Bool {
        let work = unsafe smv_attend_floats(kernels.table, positions)
        return 2 * packedFloats + work <= Workbench.panelFloats
    }

    func run(chunk: Int, worker: Int) {
        // Late blocks of a causal layer are the longest: they go first.
        let (reversed, head) = chunk.quotientAndRemainder(dividingBy: attend.keyValueHeads)
        let block = blocks - 1 - reversed
        let first = count * block / blocks
        let queries = count * (block + 1) / blocks - first
        let size = attend.headSize
        let seen = isCausal ? past + first + queries : positions
        let keys = unsafe panels + worker * Workbench.panelFloats
        let values = unsafe keys + packedFloats
        let work = unsafe values + packedFloats
        let table = unsafe kernels.table.pointee
        unsafe table.pack_keys(k + head * size, attend.keyValueWidth, seen, size, keys)
        unsafe table.pack_values(v + head * size, attend.keyValueWidth, seen, size, values)
        let group = attend.heads / attend.keyValueHeads
        for queryHead in head * group..<(head + 1) * group {
            let place = first * attend.width + queryHead * size
            unsafe table.attend(
                q + place, attend.width, queries, isCausal ? past + first + 1 : seen, isCausal,
                keys, values, seen, size, attend.scale, work, out + place, attend.width)
        }
    }
}
