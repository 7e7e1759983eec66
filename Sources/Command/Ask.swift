internal import Media
internal import SmolVLM
internal import Vision
internal import Weights

/// `smolvlm ask`: answers a question about files.
enum Ask {
    static let command = Subcommand(
        "ask", summary: "answers a question about files",
        operands: "[FILE...] QUESTION", suggestions: .files, options: AskFlags.options,
        arguments: AskFlags(),
        paragraphs: [
            "The last operand is the question; the files before it are what it is about, in "
                + "their order. Files are what `smolvlm inspect` takes. A text model answers "
                + "questions without files.",
            "The answer goes to standard output, piece by piece. It is the likeliest one, and the "
                + "same every time, unless an option asks for chance.",
        ],
        examples: [
            .init(
                line: "smolvlm ask -m SmolVLM-256M-Instruct receipt.jpg \"What is the total?\"",
                meaning: "One picture, one question."),
            .init(
                line: "smolvlm ask -m SmolVLM2-500M-Video-Instruct --json clip.mp4 \"What "
                    + "happens?\"",
                meaning: "A video; the answer with its figures, for a program to read."),
        ],
        perform: run)

    /// How to get a model, for someone who has none.
    static let noModel =
        "say with -m which model is to answer. To get one, download all files of a SmolVLM model "
        + "from huggingface.co into a folder of that name and give -m the folder: "
        + "HuggingFaceTB/SmolVLM-256M-Instruct (config.json, model.safetensors, tokenizer.json, "
        + "chat_template.json, preprocessor_config.json, processor_config.json and "
        + "generation_config.json) needs the least memory, HuggingFaceTB/SmolVLM2-2.2B-Instruct "
        + "answers best. Or download a GGUF file of one and the mmproj file beside it into one "
        + "folder, such as SmolVLM-256M-Instruct-Q8_0.gguf and "
        + "mmproj-SmolVLM-256M-Instruct-Q8_0.gguf, and give -m the first of them."

    private static func run(
        _ flags: AskFlags, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        guard let question = operands.last else {
            throw .missingOperand(command: command.title, wants: "a question")
        }
        let files = Array(operands.dropLast())
        try flags.media.check(files: files)
        let options = try flags.answerOptions()
        if (try? MediaInput(path: question)) != nil {
            throw .fileForQuestion(file: question)
        }
        guard let path = flags.model else {
            terminal.complain(noModel)
            return .usage
        }
        do throws(Refusal) {
            let settings = conversationOptions(flags)
            let start = ContinuousClock.now
            let model = try refusing { () throws(ModelError) in
                try Model.load(
                    from: path, projector: flags.projector, chatFormat: flags.chatFormat,
                    adapters: flags.adapters)
            }
            let opened = ContinuousClock.now
            for warning in model.warnings { terminal.complain(warning) }
            let intake = AskIntake(model, flags)
            let found = try intake.look(at: files, &terminal)
            let budget = try MemoryBudget(
                of: MemoryJob(
                    media: intake.shown(of: found), question: question, conversation: settings,
                    answer: options),
                with: model, flags)
            var conversation = try refusing { () throws(ModelError) in
                try Conversation(with: model, options: settings)
            }
            try intake.add(found, to: &conversation, &terminal)
            let read = ContinuousClock.now
            conversation.add(question)
            let answer = try answer(options, &conversation, flags, &terminal)
            let report = AnswerReport(
                answer: answer, options: options, flags: flags, files: files, model: model,
                plan: budget.plan, openSeconds: (opened - start).seconds,
                fileSeconds: (read - opened).seconds)
            terminal.write(flags.asJSON ? report.json : "\n")
            if flags.showsStatistics { terminal.complain(report.statistics) }
            if let note = report.note, !flags.asJSON { terminal.complain(note) }
            return .done
        } catch {
            terminal.complain(error.sentence)
            return .someInputFailed
        }
    }

    private static func conversationOptions(_ flags: AskFlags) -> ConversationOptions {
        var options = ConversationOptions()
        options.system = flags.system
        options.precision = flags.precision
        if !flags.media.splits { options.splitsPictures = false }
        options.longestEdge = flags.media.longestEdge
        options.today = Today.words
        return options
    }

    private static func answer(
        _ options: AnswerOptions, _ conversation: inout Conversation, _ flags: AskFlags,
        _ terminal: inout Terminal
    ) throws(Refusal) -> Answer {
        var start = ContinuousClock.now
        do throws(ModelError) {
            return try conversation.answer(options, isWanted: { true }) { event in
                switch event {
                case .piece(let text):
                    if !flags.asJSON { terminal.writeAlong(text) }
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

    static func refusing<Result: ~Copyable>(
        _ body: () throws(ModelError) -> Result
    ) throws(Refusal) -> Result {
        do throws(ModelError) { return try body() } catch { throw Refusal(error) }
    }
}
