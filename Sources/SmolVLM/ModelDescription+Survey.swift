internal import Media
internal import Tensors
internal import Tokenizer
internal import Weights

extension Model {
    /// Says what there is to say of a model, sound or not.
    ///
    /// - Parameters:
    ///   - path: what `load` takes.
    ///   - projector: as for `load`.
    public static func describe(_ path: String, projector: String?) -> ModelDescription {
        ModelDescription(ModelSurvey(path, projector: projector))
    }

    /// Whether there is a model under a path, or what is left of one: a folder with the files of a
    /// model, whatever else is in it, or a file with weights.
    public static func isModel(at path: String) -> Bool {
        switch ModelSurvey.recognise(path) {
        case .none: return false
        case .byContent: return true
        case .byName:
            // A picture may have any name.
            guard let input = try? MediaInput(path: path),
                let bytes = try? input.bytes(at: 0, count: MediaKind.recognisedByteCount)
            else { return true }
            return MediaKind.recognise(firstBytes: bytes.span) == nil
        }
    }
}

extension ModelDescription {
    init(_ survey: ModelSurvey) {
        self.init(path: survey.path)
        complaints = survey.faults.map(\.description)
        files = survey.files.map {
            File(
                name: $0.path.split(separator: "/").last.map(String.init) ?? $0.path,
                byteCount: $0.byteCount)
        }
        if let file = survey.files.first {
            container =
                GGUF.isGGUF(file) || file.path.lowercased().hasSuffix(".gguf")
                ? "gguf" : "safetensors"
        }
        tensors = Tensors.table(survey)
        if let adapter = survey.adapter {
            kind = .adapter
            self.adapter = Adapter(
                changes: adapter.changes, rank: adapter.rank, alpha: adapter.alpha)
        } else if let vision = survey.projectorVision {
            kind = .pictureHalf
            architecture = "clip"
            family = "SmolVLM"
            self.vision = Vision(vision)
            publishedSize = survey.projectorWidth.flatMap(WeightsError.publishedSize)
        } else if survey.config == nil {
            architecture = survey.architecture
        } else if let config = survey.config {
            describe(config, survey.source)
            let weights = survey.checkpoint?.byteCount ?? tensors.reduce(0) { $0 + $1.byteCount }
            memory = ModelMemory(config, weightByteCount: weights)
        }
        describeCompanions(survey)
        warn(survey)
    }

    private mutating func describe(_ config: ModelConfig, _ source: Checkpoint.Source?) {
        kind = config.vision == nil ? .textModel : .visionModel
        text = Text(config.text)
        vision = config.vision.map(Vision.init)
        (architecture, family) =
            switch config.architecture {
            case .idefics3: ("idefics3", "SmolVLM (Idefics3)")
            case .smolVLM: ("smolvlm", "SmolVLM")
            case .llama: ("llama", "Llama")
            case .smolLM3: ("smollm3", "SmolLM3")
            }
        if case .gguf(let gguf, let projector)? = source {
            let said = (try? gguf.string("general.architecture")) ?? nil
            architecture = said.map { projector == nil ? $0 : "\($0) and clip" } ?? architecture
            name = (try? gguf.string("general.name")) ?? nil
        }
        if vision != nil {
            publishedSize = WeightsError.publishedSize(width: config.text.hiddenSize)
        }
    }

    // MARK: What stands beside the weights

    private mutating func describeCompanions(_ survey: ModelSurvey) {
        guard let source = survey.source else { return }
        let files = ModelFiles(
            source: source, path: survey.modelPath, vision: survey.config?.vision)
        // In the order in which a model is opened: the first complaint is what that throws.
        do throws(ModelError) {
            if let config = try files.preprocessor() {
                pictures = Pictures(
                    longestEdge: config.longestEdge, splits: config.splits,
                    framesPerSecond: config.video.framesPerSecond,
                    maxFrames: config.video.maxFrames)
            }
        } catch {
            complain(error)
        }
        var tokenizer: Tokenizer?
        do throws(ModelError) {
            let found = try files.tokenizer()
            tokenizer = found
            vocabulary = Vocabulary(
                kind: found.isByteLevel ? "byte-level BPE" : "SentencePiece BPE",
                tokenCount: found.count, addedCount: found.addedTokens.count,
                specialCount: found.addedTokens.count(where: \.isSpecial))
            warnings += found.warnings
            if let config = survey.config { try files.check(found, fits: config.text) }
        } catch {
            complain(error)
        }
        do throws(ModelError) {
            let format = try files.chatFormat(named: nil)
            chat = Chat(format: format.name, file: files.templateFile, advice: nil)
        } catch {
            chat = Chat(format: nil, file: files.templateFile, advice: error.description)
        }
        do throws(ModelError) {
            let ids = try files.endingIDs().union(tokenizer?.endingIDs ?? [])
            endings = ids.sorted().map { Token(id: $0, text: tokenizer?.token(of: $0)) }
        } catch {
            complain(error)
        }
        if let tokenizer, let config = survey.config { warn(tokenizer, config) }
    }

    private mutating func complain(_ error: ModelError) {
        if !complaints.contains(error.description) { complaints.append(error.description) }
    }

