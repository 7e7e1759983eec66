// The only file that calls BLAS. y[n, out] = x[n, in] W^T for rows of any type, in one of three ways:
// few x: each row is read and multiplied at once, without being written out (FewProducts.swift);
// many x in fast arithmetic: rows are brought into bytes by panels (Multiply+Bytes.swift);
// many x else: rows are written out by panels into the thread's memory, and BLAS multiplies (F32 that
// lies at a fit address is multiplied in place). The split is by rows, and its places depend on the
// sizes only: results are the same whatever the number of threads.
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
    /// Rows of a panel at most: enough for BLAS to run at speed.
    static let panelRows = 256
    /// Rows of a panel of this matrix: no more than a thread's memory holds.
    var rowsPerPanel: Int {
        let fitting = Workbench.panelFloats / max(columns, 1) / 16 * 16
        return min(Self.panelRows, max(fitting, 1))
    }

    /// The ways of a product.
    enum Way: Equatable { case fewFloats, fewBytes, manyFloats, manyBytes }

    /// The way that a product of `n` inputs goes.
    ///
    /// In a pass whose rows are to be as if alone it is that of few, which gives a row the same
    /// result to the bit whatever `n` is.
    func way(_ n: Int, _ bench: borrowing Workbench) -> Way {
        let isFew = n < Self.fewInputs || bench.isAsAlone
        guard bench.arithmetic == .fast else { return isFew ? .fewFloats : .manyFloats }
        if n >= Self.manyByteInputs, !bench.isAsAlone, canMultiplyPanelsOfBytes {
            return .manyBytes
        }
        let hasDots = unsafe smv_has_dot_bytes(Kernels.chosen.table, type.rawValue)
        if hasDots, isFew || n < Self.manyByteInputs { return .fewBytes }
        return isFew ? .fewFloats : .manyFloats
    }

    @unsafe func multiply(
        _ x: UnsafePointer<Float>, _ n: Int, _ isSame: Bool, bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ bench: inout Workbench
    ) {
        if !isSame { bench.inputs.forget() }
        var way = way(n, bench)
        var bytes: ByteRows?
        if way == .fewBytes || way == .manyBytes {
            unsafe bytes = bench.bytes(of: x, count: n, columns: columns)
            // No memory for them: floats need none.
            if unsafe bytes == nil { way = way == .fewBytes ? .fewFloats : .manyFloats }
        }
        switch way {
        case .fewFloats, .fewBytes:
            let inputs = unsafe FewInputs(count: n, floats: x, bytes: bytes, kernels: .chosen)
            let product = unsafe FewProduct(self, bias: bias, y: y)
            let work = FewProducts(
                inputs: inputs, first: product, second: nil, third: nil)
            bench.workers.run(work, chunks: work.chunks)
        case .manyBytes:
            guard let bytes = unsafe bytes else { return }
            unsafe multiplyPanels(bytes, n, bias: bias, y, &bench)
        case .manyFloats:
            let perPanel = rowsPerPanel
            precondition(columns <= Workbench.panelFloats, "a row of \(columns) floats")
            let work = unsafe ManyInputs(
                matrix: self, plain: plainFloats, x: x, n: n, bias: bias, y: y,
                rowsPerPanel: perPanel, panels: bench.panels(), kernels: Kernels.chosen)
            bench.workers.run(work, chunks: (rows + perPanel - 1) / perPanel)
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

/// The library for products of matrices.
package enum ProductLibrary {
    /// Which it is, and which of its ways for this processor it goes; asking opens it.
    package static var name: String { unsafe String(cString: smv_blas_name()) }
}
