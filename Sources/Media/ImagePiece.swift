/// A rectangle of a picture.
package struct ImagePiece: Sendable {
    package let image: Image
    package let left: Int, top: Int, width: Int, height: Int

    /// - Precondition: the rectangle lies in the picture.
    package init(_ image: Image, left: Int, top: Int, width: Int, height: Int) {
        precondition(
            left >= 0 && top >= 0 && width > 0 && height > 0 && left <= image.width - width
                && top <= image.height - height,
            "a rectangle of \(width)x\(height) from \(left),\(top) on")
        self.image = image
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    /// Floats that it becomes.
    package var length: Int { 3 * width * height }
}

extension Image {
    /// A copy of one rectangle.
    package init(_ piece: ImagePiece) {
        self.init(width: piece.width, height: piece.height) { output in
            piece.image.withPixels { input in
                for row in 0..<piece.height {
                    let from = ((piece.top + row) * piece.image.width + piece.left) * 3
                    for byte in 0..<piece.width * 3 {
                        output[row * piece.width * 3 + byte] = input[from + byte]
                    }
                }
            }
        }
    }
}
