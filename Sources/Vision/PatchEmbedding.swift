// In: a tile `[3, side, side]` of numbers from -1 to 1. Out: one row a patch, row by row from the top
// left. A patch is channels, then its rows, then its columns, as the flattened weight has it; pixels
// beyond the last whole patch are not seen. The id of a patch's position is its number:
// https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/models/smolvlm/modeling_smolvlm.py
internal import Tensors
internal import Weights

/// The first step of the vision encoder: patches become rows, and learn where they are.
struct PatchEmbedding: Sendable {
    private let config: VisionConfig
    private let linear: Linear
    /// `[patches, hidden]`.
    private let positions: [Float]

    init(_ checkpoint: Checkpoint, _ config: VisionConfig) {
        self.config = config
        linear = Linear(
            weight: checkpoint.matrix(.patchEmbedding(.weight)),
            bias: checkpoint.vector(.patchEmbedding(.bias)))
        positions = checkpoint.matrix(.positionEmbedding).floats()
    }

    /// Fills the stream with the rows of a tile.
    func apply(_ pixels: Span<Float>, _ scratch: inout VisionScratch, bench: inout Workbench) {
        var patches = scratch.inner.mutableSpan
        gather(pixels, into: &patches)
        linear.apply(
            scratch.inner, count: config.patchCount, isSame: false, into: &scratch.hidden,
            bench: &bench)
        Activate.add(positions, to: &scratch.hidden, count: positions.count, bench: &bench)
    }

    private func gather(_ pixels: Span<Float>, into patches: inout MutableSpan<Float>) {
        let side = config.imageSize
        let size = config.patchSize
        precondition(
            pixels.count == 3 * side * side, "\(pixels.count) numbers for a tile of \(side)")
        var place = 0
        for row in 0..<config.gridSize {
            for column in 0..<config.gridSize {
                for channel in 0..<3 {
                    for y in row * size..<(row + 1) * size {
                        let start = (channel * side + y) * side + column * size
                        for x in 0..<size { patches[place + x] = pixels[start + x] }
                        place += size
                    }
                }
            }
        }
    }
}
