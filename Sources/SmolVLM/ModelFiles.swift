// In: an opened checkpoint. Out: what stands beside its weights: tokenizer, chat template, the
// preparation of pictures, the ids that end an answer. A folder has files of their own for them,
// in several vintages; a GGUF file has keys.

package import JSON
internal import Tensors
internal import Tokenizer
package import Weights

/// What stands beside the weights of a model.
package struct ModelFiles {
    private let source: Checkpoint.Source
    /// What messages call the model: its folder or file.
    private let path: String
    /// Nil for a model without eyes.
    private let vision: VisionConfig?
    /// The files of the folder; none for GGUF.
    private let names: Set<String>

    package init(_ checkpoint: Checkpoint) {
        self.init(
            source: checkpoint.source, path: checkpoint.path, vision: checkpoint.config.vision)
    }

    init(source: Checkpoint.Source, path: String, vision: VisionConfig?) {
        self.source = source
        self.path = path
        self.vision = vision
        if case .folder(let folder) = source {
            names = Set(MappedFile.names(inFolder: folder))
        } else {
            names = []
        }
    }

    // MARK: Tokenizer

    func tokenizer() throws(ModelError) -> Tokenizer {
        switch source {
        case .gguf(let text, _):
            let vocabulary = try explained { () throws(WeightsError) in
                try GGUFVocabulary(text)
            }
            return try explained { () throws(TokenizerError) in try Tokenizer(vocabulary) }
        case .folder(let folder):
            if let bytes = try bytes("tokenizer.json") {
                return try explained { () throws(TokenizerError) in
                    try Tokenizer(json: bytes.span, file: "\(folder)/tokenizer.json")
                }
            }
            guard let vocabulary = try bytes("vocab.json"), let merges = try bytes("merges.txt")
            else {
                throw ModelError(
                    "\(folder) has no tokenizer.json, and not both vocab.json and merges.txt. Get "
                        + "the tokenizer files that came with the model.")
            }
            let added = try bytes("added_tokens.json")
            let config = try bytes("tokenizer_config.json")
            return try explained { () throws(TokenizerError) in
                try Tokenizer(
                    vocabulary: vocabulary.span, merges: merges.span, addedTokens: added,
                    config: config, folder: folder)
            }
        }
    }

    /// Refuses a tokenizer with ids that the table of embeddings has no row for.
    func check(_ tokenizer: Tokenizer, fits config: TextConfig) throws(ModelError) {
        guard tokenizer.count <= config.vocabularySize else {
            throw ModelError(
                "The tokenizer of \(path) has ids up to \(tokenizer.count - 1), but the model's table "
                    + "has only \(config.vocabularySize) rows. Use the tokenizer files that came with "
                    + "the model.")
        }
    }

    // MARK: Chat format

    func chatFormat(named name: String?) throws(ModelError) -> ChatFormat {
        if let name {
            return try explained { () throws(ChatError) in try ChatFormat(named: name) }
        }
        guard let (template, file) = try template() else {
            throw ModelError(
                "\(path) has no chat template. Say which format it was trained with by "
                    + "--chat-format: \(ChatFormat.names).")
        }
        return try explained { () throws(ChatError) in
            try ChatFormat(template: template, file: file)
        }
    }

    /// The file that the template stands in; nil when there is none.
    var templateFile: String? {
        guard let found = try? template() else { return nil }
        return found.file.split(separator: "/").last.map(String.init)
    }

    /// The chat template and where it stands, the newest kind of file first; nil when there is none.
    package func template() throws(ModelError) -> (text: String, file: String)? {
        switch source {
        case .gguf(let text, _):
            return try explained { () throws(WeightsError) in
                try text.string("tokenizer.chat_template")
            }.map { ($0, text.file.path) }
        case .folder(let folder):
            if let bytes = try bytes("chat_template.jinja") {
                return (String(decoding: bytes, as: UTF8.self), "\(folder)/chat_template.jinja")
            }
            for name in ["chat_template.json", "tokenizer_config.json"] {
                guard let root = try json(name), let value = root["chat_template"] else { continue }
                let named = value.elements.first { $0["name"]?.string == "default" }
                if let text = value.string ?? named?["template"]?.string {
                    return (text, "\(folder)/\(name)")
                }
            }
            return nil
        }
    }

    // MARK: Pictures

    /// How pictures are prepared; nil for a model that sees none.
    package func preprocessor() throws(ModelError) -> PreprocessorConfig? {
        guard let vision else { return nil }
        var config: PreprocessorConfig
        let file: String
        switch source {
        case .folder(let folder):
            let picture = try configFile("preprocessor_config.json")
            let whole = try configFile("processor_config.json")
            let video = try configFile("video_preprocessor_config.json")
            config = try explained { () throws(WeightsError) in
                try PreprocessorConfig(
                    folder: folder, preprocessor: picture, processor: whole,
                    videoPreprocessor: video)
            }
            file = folder
        case .gguf(let text, let projector):
            let source = projector ?? text
            config = try explained { () throws(WeightsError) in
                try PreprocessorConfig(source, tileEdge: vision.imageSize)
            }
            file = source.file.path
        }
        guard config.tileEdge == vision.imageSize else {
            throw ModelError(
                WeightsError.wrongValue(
                    file: file, key: "max_image_size.longest_edge",
                    expected: "\(vision.imageSize), the side of the model's tiles",
                    found: "\(config.tileEdge)"))
        }
        // What the encoder makes is what the prompt must have room for, whatever a file says.
        config.tokensPerFrame = vision.tokensPerTile
        return config
    }

    private func configFile(_ name: String) throws(ModelError) -> PreprocessorConfig.File? {
        guard let bytes = try bytes(name) else { return nil }
        return try explained { () throws(WeightsError) in
            try PreprocessorConfig.File(name: "\(path)/\(name)", parsing: bytes.span)
        }
    }

    // MARK: Ends

    /// The ids that the files say end an answer: `eos_token_id`, a number or a list.
    func endingIDs() throws(ModelError) -> Set<Int> {
        for name in ["generation_config.json", "config.json"] {
            guard let root = try json(name) else { continue }
            guard let value = root["eos_token_id"] ?? root["text_config"]?["eos_token_id"] else {
                continue
            }
            let ids = [value.int].compactMap(\.self) + value.elements.compactMap(\.int)
            if !ids.isEmpty { return Set(ids) }
        }
        return []
    }

    // MARK: Files

    /// A whole file of the folder; nil when it is not there.
    package func bytes(_ name: String) throws(ModelError) -> [UInt8]? {
        guard case .folder(let folder) = source, names.contains(name) else { return nil }
        let file = try explained { () throws(WeightsError) in
            try MappedFile(path: "\(folder)/\(name)")
        }
        return file.storage.withBytes(0..<file.byteCount) { bytes in
            bytes.indices.map { bytes[$0] }
        }
    }

    /// A JSON file of the folder; nil when it is not there.
    package func json(_ name: String) throws(ModelError) -> JSONValue? {
        guard let bytes = try bytes(name) else { return nil }
        do throws(JSONError) {
            return try JSONValue(parsing: bytes.span)
        } catch {
            throw ModelError(
                WeightsError.malformed(
                    file: "\(path)/\(name)", format: "JSON",
                    detail: "it is \(error)"))
        }
    }
}

