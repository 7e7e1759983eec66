internal import Media

/// What tells the pixels of one tile from those of another: 128 bits, made with numbers that differ
/// from run to run, so that no file can be made to share them with another tile.
struct TileKey: Hashable {
    private let first: Int
    private let second: Int

    init(_ pixels: Image) {
        var (one, other) = (Hasher(), Hasher())
        other.combine(1)
        one.combine(pixels.width)
        pixels.withPixels { bytes in
            var place = 0
            while place < bytes.count {
                var word: UInt64 = 0
                for index in place..<min(place + 8, bytes.count) {
                    word = word << 8 | UInt64(bytes[index])
                }
                one.combine(word)
                other.combine(word)
                place += 8
            }
        }
        first = one.finalize()
        second = other.finalize()
    }
}
