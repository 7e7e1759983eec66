internal import Tensors
package import Weights

/// What there is to say of a model that was measured.
package struct MeasuredModel: Equatable, Sendable {
    /// The bytes of its weights in its files.
    package let weightByteCount: Int
    /// How its weights are stored, the types of the most tensors first.
    package let types: [TypeCount]
    /// The side of its tiles in pixels; nil for a model without eyes.
    package let tileSide: Int?

    /// So many tensors of one type.
    package struct TypeCount: Equatable, Sendable {
        package let name: String
        package let count: Int
    }

    package init(_ checkpoint: Checkpoint) {
        weightByteCount = checkpoint.byteCount
        types = checkpoint.typeCounts.map { TypeCount(name: $0.key.name, count: $0.value) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        tileSide = checkpoint.config.vision?.imageSize
    }
}
