internal import Tensors

extension ModelSurvey {
    static func isProjectorName(_ name: String) -> Bool { name.contains("mmproj") }

    /// `name-00002-of-00003.gguf` and the like.
    static func isLaterPart(_ name: String) -> Bool {
        guard let part = SplitName(name) else { return false }
        return part.number > 1
    }

    /// Reads a GGUF file, and those that belong to it.
    mutating func readGGUF(_ file: MappedFile, projector named: String?) {
        files = [file]
        let path = file.path
        guard let text = gguf(file) else { return }
        architecture = (try? text.string("general.architecture")) ?? nil
        if let later = Self.refusal(ofLaterPart: text) { return note(later) }
        if text.isAdapter { return readAdapter(text) }
        let known = attempt { () throws(WeightsError) in
            try ModelConfig.textArchitecture(text)
        }
        guard known != nil else {
            unknown = text.tensorNames.compactMap { text.tensors[$0] }
            if architecture == "clip" { readProjectorAlone(text) }
            return
        }
        source = .gguf(text: text, projector: nil)
        let keyValueRows = attempt { () throws(WeightsError) in try Self.keyValueRows(text) }
        enter(text, keyValueRows: keyValueRows ?? nil, isProjector: false)
        for part in laterParts(of: text, path: path) {
            files.append(part.file)
            enter(part, keyValueRows: keyValueRows ?? nil, isProjector: false)
        }
        let eyes = projector(for: text, path: path, named: named)
        if let eyes {
            source = .gguf(text: text, projector: eyes)
            files.append(eyes.file)
            enter(eyes, keyValueRows: nil, isProjector: true)
        }
        readConfig(text, eyes)
        checkTensors()
    }

    /// Rows of a fused tensor that are keys, and as many values; nil when the file does not say.
    private static func keyValueRows(_ text: GGUF) throws(WeightsError) -> Int? {
        let source = GGUFConfig(gguf: text, prefix: try ModelConfig.prefix(text))
        guard let heads = try source.count("attention.head_count", limit: ConfigLimits.heads),
            let width = try source.count("embedding_length", limit: ConfigLimits.width)
        else { return nil }
        let size =
            try source.count("attention.key_length", limit: ConfigLimits.width) ?? width / heads
        return try (TextConfig.keyValueHeads(source) ?? heads) * size
    }

    /// Puts the tensors of one file to the others.
    private mutating func enter(_ gguf: GGUF, keyValueRows: Int?, isProjector: Bool) {
        let read = attempt { () throws(WeightsError) in
            try gguf.sources(keyValueRows: keyValueRows)
        }
        guard let read else {
            hasAllFiles = false
            return
        }
        unknown += read.unknown.compactMap { gguf.tensors[$0] }
        for (name, tensor) in read.found {
            switch name {
            case .text, .tokenEmbedding, .textNorm, .head, .rotaryFactors:
                if isProjector {
                    unknown.append(tensor.entry)
                    continue
                }
            default: break
            }
            if found.updateValue(tensor, forKey: name) != nil, !isProjector {
                note(
                    .malformed(
                        file: gguf.file.path, format: "GGUF",
                        detail: "tensor \(tensor.entry.name) is in another part as well"))
            }
        }
    }

    private mutating func readConfig(_ text: GGUF, _ eyes: GGUF?) {
        let found = found
        let isSound = faults.isEmpty
        let read = attempt { () throws(WeightsError) in
            var config = try ModelConfig(gguf: text, projector: eyes, Self.shapes(found))
            if isSound, let factors = found[.rotaryFactors] {
                config = try Self.dividing(config, by: factors)
            }
            return config
        }
        self.found[.rotaryFactors] = nil
        guard let read else {
            config = try? ModelConfig(gguf: text, projector: eyes, .unknown)
            return
        }
        config = read
        if let eyes {
            _ = attempt { () throws(WeightsError) in
                try Self.checkPair(text, eyes, read, found)
            }
        }
    }

