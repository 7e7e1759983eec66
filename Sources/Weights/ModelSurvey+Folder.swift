internal import JSON
internal import Tensors

extension ModelSurvey {
    static let indexName = "model.safetensors.index.json"
    private static let adapterNames = ["adapter_model.safetensors", "adapter_model.bin"]

    /// Reads a folder.
    ///
    /// - Parameter file: the safetensors file in it that was named itself.
    mutating func readFolder(_ folder: String, file: String?, projector: String?) {
        if let reason = MappedFile.refusal(ofFolder: folder) {
            return note(.unreadable(file: folder, reason: reason))
        }
        let names = MappedFile.names(inFolder: folder)
        let tensorFiles = names.filter { $0.hasSuffix(".safetensors") }
        let hasConfig = names.contains("config.json")
        if isAdapter(names, file: file) {
            return readAdapter(folder, names)
        }
        if file != nil || hasConfig && !tensorFiles.isEmpty || names.contains(Self.indexName) {
            if let projector {
                note(
                    .unsupported(
                        file: projector,
                        what: "was given as a picture half, but \(folder) is a whole model",
                        advice: "Leave --mmproj out, or name a .gguf text model with -m."))
            }
            return readHuggingFace(folder, names, file: file)
        }
        let files = names.filter { $0.hasSuffix(".gguf") && !Self.isLaterPart($0) }
        let models = files.filter { !Self.isProjectorName($0) }
        if models.count > 1 {
            return note(
                .unsupported(
                    file: folder, what: "holds several models: \(models.joined(separator: ", "))",
                    advice: "Name one of them."))
        }
        if let name = models.first ?? (hasConfig ? nil : files.first) {
            let path = "\(folder)/\(name)"
            if let file = attempt({ () throws(WeightsError) in try MappedFile(path: path) }) {
                readGGUF(file, projector: projector)
            }
            return
        }
        let wanted = hasConfig ? "model.safetensors is missing" : "config.json is missing"
        note(
            ForeignModel(names: names)?.refusal(of: folder)
                ?? .noModel(folder: folder, wanted: wanted))
        hasAllFiles = false
        // What can be said of it all the same.
        source = .folder(folder)
        if hasConfig {
            readConfig(folder)
        } else if !tensorFiles.isEmpty {
            readEntries(folder, names, file: nil)
        }
    }

    // MARK: Adapters

