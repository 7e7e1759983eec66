// Attention of few queries: keys and values are read where they lie, each row once for all the queries
// that share its head. A chunk is one head and one part of the positions; what queries saw of each part
// is joined when all are done. Parts begin at fixed places, and a query's parts depend on how many
// positions it sees only: its result is the same to the bit whatever the number of threads, and
// whichever other queries there are.
internal import CKernels

/// Some heads and parts of the positions.
@safe struct SeenParts: ChunkedWork {
    private let sight: Attend.Sight
    /// The queries' rows.
    private let rows: Range<Int>
    /// The positions of a part.
    private let span: Int
    private let partCount: Int
    /// How many parts of a head a chunk has.
    private let perChunk: Int
    /// What was seen: [rows][heads of keys][parts][queries of the head][headSize + 2].
    private let seen: UnsafeMutablePointer<Float>

    /// The usual positions of a part: enough to be worth handing over, few enough for all threads to
    /// end together.
    static let usualSpan = 128
    /// Fewer positions of all heads and rows than this are not worth a thread that wakes up for them.
    private static let fewPositions = 384

    /// Lets all queries see.
    static func run(_ sight: Attend.Sight, _ workers: Workers) {
        var first = 0
        while first < sight.count {
            let span = span(sight, query: first)
            // Rows that have the same parts, and room for what they see.
            let rowFloats = floats(sight, span: span, query: sight.count - 1)
            var end = first + 1
            while end < sight.count, (end + 1 - first) * rowFloats <= room,
                self.span(sight, query: end) == span
            {
                end += 1
            }
            let work = SeenParts(sight, rows: first..<end, span: span)
            workers.run(work, chunks: work.chunks)
            work.join()
            first = end
        }
    }

    /// What one thread's memory has for what was seen, and for scores.
    private static let room = Workbench.panelFloats / 2

    /// The positions of a part, for a query: more than usual where there would be too many parts.
    private static func span(_ sight: Attend.Sight, query: Int) -> Int {
        var span = usualSpan
        while span < sight.seen(by: query), floats(sight, span: span, query: query) > room {
            span *= 2
        }
        precondition(floats(sight, span: span, query: query) <= room, "heads of too many floats")
        return span
    }

    /// The floats of what a query sees.
    private static func floats(_ sight: Attend.Sight, span: Int, query: Int) -> Int {
        let parts = (sight.seen(by: query) + span - 1) / span
        return parts * sight.attend.heads * (sight.attend.headSize + 2)
    }

    private init(_ sight: Attend.Sight, rows: Range<Int>, span: Int) {
        self.sight = sight
        self.rows = rows
        self.span = span
        let positions = sight.seen(by: rows.upperBound - 1)
        partCount = (positions + span - 1) / span
        let isLittle = rows.count * positions * sight.attend.keyValueHeads < Self.fewPositions
        perChunk = isLittle ? partCount * sight.attend.keyValueHeads : 1
        unsafe seen = sight.panels + Self.room
    }

    var chunks: Int { sight.attend.keyValueHeads * partCount / perChunk }

    func run(chunk: Int, worker: Int) {
        let scores = unsafe sight.panels + worker * Workbench.panelFloats
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
    @unsafe private func place(_ row: Int, _ head: Int, _ part: Int) -> UnsafeMutablePointer<Float>
    {
        let attend = sight.attend
        let heads = (row - rows.lowerBound) * attend.keyValueHeads + head
        let group = attend.heads / attend.keyValueHeads
        return unsafe seen + (heads * partCount + part) * group * (attend.headSize + 2)
    }

    /// Puts together what was seen.
    private func join() {
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
