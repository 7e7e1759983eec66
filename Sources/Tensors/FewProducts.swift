// Products of few inputs: each row is read once, where it lies, and multiplied with every input.
// Layers of the same inputs are one piece of work, one behind the other, as a hand-over between threads
// costs as much as some kilobytes of weights, and so does leaving one stretch of them for another. A
// row's result is the same whoever else is in the pass.
internal import CKernels

/// Up to three layers of the same few inputs.
@safe struct FewProducts: ChunkedWork {
    /// Rows of a chunk.
    static let chunkRows = 16

    let inputs: FewInputs
    let first: FewProduct
    let second: FewProduct?
    let third: FewProduct?

    var chunks: Int { first.chunks + (second?.chunks ?? 0) + (third?.chunks ?? 0) }

    func run(chunk: Int, worker: Int) {
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
        unsafe multiply(part, inputs)
        guard let bias = unsafe bias else { return }
        for place in part {
            let row = rowOrder.row(atPlace: place)
            for input in 0..<inputs.count { unsafe y[input * rows + row] += bias[row] }
        }
    }

    /// Some stored rows times the inputs.
    @unsafe private func multiply(_ part: Range<Int>, _ inputs: FewInputs) {
        if rowOrder == .asStored {
            return unsafe multiply(part, inputs, to: y + part.lowerBound, stride: rows)
        }
        // Rows are read in the order in which they lie, and what comes out finds its place.
        let count = part.count
        unsafe withUnsafeTemporaryAllocation(
            of: Float.self, capacity: inputs.count * count
        ) { room in
            guard let out = room.baseAddress else { return }
            unsafe multiply(part, inputs, to: out, stride: count)
            for place in part {
                var from = unsafe out + (place - part.lowerBound)
                var to = unsafe y + rowOrder.row(atPlace: place)
                for _ in 0..<inputs.count {
                    unsafe to.pointee = from.pointee
                    unsafe from += count
                    unsafe to += rows
                }
            }
        }
    }

    @unsafe private func multiply(
        _ part: Range<Int>, _ inputs: FewInputs, to out: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let table = unsafe inputs.kernels.table
        let start = unsafe base + part.lowerBound * rowBytes
        if let bytes = unsafe inputs.bytes {
            unsafe smv_matrix_bytes(
                table, type, start, rowBytes, part.count, columns, bytes.forKernels, inputs.count,
                out, stride)
            return
        }
        unsafe smv_matrix_floats(
            table, type, start, rowBytes, part.count, columns, inputs.floats, inputs.count, out,
            stride)
    }
}
