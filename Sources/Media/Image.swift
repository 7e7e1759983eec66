/// An upright 8-bit RGB picture: rows from the top, three bytes a pixel, no gaps between rows.
public struct Image: Sendable {
    public let width: Int
    public let height: Int
    private let buffer: PixelBuffer

    /// A picture over `width * height * 3` bytes of RGB.
    package init(width: Int, height: Int, buffer: PixelBuffer) {
        precondition(width > 0 && height > 0, "an image of \(width)x\(height) pixels")
        precondition(buffer.byteCount == width * height * 3, "an image of wrong length")
        self.width = width
        self.height = height
        self.buffer = buffer
    }

    /// A new picture whose pixels `fill` writes.
    package init<Failure: Error>(
        width: Int, height: Int, fill: (inout MutableSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(width > 0 && height > 0, "an image of \(width)x\(height) pixels")
        self.init(
            width: width, height: height,
            buffer: try PixelBuffer(byteCount: width * height * 3, fill: fill))
    }

    /// A picture from interleaved RGB bytes, row by row from the top.
    ///
    /// - Precondition: `rgb` holds exactly `width * height * 3` bytes.
    public init(width: Int, height: Int, rgb: [UInt8]) {
        precondition(
            width > 0 && height > 0 && rgb.count == width * height * 3,
            "\(rgb.count) bytes are not a \(width)x\(height) RGB picture")
        self.init(width: width, height: height) { pixels in
            for index in rgb.indices { pixels[index] = rgb[index] }
        }
    }

    /// Lends the RGB bytes.
    public func withPixels<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withBytes(body)
    }
}
