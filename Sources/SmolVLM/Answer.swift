/// What a model answered, and what it took.
public struct Answer: Equatable, Sendable {
    /// Why it ends where it does.
    public enum Reason: String, Equatable, Sendable {
        /// The model ended it.
        case end
        /// It has as many tokens as were asked for.
        case length
        /// One of the stop strings came; it is no part of the text.
        case stopString
        /// The model began to repeat itself without end.
        case loop
        /// The conversation fills the model's context.
        case contextFull
        /// It was not wanted any more.
        case cancelled
    }

    /// The whole text, without what the model thought before.
    public internal(set) var text = ""
    /// What the model thought aloud before it answered; empty when it did not.
    public internal(set) var thinking = ""
    /// Why it ends.
    public internal(set) var stopped = Reason.end
    /// Tokens of the whole prompt, earlier turns and picture tokens among them.
    public internal(set) var promptTokenCount = 0
    /// Of these, those that were still known from earlier turns.
    public internal(set) var cachedTokenCount = 0
    /// Of the prompt's tokens, those that pictures became.
    public internal(set) var visionTokenCount = 0
    /// The tiles and frames that were encoded for it; those with the same pixels as one before were
    /// not encoded again.
    public internal(set) var encodedTileCount = 0
    /// The tiles and frames whose tokens came from the store instead.
    public internal(set) var storedTileCount = 0
    /// Why the store could not be written to; nil when it could, or there was nothing to keep.
    public internal(set) var storeFailure: String?
    /// The tokens of the answer, the ending one not among them.
    public internal(set) var tokenIDs: [Int] = []
    /// The natural logarithm of the probability of each of these tokens, if it was asked for.
    public internal(set) var logProbabilities: [Double] = []
    /// How long preparing and encoding the pictures took.
    public internal(set) var visionTime = Duration.zero
    /// How long reading the prompt took.
    public internal(set) var promptTime = Duration.zero
    /// How long writing the answer took.
    public internal(set) var answerTime = Duration.zero
}

/// What happens while an answer is made.
public enum AnswerEvent: Equatable, Sendable {
    /// What is worked at: tiles of pictures, then tokens of the prompt.
    public enum Stage: String, Equatable, Sendable {
        case pictures
        case prompt
    }

    /// `done` of `total` tiles or tokens have been dealt with.
    case progress(Stage, done: Int, total: Int)
    /// Whole characters of what the model thinks aloud before it answers.
    case thought(String)
    /// Whole characters that are certain to be in the answer.
    case piece(String)
}

/// How tokens are chosen.
public enum Sampling: Equatable, Sendable {
    /// Always the likeliest.
    case greedy
    /// Drawn at random from those that the filters leave; nil turns a filter off. The same seed
    /// gives the same text, with any number of threads.
    case random(temperature: Float, topK: Int?, topP: Float?, minP: Float?, seed: UInt64)
}

/// What is wanted of an answer.
public struct AnswerOptions: Equatable, Sendable {
    /// How tokens are chosen.
    public var sampling = Sampling.greedy
    /// Divides the positive and multiplies the negative logits of tokens that the conversation has
    /// held; 1 leaves them alone.
    public var repetitionPenalty: Float = 1
    /// The most tokens.
    public var maxTokens = 512
    /// Texts that end the answer.
    public var stops: [String] = []
    /// Whether an answer that repeats itself without end is ended.
    public var endsLoops = true
    /// Whether the probability of each token is wanted.
    public var wantsLogProbabilities = false

    /// What the published models are meant to run with: greedy, 512 tokens.
    public init() {}
}
