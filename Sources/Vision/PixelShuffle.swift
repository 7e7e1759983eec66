// In: one row a patch, `[G G, D]`. Out: one row for each square of s x s patches, `[G/s G/s, s s D]`:
// the square's patches row by row, each with all its channels. The reference's two permutations come
// down to this.
internal import Weights

/// Joins squares of patches into the rows that become picture tokens.
struct PixelShuffle: Sendable {
    private let gridSize: Int
    private let scaleFactor: Int
    private let width: Int

    init(_ config: VisionConfig) {
        gridSize = config.gridSize
        scaleFactor = config.scaleFactor
        width = config.hiddenSize
    }

    /// Joins the patches of the stream.
    func apply(_ hidden: [Float], into joined: inout [Float]) {
        let side = gridSize / scaleFactor
        var place = 0
        for row in 0..<side {
            for column in 0..<side {
                for y in row * scaleFactor..<(row + 1) * scaleFactor {
                    // Patches beside each other are already one after the other.
                    let start = (y * gridSize + column * scaleFactor) * width
                    for index in 0..<scaleFactor * width {
                        joined[place + index] = hidden[start + index]
                    }
                    place += scaleFactor * width
                }
            }
        }
    }
}
