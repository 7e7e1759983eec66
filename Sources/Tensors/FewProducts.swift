// Products of few inputs: each row is read once, where it lies, and multiplied with every input.
// Layers of the same inputs are one piece of work, as a hand-over between threads costs as much as
// some kilobytes of weights. A row's result is the same whoever else is in the pass.
internal import CKernels

/// Up to three layers of the same few inputs.
@safe struct FewProducts: ChunkedWork {
    /// Rows of a chunk.
    static let chunkRows = 16

    let inputs: FewInputs
    let first: FewProduct
    let second: FewProduct?
    let third: FewProduct?
    /// Whether the second is the first's gated partner: first = silu(first) * second, row by row.
    let isGated: Bool

    var chunks: Int {
        isGated ? first.chunks : first.chunks + (second?.chunks ?? 0) + (third?.chunks ?? 0)
    }

    func run(chunk: Int, worker: Int) {
        if isGated {
            guard let second else { return }
            first.run(chunk: chunk, inputs)
            second.run(chunk: chunk, inputs)
            first.gate(chunk: chunk, by: second, inputs)
            return
        }
        var chunk = chunk
        if chunk < first.chunks { return first.run(chunk: chunk, inputs) }
        chunk -= first.chunks
        guard let second else { return }
        if chunk < second.chunks { return second.run(chunk: chunk, inputs) }
        third?.run(chunk: chunk - second.chunks, inputs)
    }
}

/// The inputs of few products: as floats, or as bytes.
@safe struct FewInputs {
    let count: Int
    let floats: UnsafePointer<Float>
    let bytes: ByteRows?
    let kernels: Kernels
}

/// y[n, rows] = x[n, columns] W^T + bias.
///
/// Where the matrix lies, not the matrix: threads that count its owners would wait for each other.
/// Whoever makes one keeps the matrix.
@safe struct FewProduct {
    private let rows: Int
    private let columns: Int
    private let type: Int32
    private let base: UnsafeRawPointer
    private let rowBytes: Int
    private let rowOrder: Matrix.RowOrder
    private let bias: UnsafePointer<Float>?
    private let y: UnsafeMutablePointer<Float>

    @unsafe init(
        _ matrix: Matrix, bias: UnsafePointer<Float>?, y: UnsafeMutablePointer<Float>
    ) {
        rows = matrix.rows
        columns = matrix.columns
        type = matrix.type.rawValue
        unsafe base = matrix.address(ofStoredRow: 0)
        rowBytes = matrix.rowBytes
        rowOrder = matrix.rowOrder
        unsafe self.bias = bias
        unsafe self.y = y
    }

    var chunks: Int { (rows + FewProducts.chunkRows - 1) / FewProducts.chunkRows }

    func run(chunk: Int, _ inputs: FewInputs) {
        let first = chunk * FewProducts.chunkRows
        let part = first..<min(first + FewProducts.chunkRows, rows)
        if let bytes = unsafe inputs.bytes {
            unsafe multiply(part, bytes, inputs)
        } else {
            unsafe multiply(part, inputs)
        }
        guard let bias = unsafe bias else { return }
        for input in 0..<inputs.count {
            unsafe inputs.kernels.table.pointee.add(
                y + input * rows + first, bias + first, part.count)
        }
    }

    /// y = silu(y) * other, for the rows of a chunk.
    func gate(chunk: Int, by other: FewProduct, _ inputs: FewInputs) {
        let first = chunk * FewProducts.chunkRows
        let count = min(FewProducts.chunkRows, rows - first)
        for input in 0..<inputs.count {
            let place = input * rows + first
            unsafe inputs.kernels.table.pointee.silu_multiply(y + place, other.y + place, count)
        }
    }

    /// Some rows times inputs of floats.
    @unsafe private func multiply(_ part: Range<Int>, _ inputs: FewInputs) {
        let table = unsafe inputs.kernels.table
        for input in 0..<inputs.count {
            let x = unsafe inputs.floats + input * columns
            let to = unsafe y + input * rows
            if rowOrder == .asStored {
                unsafe smv_matrix_vector(
                    table, type, base + part.lowerBound * rowBytes, rowBytes, part.count, columns,
                    x, to + part.lowerBound)
            } else {
                for row in part {
                    let place = rowOrder.place(ofRow: row)
                    unsafe to[row] = smv_dot(table, type, base + place * rowBytes, x, columns)
                }
            }
        }
    }

    /// Some rows times inputs of bytes.
    @unsafe private func multiply(_ part: Range<Int>, _ bytes: ByteRows, _ inputs: FewInputs) {
        let table = unsafe inputs.kernels.table
        if rowOrder == .asStored {
            unsafe smv_matrix_bytes(
                table, type, base + part.lowerBound * rowBytes, rowBytes, part.count, columns,
                bytes.forKernels, inputs.count, y + part.lowerBound, rows)
        } else {
            for row in part {
                let place = rowOrder.place(ofRow: row)
                unsafe smv_matrix_bytes(
                    table, type, base + place * rowBytes, rowBytes, 1, columns, bytes.forKernels,
                    inputs.count, y + row, rows)
            }
        }
    }
}
