internal import Foundation
internal import JSON
internal import Weights

/// A model of a published shape whose weights mean nothing: as fast as the real one, for whoever has
/// none.
struct RandomModel {
    /// The shapes that are published.
    enum Shape: String, CaseIterable, Sendable {
        case small = "256m"
        case medium = "500m"
        case large = "2.2b"

        /// Width, inner width, layers, heads and heads of keys of the decoder.
        fileprivate var text: [String: Int] {
            switch self {
            case .small: Self.text(576, 1536, 30, 9, 3)
            case .medium: Self.text(960, 2560, 32, 15, 5)
            case .large: Self.text(2048, 8192, 24, 32, 32)
            }
        }

        fileprivate var vision: [String: Int] {
            switch self {
            case .small, .medium: Self.vision(768, 3072, 12, 12, side: 512, patch: 16)
            case .large: Self.vision(1152, 4304, 27, 16, side: 384, patch: 14)
            }
        }

        fileprivate var scaleFactor: Int { self == .large ? 3 : 4 }
        fileprivate var tileSide: Int { self == .large ? 384 : 512 }
        fileprivate var theta: Double { self == .large ? 130_000 : 100_000 }

        private static func text(
            _ width: Int, _ inner: Int, _ layers: Int, _ heads: Int, _ keys: Int
        ) -> [String: Int] {
            [
                "hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers,
                "num_attention_heads": heads, "num_key_value_heads": keys, "head_dim": 64,
            ]
        }

        private static func vision(
            _ width: Int, _ inner: Int, _ layers: Int, _ heads: Int, side: Int, patch: Int
        ) -> [String: Int] {
            [
                "hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers,
                "num_attention_heads": heads, "image_size": side, "patch_size": patch,
            ]
        }
    }

    private static let vocabularySize = 49_280
    private static let imageID = 49_190
    private static let endID = 49_279

    /// The folder that it lies in.
    let folder: URL

