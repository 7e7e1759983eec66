package import Tensors

/// The numbers of a model: read from its configuration, completed and checked against the shapes of
/// its tensors, and from then on the only place where any of them comes from.
package struct ModelConfig: Equatable, Sendable {
    /// Which family a checkpoint says it is of. The network follows from the other numbers.
    package enum Architecture: String, Equatable, Sendable {
        case idefics3, smolVLM, llama, smolLM3
    }

    package let architecture: Architecture
    package let text: TextConfig
    /// Nil for a model without eyes.
    package let vision: VisionConfig?
    /// The id whose embeddings are replaced by picture tokens, where the configuration says it.
    package let imageTokenID: Int?

    package init(
        architecture: Architecture, text: TextConfig, vision: VisionConfig?, imageTokenID: Int?
    ) {
        self.architecture = architecture
        self.text = text
        self.vision = vision
        self.imageTokenID = imageTokenID
    }
}

/// The numbers of the decoder.
package struct TextConfig: Equatable, Sendable {
    /// The width of the stream between layers.
    package var hiddenSize: Int
    /// The inner width of a layer's feed-forward part.
    package var innerSize: Int
    package var layerCount: Int
    package var heads: Int
    package var keyValueHeads: Int
    package var headSize: Int
    package var eps: Float
    package var theta: Double
    package var scaling: Rotation.Scaling
    /// Which layers turn their queries and keys by position; the others do not (NoPE).
    package var isRotated: [Bool]
    package var vocabularySize: Int
    /// The longest context of the training.
    package var maxPositions: Int
    /// Whether the token embedding is the output head as well.
    package var isTied: Bool

    package init(
        hiddenSize: Int, innerSize: Int, layerCount: Int, heads: Int, keyValueHeads: Int,
        headSize: Int, eps: Float, theta: Double, scaling: Rotation.Scaling, isRotated: [Bool],
        vocabularySize: Int, maxPositions: Int, isTied: Bool
    ) {
        self.hiddenSize = hiddenSize
        self.innerSize = innerSize
        self.layerCount = layerCount
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headSize = headSize
        self.eps = eps
        self.theta = theta
        self.scaling = scaling
        self.isRotated = isRotated
        self.vocabularySize = vocabularySize
        self.maxPositions = maxPositions
        self.isTied = isTied
    }

    /// The rotation of its queries and keys.
    package var rotation: Rotation {
        Rotation(headSize: headSize, theta: theta, scaling: scaling)
    }

    /// The heads of each layer.
    package var attend: Attend {
        Attend(heads: heads, keyValueHeads: keyValueHeads, headSize: headSize)
    }
}

/// The numbers of the vision encoder and the connector.
package struct VisionConfig: Equatable, Sendable {
    package var hiddenSize: Int
    /// The inner width of a layer's feed-forward part.
    package var innerSize: Int
    package var layerCount: Int
    package var heads: Int
    package var eps: Float
    /// The side of a tile in pixels.
    package var imageSize: Int
    /// The side of a patch in pixels.
    package var patchSize: Int
    /// How many patches a side are joined into one picture token.
    package var scaleFactor: Int

    package init(
        hiddenSize: Int, innerSize: Int, layerCount: Int, heads: Int, eps: Float, imageSize: Int,
        patchSize: Int, scaleFactor: Int
    ) {
        self.hiddenSize = hiddenSize
        self.innerSize = innerSize
        self.layerCount = layerCount
        self.heads = heads
        self.eps = eps
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.scaleFactor = scaleFactor
    }

    package var headSize: Int { hiddenSize / heads }
    /// Whole patches a side; pixels beyond the last are not seen.
    package var gridSize: Int { imageSize / patchSize }
    /// The positions of a tile.
    package var patchCount: Int { gridSize * gridSize }
    /// The numbers of one patch: channels, rows, columns.
    package var patchLength: Int { 3 * patchSize * patchSize }
    /// The width of the joined patches that go into the connector.
    package var connectorInputs: Int { hiddenSize * scaleFactor * scaleFactor }
    /// The picture tokens of a tile.
    package var tokensPerTile: Int { patchCount / (scaleFactor * scaleFactor) }

    /// The heads of each layer.
    package var attend: Attend {
        Attend(heads: heads, keyValueHeads: heads, headSize: headSize)
    }
}

extension ModelConfig {
    /// Every tensor that a model of these numbers has, with its shape.
    package var tensors: [(name: TensorName, shape: [Int])] {
        var list: [(name: TensorName, shape: [Int])] = []
        if let vision {
            list += vision.tensors
            list.append((.connector, [text.hiddenSize, vision.connectorInputs]))
        }
        list.append((.tokenEmbedding, [text.vocabularySize, text.hiddenSize]))
        for layer in 0..<text.layerCount {
            for piece in TensorName.TextPiece.allCases {
                list.append((.text(layer: layer, piece), text.shape(of: piece)))
            }
        }
        list.append((.textNorm, [text.hiddenSize]))
        if !text.isTied { list.append((.head, [text.vocabularySize, text.hiddenSize])) }
        return list
    }
}

extension TextConfig {
    func shape(of piece: TensorName.TextPiece) -> [Int] {
        switch piece {
        case .firstNorm, .secondNorm: [hiddenSize]
        case .query: [heads * headSize, hiddenSize]
        case .key, .value: [keyValueHeads * headSize, hiddenSize]
        case .output: [hiddenSize, heads * headSize]
        case .gate, .up: [innerSize, hiddenSize]
        case .down: [hiddenSize, innerSize]
        }
    }
}

extension VisionConfig {
    fileprivate var tensors: [(name: TensorName, shape: [Int])] {
        var list: [(name: TensorName, shape: [Int])] = [
            (.patchEmbedding(.weight), [hiddenSize, 3, patchSize, patchSize]),
            (.patchEmbedding(.bias), [hiddenSize]),
            (.positionEmbedding, [patchCount, hiddenSize]),
        ]
        for layer in 0..<layerCount {
            for piece in TensorName.VisionPiece.allCases {
                let shape = shape(of: piece)
                list.append((.vision(layer: layer, piece, .weight), shape))
                list.append((.vision(layer: layer, piece, .bias), [shape[0]]))
            }
        }
        list.append((.visionNorm(.weight), [hiddenSize]))
        list.append((.visionNorm(.bias), [hiddenSize]))
        return list
    }

    private func shape(of piece: TensorName.VisionPiece) -> [Int] {
        switch piece {
        case .firstNorm, .secondNorm: [hiddenSize]
        case .query, .key, .value, .output: [hiddenSize, hiddenSize]
        case .up: [innerSize, hiddenSize]
        case .down: [hiddenSize, innerSize]
        }
    }
}
