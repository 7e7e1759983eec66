import Tensors
import Testing

/// Keys and values of some positions, and queries of some rows.
private struct Seen {
    let attend: Attend
    let q: [Float], k: [Float], v: [Float]

    init(_ attend: Attend, rows: Int, positions: Int) {
        var numbers = SeededNumbers(state: 21)
        self.attend = attend
        q = numbers.floats(rows * attend.width, -2...2)
        k = numbers.floats(positions * attend.keyValueWidth, -2...2)
        v = numbers.floats(positions * attend.keyValueWidth, -2...2)
    }

    /// What rows see over kept keys and values: those of layer 1 of three, written in two steps,
    /// with others before and behind them.
    func kept(
        _ rows: Range<Int>, past: Int, threads: Int, _ arithmetic: Arithmetic, isAsAlone: Bool,
        keeps: Arithmetic
    ) throws -> [Float] {
        let positions = past + rows.count
        var bench = try Workbench(
            workers: Workers(threadCount: threads), arithmetic: arithmetic)
        bench.isAsAlone = isAsAlone
        var store = try KeyValueRows(
            attend, layers: 3, capacity: positions + 2, arithmetic: keeps)
        for layer in [0, 2, 1] {
            let floats = layer == 1 ? (k, v) : (v.map { $0 * 100 }, k.map { $0 * 100 })
            for part in [0..<past, past..<positions] {
                store.write(.keys, layer: layer, at: part.lowerBound, floats.0.span, rows: part)
                store.write(.values, layer: layer, at: part.lowerBound, floats.1.span, rows: part)
            }
        }
        var out = [Float](repeating: 0, count: q.count)
        var span = out.mutableSpan
        let view = store.view(layer: 1, rows: rows, past: past)
        attend.causally(queries: q.span, sequences: 1, into: &span, bench: &bench) { _ in view }
        return out
    }

    /// The same over rows of all heads.
    func loose(_ rows: Range<Int>, past: Int) throws -> [Float] {
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: .exact)
        var out = [Float](repeating: 0, count: q.count)
        var span = out.mutableSpan
        attend.causally(
            queries: q.span, rows: rows, keys: k.span, values: v.span, past: past, into: &span,
            bench: &bench)
        return out
    }
}

@Suite struct `Kept keys and values` {
    /// Of numbers up to 2, which have 11 bits as halves. Worst seen: 7.1e-4.
    static let halvesTolerance: Float = 2.8e-3
    /// Parts, and BLAS over all positions, with numbers up to 2. Worst seen: 1.6e-6.
    static let tolerance: Float = 4e-6

    static let shapes = [
        Attend(heads: 9, keyValueHeads: 3, headSize: 64),
        Attend(heads: 4, keyValueHeads: 4, headSize: 24),
        Attend(heads: 5, keyValueHeads: 1, headSize: 10),
    ]

    @Test(arguments: shapes, [(1, 0), (1, 5), (1, 127), (1, 128), (3, 127), (2, 300), (40, 261)])
    func `are seen as rows of all heads are`(attend: Attend, shape: (rows: Int, past: Int)) throws {
        let (count, past) = shape
        let seen = Seen(attend, rows: count, positions: past + count)
        let meant = try seen.loose(0..<count, past: past)
        let exact = try seen.kept(
            0..<count, past: past, threads: 2, .exact, isAsAlone: false, keeps: .exact)
        #expect(exact == meant)
        let halves = try seen.kept(
            0..<count, past: past, threads: 2, .fast, isAsAlone: false, keeps: .fast)
        let worst = zip(halves, meant).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= Self.halvesTolerance)
        #expect(halves != meant)
    }

    @Test(arguments: shapes, [Arithmetic.exact, .fast])
    func `give a row the same to the bit with any number of threads, alone or in company`(
        attend: Attend, arithmetic: Arithmetic
    ) throws {
        let (count, past) = (6, 509)
        let seen = Seen(attend, rows: count, positions: past + count)
        func all(_ threads: Int) throws -> [Float] {
            try seen.kept(
                0..<count, past: past, threads: threads, arithmetic, isAsAlone: true,
                keeps: arithmetic)
        }
        let together = try all(1)
        #expect(Set(together).count > count * attend.width / 2)
        for threads in [2, 3, 5] { #expect(try all(threads) == together, "\(threads)") }
        for row in 0..<count {
            for isAsAlone in [false, true] {
                let alone = try seen.kept(
                    row..<row + 1, past: past + row, threads: 2, arithmetic, isAsAlone: isAsAlone,
                    keeps: arithmetic)
                let part = row * attend.width..<(row + 1) * attend.width
                #expect(alone[part] == together[part], "\(row)")
            }
        }
    }

    /// More rows than there is room for at once, and so many positions that parts are longer than
    /// usual.
    @Test(arguments: [(70, 3), (4, 2000), (4, 40_000)])
    func `are seen by parts as at once, however many rows and positions`(
        shape: (rows: Int, past: Int)
    ) throws {
        let (count, past) = shape
        let attend = Attend(heads: 64, keyValueHeads: 1, headSize: 128)
        let seen = Seen(attend, rows: count, positions: past + count)
        let meant = try seen.loose(0..<count, past: past)
        let found = try seen.kept(
            0..<count, past: past, threads: 2, .exact, isAsAlone: true, keeps: .exact)
        let worst = zip(found, meant).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= Self.tolerance)
    }

    @Test(arguments: [false, true], [Arithmetic.exact, .fast])
    func `of several sequences give each what it has by itself`(
        isAsAlone: Bool, arithmetic: Arithmetic
    ) throws {
        let attend = Attend(heads: 6, keyValueHeads: 2, headSize: 24)
        // The third has many rows, where rows need not be as if alone.
        let parts: [(rows: Int, past: Int)] = [(1, 300), (1, 0), (40, 7), (3, 1200), (1, 64)]
        var bench = try Workbench(workers: Workers(threadCount: 3), arithmetic: arithmetic)
        bench.isAsAlone = isAsAlone
        var numbers = SeededNumbers(state: 5)
        let total = parts.reduce(0) { $0 + $1.rows }
        let q = numbers.floats(total * attend.width, -2...2)
        var kept = try KeyValueRows(
            attend, layers: parts.count, capacity: 1300, arithmetic: arithmetic)
        for (layer, part) in parts.enumerated() {
            let rows = 0..<part.past + part.rows
            let floats = numbers.floats(2 * rows.count * attend.keyValueWidth, -2...2)
            kept.write(.keys, layer: layer, at: 0, floats.span, rows: rows)
            let values = Array(floats.reversed())
            kept.write(.values, layer: layer, at: 0, values.span, rows: rows)
        }
        var views: [KeyValueView] = []
        var first = 0
        for (layer, part) in parts.enumerated() {
            let rows = first..<first + part.rows
            views.append(kept.view(layer: layer, rows: rows, past: part.past))
            first = rows.upperBound
        }
        func look(_ views: [KeyValueView]) -> [Float] {
            var out = [Float](repeating: 0, count: q.count)
            var span = out.mutableSpan
            attend.causally(
                queries: q.span, sequences: views.count, into: &span, bench: &bench
            ) { views[$0] }
            return out
        }
        let together = look(views)
        let alone = views.map { look([$0]) }
        let sum = q.indices.map { place in alone.reduce(0) { $0 + $1[place] } }
        #expect(together == sum)
        #expect(!together.contains(0))
    }
}
