internal import JSON
internal import Tensors

extension Checkpoint {
    /// Opens a model.
    ///
    /// - Parameter path: a folder with `config.json` and safetensors files, a folder with one GGUF
    ///   model, a safetensors file of such a folder, or a GGUF file (of several: the first).
    /// - Parameter projector: the GGUF file of the picture half. Without one, a single `mmproj` file
    ///   beside a GGUF model is taken when it is of the same model.
    package static func open(
        _ path: String, projector: String?
    ) throws(WeightsError) -> Checkpoint {
        switch MappedFile.entry(at: path) {
        case .nothing: throw .notFound(file: path)
        case .folder:
            return try openFolder(path, projector: projector)
        case .file:
            let file = try MappedFile(path: path)
            if GGUF.isGGUF(file) {
                let gguf = try GGUF(file: file)
                if gguf.isAdapter {
                    throw .adapter(file: path, changes: try gguf.baseModelName())
                }
                return try openGGUF(gguf, path: path, projector: projector)
            }
            if path.hasSuffix(".safetensors") || path.hasSuffix(".json") {
                return try openFolder(folder(of: path), projector: projector)
            }
            throw .unsupported(
                file: path, what: "is neither a GGUF nor a safetensors file",
                advice: "Name a model folder, a .safetensors or a .gguf file.")
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func lastPart(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    // MARK: Folders

    private static func openFolder(
        _ folder: String, projector: String?
    ) throws(WeightsError) -> Checkpoint {
        let names = MappedFile.names(inFolder: folder)
        if names.contains("config.json"), names.contains(where: { $0.hasSuffix(".safetensors") }) {
            if let projector {
                throw .unsupported(
                    file: projector, what: "is a picture half, but \(folder) is a whole model",
                    advice: "Leave --mmproj out, or name a .gguf text model with -m.")
            }
            return try openHuggingFace(folder, names)
        }
        if names.contains("adapter_config.json") {
            let config = try JSONFile.read(folder + "/adapter_config.json")
            throw .adapter(file: folder, changes: config["base_model_name_or_path"]?.string)
        }
        let models = names.filter {
            $0.hasSuffix(".gguf") && !isProjectorName($0) && !isLaterPart($0)
        }
        if models.count == 1 {
            let path = folder + "/" + models[0]
            return try openGGUF(GGUF(path: path), path: path, projector: projector)
        }
        if models.count > 1 {
            throw .unsupported(
                file: folder, what: "holds several models: \(models.joined(separator: ", "))",
                advice: "Name one of them.")
        }
        if names.contains("config.json"), names.contains(where: { $0.hasSuffix(".bin") }) {
            throw .unsupported(
                file: folder, what: "holds weights as .bin files, which can run code when read",
                advice: "Get the model's .safetensors files.")
        }
        throw .noModel(
            folder: folder,
            wanted: names.contains("config.json")
                ? "model.safetensors is missing" : "config.json is missing")
    }

    private static func openHuggingFace(
        _ folder: String, _ names: [String]
    ) throws(WeightsError) -> Checkpoint {
        var entries: [TensorEntry] = []
        let indexName = "model.safetensors.index.json"
        if names.contains(indexName) {
            let index = try ShardIndex(path: folder + "/" + indexName)
            var shards: [String: Safetensors] = [:]
            for name in index.shardNames {
                shards[name] = try Safetensors(path: folder + "/" + name)
            }
            for (tensor, file) in index.files {
                guard let entry = shards[file]?.tensors[tensor] else {
                    throw .missingTensor(file: folder + "/" + file, tensor: tensor)
                }
                entries.append(entry)
            }
        } else {
            let files = names.filter { $0.hasSuffix(".safetensors") }
            let file = files.contains("model.safetensors") ? "model.safetensors" : files[0]
            guard file == "model.safetensors" || files.count == 1 else {
                throw .noModel(folder: folder, wanted: "\(indexName) is missing")
            }
            entries = Array(try Safetensors(path: folder + "/" + file).tensors.values)
        }

        var found: [TensorName: TensorSource] = [:]
        var unknown: [String] = []
        for entry in entries {
            guard let name = TensorName(huggingFace: entry.name) else {
                try refuseUnknown(entry)
                unknown.append(entry.name)
                continue
            }
            guard found.updateValue(TensorSource(entry), forKey: name) == nil else {
                throw .malformed(
                    file: entry.file.path, format: "safetensors",
                    detail: "tensor \(entry.name) is there under two names")
            }
        }
        let config = try ModelConfig(configFile: folder + "/config.json", shapes(found))
        return try Checkpoint(
            path: folder, source: .folder(folder), config: config, found: found, unknown: unknown)
    }

    /// A tensor of a layer that is not known would change what the layer computes.
    private static func refuseUnknown(_ entry: TensorEntry) throws(WeightsError) {
        let isOfOtherModel =
            entry.name.contains("vision_tower.") || entry.name.contains("language_model.")
        let isOfLayer = entry.name.contains("layers.") && !entry.name.hasSuffix("inv_freq")
        guard isOfOtherModel || isOfLayer else { return }
        throw .unsupported(
            file: entry.file.path,
            what: "has a tensor \(entry.name), which models of this family do not have",
            advice: "smolvlm runs SmolVLM, Idefics3, Llama and SmolLM3 models.")
    }

    private static func shapes(_ found: [TensorName: TensorSource]) -> TensorShapes {
        TensorShapes { name in found[name].map { ($0.entry.name, $0.shape) } }
    }

    // MARK: GGUF

    private static func isProjectorName(_ name: String) -> Bool { name.contains("mmproj") }

    /// `name-00002-of-00003.gguf` and the like.
    private static func isLaterPart(_ name: String) -> Bool {
        guard let part = SplitName(name) else { return false }
        return part.number > 1
    }

    private static func openGGUF(
        _ text: GGUF, path: String, projector: String?
    ) throws(WeightsError) -> Checkpoint {
        _ = try ModelConfig.textArchitecture(text)
        let source = GGUFConfig(gguf: text, prefix: try ModelConfig.prefix(text))
        var keyValueRows: Int?
        if let heads = try source.count("attention.head_count", limit: ConfigLimits.heads),
            let width = try source.count("embedding_length", limit: ConfigLimits.width)
        {
            let size =
                try source.count("attention.key_length", limit: ConfigLimits.width) ?? width / heads
            keyValueRows = try (TextConfig.keyValueHeads(source) ?? heads) * size
        }
        var (found, unknown) = try text.sources(keyValueRows: keyValueRows)
        for part in try laterParts(of: text, path: path) {
            let more = try part.sources(keyValueRows: keyValueRows)
            unknown += more.unknown
            for (name, tensor) in more.found where found.updateValue(tensor, forKey: name) != nil {
                throw .malformed(
                    file: part.file.path, format: "GGUF",
                    detail: "tensor \(tensor.entry.name) is in another part as well")
            }
        }

        let eyes = try self.projector(for: text, path: path, named: projector)
        if let eyes {
            let more = try eyes.sources(keyValueRows: nil)
            unknown += more.unknown
            for (name, tensor) in more.found {
                switch name {
                case .text, .tokenEmbedding, .textNorm, .head, .rotaryFactors:
                    unknown.append(tensor.entry.name)
                default: found[name] = tensor
                }
            }
        }
        var config = try ModelConfig(gguf: text, projector: eyes, shapes(found))
        if let factors = found[.rotaryFactors] {
            config = try dividing(config, by: factors)
            found[.rotaryFactors] = nil
        }
        if let eyes { try checkPair(text, eyes, config, found) }
        return try Checkpoint(
            path: path, source: .gguf(text: text, projector: eyes), config: config, found: found,
            unknown: unknown)
    }

    /// Puts the factors that a file has for its rotary frequencies into the configuration.
    private static func dividing(
        _ config: ModelConfig, by factors: TensorSource
    ) throws(WeightsError) -> ModelConfig {
        let entry = factors.entry
        guard entry.shape == [config.text.headSize / 2] else {
            throw .wrongShape(
                file: entry.file.path, tensor: entry.name, expected: [config.text.headSize / 2],
                found: entry.shape)
        }
        let values = try entry.matrix(rowsFrom: 0).floats()
        guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw .wrongValue(
                file: entry.file.path, key: "tensor \(entry.name)",
                expected: "a list of positive factors", found: "something else")
        }
        var text = config.text
        text.scaling = .divided(by: values)
        return ModelConfig(
            architecture: config.architecture, text: text, vision: config.vision,
            imageTokenID: config.imageTokenID)
    }

    /// The picture half's tokens must be as wide as the text half's embeddings.
    private static func checkPair(
        _ text: GGUF, _ eyes: GGUF, _ config: ModelConfig, _ found: [TensorName: TensorSource]
    ) throws(WeightsError) {
        let said = try eyes.integer("clip.vision.projection_dim")
        let shown = found[.connector]?.shape.first
        let width = config.text.hiddenSize
        for found in [shown, said].compactMap(\.self) where found != width {
            throw .wrongPair(
                text: text.file.path, width: width, projector: eyes.file.path,
                projectorWidth: found)
        }
    }

    /// The picture half: the one that was named, or the only one beside the text half that fits it.
    private static func projector(
        for text: GGUF, path: String, named: String?
    ) throws(WeightsError) -> GGUF? {
        if let named {
            let file = try MappedFile(path: named)
            guard GGUF.isGGUF(file) else {
                throw .unsupported(
                    file: named, what: "is no GGUF file",
                    advice: "Give --mmproj a .gguf file whose name begins with mmproj-.")
            }
            let eyes = try GGUF(file: file)
            try ModelConfig.checkProjector(eyes)
            return eyes
        }
        let folder = folder(of: path)
        let width = try text.integer(try ModelConfig.prefix(text) + "embedding_length")
        var fitting: [GGUF] = []
        for name in MappedFile.names(inFolder: folder)
        where isProjectorName(name) && name.hasSuffix(".gguf") {
            // One that is broken or of another model is simply not this model's.
            guard let eyes = try? GGUF(path: folder + "/" + name),
                (try? ModelConfig.checkProjector(eyes)) != nil,
                let found = try? eyes.integer("clip.vision.projection_dim"), found == width
            else { continue }
            fitting.append(eyes)
        }
        return fitting.count == 1 ? fitting[0] : nil
    }

    /// The other files of a model that was cut into parts.
    private static func laterParts(of text: GGUF, path: String) throws(WeightsError) -> [GGUF] {
        guard let count = try text.integer("split.count"), count > 1 else { return [] }
        guard count <= ShardIndex.maxFiles, let name = SplitName(lastPart(path)),
            name.count == count, name.number == 1
        else {
            throw .unsupported(
                file: path, what: "is one of \(count) parts, but not named as the first of them",
                advice: "Name the file that ends in -00001-of-\(SplitName.digits(count)).gguf, "
                    + "with all others beside it.")
        }
        var parts: [GGUF] = []
        for number in 2...count {
            let part = try GGUF(path: folder(of: path) + "/" + name.part(number))
            guard try part.integer("split.no") == number - 1,
                try part.integer("split.count") == count
            else {
                throw .wrongValue(
                    file: part.file.path, key: "split.no", expected: "\(number - 1) of \(count)",
                    found: "another part")
            }
            parts.append(part)
        }
        let total = parts.reduce(text.tensors.count) { $0 + $1.tensors.count }
        if let said = try text.integer("split.tensors.count"), said != total {
            throw .wrongValue(
                file: path, key: "split.tensors.count", expected: "\(total), as the parts have",
                found: "\(said)")
        }
        return parts
    }
}

/// `stem-00001-of-00003.gguf`.
struct SplitName: Equatable {
    let stem: String
    let number: Int
    let count: Int

    init?(_ name: String) {
        guard name.hasSuffix(".gguf") else { return nil }
        let parts = name.dropLast(5).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 2] == "of",
            let number = Int(parts[parts.count - 3]), let count = Int(parts[parts.count - 1]),
            number >= 1, number <= count
        else { return nil }
        stem = parts.dropLast(3).joined(separator: "-")
        self.number = number
        self.count = count
    }

    /// The name of another part.
    func part(_ number: Int) -> String {
        "\(stem)-\(Self.digits(number))-of-\(Self.digits(count)).gguf"
    }

    /// Five digits.
    static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
}
