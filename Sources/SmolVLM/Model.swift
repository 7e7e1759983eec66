internal import Language
internal import Store
internal import Synchronization
internal import Tensors
package import Tokenizer
internal import Vision
package import Weights

/// A model: its weights, its vocabulary, and how it wants prompts and pictures. Immutable, so that
/// any number of conversations share one.
///
/// ```swift
/// let model = try Model.load(from: "SmolVLM-256M-Instruct")
/// var conversation = try Conversation(with: model, options: ConversationOptions())
/// ```
public final class Model: Sendable {
    /// The folder or file that it was opened from.
    public let path: String
    /// What was odd in its files but did no harm.
    public let warnings: [String]
    /// The adapters that it was loaded with.
    public let adapters: [Adapter]

    package let checkpoint: Checkpoint
    let language: LanguageModel
    /// Nil for a model without eyes.
    let encoder: VisionEncoder?
    /// How pictures are prepared; there when `encoder` is.
    package let preprocessor: PreprocessorConfig?
    package let tokenizer: Tokenizer
    let format: ChatFormat
    /// The ids that end an answer.
    let endingIDs: Set<Int>
    /// The id in whose places picture tokens stand.
    let imageID: Int?
    let workers: Workers
    /// What `visionDigest` found.
    private let knownVision = Mutex<Digest?>(nil)
    /// By whom its conversations are kept from each other's way.
    let scheduler: Scheduler
    /// What the process had in memory before and while it was opened.
    let ground: MemoryGround

    /// Opens a model with what lies beside it: of a folder its files, of a GGUF file the picture
    /// half of the same model, and the chat format that its own template writes.
    public static func load(from path: String) throws(ModelError) -> Model {
        try Model(path: path, projector: nil, chatFormat: nil, adapters: [])
    }

    /// Opens a model.
    ///
    /// - Parameters:
    ///   - path: a folder with `config.json` and safetensors files, or a GGUF file.
    ///   - projector: the GGUF file of the picture half (`mmproj`). Nil takes the one that lies
    ///     beside a GGUF model, if it fits.
    ///   - chatFormat: the name of a chat format; nil takes the one that the model's template
    ///     writes.
    public static func load(
        from path: String, projector: String?, chatFormat: String?
    ) throws(ModelError) -> Model {
        try Model(path: path, projector: projector, chatFormat: chatFormat, adapters: [])
    }

    /// Opens a model and changes it by LoRA adapters, whose changes add up.
    ///
    /// - Parameters:
    ///   - path: a folder with `config.json` and safetensors files, or a GGUF file.
    ///   - projector: the GGUF file of the picture half, as above.
    ///   - chatFormat: the name of a chat format, as above.
    ///   - adapters: made for this model, whatever the kind of its files.
    public static func load(
        from path: String, projector: String?, chatFormat: String?, adapters: [Adapter]
    ) throws(ModelError) -> Model {
        try Model(path: path, projector: projector, chatFormat: chatFormat, adapters: adapters)
    }

    private init(
        path: String, projector: String?, chatFormat: String?, adapters: [Adapter]
    ) throws(ModelError) {
        for adapter in adapters where !adapter.strength.isFinite {
            throw ModelError("\(adapter.path) cannot work with a strength that is no number.")
        }
        let before = (now: ProcessMemory.byteCount, peak: ProcessMemory.peakByteCount)
        let (checkpoint, remarks) = try explained { () throws(WeightsError) in
            var adapted: [(adapter: LoRA, strength: Float)] = []
            let plain = try Checkpoint.open(path, projector: projector)
            for adapter in adapters {
                adapted.append((try LoRA.open(adapter.path), adapter.strength))
            }
            return (try plain.adapted(by: adapted), adapted.flatMap(\.adapter.warnings))
        }
        let files = ModelFiles(checkpoint)
        self.path = path
        self.checkpoint = checkpoint
        self.adapters = adapters
        language = LanguageModel(checkpoint)
        encoder =
            checkpoint.config.vision == nil
            ? nil
            : try explained { () throws(WeightsError) in try VisionEncoder(checkpoint) }
        preprocessor = try files.preprocessor()
        tokenizer = try files.tokenizer()
        try files.check(tokenizer, fits: checkpoint.config.text)
        format = try files.chatFormat(named: chatFormat)
        endingIDs = try files.endingIDs().union(tokenizer.endingIDs)
        imageID = checkpoint.config.imageTokenID ?? tokenizer.id(of: "<image>")
        warnings = tokenizer.warnings + remarks
        workers = Workers()
        scheduler = Scheduler(language, workers: workers)
        // What a vocabulary was read with is freed, but kept for later.
        ProcessMemory.giveBack()
        let peak = ProcessMemory.peakByteCount
        ground = MemoryGround(program: before.now, opening: peak > before.peak ? peak : 0)
    }

    /// What picture tokens depend on of its weights; worked out once.
    func visionDigest(remembering store: EntryStore) -> Digest? {
        knownVision.withLock { known in
            if known == nil { known = checkpoint.visionDigest(remembering: store) }
            return known
        }
    }

    /// Whether it can be shown pictures.
    public var seesPictures: Bool { encoder != nil }

    /// Whether it can think aloud before it answers.
    public var canThink: Bool {
        if case .smollm3 = format { true } else { false }
    }

    /// The names that `chatFormat` may have.
    public static var chatFormatNames: [String] { ChatFormat.named.map(\.name) }

    /// The name of the chat format that its prompts are written in.
    public var chatFormatName: String { format.name }

    /// The most tokens that it was trained to have in sight.
    public var contextLimit: Int { language.config.maxPositions }

    /// The bytes of its weights in its files, those of adapters among them.
    public var weightByteCount: Int { checkpoint.byteCount + checkpoint.adapterByteCount }
}
