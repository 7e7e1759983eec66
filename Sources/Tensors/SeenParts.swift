// Attention of few queries: keys and values are read where they lie, each row once for all the queries
// that share its head. A chunk is one head and one part of the positions; what queries saw of each part
// is joined when all are done. Where parts begin depends on how many positions a query sees only: its
// result is the same to the bit whatever the number of threads, and whichever other queries there are.
internal import CKernels

/// Queries of one or several sequences that see by parts, in one piece of work.
@safe struct SeenParts: ChunkedWork {
    private let queries: UnsafeBufferPointer<SeeingQueries>
    private let panels: UnsafeMutablePointer<Float>

    /// What one thread's memory has for what was seen, and what it has for scores.
    fileprivate static let room = Workbench.panelFloats / 2
    /// The most floats that a row may see of one part, all heads together: what is seen of the longest
    /// parts of the most positions has room.
    static let maxRowFloats = room / (Attend.maxPositions / SeeingQueries.spans.longest + 1)

    func run(chunk: Int, worker: Int) {
        var place = 0
        while unsafe place + 1 < queries.count && queries[place + 1].firstChunk <= chunk {
            place += 1
        }
        let scores = unsafe panels + worker * Workbench.panelFloats
        unsafe queries[place].see(chunk: chunk - queries[place].firstChunk, scores)
    }

    /// Queries that wait to be let see; kept from one time to the next, so that nothing is allocated.
    struct Waiting {
        fileprivate var queries: [SeeingQueries] = []
        fileprivate var floatCount = 0
    }

    /// Has queries wait until `see`, or lets all see that wait when there is no more room.
    static func add(_ sight: Attend.Sight, _ bench: inout Workbench) {
        var first = 0
        while first < sight.count {
            let span = SeeingQueries.span(sight, query: first)
            // Rows that have the same parts, and room for what they see.
            var end = first + 1
            var floats = SeeingQueries.floats(sight, span: span, query: first)
            while end < sight.count, SeeingQueries.span(sight, query: end) == span {
                let more = SeeingQueries.floats(sight, span: span, query: end)
                guard (end + 1 - first) * more <= room else { break }
                end += 1
                floats = (end - first) * more
            }
            if bench.waiting.floatCount + floats > room { see(&bench) }
            let seen = unsafe bench.panels() + room + bench.waiting.floatCount
            let chunks = bench.waiting.queries.last?.endChunk ?? 0
            let queries = unsafe SeeingQueries(
                sight, rows: first..<end, span: span, firstChunk: chunks, seen: seen)
            bench.waiting.queries.append(queries)
            bench.waiting.floatCount += floats
            first = end
        }
    }

    /// Lets all see that wait.
    static func see(_ bench: inout Workbench) {
        let panels = unsafe bench.panels()
        let workers = bench.workers
        unsafe bench.waiting.queries.withUnsafeBufferPointer { queries in
            let work = unsafe SeenParts(queries: queries, panels: panels)
            workers.run(work, chunks: unsafe queries.last?.endChunk ?? 0)
            for place in queries.indices { unsafe queries[place].join() }
        }
        bench.waiting.queries.removeAll(keepingCapacity: true)
        bench.waiting.floatCount = 0
    }
}

/// Some rows of queries with the same parts.
@safe private struct SeeingQueries {
    private let sight: Attend.Sight
    private let rows: Range<Int>
    /// The positions of a part.
    private let span: Int
    private let partCount: Int
    /// How many parts of heads a chunk has.
    private let perChunk: Int
    /// The number of the first chunk among those of all queries that wait.
    let firstChunk: Int
    /// What was seen: [rows][heads of keys][parts][queries of the head][headSize + 2].
    private let seen: UnsafeMutablePointer<Float>

