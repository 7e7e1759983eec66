internal import Language
public import Media
internal import Tensors
internal import Vision
internal import Weights

/// A conversation with a model: what has been said and shown, and what the model remembers of it.
///
/// It has one owner. What earlier turns left in memory is not read again.
///
/// ```swift
/// var conversation = try Conversation(with: model, options: ConversationOptions())
/// try conversation.add(picture)
/// conversation.add("What is the total?")
/// let answer = try conversation.answer(AnswerOptions(), isWanted: { true }) { event in
///     if case .piece(let text) = event { print(text, terminator: "") }
/// }
/// ```
public struct Conversation: ~Copyable {
    let model: Model
    let config: PreprocessorConfig?
    private let chat: ChatOptions
    let visionStore: VisionTokenStore?
    var turns: [ChatTurn] = []
    /// What the user has said since the last answer.
    var parts: [ChatTurn.Part] = []
    /// All pictures and frames, in the order of the prompt.
    var pictures: [Picture] = []
    /// Pictures and tokens up to the end of the last answer.
    var answered = (pictureCount: 0, tokenCount: 0)
    var reader: PromptReader

    /// A picture: to be encoded, or encoded.
    enum Picture {
        case waiting(Tiles)
        case encoded(VisionTokens)
    }

    /// Begins a conversation.
    public init(with model: Model, options: ConversationOptions) throws(ModelError) {
        let config = try model.preprocessor(for: options)
        let capacity = try model.capacity(for: options)
        guard model.canThink || !options.thinks else {
            throw ModelError(
                "\(model.path) cannot think aloud before it answers: of the models known, only "
                    + "SmolLM3 can. Leave --think out.")
        }
        let reader = try explained { () throws(NoMemory) in
            try PromptReader(
                model, capacity: capacity, arithmetic: options.precision.arithmetic)
        }
        self.model = model
        self.config = config
        chat = ChatOptions(options)
        visionStore = options.visionStore
        self.reader = reader
        if let system = options.system { turns.append(ChatTurn(.system, [.text(system)])) }
    }

    // MARK: What the user says

    /// Adds text to what the user says. Markers in it are text like any other.
    public mutating func add(_ text: String) {
        if !text.isEmpty { parts.append(.text(text)) }
    }

    /// Adds a picture, or a page of a document.
    public mutating func add(_ image: Image) throws(ModelError) {
        add(try prepared(image))
    }

    /// Adds a picture that `prepared(_:)` has made ready.
    public mutating func add(_ picture: PreparedPicture) {
        pictures.append(.waiting(picture.tiles))
        parts.append(.picture(ImagePrompt.segments(of: picture.tiles.plan)))
    }

    /// A picture brought to the pixels that the model is to see, so that the picture itself need
    /// not be kept until all are there.
    public borrowing func prepared(_ image: Image) throws(ModelError) -> PreparedPicture {
        let config = try requireConfig()
        return try tiles(of: image, config, use: config.splits ? .split : .whole)
    }

    /// Adds a video.
    ///
    /// - Parameters:
    ///   - frames: the frames that the model is to see, in order.
    ///   - seconds: the time of each of them.
    ///   - durationSeconds: the length of the whole video; nil when it is not known.
    public mutating func add(
        frames: [Image], seconds: [Double], durationSeconds: Double?
    ) throws(ModelError) {
        var ready: [PreparedPicture] = []
        for frame in frames { ready.append(try prepared(frame: frame)) }
        try add(preparedFrames: ready, seconds: seconds, durationSeconds: durationSeconds)
    }

    /// A frame of a video, brought to the pixels that the model is to see.
    public borrowing func prepared(frame: Image) throws(ModelError) -> PreparedPicture {
        try tiles(of: frame, try requireConfig(), use: .videoFrame)
    }

    /// Adds a video whose frames `prepared(frame:)` has made ready.
    ///
    /// - Parameters:
    ///   - frames: the frames that the model is to see, in order.
    ///   - seconds: the time of each of them.
    ///   - durationSeconds: the length of the whole video; nil when it is not known.
    public mutating func add(
        preparedFrames frames: [PreparedPicture], seconds: [Double], durationSeconds: Double?
    ) throws(ModelError) {
        precondition(frames.count == seconds.count, "a time for each frame is needed")
        guard !frames.isEmpty else {
            throw ModelError("A video without frames has nothing to see. Choose at least one.")
        }
        let config = try requireConfig()
        pictures += frames.map { .waiting($0.tiles) }
        parts.append(
            .video(
                VideoPrompt.segments(
                    seconds: seconds, duration: durationSeconds,
                    tokenCount: config.tokensPerFrame)))
    }

