internal import Language
internal import Tensors
package import Tokenizer
internal import Vision
package import Weights

/// A model: its weights, its vocabulary, and how it wants prompts and pictures. Immutable, so that
/// any number of conversations share one.
///
///     let model = try Model.load(from: "SmolVLM-256M-Instruct", projector: nil, chatFormat: nil)
///     var conversation = try Conversation(with: model, options: ConversationOptions())
public final class Model: Sendable {
    /// The folder or file that it was opened from.
    public let path: String
    /// What was odd in its files but did no harm.
    public let warnings: [String]

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
        try Model(path: path, projector: projector, chatFormat: chatFormat)
    }

    private init(path: String, projector: String?, chatFormat: String?) throws(ModelError) {
        let checkpoint = try explained { () throws(WeightsError) in
            try Checkpoint.open(path, projector: projector)
        }
        let files = ModelFiles(checkpoint)
        self.path = path
        self.checkpoint = checkpoint
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
        warnings = tokenizer.warnings
        workers = Workers()
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

    /// The bytes of its weights in its files.
    public var weightByteCount: Int { checkpoint.byteCount }
}
