internal import Tensors

extension ModelConfig {
    /// The model that a text file and perhaps a picture half describe.
    init(
        gguf text: GGUF, projector: GGUF?, _ shapes: TensorShapes
    ) throws(WeightsError) {
        let architecture = try Self.textArchitecture(text)
        self.init(
            architecture: projector == nil ? architecture : .smolVLM,
            text: try TextConfig(
                gguf: GGUFConfig(gguf: text, prefix: Self.prefix(text)),
                isSmolLM3: architecture == .smolLM3, shapes),
            vision: try projector.map { projector throws(WeightsError) in
                try VisionConfig(gguf: projector, shapes)
            },
            imageTokenID: nil)
    }

    /// The prefix of the keys of a text file: its architecture's name.
    static func prefix(_ gguf: GGUF) throws(WeightsError) -> String {
        guard let name = try gguf.string("general.architecture") else {
            throw .missingKey(
                file: gguf.file.path, key: "general.architecture", advice: "Download it again.")
        }
        return name + "."
    }

    /// Which decoder a file holds; picture halves and others are refused by what they are.
    static func textArchitecture(_ gguf: GGUF) throws(WeightsError) -> Architecture {
        switch try prefix(gguf).dropLast() {
        case "llama": return .llama
        case "smollm3": return .smolLM3
        case "clip":
            throw .projectorAlone(
                file: gguf.file.path,
                width: firstKnown(
                    gguf.tensors["mm.model.fc.weight"]?.shape.first,
                    try gguf.integer("clip.vision.projection_dim")))
        case let other:
            throw .unsupported(
                file: gguf.file.path, what: "holds a model of type \(other)",
                advice: WeightsError.families)
        }
    }

    /// Refuses files that are no picture half of a model of this family.
    static func checkProjector(_ gguf: GGUF) throws(WeightsError) {
        let architecture = try gguf.string("general.architecture") ?? "unknown"
        guard architecture == "clip" else {
            throw .notAProjector(file: gguf.file.path, architecture: architecture)
        }
        let type =
            firstKnown(
                try gguf.string("clip.projector_type"),
                try gguf.string("clip.vision.projector_type")) ?? "unknown"
        guard type == "idefics3" else {
            throw .unsupported(
                file: gguf.file.path, what: "is a picture half of type \(type)",
                advice: "smolvlm reads those of SmolVLM and Idefics3 models (idefics3).")
        }
        if try gguf.bool("clip.has_vision_encoder") == false {
            throw .unsupported(
                file: gguf.file.path, what: "has no vision encoder",
                advice: "Get the mmproj file for pictures.")
        }
        let hasSilu = try gguf.bool("clip.use_silu") ?? false
        let hasGelu = try gguf.bool("clip.use_gelu") ?? true
        if hasSilu || !hasGelu {
            throw .unsupported(
                file: gguf.file.path, what: "has another activation than GELU",
                advice: "Get the mmproj file of a SmolVLM model.")
        }
    }
}

extension TextConfig {
    init(
        gguf source: GGUFConfig, isSmolLM3: Bool, _ shapes: TensorShapes
    ) throws(WeightsError) {
        hiddenSize = try source.size(
            "embedding_length", default: nil, limit: ConfigLimits.width, in: .tokenEmbedding,
            dimension: 1, shapes)
        innerSize = try source.size(
            "feed_forward_length", default: nil, limit: ConfigLimits.width,
            in: .text(layer: 0, .gate), dimension: 0, shapes)
        layerCount = try source.layers("block_count", default: nil, shapes) {
            .text(layer: $0, .firstNorm)
        }
        guard
            let heads = try source.count("attention.head_count", limit: ConfigLimits.heads)
        else {
            throw source.missing(
                "attention.head_count", "No shape shows it. Download the file again.")
        }
        self.heads = heads
        keyValueHeads = try Self.keyValueHeads(source) ?? heads
        headSize =
            try source.count("attention.key_length", limit: ConfigLimits.width)
            ?? hiddenSize / heads
        if let other = try source.count("attention.value_length", limit: ConfigLimits.width),
            other != headSize
        {
            throw source.wrong(
                "attention.value_length", expected: "the head size \(headSize)", found: "\(other)")
        }
        if let turned = try source.count("rope.dimension_count", limit: ConfigLimits.width),
            turned != headSize
        {
            throw source.wrong(
                "rope.dimension_count", expected: "the head size \(headSize)", found: "\(turned)")
        }
        guard let eps = try source.positive("attention.layer_norm_rms_epsilon") else {
            throw source.missing(
                "attention.layer_norm_rms_epsilon", "Download the file again.")
        }
        self.eps = Float(eps)
        guard
            let length = try source.count("context_length", limit: ConfigLimits.positions)
        else { throw source.missing("context_length", "Download the file again.") }
        maxPositions = length
        vocabularySize = try source.size(
            "vocab_size", default: nil, limit: ConfigLimits.vocabulary, in: .tokenEmbedding,
            dimension: 0, shapes)
        theta = try Self.theta(source)
        scaling = try Self.scaling(source, headSize: headSize, shapes)
        isRotated = (0..<layerCount).map {
            !isSmolLM3 || ($0 + 1) % Self.smolLM3Interval != 0
        }
        isTied = shapes.find(.head) == nil
        self = try checked(source, shapes)
    }

