internal import JSON
internal import Tensors

extension TextConfig {
    /// What is said when the base of the rotation is missing: it cannot be guessed.
    static let thetaAdvice =
        "Positions cannot be computed without it. Get the model's own configuration; for a first "
        + "or second Llama the value is 10000."

    /// Checks what no shape shows, once everything is known.
    func checked(_ source: some ConfigSource, _ shapes: TensorShapes) throws(WeightsError) -> Self {
        guard heads % keyValueHeads == 0 else {
            throw source.wrong(
                "num_key_value_heads", expected: "a divisor of the \(heads) attention heads",
                found: "\(keyValueHeads)")
        }
        guard headSize > 0, headSize % 2 == 0 else {
            throw source.wrong("head_dim", expected: "an even number", found: "\(headSize)")
        }
        guard Attend.canSee(heads: heads, headSize: headSize) else {
            throw source.wrong(
                "num_attention_heads", expected: "heads of fewer numbers together",
                found: "\(heads) heads of \(headSize)")
        }
        let queries = TensorName.text(layer: 0, .query)
        if let (name, shape) = shapes.find(queries), shape.first != heads * headSize {
            throw .contradiction(
                file: source.file, key: source.name("the width of all heads"),
                value: heads * headSize, tensor: name, shape: shape)
        }
        let keys = TensorName.text(layer: 0, .key)
        if let (name, shape) = shapes.find(keys), shape.first != keyValueHeads * headSize {
            throw .contradiction(
                file: source.file, key: source.name("the width of all key heads"),
                value: keyValueHeads * headSize, tensor: name, shape: shape)
        }
        return self
    }

    /// The decoder that a `config.json` describes.
    ///
    /// - Parameter source: the text part: the file itself, or its `text_config`.
    /// - Parameter top: the file itself.
    init(
        huggingFace source: JSONConfig, top: JSONConfig, architecture: ModelConfig.Architecture,
        _ shapes: TensorShapes
    ) throws(WeightsError) {
        for key in ["qk_layer_norms", "use_resampler", "rope_interleaved", "use_sliding_window"] {
            try source.refuse(key)
        }
        for key in ["attention_bias", "mlp_bias"] { try source.refuse(key) }
        try source.require("hidden_act", "silu")
        if let part = try source.number("partial_rotary_factor"), part != 1 {
            throw source.wrong("partial_rotary_factor", expected: "1", found: "\(part)")
        }

        hiddenSize = try source.size(
            "hidden_size", default: nil, limit: ConfigLimits.width, in: .tokenEmbedding,
            dimension: 1, shapes)
        innerSize = try source.size(
            "intermediate_size", default: nil, limit: ConfigLimits.width,
            in: .text(layer: 0, .gate), dimension: 0, shapes)
        layerCount = try source.layers("num_hidden_layers", default: nil, shapes) {
            .text(layer: $0, .firstNorm)
        }
        let isSmolLM3 = architecture == .smolLM3
        heads =
            try source.count("num_attention_heads", limit: ConfigLimits.heads)
            ?? (isSmolLM3 ? 16 : 32)
        keyValueHeads =
            try source.count("num_key_value_heads", limit: ConfigLimits.heads)
            ?? (isSmolLM3 ? 4 : heads)
        headSize = try source.count("head_dim", limit: ConfigLimits.width) ?? hiddenSize / heads
        eps = Float(try source.positive("rms_norm_eps") ?? 1e-6)
        maxPositions =
            try source.count("max_position_embeddings", limit: ConfigLimits.positions)
            ?? (isSmolLM3 ? 32_768 : 2048)
        // The table may have more rows than the configuration says: the table decides.
        vocabularySize =
            firstKnown(
                shapes.find(.tokenEmbedding)?.shape.first,
                try source.count("vocab_size", limit: ConfigLimits.vocabulary))
            ?? (isSmolLM3 ? 128_256 : 32_000)

        let parameters = try source.object("rope_parameters")
        let stretched = try source.object("rope_scaling")
        guard
            let theta = firstKnown(
                try parameters?.positive("rope_theta"), try source.positive("rope_theta"))
        else { throw source.missing("rope_theta", Self.thetaAdvice) }
        self.theta = theta
        scaling = try Self.scaling(parameters ?? stretched, maxPositions: maxPositions)
        isRotated = try Self.isRotated(source, isSmolLM3: isSmolLM3, layerCount: layerCount)

        // The key stands at the top, in the text part, or in both; a head of its own decides.
        let ties = [
            try top.bool("tie_word_embeddings"), try source.bool("tie_word_embeddings"),
        ].compactMap(\.self)
        isTied = shapes.find(.head) == nil && (ties.isEmpty ? isSmolLM3 : ties.contains(true))
        self = try checked(source, shapes)
    }

    private static func scaling(
        _ source: JSONConfig?, maxPositions: Int
    ) throws(WeightsError) -> Rotation.Scaling {
        guard let source else { return .none }
        let type =
            firstKnown(try source.string("rope_type"), try source.string("type")) ?? "default"
        func factor() throws(WeightsError) -> Double {
            guard let factor = try source.positive("factor") else {
                throw source.missing("factor", "Get the complete configuration of the model.")
            }
            return factor
        }
        let original =
            try source.positive("original_max_position_embeddings") ?? Double(maxPositions)
        switch type {
        case "default": return .none
        case "linear": return .linear(factor: try factor())
        case "yarn":
            for key in ["mscale", "mscale_all_dim"] where source.value(key) != nil {
                throw .unsupported(
                    file: source.file, what: "sets \(source.name(key))",
                    advice: "Use a model with plain YaRN.")
            }
            return .yarn(
                Rotation.Yarn(
                    factor: try factor(), originalLength: original,
                    betaFast: try source.positive("beta_fast") ?? 32,
                    betaSlow: try source.positive("beta_slow") ?? 1,
                    isTruncated: try source.bool("truncate") ?? true,
                    attentionFactor: try source.positive("attention_factor")))
        case "llama3":
            let low = try source.positive("low_freq_factor")
            let high = try source.positive("high_freq_factor")
            guard let low, let high, high > low else {
                throw source.missing(
                    "low_freq_factor and a larger high_freq_factor",
                    "Get the complete configuration of the model.")
            }
            return .llama3(
                Rotation.Llama3(
                    factor: try factor(), lowFrequencyFactor: low, highFrequencyFactor: high,
                    originalLength: original))
        default:
            throw .unsupported(
                file: source.file, what: "stretches positions by \(type), which smolvlm cannot",
                advice: "It knows default, linear, yarn and llama3.")
        }
    }

    private static func isRotated(
        _ source: JSONConfig, isSmolLM3: Bool, layerCount: Int
    ) throws(WeightsError) -> [Bool] {
        guard isSmolLM3 else { return [Bool](repeating: true, count: layerCount) }
        if let list = source.value("no_rope_layers"), list.kind == .array {
            // 1 is a layer with rotation, whatever the key suggests.
            let flags = list.elements.compactMap(\.int)
            guard flags.count == layerCount, list.count == layerCount,
                flags.allSatisfy({ $0 == 0 || $0 == 1 })
            else {
                throw source.wrong(
                    "no_rope_layers", expected: "a list of \(layerCount) zeros and ones",
                    found: "a list of \(list.count)")
            }
            return flags.map { $0 == 1 }
        }
        let interval =
            try source.count("no_rope_layer_interval", limit: ConfigLimits.layers)
            ?? smolLM3Interval
        return (0..<layerCount).map { ($0 + 1) % interval != 0 }
    }

    /// Every fourth layer of SmolLM3 goes without rotation.
    package static let smolLM3Interval = 4
}
