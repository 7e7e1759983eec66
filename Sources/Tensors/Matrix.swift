internal import CKernels

/// Rows of numbers of any type over bytes borrowed from a file: the weight of a linear layer, the
/// table of an embedding, or (one row) a bias or the weight of a norm.
///
/// Element (r, c) multiplies input c into output r, as in the reference. Nothing is copied or
/// aligned: rows are read where they lie, whatever the address.
package struct Matrix: Sendable {
    /// Where row r of the matrix lies among the stored rows.
    package enum RowOrder: Equatable, Sendable {
        /// Row r is stored as row r.
        case asStored
        /// The rows of a head of `headSize` are stored for a rotation of adjacent pairs: stored row
        /// 2i + j of a head is its row j * headSize / 2 + i. So GGUF files keep q and k.
        case pairs(headSize: Int)

        /// Where row `row` is stored.
        func place(ofRow row: Int) -> Int {
            guard case .pairs(let headSize) = self else { return row }
            let (head, place) = row.quotientAndRemainder(dividingBy: headSize)
            let (second, pair) = place.quotientAndRemainder(dividingBy: headSize / 2)
            return head * headSize + 2 * pair + second
        }

        /// Which row is stored at a place.
        func row(atPlace place: Int) -> Int {
            guard case .pairs(let headSize) = self else { return place }
            let (head, place) = place.quotientAndRemainder(dividingBy: headSize)
            let (pair, second) = place.quotientAndRemainder(dividingBy: 2)
            return head * headSize + second * (headSize / 2) + pair
        }
    }

    /// The longest rows that can be multiplied: what one thread's memory holds.
    package static let maxColumns = Workbench.panelFloats

    /// Outputs.
    package let rows: Int
    /// Inputs.
    package let columns: Int
    package let type: ElementType
    /// How rows are found: always through `storedRow`, so that whoever holds a matrix sees its rows
    /// in the reference's order.
    package let rowOrder: RowOrder
    /// The bytes from one stored row to the next.
    package let rowBytes: Int
    let storage: Storage
    let offset: Int

    /// A matrix over `rows` whole rows that begin at a byte offset; nil when they do not lie inside
    /// the storage, or a row is no whole number of blocks.
    package init?(
        rows: Int, columns: Int, type: ElementType, storage: Storage, offset: Int,
        rowOrder: RowOrder
    ) {
        guard rows >= 0, offset >= 0, let rowBytes = type.byteCount(of: columns) else { return nil }
        let (byteCount, overflow) = rows.multipliedReportingOverflow(by: rowBytes)
        guard !overflow, byteCount <= storage.byteCount, offset <= storage.byteCount - byteCount
        else { return nil }
        if case .pairs(let headSize) = rowOrder {
            guard headSize > 0, headSize % 2 == 0, rows % headSize == 0 else { return nil }
        }
        self.rows = rows
        self.columns = columns
        self.type = type
        self.rowOrder = rowOrder
        self.rowBytes = rowBytes
        self.storage = storage
        self.offset = offset
    }

    /// A matrix of floats of our own.
    ///
    /// - Precondition: there are `rows * columns` of them.
    package init(rows: Int, columns: Int, floats: [Float]) {
        precondition(floats.count == rows * columns, "\(floats.count) floats, \(rows)x\(columns)")
        self.rows = rows
        self.columns = columns
        type = .f32
        rowOrder = .asStored
        rowBytes = columns * 4
        storage = Storage(copying: floats)
        offset = 0
    }

    /// The bytes that all rows take together.
    package var byteCount: Int { rows * rowBytes }

    /// The same rows in another order.
    ///
    /// - Returns: nil when the rows are no whole number of heads.
    package func ordered(_ order: RowOrder) -> Matrix? {
        Matrix(
            rows: rows, columns: columns, type: type, storage: storage, offset: offset,
            rowOrder: order)
    }

    /// Some of the stored rows, as a matrix of their own: a part of a fused q, k and v.
    ///
    /// - Precondition: the rows lie inside and the order is `asStored`.
    package func storedRows(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        precondition(rowOrder == .asStored, "a part of rows that are in another order")
        let part = Matrix(
            rows: range.count, columns: columns, type: type, storage: storage,
            offset: offset + range.lowerBound * rowBytes, rowOrder: .asStored)
        guard let part else { preconditionFailure("rows \(range) do not lie in their storage") }
        return part
    }

    /// Where row `row` is stored.
    package func storedRow(_ row: Int) -> Int { rowOrder.place(ofRow: row) }

    /// Writes row `row` as floats, from place `offset` on.
    ///
    /// - Precondition: the row exists and there is room for `columns` floats.
    package func read(row: Int, into out: inout MutableSpan<Float>, at offset: Int) {
        precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
        precondition(
            offset >= 0 && out.count - offset >= columns, "no room for a row of \(columns)")
        unsafe out.withUnsafeMutableBufferPointer { out in
            guard let start = out.baseAddress else { return }
            unsafe read(row: row, to: start + offset, kernels: Kernels.chosen)
        }
    }

    /// All rows as floats, one after the other.
    package func floats() -> [Float] {
        unsafe [Float](unsafeUninitializedCapacity: rows * columns) { out, count in
            for row in 0..<rows {
                if let start = out.baseAddress {
                    unsafe read(row: row, to: start + row * columns, kernels: Kernels.chosen)
                }
            }
            count = rows * columns
        }
    }

    @unsafe func read(row: Int, to out: UnsafeMutablePointer<Float>, kernels: Kernels) {
        unsafe smv_expand(
            kernels.table, type.rawValue, address(ofStoredRow: storedRow(row)), out, columns)
    }

    @unsafe func address(ofStoredRow row: Int) -> UnsafeRawPointer {
        unsafe storage.address(offset + row * rowBytes..<offset + (row + 1) * rowBytes)
    }

    /// Whether `plainFloats` has something to give.
    var plainFloatsAreThere: Bool { unsafe plainFloats != nil }

    /// The stored numbers themselves, where they are floats at an address fit for floats.
    @unsafe var plainFloats: UnsafePointer<Float>? {
        guard type == .f32, rowOrder == .asStored else { return nil }
        let start = unsafe storage.address(offset..<offset + byteCount)
        guard Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 else { return nil }
        return unsafe start.assumingMemoryBound(to: Float.self)
    }
}