    private func requireConfig() throws(ModelError) -> PreprocessorConfig {
        guard let config else { throw ModelError(WeightsError.noVision(file: model.path)) }
        return config
    }

    /// The pixels that the model is to see of a picture; the picture itself is not kept.
    private func tiles(
        of image: Image, _ config: PreprocessorConfig, use: TilePlan.Use
    ) throws(ModelError) -> PreparedPicture {
        try explained { () throws(VisionError) in
            PreparedPicture(tiles: try Tiles(image, config: config, use: use))
        }
    }

    // MARK: What the model says

    /// Lets the model answer what was added since its last answer, and returns the whole of it.
    public mutating func answer(_ options: AnswerOptions) throws(ModelError) -> Answer {
        try answer(options, isWanted: { true }, report: { _ in })
    }

    /// Lets the model answer what was added since its last answer.
    ///
    /// - Parameters:
    ///   - options: what is wanted of the answer.
    ///   - isWanted: asked between layers and tokens; once it says no, the answer ends with what
    ///     there is.
    ///   - report: told of progress, and of each piece of text as it becomes certain.
    public mutating func answer(
        _ options: AnswerOptions, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) throws(ModelError) -> Answer {
        let settings = try settings(of: options)
        guard options.maxTokens > 0 else {
            throw ModelError("An answer of \(options.maxTokens) tokens says nothing. Ask for more.")
        }
        let asked = turns + (parts.isEmpty ? [] : [ChatTurn(.user, parts)])
        let prompt = try model.prompt(of: asked, chat)
        guard prompt.ids.count < reader.capacity else {
            throw ModelError(
                "The prompt has \(prompt.ids.count) tokens, but only \(reader.capacity) are in "
                    + "sight at once. Show fewer or smaller pictures, or say less.")
        }
        var answer = Answer()
        answer.promptTokenCount = prompt.ids.count
        answer.visionTokenCount = prompt.visionTokenCount
        answer.cachedTokenCount = reader.begin(prompt.ids)

        let start = ContinuousClock.now
        let hasEncoded = encode(
            counting: &answer, isWanted: isWanted, report: report)
        let encodedAt = ContinuousClock.now
        answer.visionTime = encodedAt - start
        guard hasEncoded else {
            answer.stopped = .cancelled
            return answer
        }
        let hasRead = reader.read(
            prompt.ids, pictures: pictures, isWanted: isWanted, report: report)
        let readAt = ContinuousClock.now
        answer.promptTime = readAt - encodedAt
        guard hasRead else {
            answer.stopped = .cancelled
            return answer
        }
        write(&answer, after: prompt.ids, settings, options, isWanted: isWanted, report: report)
        answer.answerTime = ContinuousClock.now - readAt

        turns = asked + [ChatTurn(.assistant, [.text(answer.text)])]
        parts = []
        answered = (pictures.count, reader.knownCount)
        return answer
    }

    /// Forgets what was read, not what was said: the next answer reads it all again.
    package mutating func forget() { reader.forget() }

    /// The ids of the prompt that would be read now.
    package func promptIDs() throws(ModelError) -> [Int32] {
        try model.prompt(of: turns + (parts.isEmpty ? [] : [ChatTurn(.user, parts)]), chat).ids
    }

    private func settings(of options: AnswerOptions) throws(ModelError) -> SamplingSettings {
        let choice: SamplingSettings.Choice =
            switch options.sampling {
            case .greedy: .greedy
            case .random(let temperature, let topK, let topP, let minP, let seed):
                .random(temperature: temperature, topK: topK, topP: topP, minP: minP, seed: seed)
            }
        let settings = SamplingSettings(
            choice: choice, repetitionPenalty: options.repetitionPenalty)
        if let complaint = settings.complaint { throw ModelError(complaint) }
        return settings
    }
}

/// A picture or a frame as large as the model sees it, which may be far smaller than it was.
public struct PreparedPicture: Sendable {
    let tiles: Tiles
}
