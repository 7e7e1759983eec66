internal import CKernels

/// How bytes of RGB become the floats that a model takes: one table a channel.
package struct FloatPlanes: Equatable, Sendable {
    /// `[3][256]`: the float of every byte of red, green and blue.
    package let tables: [Float]

    /// - Precondition: `tables` holds 3 x 256 floats.
    package init(tables: [Float]) {
        precondition(tables.count == 3 * 256, "tables of \(tables.count) floats")
        self.tables = tables
    }

    /// Writes a rectangle as planes `[3][height][width]` from `offset` on.
    ///
    /// - Precondition: `floats` has room for them.
    package func write(_ piece: ImagePiece, to floats: inout MutableSpan<Float>, at offset: Int) {
        precondition(
            offset >= 0 && piece.length <= floats.count - offset,
            "\(piece.length) floats from \(offset) on do not fit \(floats.count)")
        unsafe floats.withUnsafeMutableBufferPointer { floats in
            guard let base = floats.baseAddress else { return }
            unsafe write(piece, to: base + offset)
        }
    }

    /// The planes of rectangles one after the other, in new memory that is written only once.
    package func floats(of pieces: [ImagePiece]) -> [Float] {
        let count = pieces.reduce(0) { $0 + $1.length }
        return unsafe [Float](unsafeUninitializedCapacity: count) { floats, initializedCount in
            guard var next = floats.baseAddress else { return }
            unsafe LargePages.advise(
                UnsafeMutableRawPointer(next), byteCount: count * MemoryLayout<Float>.stride)
            for piece in pieces {
                unsafe write(piece, to: next)
                unsafe next += piece.length
            }
            initializedCount = count
        }
    }

    private func write(_ piece: ImagePiece, to floats: UnsafeMutablePointer<Float>) {
        let stride = piece.image.width * 3
        piece.image.withPixels { pixels in
            unsafe pixels.withUnsafeBufferPointer { pixels in
                unsafe tables.withUnsafeBufferPointer { tables in
                    guard let from = pixels.baseAddress, let table = tables.baseAddress
                    else { return }
                    unsafe smv_rgb_to_planes(
                        from + piece.top * stride + piece.left * 3, stride, piece.height,
                        piece.width, table, floats)
                }
            }
        }
    }
}
