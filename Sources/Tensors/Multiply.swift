// The only file that calls BLAS. y[n, out] = x[n, in] W^T for rows of any type, in one of two ways:
// few x: each row is read and multiplied at once, without being written out as floats;
// many x: rows are written out by panels into the thread's memory, and BLAS multiplies (F32 that lies
// at a fit address is multiplied in place). The split is by rows, and its places depend on the sizes
// only: results are the same whatever the number of threads.
internal import CBLAS
internal import CKernels

extension Matrix {
    /// y[n, rows] = x[n, columns] W^T.
    ///
    /// - Precondition: `x` holds at least `n * columns` floats and `y` has room for `n * rows`; what
    ///   they hold beyond that is left alone.
    package func multiply(
        _ x: Span<Float>, count n: Int, into y: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        multiply(x, count: n, isSame: false, bias: nil, into: &y, at: 0, bench: &bench)
    }

    /// y[n, rows] = x[n, columns] W^T + bias, from place `offset` of y on.
    ///
    /// - Parameter isSame: whether `x` is what the product before had, so that what was made of it
    ///   can be used again.
    func multiply(
        _ x: Span<Float>, count n: Int, isSame: Bool, bias: Span<Float>?,
        into y: inout MutableSpan<Float>, at offset: Int, bench: inout Workbench
    ) {
        precondition(n >= 0 && x.count >= n * columns, "\(x.count) floats, \(n) x \(columns)")
        precondition(
            offset >= 0 && y.count - offset >= n * rows, "\(y.count) floats for \(n) x \(rows)")
        precondition(bias == nil || bias?.count == rows, "a bias for other than \(rows) rows")
        guard n > 0, rows > 0 else { return }
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { y in
                guard let x = x.baseAddress, let start = y.baseAddress else { return }
                let y = unsafe start + offset
                if let bias {
                    unsafe bias.withUnsafeBufferPointer {
                        unsafe multiply(x, n, isSame, bias: $0.baseAddress, y, &bench)
                    }
                } else {
                    unsafe multiply(x, n, isSame, bias: nil, y, &bench)
                }
            }
        }
    }

    /// With fewer inputs than this a row is read once for each of them rather than written out.
    static let fewInputs = 4
    /// Bytes of rows that make a chunk worth handing out, when there are few inputs.
    static let chunkBytes = 65_536
    /// Rows of a panel at most: enough for BLAS to run at speed.
    static let panelRows = 256
    /// Rows of a panel of this matrix: no more than a thread's memory holds.
    var rowsPerPanel: Int {
        let fitting = Workbench.panelFloats / max(columns, 1) / 16 * 16
        return min(Self.panelRows, max(fitting, 1))
    }

    /// How many inputs may be multiplied at once with every product, to the bit, as it is alone.
    ///
    /// More of them are summed in another order.
    func independentInputs(_ arithmetic: Arithmetic) -> Int {
        let few = Self.fewInputs - 1
        guard arithmetic == .fast else { return few }
        // A type without a product of bytes has floats below `fewInputs`, BLAS from there on.
        let hasBytes = unsafe smv_has_dot_bytes(Kernels.chosen.table, type.rawValue)
        return hasBytes ? Self.manyByteInputs - 1 : min(few, Self.manyByteInputs - 1)
    }

    @unsafe func multiply(
        _ x: UnsafePointer<Float>, _ n: Int, _ isSame: Bool, bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ bench: inout Workbench
    ) {
        if !isSame { bench.inputs.forget() }
        if bench.arithmetic == .fast, unsafe multiplyBytes(x, n, bias: bias, y, &bench) { return }
        if n < Self.fewInputs {
            let perChunk = max(8, Self.chunkBytes / max(rowBytes, 1))
            let work = unsafe FewInputs(
                matrix: self, x: x, n: n, bias: bias, y: y, rowsPerChunk: perChunk,
                kernels: Kernels.chosen)
            bench.workers.run(work, chunks: (rows + perChunk - 1) / perChunk)
        } else {
            let perPanel = rowsPerPanel
            precondition(columns <= Workbench.panelFloats, "a row of \(columns) floats")
            let work = unsafe ManyInputs(
                matrix: self, plain: plainFloats, x: x, n: n, bias: bias, y: y,
                rowsPerPanel: perPanel, panels: bench.panels(), kernels: Kernels.chosen)
            bench.workers.run(work, chunks: (rows + perPanel - 1) / perPanel)
        }
    }
}

