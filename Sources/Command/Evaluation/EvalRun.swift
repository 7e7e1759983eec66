internal import Evaluate
internal import Foundation
internal import Media
internal import SmolVLM

/// Asks the questions of a set one after the other, each in a conversation of its own.
struct EvalRun {
    /// So many reasons why questions fail are told, each once; of others, how many they are.
    private static let toldFailures = 10

    let items: [EvaluationItem]
    let model: Model
    let flags: EvalFlags
    private let name: String
    private let options: AnswerOptions
    private let log: EvalLog?
    private let intake: AskIntake
    private let conversation: ConversationOptions
    private let refusals: Refusals
    /// The folder that the names in the set start from, with its slash.
    private let folder: String
    private(set) var results: [EvalResult] = []
    private(set) var tallies = Tallies()
    private(set) var keptCount = 0
    private(set) var isInterrupted = false
    private var failures: Set<String> = []
    private var spent = Duration.zero

    init(
        name: String, items: [EvaluationItem], model: Model, flags: EvalFlags,
        options: AnswerOptions, log: EvalLog?
    ) {
        self.name = name
        self.items = items
        self.model = model
        self.flags = flags
        self.options = options
        self.log = log
        intake = AskIntake(model, flags.ask)
        conversation = Answering.conversationOptions(flags.ask)
        refusals = Refusals(Refusals.usual + flags.refusals)
        folder = Self.folder(ofSet: name, named: flags.files)
    }

    /// What a page is made with: a few pictures of each file.
    var pageIntake: Intake {
        var options = flags.ask.media.mediaOptions(for: [])
        options.frames.count = EvalPage.pictureCount
        return Intake(options: options)
    }

    /// The folder that relative names start from. What is in a set is a file, never an address.
    static func folder(ofSet path: String, named: String?) -> String {
        var folder = named ?? path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        if !folder.hasPrefix("/"), !folder.hasPrefix(".") { folder = "./" + folder }
        return folder.hasSuffix("/") ? folder : folder + "/"
    }

    /// Asks them all, until the program is asked to stop.
    mutating func ask(_ terminal: inout Terminal) throws(Refusal) {
        defer { terminal.clearProgress() }
        for item in items {
            if let kept = log?.kept[item.index] {
                keptCount += 1
                take(
                    EvalResult(
                        item: item, path: path(of: item), answer: kept.answer, failure: nil,
                        stopped: kept.stopped, cost: kept.cost,
                        score: AnswerScore(of: kept.answer, to: item, refusals: refusals)))
                continue
            }
            guard !Interrupt.isPending else { break }
            let start = ContinuousClock.now
            let result = result(of: item, &terminal)
            // What was cut short by the wish to stop says nothing about the model.
            guard !Interrupt.isPending else { break }
            spent += ContinuousClock.now - start
            take(result)
            try log?.add(result)
            if let failure = result.failure { tell(failure, &terminal) }
        }
        isInterrupted = Interrupt.isPending && results.count < items.count
        if failures.count > Self.toldFailures {
            let rest = Figures.count(failures.count - Self.toldFailures, "more reason")
            terminal.complain(
                "questions failed for \(rest); --output has those of all of them.")
        }
    }

    private mutating func take(_ result: EvalResult) {
        results.append(result)
        tallies.add(
            result.score, to: result.item,
            seconds: result.answer == nil ? nil : result.cost.seconds)
    }

    private mutating func tell(_ failure: String, _ terminal: inout Terminal) {
        guard failures.insert(failure).inserted, failures.count <= Self.toldFailures else { return }
        terminal.complain(failure)
    }

    // MARK: One question

    private func path(of item: EvaluationItem) -> String {
        let paths = item.names.map { $0.hasPrefix("/") ? $0 : folder + $0 }
        return paths.first { FileManager.default.fileExists(atPath: $0) } ?? paths.first ?? ""
    }

    private func result(of item: EvaluationItem, _ terminal: inout Terminal) -> EvalResult {
        let path = path(of: item)
        do throws(Refusal) {
            let (answer, cost) = try answer(item, about: path, &terminal)
            return EvalResult(
                item: item, path: path, answer: answer.text, failure: nil,
                stopped: answer.stopped.rawValue, cost: cost,
                score: AnswerScore(of: answer.text, to: item, refusals: refusals))
        } catch {
            return EvalResult(
                item: item, path: path, answer: nil, failure: error.sentence, stopped: "",
                cost: EvalResult.Cost(seconds: 0),
                score: AnswerScore(of: nil, to: item, refusals: refusals))
        }
    }

    private func answer(
        _ item: EvaluationItem, about path: String, _ terminal: inout Terminal
    ) throws(Refusal) -> (Answer, EvalResult.Cost) {
        let start = ContinuousClock.now
        terminal.begin(name, progress)
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
        terminal.begin(name, progress)
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
    private var progress: String {
        var text = "\(results.count + 1) of \(items.count)"
        if let accuracy = tallies.all.accuracy { text += ", \(EvalReport.percent(accuracy)) right" }
        let asked = results.count - keptCount
        guard asked > 0 else { return text }
        let left = spent.seconds / Double(asked) * Double(items.count - results.count)
        return text + ", \(Figures.took(left.rounded(.up))) left"
    }
}
