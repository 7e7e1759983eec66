import Foundation
import Testing
import Weights

/// A model wide enough that its products are shared out among threads and that rounding in blocks of
/// 32 means something: a folder with random weights in BF16, of the size that trained ones have, which
/// goes away with its owner.
final class WideModel {
    let folder: URL

    /// What makes it harder to round.
    enum Kind: String, CaseIterable, Sendable {
        case plain
        /// Four channels of the vision encoder's stream are 50 times as large as the others, as those
        /// of trained SigLIP towers are.
        case withOutliers
    }

    /// The channels that stand out, each in a block of its own, and by how much.
    static let outliers = [7, 100, 207, 333]
    static let outlierSize: Float = 50

    init(_ kind: Kind) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-wide-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(Self.config.utf8).write(to: folder.appending(path: "config.json"))
        for name in ["tokenizer.json", "preprocessor_config.json", "chat_template.jinja"] {
            try FileManager.default.copyItem(
                at: RecordedCase.root.appending(path: "models/tiny/patch16/\(name)"),
                to: folder.appending(path: name))
        }
        let config = try ModelConfig(configFile: folder.appending(path: "config.json").path)
        try Self.weights(config, kind).write(to: folder.appending(path: "model.safetensors"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The proportions of the 256M at half its width, and few layers.
    private static let config = """
        {"architectures": ["SmolVLMForConditionalGeneration"], "model_type": "smolvlm",
         "image_token_id": 190, "scale_factor": 4, "tie_word_embeddings": false,
         "text_config": {"model_type": "llama", "hidden_size": 384, "intermediate_size": 1024,
           "num_hidden_layers": 3, "num_attention_heads": 6, "num_key_value_heads": 2,
           "head_dim": 64, "vocab_size": 192, "max_position_embeddings": 2048,
           "rms_norm_eps": 1e-05, "rope_theta": 100000.0, "hidden_act": "silu",
           "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
           "tie_word_embeddings": false},
         "vision_config": {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 4,
           "num_attention_heads": 6, "image_size": 128, "patch_size": 16,
           "hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-06}}
        """

    /// A safetensors file of what the configuration calls for.
    private static func weights(_ config: ModelConfig, _ kind: Kind) -> Data {
        var header: [String] = []
        var bytes: [UInt8] = []
        var random = RoughlyNormal(state: 7)
        for (name, shape) in config.tensors {
            let count = shape.reduce(1, *)
            let called = name.huggingFaceName(hasVision: true)
            let size = shape.map(String.init).joined(separator: ", ")
            let places = "[\(bytes.count), \(bytes.count + 2 * count)]"
            header.append(
                "\"\(called)\": {\"dtype\": \"BF16\", \"shape\": [\(size)], "
                    + "\"data_offsets\": \(places)}")
            let isNorm = called.contains("norm")
            var scale: Float = 0.1
            if !isNorm, !called.hasSuffix("bias") {
                let inputs = count / max(shape.first ?? 1, 1)
                let isTable = name == .tokenEmbedding || name == .positionEmbedding
                scale = isTable ? 0.5 : 1.2 / Float(inputs).squareRoot()
            }
            let middle: Float = isNorm && called.hasSuffix("weight") ? 1 : 0
            for place in 0..<count {
                var value = middle + scale * random.next()
                if kind == .withOutliers, name == .positionEmbedding {
                    let channel = place % shape[1]
                    if let index = outliers.firstIndex(of: channel) {
                        value = (index % 2 == 0 ? 1 : -1) * outlierSize * scale
                    }
                }
                let word = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
                bytes.append(UInt8(truncatingIfNeeded: word))
                bytes.append(UInt8(truncatingIfNeeded: word >> 8))
            }
        }
        let text = Array("{\(header.joined(separator: ", "))}".utf8)
        var all = Data()
        for shift in 0..<8 { all.append(UInt8(truncatingIfNeeded: text.count >> (8 * shift))) }
        return all + Data(text) + Data(bytes)
    }
}

/// Numbers around 0 with deviation 1, the same everywhere: sums of four even ones.
private struct RoughlyNormal {
    var state: UInt64

    mutating func next() -> Float {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        var sum: Float = 0
        for part in 0..<4 { sum += Float((word >> (16 * part)) & 0xFFFF) }
        // Four even numbers in 0 ..< 65,536 have the mean 2 * 65,536 and this deviation together.
        return (sum - 131_072) / 37_837
    }
}
