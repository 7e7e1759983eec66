public import Media

/// What is shown and asked in a conversation of its own, and how it is to be answered.
public struct Question: Sendable {
    /// A piece of what is shown and said.
    public enum Part: Sendable {
        case text(String)
        /// A picture, or a page of a document.
        case image(Image)
        /// A picture, all pages of a document, or a video. It is decoded in this process, once the
        /// question's turn has come.
        case file(String)
    }

    /// What is shown and said, in order.
    public var parts: [Part]
    /// What is wanted of the answer.
    public var options: AnswerOptions

    /// A question.
    public init(_ parts: [Part], options: AnswerOptions) {
        self.parts = parts
        self.options = options
    }
}

/// What came of one of many questions.
public struct QuestionResult: Sendable {
    /// Which question it was, counted from 0.
    public let index: Int
    /// Its answer, or what went wrong with it alone.
    public let result: Result<Answer, ModelError>
}

extension Model {
    /// Answers many questions, some of them at the same time: those whose answers are being written
    /// share each pass over the weights. Every answer is the one that its question would get alone.
    ///
    /// - Parameters:
    ///   - questions: taken one by one, as there is place for them.
    ///   - options: what holds for the conversation that each of them is asked in.
    ///   - limit: the most questions at a time; `MemoryPlan.mostConversations(within:)` says how many
    ///     fit into memory.
    /// - Returns: the results, in the order in which they come. Who stops listening ends the rest.
    public func answers(
        to questions: some Sequence<Question> & Sendable, options: ConversationOptions, limit: Int
    ) -> AsyncStream<QuestionResult> {
        precondition(limit > 0, "\(limit) questions at a time")
        return AsyncStream { results in
            let task = Task {
                await withTaskGroup(of: Void.self) { group in
                    var waiting = questions.makeIterator()
                    var index = 0
                    while true {
                        if index >= limit { await group.next() }
                        guard !Task.isCancelled, let question = waiting.next() else { break }
                        group.addTask { [index] in
                            let result = await self.result(of: question, options)
                            results.yield(QuestionResult(index: index, result: result))
                        }
                        index += 1
                    }
                }
                results.finish()
            }
            results.onTermination = { _ in task.cancel() }
        }
    }

    private func result(
        of question: Question, _ options: ConversationOptions
    ) async -> Result<Answer, ModelError> {
        do throws(ModelError) {
            let conversation = try AsyncConversation(with: self, options: options)
            for part in question.parts {
                switch part {
                case .text(let text): try await conversation.add(text)
                case .image(let image): try await conversation.add(image)
                case .file(let path): try await conversation.add(file: path)
                }
            }
            return .success(try await conversation.answer(question.options) { _ in })
        } catch {
            return .failure(error)
        }
    }
}

extension MemoryPlan {
    /// The most bytes in memory at one time when so many such jobs are done at the same time, each in
    /// a conversation of its own.
    public func peakByteCount(conversations count: Int) -> Int {
        precondition(count > 0, "\(count) conversations")
        guard count > 1 else { return peakByteCount }
        return max(opening, together + count * each)
    }

    /// How many such jobs fit into so many bytes when they are done at the same time; 0 when not
    /// even one does.
    public func mostConversations(within byteCount: Int) -> Int {
        guard peakByteCount <= byteCount else { return 0 }
        return max(1, (byteCount - together) / max(each, 1))
    }

    private var stages: [Use] { [decoding, encoding, answering] }

    /// What all have together. One may look at pictures while another reads.
    private var together: Int {
        let program = stages.reduce(0) { max($0, $1.program + $1.vocabulary) }
        let weights = encoding.weights + answering.weights - decoding.weights
        // Passes of several are worked out in memory of their own.
        return program + max(weights, peak.weights) + answering.decoderWork
    }

    /// What each has for itself when that is most.
    private var each: Int {
        stages.reduce(0) { most, use in
            max(most, use.byteCount - use.program - use.weights - use.vocabulary)
        }
    }
}
