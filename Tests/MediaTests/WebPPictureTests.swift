import Media
import Testing

@Suite struct `Small copies of pictures` {
    /// A picture whose red grows to the right and whose green grows downwards.
    private func slope(width: Int, height: Int) -> Image {
        var rgb: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                rgb += [UInt8(column * 255 / width), UInt8(row * 255 / height), 40]
            }
        }
        return Image(width: width, height: height, rgb: rgb)
    }

    private func decoded(_ bytes: [UInt8]) throws -> Image? {
        let input = try MediaInput(name: "copy", bytes: bytes.span)
        var image: Image?
        _ = try MediaDecoder.decode(input, options: MediaOptions()) { image = $0.image }
        return image
    }

    @Test(arguments: [
        (600, 300, 100, 100, 50), (30, 40, 100, 30, 40), (300, 1, 100, 100, 1),
        (200, 800, 100, 25, 100),
    ])
    func `have the shape and nearly the colours of the picture`(
        width: Int, height: Int, longest: Int, smallWidth: Int, smallHeight: Int
    ) throws {
        let bytes = try #require(
            WebPPicture.bytes(
                of: slope(width: width, height: height), longestSide: longest, quality: 60))
        let copy = try #require(try decoded(bytes))
        #expect(copy.width == smallWidth && copy.height == smallHeight)
        let middle = copy.withPixels { pixels in
            let place = (copy.height / 2 * copy.width + copy.width / 2) * 3
            return (0..<3).map { Int(pixels[place + $0]) }
        }
        let wanted = [127, height > 1 ? 127 : 0, 40]
        for (found, wanted) in zip(middle, wanted) { #expect(abs(found - wanted) < 20) }
    }
}