extension PreprocessorConfig {
    /// What a GGUF picture half says of the preparation; what it leaves out is as in the published
    /// models, whose pictures are up to four tiles long.
    fileprivate init(_ gguf: GGUF, tileEdge: Int) throws(WeightsError) {
        self = .small
        self.tileEdge = tileEdge
        longestEdge = 4 * tileEdge
        if let edge = try gguf.integer("clip.vision.preproc_image_size") {
            guard Self.longestEdges.contains(edge) else {
                throw .wrongValue(
                    file: gguf.file.path, key: "clip.vision.preproc_image_size",
                    expected: "a number from 1 to \(Self.longestEdges.upperBound)",
                    found: "\(edge)")
            }
            longestEdge = edge
        }
        video.longestEdge = longestEdge
        if let mean = try gguf.numbers("clip.vision.image_mean"), mean.count == 3 {
            self.mean = mean
        }
        if let deviation = try gguf.numbers("clip.vision.image_std"), deviation.count == 3,
            deviation.allSatisfy({ Float($0) != 0 })
        {
            self.deviation = deviation
        }
    }
}

extension GGUFVocabulary {
    /// The vocabulary that stands in a file.
    fileprivate init(_ gguf: GGUF) throws(WeightsError) {
        func id(_ key: String) throws(WeightsError) -> Int? {
            try gguf.integer("tokenizer.ggml.\(key)_token_id")
        }
        func strings(_ key: String) throws(WeightsError) -> ByteStrings {
            var list = ByteStrings()
            _ = try gguf.forEachString("tokenizer.ggml.\(key)") { _, bytes in list.append(bytes) }
            return list
        }
        self.init(
            file: gguf.file.path, model: try gguf.string("tokenizer.ggml.model") ?? "none",
            pre: try gguf.string("tokenizer.ggml.pre"), tokens: try strings("tokens"))
        types =
            try gguf.integers("tokenizer.ggml.token_type")?.map {
                Int32(truncatingIfNeeded: $0)
            } ?? []
        merges = try strings("merges")
        scores = try gguf.numbers("tokenizer.ggml.scores")?.map { Float($0) } ?? []
        named.begin = try id("bos")
        named.end = try id("eos")
        named.endOfTurn = try id("eot")
        named.endOfMessage = try id("eom")
        named.unknown = try id("unknown")
        named.padding = try id("padding")
        named.separator = try id("seperator")
        addsBegin = try gguf.bool("tokenizer.ggml.add_bos_token")
        addsEnd = try gguf.bool("tokenizer.ggml.add_eos_token")
        addsSpacePrefix = try gguf.bool("tokenizer.ggml.add_space_prefix")
    }
}
