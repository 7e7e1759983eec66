import Tensors
import Testing

@Suite struct `Fast products` {
    /// Of the root of the mean square of all outputs, what an output is off by, root mean square.
    /// Worst seen: 1.43e-2.
    static let tolerance = 4.2e-2

    private func fastBench(_ threads: Int) throws -> Workbench {
        try Workbench(workers: Workers(threadCount: threads), arithmetic: .fast)
    }

    @Test(arguments: `Products`.rows, [1, 3, 8, 21])
    func `rows of every type come close to what they should be`(
        row: RecordedRow, inputs: Int
    ) throws {
        let (rows, columns) = (48, 512)
        var numbers = SeededNumbers(state: UInt64(inputs))
        let x = numbers.floats(inputs * columns)
        let bias = numbers.floats(rows)
        for order in [Matrix.RowOrder.asStored, .pairs(headSize: 12)] {
            let stored = try #require(
                StoredMatrix(row, rows: rows, columns: columns, offset: 3, order: order))
            let linear = Linear(weight: stored.matrix, bias: bias)
            var bench = try fastBench(2)
            var y = [Float](repeating: .nan, count: inputs * rows)
            linear.apply(x, count: inputs, isSame: false, into: &y, bench: &bench)
            let exact = naive(stored.floats, x, rows: rows, columns: columns, bias: bias)
            let off = zip(y, exact).reduce(0.0) { sum, pair in
                sum + (Double(pair.0) - pair.1.value) * (Double(pair.0) - pair.1.value)
            }
            let size = exact.reduce(0.0) { $0 + $1.value * $1.value }
            #expect((off / size).squareRoot() <= Self.tolerance, "\(order)")
        }
    }

    @Test(arguments: `Products`.rows, [Arithmetic.exact, .fast])
    func `a few inputs have, to the bit, the product that each has alone`(
        row: RecordedRow, arithmetic: Arithmetic
    ) throws {
        let (rows, columns) = (48, 512)
        let stored = try #require(
            StoredMatrix(row, rows: rows, columns: columns, offset: 3, order: .asStored))
        let linear = Linear(weight: stored.matrix, bias: nil)
        let most = linear.independentInputs(arithmetic)
        #expect(most >= 3)
        var numbers = SeededNumbers(state: 11)
        let x = numbers.floats(most * columns)
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: arithmetic)
        func products(_ x: [Float], _ count: Int) -> [Float] {
            var y = [Float](repeating: .nan, count: count * rows)
            linear.apply(x, count: count, isSame: false, into: &y, bench: &bench)
            return y
        }
        let alone = (0..<most).flatMap { products(Array(x[$0 * columns..<($0 + 1) * columns]), 1) }
        for count in 1...most {
            #expect(products(x, count) == Array(alone.prefix(count * rows)))
        }
    }

    @Test func `rows that fill no group, and short ones, are multiplied exactly`() throws {
        for (rows, columns) in [(17, 64), (32, 24)] {
            var numbers = SeededNumbers(state: 3)
            let weights = numbers.floats(rows * columns)
            let x = numbers.floats(9 * columns)
            let linear = Linear(
                weight: Matrix(rows: rows, columns: columns, floats: weights), bias: nil)
            var y = [Float](repeating: 0, count: 9 * rows)
            var bench = try fastBench(1)
            linear.apply(x, count: 9, isSame: false, into: &y, bench: &bench)
            let exact = naive(weights, x, rows: rows, columns: columns, bias: nil)
            let worst = zip(y, exact).map { abs(Double($0) - $1.value) / $1.size }.max() ?? 1
            #expect(worst <= `Products`.tolerance)
        }
    }

    @Test(arguments: [1, 8, 100])
    func `results are the same whatever the number of threads`(inputs: Int) throws {
        let row = try #require(`Products`.rows.first { $0.type == .q8_0 })
        let stored = try #require(
            StoredMatrix(row, rows: 400, columns: 768, offset: 0, order: .asStored))
        var numbers = SeededNumbers(state: 5)
        let x = numbers.floats(inputs * 768)
        let results = try [1, 2, 5].map { threads in
            var bench = try fastBench(threads)
            var y = [Float](repeating: 0, count: inputs * 400)
            Linear(weight: stored.matrix, bias: nil)
                .apply(x, count: inputs, isSame: false, into: &y, bench: &bench)
            return y
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func `the same inputs need not be converted again, and others are`() throws {
        let row = try #require(`Products`.rows.first { $0.type == .q8_0 })
        let first = try #require(
            StoredMatrix(row, rows: 16, columns: 256, offset: 0, order: .asStored))
        // Rows of a type without byte products of few inputs, in between.
        let floats = Matrix(
            rows: 16, columns: 256, floats: [Float](repeating: 0.5, count: 16 * 256))
        var numbers = SeededNumbers(state: 8)
        let (x, other) = (numbers.floats(256), numbers.floats(256))
        func apply(_ matrix: Matrix, _ x: [Float], _ isSame: Bool, _ bench: inout Workbench)
            -> [Float]
        {
            var y = [Float](repeating: 0, count: 16)
            Linear(weight: matrix, bias: nil)
                .apply(x, count: 1, isSame: isSame, into: &y, bench: &bench)
            return y
        }
        var bench = try fastBench(1)
        let meant = apply(first.matrix, x, false, &bench)
        let meantOfOther = apply(first.matrix, other, false, &bench)
        #expect(meant != meantOfOther)
        #expect(apply(first.matrix, x, false, &bench) == meant)
        #expect(apply(first.matrix, x, true, &bench) == meant)
        // The layer before had other inputs, and made no bytes of them.
        _ = apply(floats, other, false, &bench)
        #expect(apply(first.matrix, other, true, &bench) == meantOfOther)
    }

    @Test(arguments: [1, 3, 4, 40, 130])
    func `attention is as exact as by BLAS`(count: Int) throws {
        let attend = Attend(heads: 6, keyValueHeads: 2, headSize: 24)
        let past = 11
        var numbers = SeededNumbers(state: 2)
        let q = numbers.floats(count * attend.width)
        let k = numbers.floats((past + count) * attend.keyValueWidth)
        let v = numbers.floats((past + count) * attend.keyValueWidth)
        func result(_ arithmetic: Arithmetic, threads: Int) throws -> [Float] {
            var bench = try Workbench(
                workers: Workers(threadCount: threads), arithmetic: arithmetic)
            var out = [Float](repeating: 0, count: count * attend.width)
            var span = out.mutableSpan
            attend.causally(
                queries: q.span, rows: 0..<count, keys: k.span, values: v.span, past: past,
                into: &span, bench: &bench)
            return out
        }
        let exact = try result(.exact, threads: 1)
        let fast = try result(.fast, threads: 1)
        // Worst seen: 1.35e-7.
        #expect(zip(exact, fast).allSatisfy { abs($0 - $1) <= 5.2e-7 })
        #expect(try result(.fast, threads: 3) == fast)
    }
}
