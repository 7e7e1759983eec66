// The keys of a text half. Of a GGUF file they are taken over; of a folder they are made of its files,
// with the names and values that the converter of llama.cpp gives them:
// https://github.com/ggml-org/llama.cpp/blob/b4524/gguf-py/gguf/constants.py
internal import JSON
internal import SmolVLM
internal import Tensors
internal import Tokenizer
internal import Weights

extension GGUFWriter {
    /// Keys that say how a file is stored; they are not taken over.
    private static func isOfStorage(_ key: String) -> Bool {
        key.hasPrefix("split.")
            || ["general.alignment", "general.file_type", "general.quantization_version"]
                .contains(key)
    }

    /// Takes over what a file says of its model.
    mutating func copyKeys(of gguf: GGUF) {
        for key in gguf.keys where !Self.isOfStorage(key) { copy(key, of: gguf) }
    }

    mutating func addStorage(_ quantisation: Quantisation) {
        add("general.file_type", quantisation.fileType)
        add("general.quantization_version", 2)
    }

    /// What files of every kind begin with.
    mutating func addGeneral(architecture: String, type: String, name: String, numbers: Int) {
        add("general.architecture", architecture)
        add("general.type", type)
        add("general.name", name)
        add("general.size_label", Self.sizeLabel(numbers))
    }

    /// `163M`: how many weights there are, in the unit that leaves one to three digits.
    static func sizeLabel(_ count: Int) -> String {
        let number = Double(count)
        let (unit, letter): (Double, String) =
            switch number {
            case 1e12...: (1e12, "T")
            case 1e9...: (1e9, "B")
            case 1e6...: (1e6, "M")
            default: (1e3, "K")
            }
        let scaled = number / unit
        let digits = scaled.rounded() < 10 ? 1 : 0
        guard digits == 1 else { return "\(Int(scaled.rounded()))\(letter)" }
        let tenths = Int((scaled * 10).rounded())
        return tenths % 10 == 0
            ? "\(tenths / 10)\(letter)" : "\(tenths / 10).\(tenths % 10)\(letter)"
    }
}

/// Makes the keys of the text half of a folder's model.
struct TextKeys {
    let folder: String
    let files: ModelFiles
    let config: TextConfig
    let isSmolLM3: Bool

    private var architecture: String { isSmolLM3 ? "smollm3" : "llama" }

    func add(
        to writer: inout GGUFWriter, name: String, numbers: Int, _ quantisation: Quantisation
    ) throws(ExportError) {
        try checkRotation()
        writer.addGeneral(
            architecture: architecture, type: "model", name: name, numbers: numbers)
        addSizes(to: &writer)
        addScaling(to: &writer)
        writer.addStorage(quantisation)
        try addVocabulary(to: &writer)
        if let template = try reading({ () throws(ModelError) in try files.template() }) {
            writer.add("tokenizer.chat_template", template.text)
        }
    }

    private func addSizes(to writer: inout GGUFWriter) {
        func key(_ name: String) -> String { "\(architecture).\(name)" }
        writer.add(key("block_count"), config.layerCount)
        writer.add(key("context_length"), config.maxPositions)
        writer.add(key("embedding_length"), config.hiddenSize)
        writer.add(key("feed_forward_length"), config.innerSize)
        writer.add(key("attention.head_count"), config.heads)
        writer.add(key("attention.head_count_kv"), config.keyValueHeads)
        writer.add(key("rope.freq_base"), Float(config.theta))
        writer.add(key("attention.layer_norm_rms_epsilon"), config.eps)
        writer.add(key("attention.key_length"), config.headSize)
        writer.add(key("attention.value_length"), config.headSize)
        writer.add(key("vocab_size"), config.vocabularySize)
        writer.add(key("rope.dimension_count"), config.headSize)
    }

    private func addScaling(to writer: inout GGUFWriter) {
        func key(_ name: String) -> String { "\(architecture).rope.scaling.\(name)" }
        switch config.scaling {
        case .none, .llama3, .divided: break
        case .linear(let factor):
            writer.add(key("type"), "linear")
            writer.add(key("factor"), Float(factor))
        case .yarn(let yarn):
            writer.add(key("type"), "yarn")
            writer.add(key("factor"), Float(yarn.factor))
            writer.add(key("original_context_length"), Int(yarn.originalLength))
            writer.add(key("yarn_beta_fast"), Float(yarn.betaFast))
            writer.add(key("yarn_beta_slow"), Float(yarn.betaSlow))
            if let factor = yarn.attentionFactor {
                // There the key multiplies the usual factor.
                let usual = Rotation.Yarn.usualAttentionFactor(yarn.factor)
                writer.add(key("yarn_attn_factor"), Float(factor / usual))
            }
        }
    }

