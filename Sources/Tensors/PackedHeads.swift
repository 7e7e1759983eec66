// Attention of many queries by our own kernels: a chunk packs the keys and values of one head into
// its thread's memory, then takes all query heads that share them through a block of queries. No
// query's result depends on which others are in its block, so blocks may follow the threads.
internal import CKernels

/// The heads of keys and values, each with the queries that look at them.
@safe struct PackedHeads: ChunkedWork {
    let sight: Attend.Sight
    let threads: Int

    private var attend: Attend { sight.attend }
    private var count: Int { sight.count }
    private var kernels: Kernels { sight.kernels }

    /// Blocks of queries: enough for all threads to end together, each long enough to be worth the
    /// packing.
    private var blocks: Int {
        guard threads > 1 else { return 1 }
        let wanted = (4 * threads + attend.keyValueHeads - 1) / attend.keyValueHeads
        return max(1, min(wanted, count / 64))
    }

    var chunks: Int { attend.keyValueHeads * blocks }

    private var packedFloats: Int {
        unsafe smv_packed_floats(kernels.table, sight.positions, attend.headSize)
    }

    /// Whether a thread's memory holds a head.
    var fits: Bool {
        let work = unsafe smv_attend_floats(kernels.table, sight.positions)
        return 2 * packedFloats + work <= Workbench.panelFloats
    }

    func run(chunk: Int, worker: Int) {
        // Late blocks of a causal layer are the longest: they go first.
        let (reversed, head) = chunk.quotientAndRemainder(dividingBy: attend.keyValueHeads)
        let block = blocks - 1 - reversed
        let first = count * block / blocks
        let queries = count * (block + 1) / blocks - first
        let size = attend.headSize
        let seen = sight.seen(by: first + queries - 1)
        let keys = unsafe sight.panels + worker * Workbench.panelFloats
        let values = unsafe keys + packedFloats
        let work = unsafe values + packedFloats
        let table = unsafe kernels.table.pointee
        unsafe table.pack_keys(
            sight.keys.row(head: head, position: 0), sight.keys.areHalves, sight.keys.rowStride,
            seen, size, keys)
        unsafe table.pack_values(
            sight.values.row(head: head, position: 0), sight.values.areHalves,
            sight.values.rowStride, seen, size, values)
        let group = attend.heads / attend.keyValueHeads
        for queryHead in head * group..<(head + 1) * group {
            let place = first * attend.width + queryHead * size
            unsafe table.attend(
                sight.q + place, attend.width, queries, sight.seen(by: first), sight.isCausal, keys,
                values, seen, size, attend.scale, work, sight.out + place, attend.width)
        }
    }
}
