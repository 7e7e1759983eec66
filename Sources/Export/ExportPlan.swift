internal import SmolVLM
internal import Tensors
internal import Weights

/// A file that is to be written: its header, and where each of its tensors comes from.
struct ExportedFile: Sendable {
    let path: String
    let quantisation: Quantisation
    /// All that stands before the data.
    let header: [UInt8]
    let tensors: [GGUFWriter.Tensor]
    /// One for each tensor, in their order.
    let sources: [Source]
    let byteCount: Int

    init(path: String, quantisation: Quantisation, writer: GGUFWriter, sources: [Source]) {
        self.path = path
        self.quantisation = quantisation
        header = writer.header()
        tensors = writer.tensors
        self.sources = sources
        byteCount = header.count + writer.dataByteCount
    }

    /// A tensor of the file.
    struct Source: Sendable {
        enum Content: Sendable {
            /// A matrix of the checkpoint.
            case stored
            case made([Float])
        }

        let name: TensorName
        let content: Content
        /// Whether its rows are written for a rotation of neighbours.
        var isPaired: Bool { name.isStoredInPairs }
    }
}

/// Makes the headers of the files that a model becomes.
struct ExportPlan {
    let checkpoint: Checkpoint
    /// What the model is called.
    let name: String

    private var config: ModelConfig { checkpoint.config }

    func textFile(path: String, _ quantisation: Quantisation) throws(ExportError) -> ExportedFile {
        var tensors = config.tensors.filter { !$0.name.isOfVision }
        var sources = tensors.map { ExportedFile.Source(name: $0.name, content: .stored) }
        if let divisors = divisors {
            tensors.append((.rotaryFactors, [divisors.count]))
            sources.append(.init(name: .rotaryFactors, content: .made(divisors)))
        }
        var writer = GGUFWriter()
        switch checkpoint.source {
        case .gguf(let text, _):
            writer.copyKeys(of: text)
            writer.addStorage(quantisation)
        case .folder(let folder):
            try TextKeys(
                folder: folder, files: ModelFiles(checkpoint), config: config.text,
                isSmolLM3: config.architecture == .smolLM3
            ).add(to: &writer, name: name, numbers: Self.numbers(tensors), quantisation)
        }
        for (name, shape) in tensors {
            writer.addTensor(
                name.ggufName,
                type: quantisation.type(
                    of: name, columns: shape.last ?? 1, layerCount: config.text.layerCount,
                    isTied: config.text.isTied),
                shape: shape)
        }
        return ExportedFile(
            path: path, quantisation: quantisation, writer: writer, sources: sources)
    }

    /// Nil for a model without eyes.
    func visionFile(
        path: String, _ quantisation: Quantisation
    ) throws(ExportError) -> ExportedFile? {
        guard let vision = config.vision else { return nil }
        let tensors = config.tensors.filter(\.name.isOfVision)
        var writer = GGUFWriter()
        switch checkpoint.source {
        case .gguf(let text, let projector):
            writer.copyKeys(of: projector ?? text)
            writer.addStorage(quantisation)
        case .folder(let folder):
            try VisionKeys(
                folder: folder, files: ModelFiles(checkpoint), config: vision,
                textWidth: config.text.hiddenSize
            ).add(to: &writer, name: name, numbers: Self.numbers(tensors), quantisation)
        }
        for (name, shape) in tensors {
            writer.addTensor(
                name.ggufName,
                type: quantisation.type(
                    of: name, columns: shape.last ?? 1, layerCount: vision.layerCount,
                    isTied: config.text.isTied),
                shape: shape)
        }
        return ExportedFile(
            path: path, quantisation: quantisation, writer: writer,
            sources: tensors.map { ExportedFile.Source(name: $0.name, content: .stored) })
    }

    private var divisors: [Float]? {
        switch config.text.scaling {
        case .divided(let factors): factors
        case .llama3(let llama):
            llama.divisors(headSize: config.text.headSize, theta: config.text.theta)
        case .none, .linear, .yarn: nil
        }
    }

    private static func numbers(_ tensors: [(name: TensorName, shape: [Int])]) -> Int {
        tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
}

/// Adds up what becomes of the tensors of each group.
struct ExportTally {
    private var losses: [LossGroup: EncodingLoss] = [:]
    private var found: [LossGroup: ExportReport.Group] = [:]
    private var types: [LossGroup: [ElementType: Int]] = [:]

    mutating func add(
        _ source: ExportedFile.Source, _ tensor: GGUFWriter.Tensor, bytesBefore: Int,
        _ loss: EncodingLoss
    ) {
        let key = LossGroup(source.name)
        var group = found[key] ?? ExportReport.Group(group: key)
        group.tensorCount += 1
        group.numberCount += loss.count
        group.bytesBefore += bytesBefore
        group.bytesAfter += tensor.byteCount
        found[key] = group
        losses[key, default: EncodingLoss()].add(loss)
        types[key, default: [:]][tensor.type, default: 0] += 1
    }

    /// In the order of a model.
    var groups: [ExportReport.Group] {
        LossGroup.allCases.compactMap { key in
            guard var group = found[key] else { return nil }
            group.relativeError = losses[key]?.relative ?? 0
            group.types = (types[key] ?? [:]).map { ($0.key.name, $0.value) }
                .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            return group
        }
    }
}