    /// GGUF files say by their architecture alone which layers go without rotation.
    private func checkRotation() throws(ExportError) {
        let interval = TextConfig.smolLM3Interval
        let told = config.isRotated.indices.map { !isSmolLM3 || ($0 + 1) % interval != 0 }
        guard config.isRotated == told else {
            throw .unspeakable(
                file: folder, what: "has layers without rotation in places of its own")
        }
        if case .yarn(let yarn) = config.scaling, !yarn.isTruncated {
            throw .unspeakable(file: folder, what: "stretches positions by YaRN with broken ends")
        }
    }

    // MARK: Vocabulary

    private func addVocabulary(to writer: inout GGUFWriter) throws(ExportError) {
        guard
            let bytes = try reading({ () throws(ModelError) in
                try files.bytes("tokenizer.json")
            })
        else {
            throw .unusable(
                "\(folder) has no tokenizer.json, of which the vocabulary of a GGUF file is made. "
                    + "Get the tokenizer files that came with the model.")
        }
        let vocabulary = try reading { () throws(TokenizerError) in
            try GGUFVocabulary(
                json: bytes.span, file: "\(folder)/tokenizer.json",
                rowCount: config.vocabularySize)
        }
        let ends = try specialTokens(vocabulary)
        if let adds = ends.addsSpacePrefix { writer.add("tokenizer.ggml.add_space_prefix", adds) }
        writer.add("tokenizer.ggml.model", vocabulary.model)
        if let pre = vocabulary.pre { writer.add("tokenizer.ggml.pre", pre) }
        writer.add("tokenizer.ggml.tokens", count: vocabulary.tokens.count) { index, lend in
            vocabulary.tokens.withBytes(at: index, lend)
        }
        writer.add("tokenizer.ggml.token_type", vocabulary.types)
        writer.add("tokenizer.ggml.merges", count: vocabulary.merges.count) { index, lend in
            vocabulary.merges.withBytes(at: index, lend)
        }
        let ids: [(String, Int?)] = [
            ("bos", ends.named.begin), ("eos", ends.named.end), ("unknown", ends.named.unknown),
            ("padding", ends.named.padding),
        ]
        for (name, id) in ids {
            guard let id, (0..<config.vocabularySize).contains(id) else { continue }
            writer.add("tokenizer.ggml.\(name)_token_id", id)
        }
        if let adds = ends.addsBegin { writer.add("tokenizer.ggml.add_bos_token", adds) }
        if let adds = ends.addsEnd { writer.add("tokenizer.ggml.add_eos_token", adds) }
    }

    /// The special tokens, by what `tokenizer_config.json` says of them, then by `config.json`.
    private func specialTokens(
        _ vocabulary: GGUFVocabulary
    ) throws(ExportError) -> GGUFVocabulary {
        var ends = vocabulary
        let (said, config, tokens) = try reading { () throws(ModelError) in
            (
                try files.json("tokenizer_config.json"), try files.json("config.json"),
                try files.json("tokenizer.json")
            )
        }
        let added = tokens?["added_tokens"].map { Array($0.elements) } ?? []
        func id(_ name: String) -> Int? {
            let value = said?["\(name)_token"]
            if let text = value?.string ?? value?["content"]?.string,
                let entry = added.first(where: { $0["content"]?.string == text })
            {
                return entry["id"]?.int
            }
            return config?["\(name)_token_id"]?.int
                ?? config?["text_config"]?["\(name)_token_id"]?.int
        }
        ends.named.begin = id("bos") ?? ends.named.begin
        ends.named.end = id("eos") ?? ends.named.end
        ends.named.unknown = id("unk") ?? ends.named.unknown
        ends.named.padding = id("pad") ?? ends.named.padding
        ends.addsBegin = said?["add_bos_token"]?.bool ?? ends.addsBegin
        ends.addsEnd = said?["add_eos_token"]?.bool ?? ends.addsEnd
        ends.addsSpacePrefix = said?["add_prefix_space"]?.bool
        return ends
    }
}

extension Rotation.Llama3 {
    /// What each frequency is divided by: the tensor `rope_freqs` of GGUF files.
    func divisors(headSize: Int, theta: Double) -> [Float] {
        let plain = Rotation(headSize: headSize, theta: theta, scaling: .none)
        let scaled = Rotation(headSize: headSize, theta: theta, scaling: .llama3(self))
        return zip(plain.frequencies, scaled.frequencies).map { $0 / $1 }
    }
}
