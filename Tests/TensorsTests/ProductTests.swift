import Tensors
import Testing

/// Rows of a type, stored as the recorded ones are, with their floats.
struct StoredMatrix {
    let matrix: Matrix
    let floats: [Float]

    /// Rows of one recorded row's blocks in another order, so that no two are alike.
    init?(_ row: RecordedRow, rows: Int, columns: Int, offset: Int, order: Matrix.RowOrder) {
        guard let rowBytes = row.type.byteCount(of: columns) else { return nil }
        let block = row.type.blockBytes
        let elements = row.type.blockSize
        let blocks = row.bytes.count / block
        var bytes = [UInt8](repeating: 0xAA, count: offset)
        var floats: [Float] = []
        for index in 0..<rows * (rowBytes / block) {
            let from = (index * 7 + index / blocks) % blocks
            bytes += row.bytes[from * block..<(from + 1) * block]
            floats += row.floats[from * elements..<(from + 1) * elements]
        }
        let storage = Storage(copying: bytes.span)
        guard
            let matrix = Matrix(
                rows: rows, columns: columns, type: row.type, storage: storage, offset: offset,
                rowOrder: order)
        else { return nil }
        self.matrix = matrix
        // In the order in which the matrix shows them.
        self.floats = (0..<rows).flatMap { row in
            let stored = matrix.storedRow(row)
            return floats[stored * columns..<(stored + 1) * columns]
        }
    }
}

func bench(_ threads: Int) throws -> Workbench {
    try Workbench(workers: Workers(threadCount: threads), arithmetic: .exact)
}

/// y = x W^T + b, and the sum of the sizes of what was added, in double.
func naive(
    _ weights: [Float], _ x: [Float], rows: Int, columns: Int, bias: [Float]?
) -> [(value: Double, size: Double)] {
    (0..<x.count / columns).flatMap { input in
        (0..<rows).map { row in
            var value = Double(bias?[row] ?? 0)
            var size = abs(value)
            for column in 0..<columns {
                let product =
                    Double(weights[row * columns + column]) * Double(x[input * columns + column])
                value += product
                size += abs(product)
            }
            return (value, size)
        }
    }
}

@Suite struct `Products` {
    /// Worst seen: 9e-8 of the sizes added.
    static let tolerance = 3.6e-7

    /// Rows whose numbers are of one size; random ones hold infinities.
    static let rows: [RecordedRow] = {
        var rows = RecordedRow.all.filter { row in
            row.floats.allSatisfy { $0.isFinite && abs($0) < 1e6 }
        }
        // Types for which only random bytes were recorded: the blocks that are finite.
        for type in ElementType.allCases where !rows.contains(where: { $0.type == type }) {
            guard let row = RecordedRow.all.first(where: { $0.type == type }) else { continue }
            var bytes: [UInt8] = []
            var floats: [Float] = []
            for block in 0..<row.floats.count / type.blockSize {
                let values = row.floats[block * type.blockSize..<(block + 1) * type.blockSize]
                guard values.allSatisfy({ $0.isFinite && abs($0) < 1e8 }) else { continue }
                bytes += row.bytes[block * type.blockBytes..<(block + 1) * type.blockBytes]
                floats += values
            }
            rows.append(RecordedRow(type: type, bytes: bytes, floats: floats))
        }
        return rows
    }()

    @Test func `every type has rows to multiply`() {
        #expect(Set(Self.rows.filter { !$0.bytes.isEmpty }.map(\.type)).count == 16)
    }

    @Test(arguments: rows, [1, 2, 3, 4, 5, 17])
    func `rows of every type times few and many inputs are what they should be`(
        row: RecordedRow, inputs: Int
    ) throws {
        let (rows, columns) = (36, 512)
        var numbers = SeededNumbers(state: UInt64(inputs))
        let x = numbers.floats(inputs * columns)
        let bias = numbers.floats(rows)
        for order in [Matrix.RowOrder.asStored, .pairs(headSize: 12)] {
            for offset in [0, 3] {
                let stored = try #require(
                    StoredMatrix(row, rows: rows, columns: columns, offset: offset, order: order))
                let linear = Linear(weight: stored.matrix, bias: bias)
                var bench = try bench(2)
                var y = [Float](repeating: .nan, count: inputs * rows)
                linear.apply(x, count: inputs, isSame: false, into: &y, bench: &bench)
                let exact = naive(stored.floats, x, rows: rows, columns: columns, bias: bias)
                let worst = zip(y, exact).map { abs(Double($0) - $1.value) / $1.size }.max() ?? 1
                #expect(worst <= Self.tolerance, "\(order), offset \(offset)")
            }
        }
    }

    @Test(arguments: [1, 3, 64])
    func `results are the same whatever the number of threads`(inputs: Int) throws {
        let (rows, columns) = (1000, 768)
        var numbers = SeededNumbers(state: 5)
        let matrix = Matrix(rows: rows, columns: columns, floats: numbers.floats(rows * columns))
        let x = numbers.floats(inputs * columns)
        let results = try [1, 2, 5].map { threads in
            var bench = try bench(threads)
            var y = [Float](repeating: 0, count: inputs * rows)
            var out = y.mutableSpan
            matrix.multiply(x.span, count: inputs, into: &out, bench: &bench)
            return y
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func `nothing times anything is nothing`() throws {
        var bench = try bench(1)
        var y: [Float] = []
        var out = y.mutableSpan
        Matrix(rows: 4, columns: 2, floats: [Float](repeating: 1, count: 8))
            .multiply([Float]().span, count: 0, into: &out, bench: &bench)
        #expect(y.isEmpty)
    }
}