    // MARK: What is odd

    private mutating func warn(_ tokenizer: Tokenizer, _ config: ModelConfig) {
        if config.vision != nil {
            let id = config.imageTokenID ?? tokenizer.id(of: "<image>")
            let text = id.flatMap { tokenizer.token(of: $0) }
            if id == nil || text == nil {
                warnings.append(
                    "The vocabulary has no token for pictures, so none can be shown. Use the "
                        + "tokenizer files that came with the model.")
            } else if let id, let text, text != "<image>" {
                warnings.append(
                    "Pictures stand in the places of token \(id), which is \(text), not <image>.")
            }
        } else if tokenizer.id(of: "<image>") != nil, container == "gguf" {
            warnings.append(
                "The vocabulary has a token for pictures: this may be the text half of a model that "
                    + "sees. Put its mmproj file beside it, or name that with --mmproj.")
        }
        if endings.isEmpty {
            warnings.append(
                "No token is known to end an answer: it ends after as many tokens as are asked "
                    + "for.")
        }
        for token in endings where token.text == nil {
            warnings.append("Token \(token.id) is to end answers, but the vocabulary has no such.")
        }
    }

    private mutating func warn(_ survey: ModelSurvey) {
        let unused = survey.unusedNames
        if !unused.isEmpty {
            let some = unused.prefix(3).joined(separator: ", ")
            let more = unused.count > 3 ? " and \(unused.count - 3) more" : ""
            warnings.append("Not used of the files: \(some)\(more).")
        }
        if !survey.hasAllFiles, !tensors.isEmpty {
            warnings.append("Only the tensors of files that could be read are counted.")
        }
        if vision == nil, kind == .textModel {
            for name in survey.strangers {
                warnings.append(
                    "\(name), which lies beside it, is not taken for its picture half: it is of "
                        + "another model, broken, or one of several that fit. Name the right one "
                        + "with --mmproj.")
            }
        }
    }
}

extension ModelDescription.Text {
    fileprivate init(_ config: TextConfig) {
        layerCount = config.layerCount
        width = config.hiddenSize
        innerWidth = config.innerSize
        heads = config.heads
        keyValueHeads = config.keyValueHeads
        headSize = config.headSize
        vocabularySize = config.vocabularySize
        contextLimit = config.maxPositions
        ropeTheta = config.theta
        layersWithoutRotation = config.isRotated.indices.filter { !config.isRotated[$0] }
        isTied = config.isTied
        func whole(_ number: Double) -> String {
            Int(exactly: number).map(String.init) ?? "\(number)"
        }
        ropeScaling =
            switch config.scaling {
            case .none: nil
            case .linear(let factor): "linear, by \(whole(factor))"
            case .yarn(let yarn):
                "YaRN, by \(whole(yarn.factor)) from \(whole(yarn.originalLength)) tokens"
            case .llama3(let llama):
                "as Llama 3, by \(whole(llama.factor)) from \(whole(llama.originalLength)) tokens"
            case .divided: "by factors of the file"
            }
    }
}

extension ModelDescription.Vision {
    fileprivate init(_ config: VisionConfig) {
        tileSide = config.imageSize
        patchSide = config.patchSize
        layerCount = config.layerCount
        width = config.hiddenSize
        innerWidth = config.innerSize
        heads = config.heads
        patchesPerTile = config.patchCount
        tokensPerTile = config.tokensPerTile
    }
}

extension ModelDescription.Tensors {
    /// More numbers than any tensor has; the sums of a file of such still fit.
    private static let mostNumbers = 1 << 40

    /// The numbers in a tensor of a shape, which for types that are not known may say anything.
    private static func count(_ shape: [Int]) -> Int {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            count = overflow ? mostNumbers : min(product, mostNumbers)
        }
        return count
    }

    /// All tensors, added up by part and type.
    fileprivate static func table(_ survey: ModelSurvey) -> [Self] {
        var rows: [ModelDescription.Part: [String: Self]] = [:]
        for tensor in survey.tensors {
            let part = tensor.name.map(ModelDescription.Part.init) ?? .other
            let type = tensor.stored.name
            var row =
                rows[part]?[type]
                ?? Self(part: part, type: type, tensorCount: 0, parameterCount: 0, byteCount: 0)
            row.tensorCount += 1
            row.parameterCount += count(tensor.shape)
            row.byteCount += tensor.bytes
            rows[part, default: [:]][type] = row
        }
        return ModelDescription.Part.allCases.flatMap { part in
            (rows[part] ?? [:]).values.sorted { ($1.byteCount, $0.type) < ($0.byteCount, $1.type) }
        }
    }
}

extension ModelDescription.Part {
    fileprivate init(_ name: TensorName) {
        self =
            switch name {
            case .patchEmbedding, .positionEmbedding, .vision, .visionNorm: .vision
            case .connector: .connector
            case .tokenEmbedding: .embedding
            case .text(_, let piece):
                switch piece {
                case .firstNorm, .secondNorm: .norms
                case .query, .key, .value, .output: .attention
                case .gate, .up, .down: .feedForward
                }
            case .textNorm: .norms
            case .head: .head
            case .rotaryFactors: .other
            }
    }
}
