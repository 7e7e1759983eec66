internal import JSON

extension ModelConfig {
    /// The model that a `config.json` describes, without its tensors: for a look at it.
    package init(configFile path: String) throws(WeightsError) {
        try self.init(configFile: path, .unknown)
    }

    /// The model that a `config.json` describes, completed and checked by its tensors' shapes.
    init(configFile path: String, _ shapes: TensorShapes) throws(WeightsError) {
        let value = try JSONFile.read(path)
        guard value.kind == .object else {
            throw .malformed(file: path, format: "JSON", detail: "it is no object")
        }
        let top = JSONConfig(file: path, prefix: "", value: value)
        let architecture = try Self.architecture(top)
        for key in ["qk_layer_norms", "use_resampler", "rope_interleaved"] { try top.refuse(key) }
        switch architecture {
        case .llama, .smolLM3:
            self.init(
                architecture: architecture,
                text: try TextConfig(
                    huggingFace: top, top: top, architecture: architecture, shapes),
                vision: nil, imageTokenID: nil)
        case .idefics3, .smolVLM:
            guard let text = try top.object("text_config") else {
                throw top.missing("text_config", "Get the complete configuration of the model.")
            }
            if let type = try text.string("model_type"), type != "llama" {
                throw .unsupported(
                    file: path, what: "has a text part of type \(type)",
                    advice: "smolvlm runs Idefics3 and SmolVLM models with a Llama text part.")
            }
            guard let vision = try top.object("vision_config") else {
                throw top.missing("vision_config", "Get the complete configuration of the model.")
            }
            self.init(
                architecture: architecture,
                text: try TextConfig(
                    huggingFace: text, top: top, architecture: architecture, shapes),
                vision: try VisionConfig(huggingFace: vision, top: top, shapes),
                imageTokenID: try top.integer("image_token_id"))
        }
    }

    private static func architecture(_ top: JSONConfig) throws(WeightsError) -> Architecture {
        let listed = top.value("architectures")?.elements.compactMap(\.string).first
        guard let type = try top.string("model_type") ?? listed else {
            throw top.missing("model_type", "Get the complete configuration of the model.")
        }
        switch type {
        case "idefics3", "Idefics3ForConditionalGeneration": return .idefics3
        case "smolvlm", "SmolVLMForConditionalGeneration": return .smolVLM
        case "llama", "LlamaForCausalLM": return .llama
        case "smollm3", "SmolLM3ForCausalLM": return .smolLM3
        default:
            throw .unsupported(
                file: top.file, what: "describes a model of type \(type)",
                advice: WeightsError.families)
        }
    }
}

extension VisionConfig {
    /// The vision encoder that a `config.json` describes: the reference's defaults where it is
    /// silent, the tensors' sizes where they show them.
    init(
        huggingFace source: JSONConfig, top: JSONConfig, _ shapes: TensorShapes
    ) throws(WeightsError) {
        for key in ["qk_layer_norms", "use_resampler"] { try source.refuse(key) }
        try source.require("hidden_act", "gelu_pytorch_tanh")
        if let channels = try source.integer("num_channels"), channels != 3 {
            throw source.wrong("num_channels", expected: "3", found: "\(channels)")
        }
        hiddenSize = try source.size(
            "hidden_size", default: 1152, limit: ConfigLimits.width, in: .visionNorm(.weight),
            dimension: 0, shapes)
        innerSize = try source.size(
            "intermediate_size", default: 3072, limit: ConfigLimits.width,
            in: .vision(layer: 0, .up, .weight), dimension: 0, shapes)
        layerCount = try source.layers("num_hidden_layers", default: 12, shapes) {
            .vision(layer: $0, .firstNorm, .weight)
        }
        heads = try source.count("num_attention_heads", limit: ConfigLimits.heads) ?? 16
        eps = Float(try source.positive("layer_norm_eps") ?? 1e-6)
        patchSize = try source.size(
            "patch_size", default: nil, limit: ConfigLimits.side, in: .patchEmbedding(.weight),
            dimension: 2, shapes)
        guard let side = try source.count("image_size", limit: ConfigLimits.side) else {
            throw source.missing("image_size", "Get the complete configuration of the model.")
        }
        imageSize = side
        scaleFactor = try Self.scaleFactor(
            top, "scale_factor", hiddenSize: hiddenSize, default: 2, shapes)
        self = try checked(source, shapes)
    }

    /// How many patches a side are joined: as said, and as the connector's width shows.
    static func scaleFactor(
        _ source: some ConfigSource, _ key: String, hiddenSize: Int, default standard: Int?,
        _ shapes: TensorShapes
    ) throws(WeightsError) -> Int {
        let said = try source.count(key, limit: 64)
        guard let (name, shape) = shapes.find(.connector), shape.count == 2 else {
            guard let factor = said ?? standard else {
                throw source.missing(key, "Get the complete configuration of the model.")
            }
            return factor
        }
        let shown = (1...64).first { $0 * $0 * hiddenSize == shape[1] }
        guard let shown, said == nil || said == shown else {
            throw .contradiction(
                file: source.file, key: source.name(key), value: said ?? standard ?? 0,
                tensor: name, shape: shape)
        }
        return shown
    }

    /// Checks what no single shape shows, once everything is known.
    func checked(_ source: some ConfigSource, _ shapes: TensorShapes) throws(WeightsError) -> Self {
        guard hiddenSize % heads == 0 else {
            throw source.wrong(
                "num_attention_heads", expected: "a divisor of the width \(hiddenSize)",
                found: "\(heads)")
        }
        guard patchSize <= imageSize else {
            throw source.wrong(
                "patch_size", expected: "no more than the side of \(imageSize)",
                found: "\(patchSize)")
        }
        guard patchCount <= ConfigLimits.patches else {
            throw source.wrong(
                "patch_size", expected: "a size that makes at most \(ConfigLimits.patches) patches",
                found: "\(patchSize), which makes \(patchCount)")
        }
        guard gridSize % scaleFactor == 0 else {
            throw source.wrong(
                "image_size", expected: "a side whose patches can be joined by \(scaleFactor)",
                found: "\(imageSize), of which \(gridSize) patches a side are made")
        }
        if let (name, shape) = shapes.find(.positionEmbedding), shape.first != patchCount {
            throw .contradiction(
                file: source.file, key: source.name("image_size"), value: imageSize, tensor: name,
                shape: shape)
        }
        return self
    }
}
