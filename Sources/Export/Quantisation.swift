// Which tensor gets which type. The mixtures of the names and what is done with rows that a type does
// not fit are those of llama-quantize, so that a name means the same everywhere:
// https://github.com/ggml-org/llama.cpp/blob/b4524/src/llama-quant.cpp
package import Tensors
package import Weights

/// How the weights of a model, or of half of one, are stored: one type, or a mixture by its name.
package enum Quantisation: String, CaseIterable, Sendable {
    case q8_0, q4_0, q4_1, q5_0, q5_1
    case q4KMedium = "q4_k_m"
    case q4KSmall = "q4_k_s"
    case q5KMedium = "q5_k_m"
    case q5KSmall = "q5_k_s"
    case q6K = "q6_k"
    case f16, bf16, f32

    /// The type of most matrices.
    var main: ElementType {
        switch self {
        case .q8_0: .q8_0
        case .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q4KMedium, .q4KSmall: .q4K
        case .q5KMedium, .q5KSmall: .q5K
        case .q6K: .q6K
        case .f16: .f16
        case .bf16: .bf16
        case .f32: .f32
        }
    }

    /// `general.file_type`: a label.
    var fileType: Int {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q8_0: 7
        case .q5_0: 8
        case .q5_1: 9
        case .q4KSmall: 14
        case .q4KMedium: 15
        case .q5KSmall: 16
        case .q5KMedium: 17
        case .q6K: 18
        case .bf16: 32
        }
    }

    private var isPlain: Bool { main.blockSize == 1 }

    /// The type that a tensor is stored as.
    ///
    /// - Parameters:
    ///   - columns: the length of its rows.
    ///   - layerCount: of the half of the model that it belongs to.
    package func type(
        of name: TensorName, columns: Int, layerCount: Int, isTied: Bool
    ) -> ElementType {
        let wanted: ElementType
        switch name {
        case .patchEmbedding, .positionEmbedding, .visionNorm, .textNorm, .rotaryFactors,
            .vision(_, .firstNorm, _), .vision(_, .secondNorm, _), .vision(_, _, .bias),
            .text(_, .firstNorm), .text(_, .secondNorm):
            // Small, or used number by number: kept whole, as readers expect.
            return .f32
        case .head:
            wanted = headType(columns: columns)
        case .tokenEmbedding:
            wanted = isTied ? headType(columns: columns) : main
        case .text(let layer, .value), .vision(let layer, .value, .weight):
            wanted = valueType(layer: layer, of: layerCount)
        case .text(let layer, .down), .vision(let layer, .down, .weight):
            wanted = downType(layer: layer, of: layerCount)
        case .text, .vision, .connector:
            wanted = main
        }
        return Self.fitting(wanted, columns: columns)
    }

    /// What decides the next token is kept finer.
    private func headType(columns: Int) -> ElementType {
        if isPlain { return main }
        if columns % main.blockSize != 0 { return .q8_0 }
        return self == .q8_0 ? .q8_0 : .q6K
    }

    private func valueType(layer: Int, of layerCount: Int) -> ElementType {
        switch self {
        case .q4KMedium, .q5KMedium: Self.isDelicate(layer, of: layerCount) ? .q6K : main
        case .q4KSmall: layer < 4 ? .q5K : main
        default: main
        }
    }

    private func downType(layer: Int, of layerCount: Int) -> ElementType {
        switch self {
        case .q4KMedium, .q5KMedium: Self.isDelicate(layer, of: layerCount) ? .q6K : main
        case .q4KSmall: layer < layerCount / 8 ? .q5K : main
        default: main
        }
    }

    /// The first and last eighth of the layers, and every third between them.
    private static func isDelicate(_ layer: Int, of layerCount: Int) -> Bool {
        layer < layerCount / 8 || layer >= 7 * layerCount / 8
            || (layer - layerCount / 8) % 3 == 2
    }

    /// The type itself, or what rows of this length are stored as in its stead.
    private static func fitting(_ type: ElementType, columns: Int) -> ElementType {
        if columns % type.blockSize == 0 { return type }
        let smaller: ElementType =
            switch type {
            case .q4K: .q5_0
            case .q5K: .q5_1
            case .q6K: .q8_0
            default: type
            }
        return columns % smaller.blockSize == 0 ? smaller : .f16
    }
}
