// Products of bytes: y[n, out] = x[n, in] W^T with many x, and W, in blocks of 32 bytes that share a
// scale. 32 rows at a time are brought into bytes in the thread's memory, whatever their type, and
// multiplied with all x. Nothing is kept: no second copy of the weights, nothing to prepare.
// Sums within a block are exact, and the order of blocks is that of the row: results are the same
// whatever the number of threads.
internal import CKernels

extension Matrix {
    /// From this many inputs on rows are brought into bytes, below it each is read for each input.
    static let manyByteInputs = 8
    /// Rows of a panel: two groups, which the kernels take at once.
    private static let panelGroups = 2

    /// Whether its rows fall into groups that a thread's memory holds.
    var canMultiplyPanelsOfBytes: Bool {
        let floats = ByteInputs.blocks(columns) * Int(SMV_GROUP_BYTES) / 4 * Self.panelGroups
        return rows % Int(SMV_GROUP_ROWS) == 0 && columns >= Int(SMV_BLOCK)
            && floats + smv_pack_floats(columns) <= Workbench.panelFloats
    }

    /// Multiplies panel by panel.
    @unsafe func multiplyPanels(
        _ inputs: ByteRows, _ n: Int, bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ bench: inout Workbench
    ) {
        let work = unsafe ManyByteInputs(
            matrix: self, inputs: inputs, n: n, bias: bias, y: y,
            groupsPerChunk: Self.panelGroups, panels: bench.panels(), kernels: Kernels.chosen)
        let groups = rows / Int(SMV_GROUP_ROWS)
        bench.workers.run(work, chunks: (groups + Self.panelGroups - 1) / Self.panelGroups)
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