    /// Positions of a part: few enough for all threads to end together, more for long contexts, where
    /// joining parts would take long, but never so many that they leave the nearer caches, unless
    /// what is seen would have no room.
    fileprivate static let spans = (least: 64, most: 512, longest: 1 << 16)
    /// Parts that are worth longer ones.
    private static let manyParts = 16
    /// Positions of all heads and rows that are not worth a thread that wakes up for them.
    private static let fewPositions = 64

    @unsafe init(
        _ sight: Attend.Sight, rows: Range<Int>, span: Int, firstChunk: Int,
        seen: UnsafeMutablePointer<Float>
    ) {
        self.sight = sight
        self.rows = rows
        self.span = span
        self.firstChunk = firstChunk
        unsafe self.seen = seen
        let positions = sight.seen(by: rows.upperBound - 1)
        partCount = (positions + span - 1) / span
        let heads = sight.attend.keyValueHeads
        perChunk = rows.count * positions * heads <= Self.fewPositions ? partCount * heads : 1
    }

    var endChunk: Int { firstChunk + sight.attend.keyValueHeads * partCount / perChunk }

    /// The positions of a part, for a query.
    static func span(_ sight: Attend.Sight, query: Int) -> Int {
        let positions = sight.seen(by: query)
        var span = spans.least
        while span < spans.most, span * manyParts < positions { span *= 2 }
        while span < spans.longest, floats(sight, span: span, query: query) > SeenParts.room {
            span *= 2
        }
        let floats = floats(sight, span: span, query: query)
        precondition(floats <= SeenParts.room, "heads of \(floats) floats")
        return span
    }

    /// The floats of what a query sees.
    static func floats(_ sight: Attend.Sight, span: Int, query: Int) -> Int {
        let parts = (sight.seen(by: query) + span - 1) / span
        return parts * sight.attend.heads * (sight.attend.headSize + 2)
    }

    @unsafe func see(chunk: Int, _ scores: UnsafeMutablePointer<Float>) {
        for number in chunk * perChunk..<(chunk + 1) * perChunk {
            let (head, part) = number.quotientAndRemainder(dividingBy: partCount)
            unsafe see(head, part, scores)
        }
    }

    /// Lets all rows see one part of one head.
    @unsafe private func see(_ head: Int, _ part: Int, _ scores: UnsafeMutablePointer<Float>) {
        let attend = sight.attend
        let group = attend.heads / attend.keyValueHeads
        let start = part * span
        let keys = unsafe sight.keys.row(head: head, position: start)
        let values = unsafe sight.values.row(head: head, position: start)
        for row in rows {
            let count = min(span, sight.seen(by: row) - start)
            guard count > 0 else { continue }
            let from = row * attend.width + head * group * attend.headSize
            unsafe sight.kernels.table.pointee.attend_part(
                sight.q + from, group, keys, values, sight.keys.areHalves, sight.keys.rowStride,
                count, attend.headSize, attend.scale, scores, place(row, head, part))
        }
    }

    /// What the queries of a row saw of a part of a head.
    @unsafe private func place(
        _ row: Int, _ head: Int, _ part: Int
    ) -> UnsafeMutablePointer<Float> {
        let attend = sight.attend
        let heads = (row - rows.lowerBound) * attend.keyValueHeads + head
        let group = attend.heads / attend.keyValueHeads
        return unsafe seen + (heads * partCount + part) * group * (attend.headSize + 2)
    }

    /// Puts together what was seen.
    func join() {
        let attend = sight.attend
        let group = attend.heads / attend.keyValueHeads
        let floats = attend.headSize + 2
        for row in rows {
            let count = (sight.seen(by: row) + span - 1) / span
            for head in 0..<attend.heads {
                let (shared, query) = head.quotientAndRemainder(dividingBy: group)
                let to = unsafe sight.out + row * attend.width + head * attend.headSize
                unsafe sight.kernels.table.pointee.join_parts(
                    place(row, shared, 0) + query * floats, count, group * floats, attend.headSize,
                    attend.scale, to)
            }
        }
    }
}