/// Some rows times each of a few inputs.
@safe private struct FewInputs: ChunkedWork {
    let matrix: Matrix
    let x: UnsafePointer<Float>
    let n: Int
    let bias: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let rowsPerChunk: Int
    let kernels: Kernels

    func run(chunk: Int, worker: Int) {
        let first = chunk * rowsPerChunk
        let count = min(rowsPerChunk, matrix.rows - first)
        for input in 0..<n {
            let from = unsafe x + input * matrix.columns
            let to = unsafe y + input * matrix.rows
            if matrix.rowOrder == .asStored {
                unsafe smv_matrix_vector(
                    kernels.table, matrix.type.rawValue, matrix.address(ofStoredRow: first),
                    matrix.rowBytes, count, matrix.columns, from, to + first)
            } else {
                for row in first..<first + count {
                    unsafe to[row] = smv_dot(
                        kernels.table, matrix.type.rawValue,
                        matrix.address(ofStoredRow: matrix.storedRow(row)), from, matrix.columns)
                }
            }
            if let bias = unsafe bias {
                unsafe kernels.table.pointee.add(to + first, bias + first, count)
            }
        }
    }
}

/// A panel of rows times all inputs.
@safe private struct ManyInputs: ChunkedWork {
    let matrix: Matrix
    let plain: UnsafePointer<Float>?
    let x: UnsafePointer<Float>
    let n: Int
    let bias: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let rowsPerPanel: Int
    let panels: UnsafeMutablePointer<Float>
    let kernels: Kernels

    func run(chunk: Int, worker: Int) {
        let first = chunk * rowsPerPanel
        let count = min(rowsPerPanel, matrix.rows - first)
        let columns = matrix.columns
        let rows: UnsafePointer<Float>
        if let plain = unsafe plain {
            unsafe rows = plain + first * columns
        } else {
            let panel = unsafe panels + worker * Workbench.panelFloats
            for row in 0..<count {
                unsafe matrix.read(row: first + row, to: panel + row * columns, kernels: kernels)
            }
            unsafe rows = UnsafePointer(panel)
        }
        unsafe smv_sgemm(
            1, Int32(n), Int32(count), Int32(columns), x, Int32(columns), rows, Int32(columns),
            y + first, Int32(matrix.rows))
        if let bias = unsafe bias {
            for input in 0..<n {
                unsafe kernels.table.pointee.add(
                    y + input * matrix.rows + first, bias + first, count)
            }
        }
    }
}

/// Products of parts of matrices of floats, for attention.
enum Product {
    /// c[m, n] = a[m, k] b[n, k]^T; each matrix's rows lie `strideA`, `strideB`, `strideC` apart.
    @unsafe static func timesTransposed(
        _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
        _ c: UnsafeMutablePointer<Float>, _ strideC: Int, m: Int, n: Int, k: Int
    ) {
        unsafe smv_sgemm(
            1, Int32(m), Int32(n), Int32(k), a, Int32(strideA), b, Int32(strideB), c,
            Int32(strideC))
    }

    /// c[m, n] = a[m, k] b[k, n].
    @unsafe static func times(
        _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
        _ c: UnsafeMutablePointer<Float>, _ strideC: Int, m: Int, n: Int, k: Int
    ) {
        unsafe smv_sgemm(
            0, Int32(m), Int32(n), Int32(k), a, Int32(strideA), b, Int32(strideB), c,
            Int32(strideC))
    }
}