    /// Puts the factors that a file has for its rotary frequencies into the configuration.
    private static func dividing(
        _ config: ModelConfig, by factors: TensorSource
    ) throws(WeightsError) -> ModelConfig {
        let entry = factors.entry
        guard entry.shape == [config.text.headSize / 2] else {
            throw .wrongShape(
                file: entry.file.path, tensor: entry.name, expected: [config.text.headSize / 2],
                found: entry.shape, others: 0)
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

    // MARK: Picture halves

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
    private mutating func projector(for text: GGUF, path: String, named: String?) -> GGUF? {
        if let named {
            return attempt { () throws(WeightsError) in
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
        }
        let folder = Self.folder(of: path)
        let width = try? text.integer(ModelConfig.prefix(text) + "embedding_length")
        var fitting: [GGUF] = []
        for name in MappedFile.names(inFolder: folder)
        where Self.isProjectorName(name) && name.hasSuffix(".gguf") {
            // One that is broken or of another model is simply not this model's.
            guard let eyes = try? GGUF(path: folder + "/" + name),
                (try? ModelConfig.checkProjector(eyes)) != nil,
                let found = try? eyes.integer("clip.vision.projection_dim"), found == width
            else {
                strangers.append(name)
                continue
            }
            fitting.append(eyes)
        }
        if fitting.count > 1 { strangers += fitting.map { Self.lastPart($0.file.path) } }
        return fitting.count == 1 ? fitting[0] : nil
    }

    private mutating func readProjectorAlone(_ gguf: GGUF) {
        guard
            attempt({ () throws(WeightsError) in try ModelConfig.checkProjector(gguf) }) != nil,
            let read = attempt({ () throws(WeightsError) in try gguf.sources(keyValueRows: nil) })
        else { return }
        found = read.found
        unknown = read.unknown.compactMap { gguf.tensors[$0] }
        projectorVision = attempt { () throws(WeightsError) in
            try VisionConfig(gguf: gguf, Self.shapes(read.found))
        }
        projectorWidth =
            read.found[.connector]?.shape.first
            ?? (try? gguf.integer("clip.vision.projection_dim")) ?? nil
    }

    private mutating func readAdapter(_ gguf: GGUF) {
        var facts = Adapter()
        let type = (try? gguf.string("general.architecture")) ?? nil
        facts.changes =
            ((try? gguf.baseModelName()) ?? nil) ?? type.map { "a model of type \($0)" }
        facts.alpha = (try? gguf.number("adapter.lora.alpha")) ?? nil
        facts.rank = gguf.tensors.first { $0.key.hasSuffix(".lora_b") }?.value.shape.last
        adapter = facts
        unknown = gguf.tensorNames.compactMap { gguf.tensors[$0] }
        note(.adapter(file: gguf.file.path, changes: facts.changes))
    }

    // MARK: Parts

    private static func refusal(ofLaterPart text: GGUF) -> WeightsError? {
        guard let count = try? text.integer("split.count"), count > 1,
            let number = try? text.integer("split.no"), number > 0
        else { return nil }
        let first = SplitName(lastPart(text.file.path)).map { $0.part(1) }
        return .unsupported(
            file: text.file.path, what: "is part \(number + 1) of the \(count) of a model",
            advice: "Name the first of them\(first.map { ", \($0)" } ?? "").")
    }

    /// The other files of a model that was cut into parts.
    private mutating func laterParts(of text: GGUF, path: String) -> [GGUF] {
        let count = attempt { () throws(WeightsError) in try text.integer("split.count") } ?? nil
        guard let count, count > 1 else { return [] }
        guard count <= ShardIndex.maxFiles, let name = SplitName(Self.lastPart(path)),
            name.count == count, name.number == 1
        else {
            hasAllFiles = false
            note(
                .unsupported(
                    file: path,
                    what: "is one of \(count) parts, but not named as the first of them",
                    advice: "Name the file that ends in -00001-of-\(SplitName.digits(count)).gguf, "
                        + "with all others beside it."))
            return []
        }
        var parts: [GGUF] = []
        for number in 2...count {
            let file = Self.folder(of: path) + "/" + name.part(number)
            if MappedFile.entry(at: file) == .nothing {
                note(.missingPart(file: file, namedBy: Self.lastPart(path)))
                continue
            }
            let part = attempt { () throws(WeightsError) in
                let part = try GGUF(path: file)
                guard try part.integer("split.no") == number - 1,
                    try part.integer("split.count") == count
                else {
                    throw .wrongValue(
                        file: part.file.path, key: "split.no",
                        expected: "\(number - 1) of \(count)", found: "another part")
                }
                return part
            }
            if let part { parts.append(part) }
        }
        guard parts.count == count - 1 else {
            hasAllFiles = false
            return parts
        }
        let total = parts.reduce(text.tensors.count) { $0 + $1.tensors.count }
        _ = attempt { () throws(WeightsError) in
            if let said = try text.integer("split.tensors.count"), said != total {
                throw .wrongValue(
                    file: path, key: "split.tensors.count", expected: "\(total), as the parts have",
                    found: "\(said)")
            }
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
