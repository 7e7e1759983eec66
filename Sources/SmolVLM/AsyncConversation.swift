internal import Dispatch
public import Media
internal import Synchronization

/// A conversation for code that awaits: it decodes and computes on a thread of its own, so that no
/// thread of Swift's pool waits for it. Calls are served one after the other, in their order.
///
/// ```swift
/// let conversation = try AsyncConversation(with: model, options: ConversationOptions())
/// try await conversation.add(file: "receipt.jpg")
/// try await conversation.add("What is the total?")
/// for try await update in conversation.updates(AnswerOptions()) {
///     if case .event(.piece(let text)) = update { print(text, terminator: "") }
/// }
/// ```
public final class AsyncConversation: Sendable {
    private let queue = DispatchQueue(label: "smolvlm.conversation", qos: .userInitiated)
    private let conversation: Mutex<Conversation>

    /// Begins a conversation.
    public init(with model: Model, options: ConversationOptions) throws(ModelError) {
        conversation = Mutex(try Conversation(with: model, options: options))
    }

    /// What to take out of files for this conversation.
    public var mediaOptions: MediaOptions {
        get async throws(ModelError) {
            try await onQueue { (conversation) throws(ModelError) in conversation.mediaOptions }
        }
    }

    /// Adds text to what the user says. Markers in it are text like any other.
    public func add(_ text: String) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in conversation.add(text) }
    }

    /// Adds a picture, or a page of a document.
    public func add(_ image: Image) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in try conversation.add(image) }
    }

    /// Decodes a file in this process and adds it: a picture, all pages of a document, or a video.
    public func add(file path: String) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in
            try conversation.add(file: path)
        }
    }

    /// Adds a video by its frames, in order, with the time of each; the length of the whole video is
    /// nil when it is not known.
    public func add(
        frames: [Image], seconds: [Double], durationSeconds: Double?
    ) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in
            try conversation.add(
                frames: frames, seconds: seconds, durationSeconds: durationSeconds)
        }
    }

    /// Adds what came out of a file: a picture, pages, or the frames of a video.
    public func add(_ file: MediaFile) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in try conversation.add(file) }
    }

    /// Lets the model answer what was added since its last answer. When the task is cancelled, the
    /// answer ends with what there is.
    ///
    /// - Parameters:
    ///   - options: what is wanted of the answer.
    ///   - report: told of progress and pieces, on the conversation's own thread.
    public func answer(
        _ options: AnswerOptions, report: @escaping @Sendable (AnswerEvent) -> Void
    ) async throws(ModelError) -> Answer {
        let wish = Wish()
        let result = await withTaskCancellationHandler {
            await outcome { (conversation) throws(ModelError) in
                try conversation.answer(options, isWanted: { wish.holds }, report: report)
            }
        } onCancel: {
            wish.withdraw()
        }
        return try result.get()
    }

    /// The answer as it is made: progress, pieces, and at the end the whole of it. Leaving the loop
    /// early ends the answer.
    public func updates(
        _ options: AnswerOptions
    ) -> AsyncThrowingStream<AnswerUpdate, any Error> {
        AsyncThrowingStream { stream in
            let wish = Wish()
            stream.onTermination = { _ in wish.withdraw() }
            // In the queue before this returns: what is added after it is for the next answer.
            queue.async {
                let result = self.conversation.withLock { conversation in
                    Result { () throws(ModelError) in
                        try conversation.answer(options, isWanted: { wish.holds }) { event in
                            stream.yield(.event(event))
                        }
                    }
                }
                switch result {
                case .success(let answer):
                    stream.yield(.whole(answer))
                    stream.finish()
                case .failure(let error):
                    stream.finish(throwing: error)
                }
            }
        }
    }

    /// Takes back what was added since the last answer, as after one that was stopped or refused.
    ///
    /// - Parameter keepingFiles: whether pictures and videos stay for the next question.
    public func takeBack(keepingFiles: Bool) async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in
            conversation.takeBack(keepingFiles: keepingFiles)
        }
    }

    /// Forgets all that was said and shown.
    public func reset() async throws(ModelError) {
        try await onQueue { (conversation) throws(ModelError) in conversation.reset() }
    }

    private func onQueue<Value: Sendable>(
        _ body: @escaping @Sendable (inout Conversation) throws(ModelError) -> Value
    ) async throws(ModelError) -> Value {
        try await outcome(body).get()
    }

    private func outcome<Value: Sendable>(
        _ body: @escaping @Sendable (inout Conversation) throws(ModelError) -> Value
    ) async -> Result<Value, ModelError> {
        await withCheckedContinuation { continuation in
            queue.async {
                let result = self.conversation.withLock { conversation in
                    Result { () throws(ModelError) in try body(&conversation) }
                }
                continuation.resume(returning: result)
            }
        }
    }
}

/// What an answer that is being made says of itself.
public enum AnswerUpdate: Equatable, Sendable {
    /// Progress, or a piece of the text.
    case event(AnswerEvent)
    /// The whole answer, and what it took: the last of the updates.
    case whole(Answer)
}

/// Whether an answer is still wanted.
private final class Wish: Sendable {
    private let isGone = Atomic<Bool>(false)
    var holds: Bool { !isGone.load(ordering: .relaxed) }
    func withdraw() { isGone.store(true, ordering: .relaxed) }
}
