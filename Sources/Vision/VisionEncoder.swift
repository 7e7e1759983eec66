package import Tensors
package import Weights

/// The vision encoder and the connector of one model: a tile becomes picture tokens.
package struct VisionEncoder: Sendable {
    package let config: VisionConfig
    /// The numbers of one picture token: the width of the decoder's stream.
    package let tokenWidth: Int
    private let patches: PatchEmbedding
    private let layers: [VisionLayer]
    private let norm: Normalise
    private let shuffle: PixelShuffle
    private let connector: Linear

    /// The encoder of a model that can see.
    ///
    /// - Throws: `WeightsError.noVision` for one that cannot.
    package init(_ checkpoint: Checkpoint) throws(WeightsError) {
        let config = try checkpoint.requireVision()
        self.config = config
        tokenWidth = checkpoint.config.text.hiddenSize
        patches = PatchEmbedding(checkpoint, config)
        layers = (0..<config.layerCount).map { VisionLayer(checkpoint, config, number: $0) }
        norm = Normalise(
            weight: checkpoint.vector(.visionNorm(.weight)),
            bias: checkpoint.vector(.visionNorm(.bias)), eps: config.eps)
        shuffle = PixelShuffle(config)
        connector = Linear(weight: checkpoint.matrix(.connector), bias: nil)
    }

    /// The steps from a tile to its tokens, in order; between them the stream can be looked at.
    package enum Step: Equatable, Sendable {
        case patches
        case layer(Int)
        case norm
        case shuffle
    }

    /// The steps before the connector.
    package var steps: [Step] {
        [.patches] + layers.indices.map { .layer($0) } + [.norm, .shuffle]
    }

    /// Does one step; `encode` does them all.
    ///
    /// - Parameter pixels: the tile `[3, side, side]`, from -1 to 1; read by the first step.
    package func apply(
        _ step: Step, pixels: Span<Float>, _ scratch: inout VisionScratch, bench: inout Workbench
    ) {
        switch step {
        case .patches: patches.apply(pixels, &scratch, bench: &bench)
        case .layer(let number): layers[number].apply(&scratch, bench: &bench)
        case .norm:
            norm.apply(
                scratch.hidden, count: config.patchCount, into: &scratch.normed, bench: &bench)
            swap(&scratch.normed, &scratch.hidden)
        case .shuffle: shuffle.apply(scratch.hidden, into: &scratch.joined)
        }
    }

    /// Makes the joined patches into tokens `[tokensPerTile, tokenWidth]`.
    package func project(
        _ scratch: VisionScratch, into tokens: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        connector.apply(
            scratch.joined.span, count: config.tokensPerTile, isSame: false, into: &tokens, at: 0,
            bench: &bench)
    }

    /// A tile's tokens.
    ///
    /// - Parameter isWanted: asked between layers; a tile that is no longer wanted is left undone.
    /// - Returns: whether it was done.
    package func encode(
        _ pixels: Span<Float>, into tokens: inout MutableSpan<Float>,
        _ scratch: inout VisionScratch, bench: inout Workbench, isWanted: () -> Bool
    ) -> Bool {
        for step in steps {
            guard isWanted() else { return false }
            apply(step, pixels: pixels, &scratch, bench: &bench)
        }
        project(scratch, into: &tokens, bench: &bench)
        return true
    }
}
