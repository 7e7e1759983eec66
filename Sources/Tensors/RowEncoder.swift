// In: a matrix, in any type and any order of its rows. Out: its rows as another type, and how much of
// them was lost. Rows are independent, so they are spread over the threads; what comes out does not
// depend on how many there are.
internal import CKernels

/// Writes the rows of a matrix as another type.
package struct RowEncoder: Sendable {
    /// What rows become.
    package let type: ElementType
    private let workers: Workers

    /// - Precondition: rows of the type can be written.
    package init(type: ElementType, workers: Workers) {
        precondition(type.canBeWritten, "\(type.name) is not written")
        self.type = type
        self.workers = workers
    }

    /// The bytes of a row of `count` elements; nil when that is no whole number of blocks.
    package func rowBytes(of count: Int) -> Int? { type.byteCount(of: count) }

    /// Writes some rows, one after the other, and adds what they lose to `loss`.
    ///
    /// Rows that are of the type already are copied as they are.
    ///
    /// - Parameter rows: their numbers in the reference's order.
    /// - Precondition: the rows exist, their length is whole blocks, and `out` has room for them.
    package func encode(
        _ rows: [Int], of matrix: Matrix, into out: inout [UInt8], loss: inout EncodingLoss
    ) {
        guard let size = rowBytes(of: matrix.columns) else {
            preconditionFailure("rows of \(matrix.columns) as \(type.name)")
        }
        precondition(out.count >= rows.count * size, "no room for \(rows.count) rows")
        precondition(rows.allSatisfy { $0 >= 0 && $0 < matrix.rows }, "rows of \(matrix.rows)")
        var losses = [EncodingLoss](repeating: EncodingLoss(), count: rows.count)
        unsafe out.withUnsafeMutableBytes { bytes in
            unsafe losses.withUnsafeMutableBufferPointer { losses in
                guard let start = bytes.baseAddress, let losses = losses.baseAddress else { return }
                let work = unsafe RowEncodingWork(
                    matrix: matrix, rows: rows, type: type, rowBytes: size, out: start,
                    losses: losses)
                workers.run(work, chunks: work.chunkCount)
            }
        }
        for part in losses { loss.add(part) }
    }
}

/// What rows lose when they are written as another type: sums over their numbers.
package struct EncodingLoss: Equatable, Sendable {
    /// Of the squares of the differences.
    package var squaredError = 0.0
    /// Of the squares of the numbers.
    package var squares = 0.0
    package var count = 0
    /// Numbers that were not finite before.
    package var notFinite = 0
    /// Numbers that became infinite: beyond the largest of the type.
    package var tooLarge = 0

    package init() {}

    package mutating func add(_ other: EncodingLoss) {
        squaredError += other.squaredError
        squares += other.squares
        count += other.count
        notFinite += other.notFinite
        tooLarge += other.tooLarge
    }

    /// The root of the mean square of the differences, by that of the numbers.
    package var relative: Double {
        squares > 0 ? (squaredError / squares).squareRoot() : 0
    }
}

extension ElementType {
    /// Whether rows of the type can be written.
    package var canBeWritten: Bool { smv_can_encode(rawValue) }
}

@safe private struct RowEncodingWork: ChunkedWork {
    let matrix: Matrix
    let rows: [Int]
    let type: ElementType
    let rowBytes: Int
    let out: UnsafeMutableRawPointer
    let losses: UnsafeMutablePointer<EncodingLoss>

    /// Enough numbers for a chunk to be worth its claim.
    private static let numbersPerChunk = 16_384

    private var rowsPerChunk: Int { max(1, Self.numbersPerChunk / max(matrix.columns, 1)) }
    var chunkCount: Int { (rows.count + rowsPerChunk - 1) / rowsPerChunk }

    @unsafe init(
        matrix: Matrix, rows: [Int], type: ElementType, rowBytes: Int,
        out: UnsafeMutableRawPointer, losses: UnsafeMutablePointer<EncodingLoss>
    ) {
        self.matrix = matrix
        self.rows = rows
        self.type = type
        self.rowBytes = rowBytes
        unsafe self.out = unsafe out
        unsafe self.losses = unsafe losses
    }

    func run(chunk: Int, worker: Int) {
        let columns = matrix.columns
        var before = [Float](repeating: 0, count: columns)
        var after = before
        let kernels = Kernels.chosen
        let first = chunk * rowsPerChunk
        for place in first..<min(first + rowsPerChunk, rows.count) {
            let target = unsafe out + place * rowBytes
            unsafe before.withUnsafeMutableBufferPointer { before in
                unsafe after.withUnsafeMutableBufferPointer { after in
                    guard let source = before.baseAddress, let back = after.baseAddress else {
                        return
                    }
                    unsafe matrix.read(row: rows[place], to: source, kernels: kernels)
                    if matrix.type == type {
                        let stored = unsafe matrix.address(
                            ofStoredRow: matrix.storedRow(rows[place]))
                        unsafe target.copyMemory(from: stored, byteCount: rowBytes)
                    } else if unsafe before.allSatisfy(\.isFinite) {
                        unsafe smv_encode(type.rawValue, source, columns, target)
                    }
                    unsafe smv_expand(kernels.table, type.rawValue, target, back, columns)
                }
            }
            unsafe losses[place] = Self.loss(before: before, after: after)
        }
    }

    private static func loss(before: [Float], after: [Float]) -> EncodingLoss {
        var loss = EncodingLoss()
        loss.count = before.count
        for index in before.indices {
            guard before[index].isFinite else {
                loss.notFinite += 1
                continue
            }
            guard after[index].isFinite else {
                loss.tooLarge += 1
                continue
            }
            let difference = Double(after[index]) - Double(before[index])
            loss.squaredError += difference * difference
            loss.squares += Double(before[index]) * Double(before[index])
        }
        return loss
    }
}