    /// One number, or one a layer, which must all be the same.
    static func keyValueHeads(_ source: GGUFConfig) throws(WeightsError) -> Int? {
        let key = "attention.head_count_kv"
        guard source.gguf.count(source.name(key)) != nil else {
            return try source.count(key, limit: ConfigLimits.heads)
        }
        let list = try source.gguf.integers(source.name(key)) ?? []
        guard let first = list.first, (1...ConfigLimits.heads).contains(first),
            list.allSatisfy({ $0 == first })
        else {
            throw source.wrong(
                key, expected: "the same number for all layers", found: "a list that varies")
        }
        return first
    }

    /// The first two Llamas, told by their SentencePiece vocabulary, had 10000 and did not say so.
    /// For all others it cannot be guessed.
    private static func theta(_ source: GGUFConfig) throws(WeightsError) -> Double {
        if let theta = try source.positive("rope.freq_base") { return theta }
        guard try source.gguf.string("tokenizer.ggml.model") == "llama" else {
            throw source.missing("rope.freq_base", Self.thetaAdvice)
        }
        return 10_000
    }

    private static func scaling(
        _ source: GGUFConfig, headSize: Int, _ shapes: TensorShapes
    ) throws(WeightsError) -> Rotation.Scaling {
        let type = try source.string("rope.scaling.type") ?? "none"
        switch type {
        case "none": return .none
        case "linear":
            guard let factor = try source.positive("rope.scaling.factor") else { return .none }
            return .linear(factor: factor)
        case "yarn":
            let length = try source.positive("rope.scaling.original_context_length")
            guard let factor = try source.positive("rope.scaling.factor"), let length else {
                throw source.missing(
                    "rope.scaling.factor and rope.scaling.original_context_length",
                    "Download the file again.")
            }
            // Here the key multiplies the usual factor of the waves.
            let usual = Rotation.Yarn.usualAttentionFactor(factor)
            let extra = try source.positive("rope.scaling.yarn_attn_factor") ?? 1
            return .yarn(
                Rotation.Yarn(
                    factor: factor, originalLength: length,
                    betaFast: try source.positive("rope.scaling.yarn_beta_fast") ?? 32,
                    betaSlow: try source.positive("rope.scaling.yarn_beta_slow") ?? 1,
                    isTruncated: true, attentionFactor: extra == 1 ? nil : usual * extra))
        default:
            throw source.wrong(
                "rope.scaling.type", expected: "none, linear or yarn", found: type)
        }
    }
}

extension VisionConfig {
    /// What the converter writes for a configuration that is silent, while the network has 1e-6.
    private static let converterEps = Float(1e-5)

    init(gguf: GGUF, _ shapes: TensorShapes) throws(WeightsError) {
        let source = GGUFConfig(gguf: gguf, prefix: "clip.vision.")
        hiddenSize = try source.size(
            "embedding_length", default: nil, limit: ConfigLimits.width,
            in: .visionNorm(.weight), dimension: 0, shapes)
        innerSize = try source.size(
            "feed_forward_length", default: nil, limit: ConfigLimits.width,
            in: .vision(layer: 0, .up, .weight), dimension: 0, shapes)
        layerCount = try source.layers("block_count", default: nil, shapes) {
            .vision(layer: $0, .firstNorm, .weight)
        }
        guard
            let heads = try source.count("attention.head_count", limit: ConfigLimits.heads)
        else {
            throw source.missing(
                "attention.head_count", "No shape shows it. Download the file again.")
        }
        self.heads = heads
        let said = Float(try source.positive("attention.layer_norm_epsilon") ?? 1e-6)
        eps = said == Self.converterEps ? 1e-6 : said
        patchSize = try source.size(
            "patch_size", default: nil, limit: ConfigLimits.side, in: .patchEmbedding(.weight),
            dimension: 2, shapes)
        guard let side = try source.count("image_size", limit: ConfigLimits.side) else {
            throw source.missing("image_size", "Download the file again.")
        }
        imageSize = side
        scaleFactor = try Self.scaleFactor(
            source, "projector.scale_factor", hiddenSize: hiddenSize, default: nil, shapes)
        self = try checked(source, shapes)
    }
}
