internal import Language
internal import Tensors
internal import Vision
internal import Weights

/// The memory that a model needs, worked out from its sizes.
public struct ModelMemory: Equatable, Sendable {
    /// Bytes of its weights: mapped, so that the system may take back what is not in use. 0
    /// where none were found.
    public let weightByteCount: Int
    /// Bytes that the keys and values of one token take in all layers, worked out exactly.
    public let keyValueBytesPerToken: Int
    /// The same in fast arithmetic, which keeps halves.
    public let fastKeyValueBytesPerToken: Int
    /// The context of a conversation when none is asked for, in tokens.
    public let contextTokens: Int
    /// Bytes that encoding a tile works in; 0 for a model without eyes.
    public let visionWorkByteCount: Int

    /// The longest context that a `Conversation` has when none is asked for.
    static let usualContextTokens = 32_768

    /// Bytes of the keys and values of so many tokens, worked out exactly.
    public func keyValueByteCount(tokens: Int) -> Int { keyValueBytesPerToken * tokens }
}

extension ModelMemory {
    /// All sums stand here.
    init(_ config: ModelConfig, weightByteCount: Int) {
        self.weightByteCount = weightByteCount
        keyValueBytesPerToken = KeyValueCache.bytesPerPosition(config.text, .exact)
        fastKeyValueBytesPerToken = KeyValueCache.bytesPerPosition(config.text, .fast)
        contextTokens = min(config.text.maxPositions, Self.usualContextTokens)
        visionWorkByteCount =
            config.vision.map { vision in
                let pixels = 3 * vision.imageSize * vision.imageSize * MemoryLayout<Float>.size
                return VisionScratch.byteCount(vision) + pixels
            } ?? 0
    }
}
