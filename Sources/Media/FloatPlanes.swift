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

    /// Writes one rectangle of a picture as planes `[3][height][width]` from `offset` on.
    ///
    /// - Precondition: the rectangle lies in the picture, and its planes in `floats`.
    package func write(
        _ image: Image, left: Int, top: Int, width: Int, height: Int,
        to floats: inout MutableSpan<Float>, at offset: Int
    ) {
        precondition(
            left >= 0 && top >= 0 && width > 0 && height > 0 && left <= image.width - width
                && top <= image.height - height && offset >= 0
                && 3 * width * height <= floats.count - offset,
            "a rectangle of \(width)x\(height) from \(left),\(top) on for \(floats.count) floats")
        let stride = image.width * 3
        image.withPixels { pixels in
            unsafe pixels.withUnsafeBufferPointer { pixels in
                unsafe tables.withUnsafeBufferPointer { tables in
                    unsafe floats.withUnsafeMutableBufferPointer { floats in
                        guard let from = pixels.baseAddress, let table = tables.baseAddress,
                            let to = floats.baseAddress
                        else { return }
                        unsafe smv_rgb_to_planes(
                            from + top * stride + left * 3, stride, height, width, table,
                            to + offset)
                    }
                }
            }
        }
    }
}

extension Image {
    /// A copy of one rectangle.
    ///
    /// - Precondition: the rectangle lies in the picture.
    package func cropped(left: Int, top: Int, width: Int, height: Int) -> Image {
        precondition(
            left >= 0 && top >= 0 && width > 0 && height > 0 && left <= self.width - width
                && top <= self.height - height,
            "a rectangle of \(width)x\(height) from \(left),\(top) on")
        return Image(width: width, height: height) { output in
            withPixels { input in
                for row in 0..<height {
                    let from = ((top + row) * self.width + left) * 3
                    for byte in 0..<width * 3 {
                        output[row * width * 3 + byte] = input[from + byte]
                    }
                }
            }
        }
    }
}