    private func isAdapter(_ names: [String], file: String?) -> Bool {
        if let file { return Self.adapterNames.contains(file) }
        let weights = names.filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".gguf") }
        return names.contains("adapter_config.json")
            && weights.allSatisfy { Self.adapterNames.contains($0) }
    }

    private mutating func readAdapter(_ folder: String, _ names: [String]) {
        var facts = Adapter()
        if names.contains("adapter_config.json") {
            let config = attempt { () throws(WeightsError) in
                try JSONFile.read(folder + "/adapter_config.json")
            }
            facts.changes = config?["base_model_name_or_path"]?.string
            facts.rank = config?["r"]?.int
            facts.alpha = config?["lora_alpha"]?.double
        }
        adapter = facts
        faults.insert(.adapter(file: path, changes: facts.changes), at: 0)
        if names.contains("adapter_model.safetensors") {
            let file = folder + "/adapter_model.safetensors"
            if let read = safetensors(file) {
                files = [read.file]
                unknown = Array(read.tensors.values)
            }
        } else if names.contains("adapter_model.bin") {
            note(ForeignModel.pickle.refusal(of: folder + "/adapter_model.bin"))
        }
    }

    // MARK: Models of the hub

    private mutating func readHuggingFace(_ folder: String, _ names: [String], file: String?) {
        let hasConfig = names.contains("config.json")
        if hasConfig || file == nil { source = .folder(folder) }
        readEntries(folder, names, file: file)
        guard !isForeign else { return }
        guard hasConfig else {
            if file == nil {
                note(.noModel(folder: folder, wanted: "config.json is missing"))
            } else if !files.isEmpty {
                note(
                    .unsupported(
                        file: path, what: "has no config.json beside it, which says its sizes",
                        advice: "Name the folder of the whole model."))
            }
            return
        }
        readConfig(folder)
        checkTensors()
    }

    /// Reads the configuration: with what the tensors show, or without where that does not fit.
    private mutating func readConfig(_ folder: String) {
        let file = folder + "/config.json"
        let shapes = Self.shapes(found)
        config = attempt { () throws(WeightsError) in try ModelConfig(configFile: file, shapes) }
        if config == nil {
            config = try? ModelConfig(configFile: file)
            architecture = ((try? JSONFile.read(file)) ?? nil)?["model_type"]?.string
        }
    }

    /// Reads the headers of all files with weights.
    private mutating func readEntries(_ folder: String, _ names: [String], file: String?) {
        var entries: [TensorEntry] = []
        var isOfMLX = false
        if names.contains(Self.indexName) {
            entries = entriesOfShards(folder, names)
        } else {
            let all = names.filter { $0.hasSuffix(".safetensors") }
            let name = file ?? (all.contains("model.safetensors") ? "model.safetensors" : all.first)
            guard let name, file != nil || name == "model.safetensors" || all.count == 1 else {
                hasAllFiles = false
                return note(.noModel(folder: folder, wanted: "\(Self.indexName) is missing"))
            }
            let path = file == nil ? folder + "/" + name : self.path
            if let read = safetensors(path) {
                files = [read.file]
                entries = Array(read.tensors.values)
                isOfMLX = read.metadata["format"] == "mlx"
            } else {
                hasAllFiles = false
            }
        }
        entries.sort { $0.name < $1.name }
        let configFile = folder + "/config.json"
        let named = names.contains("config.json") ? try? JSONFile.read(configFile) : nil
        if let foreign = ForeignModel(config: named, entries: entries, isOfMLX: isOfMLX) {
            unknown = entries
            config = try? ModelConfig(configFile: configFile)
            isForeign = true
            return note(foreign.refusal(of: path))
        }
        var isRefused = false
        for entry in entries {
            guard let name = TensorName(huggingFace: entry.name) else {
                // One of them says it for all.
                if !isRefused, let refusal = Self.refusal(ofUnknown: entry) {
                    note(refusal)
                    isRefused = true
                }
                unknown.append(entry)
                continue
            }
            guard found.updateValue(TensorSource(entry), forKey: name) == nil else {
                note(
                    .malformed(
                        file: entry.file.path, format: "safetensors",
                        detail: "tensor \(entry.name) is there under two names"))
                continue
            }
        }
    }

    private mutating func entriesOfShards(_ folder: String, _ names: [String]) -> [TensorEntry] {
        let path = folder + "/" + Self.indexName
        guard let index = attempt({ () throws(WeightsError) in try ShardIndex(path: path) }) else {
            hasAllFiles = false
            return []
        }
        var entries: [TensorEntry] = []
        var shards: [String: Safetensors] = [:]
        for name in index.shardNames {
            let file = folder + "/" + name
            guard names.contains(name) else {
                note(.missingPart(file: file, namedBy: Self.indexName))
                hasAllFiles = false
                continue
            }
            if let shard = safetensors(file) {
                shards[name] = shard
                files.append(shard.file)
            } else {
                hasAllFiles = false
            }
        }
        var absent: [String: [String]] = [:]
        for (tensor, file) in index.files {
            guard let shard = shards[file] else { continue }
            if let entry = shard.tensors[tensor] {
                entries.append(entry)
            } else {
                absent[file, default: []].append(tensor)
            }
        }
        for (file, tensors) in absent.sorted(by: { $0.key < $1.key }) {
            note(
                .missingTensor(
                    file: folder + "/" + file, tensor: tensors.min() ?? "",
                    others: tensors.count - 1))
            hasAllFiles = false
        }
        return entries
    }

    /// A tensor of a layer that is not known would change what the layer computes.
    private static func refusal(ofUnknown entry: TensorEntry) -> WeightsError? {
        let isOfOtherModel =
            entry.name.contains("vision_tower.") || entry.name.contains("language_model.")
        let isOfLayer = entry.name.contains("layers.") && !entry.name.hasSuffix("inv_freq")
        guard isOfOtherModel || isOfLayer else { return nil }
        return .unsupported(
            file: entry.file.path,
            what: "has a tensor \(entry.name), which models of this family do not have",
            advice: WeightsError.families)
    }

    static func shapes(_ found: [TensorName: TensorSource]) -> TensorShapes {
        TensorShapes { name in found[name].map { ($0.entry.name, $0.shape) } }
    }
}

extension WeightsError {
    /// What is said to whoever has a model of another family.
    static let families = "smolvlm runs SmolVLM, Idefics3, Llama and SmolLM3 models."
}
