internal import Weights

/// Tensors that a report takes together.
package enum LossGroup: String, CaseIterable, Sendable {
    case embedding = "token embedding"
    case query = "attention q"
    case key = "attention k"
    case value = "attention v"
    case output = "attention out"
    case gate = "mlp gate"
    case up = "mlp up"
    case down = "mlp down"
    case head = "output head"
    case textRest = "norms"
    case visionAttention = "vision attention"
    case visionMLP = "vision mlp"
    case visionRest = "vision embeddings, norms, biases"
    case projector

    init(_ name: TensorName) {
        self =
            switch name {
            case .tokenEmbedding: .embedding
            case .head: .head
            case .textNorm, .rotaryFactors: .textRest
            case .text(_, let piece):
                switch piece {
                case .query: .query
                case .key: .key
                case .value: .value
                case .output: .output
                case .gate: .gate
                case .up: .up
                case .down: .down
                case .firstNorm, .secondNorm: .textRest
                }
            case .patchEmbedding, .positionEmbedding, .visionNorm, .vision(_, _, .bias):
                .visionRest
            case .vision(_, let piece, .weight):
                switch piece {
                case .query, .key, .value, .output: .visionAttention
                case .up, .down: .visionMLP
                case .firstNorm, .secondNorm: .visionRest
                }
            case .connector: .projector
            }
    }
}
