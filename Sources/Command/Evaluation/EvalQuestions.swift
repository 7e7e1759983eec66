internal import Evaluate
internal import Media
internal import SmolVLM

/// Asks the questions of a set one after the other, each in a conversation of its own.
struct EvalQuestions {
    /// So many reasons why questions fail are told, each once; of others, how many they are.
    private static let toldFailures = 10

    private let name: String
    private let items: [EvaluationItem]
    private let model: Model
    private let flags: EvalFlags
    private let options: AnswerOptions
    private let intake: AskIntake
    private let conversation: ConversationOptions
    private var failures: Set<String> = []
    private var spent = Duration.zero

    init(
        name: String, items: [EvaluationItem], model: Model, flags: EvalFlags,
        options: AnswerOptions
    ) {
        self.name = name
        self.items = items
        self.model = model
        self.flags = flags
        self.options = options
        intake = AskIntake(model, flags.ask)
        conversation = Answering.conversationOptions(flags.ask)
    }

    /// Asks them all, until the program is asked to stop.
    ///
    /// - Parameter log: where each answer is kept, and those of an earlier run are.
    mutating func ask(
        _ run: inout EvalRun, log: EvalLog?, _ terminal: inout Terminal
    ) throws(Refusal) {
        defer { terminal.clearProgress() }
        for item in items {
            if let kept = log?.kept[item.index] {
                run.keptCount += 1
                run.add(kept.answer, to: item, stopped: kept.stopped, cost: kept.cost)
                continue
            }
            guard !Interrupt.isPending else { break }
            let start = ContinuousClock.now
            let outcome = outcome(of: item, run, &terminal)
            // What was cut short by the wish to stop says nothing about the model.
            guard !Interrupt.isPending else { break }
            spent += ContinuousClock.now - start
            let result =
                switch outcome {
                case .success(let (answer, cost)):
                    run.add(answer.text, to: item, stopped: answer.stopped.rawValue, cost: cost)
                case .failure(let refusal):
                    run.add(failure: refusal.sentence, of: item)
                }
            try log?.add(result)
            if let failure = result.failure { tell(failure, &terminal) }
        }
        run.isInterrupted = Interrupt.isPending && run.results.count < items.count
        if failures.count > Self.toldFailures {
            let rest = Figures.count(failures.count - Self.toldFailures, "more reason")
            terminal.complain("questions failed for \(rest); --output has those of all of them.")
        }
    }

    private mutating func tell(_ failure: String, _ terminal: inout Terminal) {
        guard failures.insert(failure).inserted, failures.count <= Self.toldFailures else { return }
        terminal.complain(failure)
    }

    private func outcome(
        of item: EvaluationItem, _ run: EvalRun, _ terminal: inout Terminal
    ) -> Result<(Answer, EvalResult.Cost), Refusal> {
        do throws(Refusal) {
            return .success(try answer(item, run, &terminal))
        } catch {
            return .failure(error)
        }
    }

    private func answer(
        _ item: EvaluationItem, _ run: EvalRun, _ terminal: inout Terminal
    ) throws(Refusal) -> (Answer, EvalResult.Cost) {
        let path = run.path(of: item)
        let start = ContinuousClock.now
        terminal.begin(name, progress(run))
        let question = item.question + (flags.instruction.map { "\n" + $0 } ?? "")
        let found = try intake.look(at: [path], besides: 0, &terminal)
        _ = try MemoryBudget(
            of: MemoryJob(
                media: intake.shown(of: found), question: question, conversation: conversation,
                answer: options),
            with: model, flags.ask)
        var talk = try Ask.refusing { () throws(ModelError) in
            try Conversation(with: model, options: conversation)
        }
        try intake.add(found, to: &talk, &terminal)
        let read = ContinuousClock.now
        talk.add(question)
        terminal.begin(name, progress(run))
        let answer: Answer
        do throws(ModelError) {
            answer = try talk.answer(options, isWanted: { !Interrupt.isPending }) { _ in }
        } catch {
            throw Refusal("\(path): \(error.description)")
        }
        let cost = EvalResult.Cost(
            seconds: (ContinuousClock.now - start).seconds, files: (read - start).seconds,
            vision: answer.visionTime.seconds, prompt: answer.promptTime.seconds,
            answer: answer.answerTime.seconds, promptTokens: answer.promptTokenCount,
            answerTokens: answer.tokenIDs.count, encodedTiles: answer.encodedTileCount,
            cachedTiles: answer.storedTileCount)
        return (answer, cost)
    }

    /// `17 of 1000, 88.2 % right, 3 min 20 s left`.
    private func progress(_ run: EvalRun) -> String {
        let done = run.results.count
        var text = "\(done + 1) of \(items.count)"
        if let accuracy = run.tallies.all.accuracy {
            text += ", \(EvalReport.percent(accuracy)) right"
        }
        let asked = done - run.keptCount
        guard asked > 0 else { return text }
        let left = spent.seconds / Double(asked) * Double(items.count - done)
        return text + ", \(Figures.took(left.rounded(.up))) left"
    }
}
