// Products of bytes: y[n, out] = x[n, in] W^T with x, and W where there are many x, in blocks of 32
// bytes that share a scale.
// few x: each row is read where it lies, and its own blocks are multiplied;
// many x: 32 rows at a time are brought into bytes in the thread's memory, whatever their type, and
// multiplied with all x. Nothing is kept: no second copy of the weights, nothing to prepare.
// Sums within a block are exact, and the order of blocks is that of the row: results are the same
// whatever the number of threads.
internal import CKernels

extension Matrix {
    /// From this many inputs on rows are brought into bytes, below it each is read for each input.
    static let manyByteInputs = 8
    /// Rows of a panel: two groups, which the kernels take at once.
    private static let panelGroups = 2

    /// Does a product in bytes, if this matrix has such a product.
    @unsafe func multiplyBytes(
        _ x: UnsafePointer<Float>, _ n: Int, bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ bench: inout Workbench
    ) -> Bool {
        let kernels = Kernels.chosen
        let blocks = ByteInputs.blocks(columns)
        let groupRows = Int(SMV_GROUP_ROWS)
        let isMany = n >= Self.manyByteInputs
        if isMany {
            let floats = blocks * Int(SMV_GROUP_BYTES) / 4 * Self.panelGroups
            guard rows % groupRows == 0, columns >= Int(SMV_BLOCK),
                floats + smv_pack_floats(columns) <= Workbench.panelFloats
            else { return false }
        } else {
            guard unsafe smv_has_dot_bytes(kernels.table, type.rawValue) else { return false }
        }
        let workers = bench.workers
        if !bench.inputs.hold(n, columns) {
            guard unsafe bench.inputs.take(x, count: n, columns: columns, workers: workers) else {
                return false
            }
        }
        let inputs = unsafe bench.inputs.rows(n, columns)
        if isMany {
            let work = unsafe ManyByteInputs(
                matrix: self, inputs: inputs, n: n, bias: bias, y: y,
                groupsPerChunk: Self.panelGroups, panels: bench.panels(), kernels: kernels)
            let groups = rows / groupRows
            workers.run(work, chunks: (groups + Self.panelGroups - 1) / Self.panelGroups)
        } else {
            let perChunk = max(16, Self.chunkBytes / max(rowBytes, 1))
            let work = unsafe FewByteInputs(
                matrix: self, inputs: inputs, n: n, bias: bias, y: y, rowsPerChunk: perChunk,
                kernels: kernels)
            workers.run(work, chunks: (rows + perChunk - 1) / perChunk)
        }
        return true
    }
}

/// Some rows times each of a few inputs.
@safe private struct FewByteInputs: ChunkedWork {
    let matrix: Matrix
    let inputs: ByteRows
    let n: Int
    let bias: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let rowsPerChunk: Int
    let kernels: Kernels

    func run(chunk: Int, worker: Int) {
        let first = chunk * rowsPerChunk
        let count = min(rowsPerChunk, matrix.rows - first)
        let blocks = ByteInputs.blocks(matrix.columns)
        for input in 0..<n {
            let to = unsafe y + input * matrix.rows
            let place = input * blocks
            if matrix.rowOrder == .asStored {
                unsafe multiply(stored: first, count, place, to + first)
            } else {
                for row in first..<first + count {
                    unsafe multiply(stored: matrix.storedRow(row), 1, place, to + row)
                }
            }
            if let bias = unsafe bias {
                unsafe kernels.table.pointee.add(to + first, bias + first, count)
            }
        }
    }

    @unsafe private func multiply(
        stored row: Int, _ count: Int, _ place: Int, _ y: UnsafeMutablePointer<Float>
    ) {
        unsafe smv_matrix_bytes(
            kernels.table, matrix.type.rawValue, matrix.address(ofStoredRow: row),
            matrix.rowBytes, count, matrix.columns, inputs.bytes + place * Int(SMV_BLOCK),
            inputs.scales + place, inputs.sums + place, y)
    }
}

/// A panel of rows times all inputs.
@safe private struct ManyByteInputs: ChunkedWork {
    let matrix: Matrix
    let inputs: ByteRows
    let n: Int
    let bias: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let groupsPerChunk: Int
    let panels: UnsafeMutablePointer<Float>
    let kernels: Kernels

    func run(chunk: Int, worker: Int) {
        let groupRows = Int(SMV_GROUP_ROWS)
        let blocks = ByteInputs.blocks(matrix.columns)
        let groupFloats = blocks * Int(SMV_GROUP_BYTES) / 4
        let firstGroup = chunk * groupsPerChunk
        let groups = min(groupsPerChunk, matrix.rows / groupRows - firstGroup)
        let panel = unsafe panels + worker * Workbench.panelFloats
        let work = unsafe panel + groupsPerChunk * groupFloats
        let packed = unsafe UnsafeMutableRawPointer(panel).assumingMemoryBound(to: UInt8.self)
        for place in 0..<groups * groupRows {
            let row = matrix.storedRow(firstGroup * groupRows + place)
            unsafe smv_pack_row(
                kernels.table, matrix.type.rawValue, matrix.address(ofStoredRow: row),
                matrix.columns, place % groupRows, work,
                packed + place / groupRows * groupFloats * 4)
        }
        let first = firstGroup * groupRows
        unsafe kernels.table.pointee.multiply_groups(
            packed, groups, blocks, inputs.forKernels, n, bias.map { unsafe $0 + first }, y + first,
            matrix.rows)
    }
}
