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
            "Ctrl-C ends the answer and keeps what there is of it; a second Ctrl-C ends the program "
                + "at once.",
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
        var flags = flags
        guard let path = flags.chooseModel(&terminal) else { return .usage }
        Interrupt.watch()
        do throws(Refusal) {
            let settings = Answering.conversationOptions(flags)
            let start = ContinuousClock.now
            let model = try refusing { () throws(ModelError) in
                try Model.load(
                    from: path, projector: flags.projector, chatFormat: flags.chatFormat,
                    adapters: flags.adapters)
            }
            let opened = ContinuousClock.now
            for warning in model.warnings { terminal.complain(warning) }
            let intake = AskIntake(model, flags)
            var found: [AskIntake.Found] = []
            do throws(Refusal) {
                found = try intake.look(at: files, besides: 0, &terminal)
            } catch {
                guard Interrupt.isPending else { throw error }
            }
            let budget = try MemoryBudget(
                of: MemoryJob(
                    media: intake.shown(of: found), question: question, conversation: settings,
                    answer: options),
                with: model, flags)
            var conversation = try refusing { () throws(ModelError) in
                try Conversation(with: model, options: settings)
            }
            do throws(Refusal) {
                try intake.add(found, to: &conversation, &terminal)
            } catch {
                // What was stopped has an answer like any other: none yet.
                guard Interrupt.isPending else { throw error }
            }
            let read = ContinuousClock.now
            conversation.add(question)
            let answer = try Answering.answer(
                options, &conversation, flags, showsText: !flags.asJSON, &terminal)
            let report = AnswerReport(
                answer: answer, options: options, flags: flags, files: files, model: model,
                plan: budget.plan, openSeconds: (opened - start).seconds,
                fileSeconds: (read - opened).seconds)
            terminal.write(flags.asJSON ? report.json : "\n")
            if flags.showsStatistics { terminal.complain(report.statistics) }
            if let note = report.note, !flags.asJSON || answer.stopped == .cancelled {
                terminal.complain(note)
            }
            return answer.stopped == .cancelled ? Interrupt.exitCode : .done
        } catch {
            terminal.complain(error.sentence)
            return Interrupt.isPending ? Interrupt.exitCode : .someInputFailed
        }
    }

    static func refusing<Result: ~Copyable>(
        _ body: () throws(ModelError) -> Result
    ) throws(Refusal) -> Result {
        do throws(ModelError) { return try body() } catch { throw Refusal(error) }
    }
}
