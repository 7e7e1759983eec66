internal import SmolVLM

/// How `ask` and `chat` have a model answer: what they ask of the conversation, and what is seen
/// while the answer is made.
enum Answering {
    /// What the options say of the whole conversation.
    static func conversationOptions(_ flags: AskFlags) -> ConversationOptions {
        var options = ConversationOptions()
        options.system = flags.system
        options.precision = flags.precision
        if !flags.media.splits { options.splitsPictures = false }
        options.longestEdge = flags.media.longestEdge
        if let thinks = flags.thinks { options.thinks = thinks }
        options.today = Today.words
        if flags.keepsPictures, let usual = VisionTokenStore.usual {
            options.visionStore = VisionTokenStore(
                folder: usual.folder, byteLimit: flags.cacheSize ?? usual.byteLimit)
        }
        return options
    }

    /// Lets the model answer, until it is done or the program is asked to stop.
    ///
    /// - Parameter showsText: whether the answer is written piece by piece.
    static func answer(
        _ options: AnswerOptions, _ conversation: inout Conversation, _ flags: AskFlags,
        showsText: Bool, _ terminal: inout Terminal
    ) throws(Refusal) -> Answer {
        var start = ContinuousClock.now
        defer { terminal.endThought() }
        do throws(ModelError) {
            return try conversation.answer(options, isWanted: { !Interrupt.isPending }) { event in
                switch event {
                case .thought(let text):
                    if showsText { terminal.writeThought(text) }
                case .piece(let text):
                    if showsText { terminal.writeAlong(text) }
                case .progress(let stage, let done, let total):
                    if done == 0 { start = ContinuousClock.now }
                    let seconds = (ContinuousClock.now - start).seconds
                    terminal.progress(
                        of: flags.model ?? "", progress(stage, done, total, after: seconds))
                }
            }
        } catch {
            throw Refusal(error)
        }
    }

    private static func progress(
        _ stage: AnswerEvent.Stage, _ done: Int, _ total: Int, after seconds: Double
    ) -> String {
        let left = seconds / Double(max(done, 1)) * Double(total - done)
        let rest = seconds > 1 && done > 0 ? ", \(Figures.took(left.rounded(.up))) left" : ""
        return switch stage {
        case .pictures: "encoding tile \(min(done + 1, total)) of \(total)\(rest)"
        case .prompt: "reading the prompt: \(done) of \(Figures.count(total, "token"))\(rest)"
        }
    }
}
