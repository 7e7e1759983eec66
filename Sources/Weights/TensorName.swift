/// A tensor by what it is, whatever its file calls it.
package enum TensorName: Hashable, Sendable {
    /// Weight or bias of a layer that has both.
    package enum Part: String, CaseIterable, Sendable { case weight, bias }

    /// What a layer of the vision encoder has; raw values are the reference's names.
    package enum VisionPiece: String, CaseIterable, Sendable {
        case firstNorm = "layer_norm1"
        case secondNorm = "layer_norm2"
        case query = "self_attn.q_proj"
        case key = "self_attn.k_proj"
        case value = "self_attn.v_proj"
        case output = "self_attn.out_proj"
        /// Hidden to inner width.
        case up = "mlp.fc1"
        /// Inner width to hidden.
        case down = "mlp.fc2"
    }

    /// What a layer of the decoder has; raw values are the reference's names.
    package enum TextPiece: String, CaseIterable, Sendable {
        case firstNorm = "input_layernorm"
        case secondNorm = "post_attention_layernorm"
        case query = "self_attn.q_proj"
        case key = "self_attn.k_proj"
        case value = "self_attn.v_proj"
        case output = "self_attn.o_proj"
        case gate = "mlp.gate_proj"
        case up = "mlp.up_proj"
        case down = "mlp.down_proj"
    }

    /// `[D, 3, p, p]` and `[D]`.
    case patchEmbedding(Part)
    /// `[positions, D]`.
    case positionEmbedding
    case vision(layer: Int, VisionPiece, Part)
    case visionNorm(Part)
    /// `[H, D s s]`.
    case connector
    /// `[V, H]`.
    case tokenEmbedding
    case text(layer: Int, TextPiece)
    case textNorm
    /// `[V, H]`, where it is not the token embedding itself.
    case head
    /// What each rotary frequency is divided by; in GGUF files of Llama 3 only.
    case rotaryFactors
}

extension TensorName {
    /// What the reference calls it in a checkpoint with or without a vision encoder.
    package func huggingFaceName(hasVision: Bool) -> String {
        let text = hasVision ? "model.text_model." : "model."
        return switch self {
        case .patchEmbedding(let part):
            "model.vision_model.embeddings.patch_embedding.\(part.rawValue)"
        case .positionEmbedding: "model.vision_model.embeddings.position_embedding.weight"
        case .vision(let layer, let piece, let part):
            "model.vision_model.encoder.layers.\(layer).\(piece.rawValue).\(part.rawValue)"
        case .visionNorm(let part): "model.vision_model.post_layernorm.\(part.rawValue)"
        case .connector: "model.connector.modality_projection.proj.weight"
        case .tokenEmbedding: text + "embed_tokens.weight"
        case .text(let layer, let piece): text + "layers.\(layer).\(piece.rawValue).weight"
        case .textNorm: text + "norm.weight"
        case .head: "lm_head.weight"
        case .rotaryFactors: "rope_freqs.weight"
        }
    }

    /// What a name of the reference stands for, with the spellings of older files and of adapters:
    /// without the leading `model.`, with `text_model.model.`, the head inside the text model.
    package init?(huggingFace name: String) {
        var rest = name[...]
        rest.drop(prefix: "model.")
        if rest.drop(prefix: "vision_model.") {
            guard let found = Self.vision(rest) else { return nil }
            self = found
        } else if rest == "connector.modality_projection.proj.weight" {
            self = .connector
        } else {
            rest.drop(prefix: "text_model.")
            rest.drop(prefix: "model.")
            guard let found = Self.text(rest) else { return nil }
            self = found
        }
    }

    private static func vision(_ name: Substring) -> TensorName? {
        guard let (stem, part) = splitPart(name) else { return nil }
        switch stem {
        case "embeddings.patch_embedding": return .patchEmbedding(part)
        case "embeddings.position_embedding": return part == .weight ? .positionEmbedding : nil
        case "post_layernorm": return .visionNorm(part)
        default:
            var rest = stem
            guard rest.drop(prefix: "encoder.layers."), let layer = rest.dropNumber(),
                let piece = VisionPiece(rawValue: String(rest))
            else { return nil }
            return .vision(layer: layer, piece, part)
        }
    }

    private static func text(_ name: Substring) -> TensorName? {
        guard let (stem, part) = splitPart(name), part == .weight else { return nil }
        switch stem {
        case "embed_tokens": return .tokenEmbedding
        case "norm": return .textNorm
        case "lm_head": return .head
        default:
            var rest = stem
            guard rest.drop(prefix: "layers."), let layer = rest.dropNumber(),
                let piece = TextPiece(rawValue: String(rest))
            else { return nil }
            return .text(layer: layer, piece)
        }
    }

    /// `a.b.weight` as `a.b` and weight.
    static func splitPart(_ name: Substring) -> (stem: Substring, Part)? {
        guard let point = name.lastIndex(of: "."),
            let part = Part(rawValue: String(name[name.index(after: point)...]))
        else { return nil }
        return (name[..<point], part)
    }
}

extension Substring {
    /// Drops a prefix where there is one.
    @discardableResult
    mutating func drop(prefix: String) -> Bool {
        guard hasPrefix(prefix) else { return false }
        removeFirst(prefix.count)
        return true
    }

    /// Drops a layer's number and the point behind it: digits, as few as can be.
    mutating func dropNumber() -> Int? {
        guard let point = firstIndex(of: ".") else { return nil }
        let digits = self[..<point]
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let number = Int(digits), String(number) == digits
        else { return nil }
        self = self[index(after: point)...]
        return number
    }
}