    /// Writes one to a folder, which is made unless it is there.
    init(_ shape: Shape, in folder: URL) throws(Refusal) {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try write(config(shape), "config.json")
            try write(pictures(shape), "preprocessor_config.json")
            try write(
                Self.object { $0.member("eos_token_id", Self.endID) }, "generation_config.json")
            try write(Self.tokenizer, "tokenizer.json")
            try write(Self.template, "chat_template.jinja")
            try writeWeights(try ModelConfig(configFile: folder.path + "/config.json"))
        } catch {
            let bytes = shape == .large ? "4.6 GB" : shape == .medium ? "1.1 GB" : "0.6 GB"
            throw Refusal(
                "a model with random weights cannot be written to \(folder.path). It takes \(bytes): "
                    + "make room, or set TMPDIR to a folder on another disk.")
        }
    }

    /// A folder of its own among temporary files.
    static var temporaryFolder: URL {
        FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-bench-\(UUID().uuidString)")
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    private static func object(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(style: .pretty)
        json.object(body)
        return json.text + "\n"
    }

    // MARK: Configuration

    private func config(_ shape: Shape) -> String {
        Self.object { json in
            json.member("architectures") {
                $0.array { $0.value("SmolVLMForConditionalGeneration") }
            }
            json.member("model_type", "smolvlm")
            json.member("image_token_id", Self.imageID)
            json.member("scale_factor", shape.scaleFactor)
            json.member("tie_word_embeddings", false)
            json.member("dtype", "bfloat16")
            json.member("vocab_size", Self.vocabularySize)
            json.member("pad_token_id", 2)
            json.member("eos_token_id", Self.endID)
            json.member("text_config") { json in
                json.object { json in
                    json.member("model_type", "llama")
                    json.member("hidden_act", "silu")
                    json.member("max_position_embeddings", 8192)
                    json.member("rms_norm_eps", 1e-5)
                    json.member("rope_theta", shape.theta)
                    json.member("vocab_size", Self.vocabularySize)
                    json.member("tie_word_embeddings", false)
                    for (key, value) in shape.text.sorted(by: { $0.key < $1.key }) {
                        json.member(key, value)
                    }
                }
            }
            json.member("vision_config") { json in
                json.object { json in
                    json.member("model_type", "smolvlm_vision")
                    json.member("hidden_act", "gelu_pytorch_tanh")
                    json.member("layer_norm_eps", 1e-6)
                    json.member("num_channels", 3)
                    for (key, value) in shape.vision.sorted(by: { $0.key < $1.key }) {
                        json.member(key, value)
                    }
                }
            }
        }
    }

    private func pictures(_ shape: Shape) -> String {
        Self.object { json in
            json.member("image_processor_type", "SmolVLMImageProcessor")
            json.member("processor_class", "SmolVLMProcessor")
            for key in ["convert_rgb", "image_splitting", "normalize", "pad", "rescale", "resize"] {
                json.member("do_\(key)", true)
            }
            for key in ["image_mean", "image_std"] {
                json.member(key) { $0.array { for _ in 0..<3 { $0.value(0.5) } } }
            }
            json.member("rescale_factor", 1.0 / 255)
            json.member("resample", 1)
            json.member("max_image_size") {
                $0.object { $0.member("longest_edge", shape.tileSide) }
            }
            json.member("size") { $0.object { $0.member("longest_edge", 4 * shape.tileSide) } }
        }
    }

    private static let template = """
        <|im_start|>{% for message in messages %}{{message['role'] | capitalize}}{% if \
        message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}{% for line \
        in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}{% elif \
        line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>
        {% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}
        """

    // MARK: Weights

    /// Numbers that weights are taken from, from a different place each time.
    private static let poolCount = 1 << 20

    /// Small numbers around zero as BF16, the same on every machine.
    private static var pool: Data {
        var bytes = [UInt8](repeating: 0, count: 2 * poolCount)
        var state: UInt64 = 7
        for place in 0..<poolCount {
            var sum: Float = 0
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += Float(state >> 40) / Float(1 << 24) - 0.5
            }
            let bits = (sum * 0.04).bitPattern >> 16
            bytes[2 * place] = UInt8(truncatingIfNeeded: bits)
            bytes[2 * place + 1] = UInt8(truncatingIfNeeded: bits >> 8)
        }
        return Data(bytes)
    }

    private func writeWeights(_ config: ModelConfig) throws {
        var header = JSONWriter(style: .compact)
        var end = 0
        header.object { json in
            for (name, shape) in config.tensors {
                json.member(name.huggingFaceName(hasVision: true)) { json in
                    json.object { json in
                        json.member("dtype", "BF16")
                        json.member("shape") { $0.array { for side in shape { $0.value(side) } } }
                        let start = end
                        end += 2 * shape.reduce(1, *)
                        json.member("data_offsets") {
                            $0.array {
                                $0.value(start)
                                $0.value(end)
                            }
                        }
                    }
                }
            }
        }
        var text = Data(header.text.utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        let path = folder.appending(path: "model.safetensors")
        try Data().write(to: path)
        let file = try FileHandle(forWritingTo: path)
        defer { try? file.close() }
        let length = UInt64(text.count)
        try file.write(
            contentsOf: Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }))
        try file.write(contentsOf: text)
        let pool = Self.pool
        let ones = Data((0..<2 * Self.poolCount).map { $0 % 2 == 0 ? 0x80 : 0x3F })
        var offset = 0
        for (name, shape) in config.tensors {
            let isNorm = name.huggingFaceName(hasVision: true).contains("norm")
            var left = 2 * shape.reduce(1, *)
            while left > 0 {
                offset = isNorm && shape.count == 1 ? 0 : (offset + 2 * 7919) % pool.count
                let count = min(left, pool.count - offset)
                let source = isNorm && shape.count == 1 ? ones : pool
                try file.write(contentsOf: source[offset..<offset + count])
                left -= count
            }
        }
    }
}
