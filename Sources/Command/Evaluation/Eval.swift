internal import Evaluate
internal import Foundation
internal import Media
internal import SmolVLM

/// `smolvlm eval`: asks the questions of a set, and says how right the answers are.
enum Eval {
    static let command = Subcommand(
        "eval", summary: "asks the questions of a set and says how many answers are right",
        operands: "SET", suggestions: .files, options: EvalFlags.options, arguments: EvalFlags(),
        paragraphs: [
            "SET has a JSON object in each line: the file (a path seen from the set's folder), the "
                + "question, the answers that count as right (a text or an array of them) or the "
                + "facts that must stand in the answer, and a category. The JSON files of DocVQA, "
                + "TextVQA and OCRBench are read as they are published; --files says where their "
                + "pictures are.",
            "The table has a row for each category. Exact: the answer is one of those expected, in "
                + "any case and with any blanks. ANLS: the similarity to the nearest of them, 0 "
                + "where less than half is alike. CER, WER: wrong letters and words of all answers "
                + "together, as a share of what should be there; the case counts. False refusals: "
                + "the answer says that there is nothing to say where there is. A question that "
                + "could not be asked counts as failed, and as wrong.",
            "Pictures, documents and videos are shown as `smolvlm ask` shows them, each question in "
                + "a conversation of its own. A file that cannot be used costs its own questions "
                + "only; the exit code is then 1. Ctrl-C ends it with the figures of what was "
                + "answered.",
        ],
        examples: [
            .init(
                line: "smolvlm eval signs.jsonl -m SmolVLM-256M-Instruct -o signs.out.jsonl",
                meaning: "A table, and a line for each answer."),
            .init(
                line: "smolvlm eval val_v1.0_withQT.json --files docvqa --html misses.html",
                meaning: "The published questions of DocVQA; a page with what went wrong."),
        ],
        perform: run)

    private static func run(
        _ flags: EvalFlags, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        guard let path = operands.first else {
            throw .missingOperand(command: command.title, wants: "a set of questions")
        }
        if operands.count > 1 {
            throw .unwantedOperand(
                text: operands[1], command: command.title, takes: "one set of questions")
        }
        if flags.resumes, flags.output == nil { throw .resumedWithoutOutput }
        if let page = flags.page, page == path || page == flags.output {
            throw .contradiction(
                first: "--html \(page)", second: page == path ? "the set" : "--output",
                reason: "both are the same file")
        }
        if flags.answers != nil, flags.output != nil {
            throw .contradiction(
                first: "--answers", second: "--output",
                reason: "what was answered before is there already")
        }
        try flags.ask.media.check(files: [])
        let options = try flags.ask.answerOptions()
        var flags = flags
        if flags.answers == nil, flags.ask.chooseModel(&terminal) == nil { return .usage }
        Interrupt.watch()
        do throws(Refusal) {
            let set: QuestionSet
            let bytes = try bytes(of: path)
            do throws(QuestionSetError) {
                set = try QuestionSet(name: path, bytes: bytes, form: flags.form)
            } catch {
                throw Refusal(error)
            }
            let items = try chosen(of: set, path, flags)
            if let page = flags.page { try EvalPage.check(page) }
            let start = ContinuousClock.now
            var run = EvalRun(set: path, flags)
            var trouble: Refusal?
            let source: EvalReport.Source
            if let file = flags.answers {
                source = .file(file)
                try EvalAnswers(path: file, to: items).judge(items, &run)
            } else {
                let model = flags.ask.model ?? ""
                source = .model(model, settings: flags.settings)
                trouble = try ask(
                    items, in: path, of: model, options, flags, &run, &terminal)
            }
            let report = EvalReport(
                set: path, form: set.form, source: source, itemCount: items.count, run: run,
                seconds: (ContinuousClock.now - start).seconds)
            terminal.write(flags.ask.asJSON ? report.json : report.text(terminal))
            terminal.flush()
            if let page = flags.page {
                try EvalPage(report: report, flags).write(to: page, &terminal)
            }
            if let trouble { throw trouble }
            return code(of: report, flags, &terminal)
        } catch {
            terminal.complain(error.sentence)
            return Interrupt.isPending ? Interrupt.exitCode : .someInputFailed
        }
    }

    /// Asks a model.
    ///
    /// - Returns: why it came to an end before the last question, if the answers could not be kept.
    private static func ask(
        _ items: [EvaluationItem], in set: String, of path: String, _ options: AnswerOptions,
        _ flags: EvalFlags, _ run: inout EvalRun, _ terminal: inout Terminal
    ) throws(Refusal) -> Refusal? {
        let log = try flags.output.map { (output) throws(Refusal) in
            try EvalLog(
                path: output, resumes: flags.resumes, items: items, model: path,
                settings: flags.settings)
        }
        let model = try Ask.refusing { () throws(ModelError) in
            try Model.load(
                from: path, projector: flags.ask.projector, chatFormat: flags.ask.chatFormat,
                adapters: flags.ask.adapters)
        }
        for warning in model.warnings { terminal.complain(warning) }
        var questions = EvalQuestions(
            name: set, items: items, model: model, flags: flags, options: options)
        do throws(Refusal) {
            try questions.ask(&run, log: log, &terminal)
            return nil
        } catch {
            return error
        }
    }

    /// The most bytes of a set; the largest published one has some twenty million.
    private static let byteLimit = 1 << 30

    /// A whole file.
    static func bytes(of path: String) throws(Refusal) -> [UInt8] {
        do throws(MediaError) {
            let input = try MediaInput(path: path)
            return try input.bytes(at: 0, count: byteLimit)
        } catch {
            throw Refusal(error)
        }
    }

    private static func chosen(
        of set: QuestionSet, _ path: String, _ flags: EvalFlags
    ) throws(Refusal) -> [EvaluationItem] {
        var items = set.items
        if !flags.only.isEmpty {
            items.removeAll { !flags.only.contains($0.category) }
            guard !items.isEmpty else {
                var names: [String] = []
                for item in set.items where !names.contains(item.category) {
                    names.append(item.category)
                }
                let known = names.filter { !$0.isEmpty }.joined(separator: ", ")
                throw Refusal(
                    "\(path) has no question of the category "
                        + flags.only.joined(separator: " or ") + ". "
                        + (known.isEmpty ? "It has no categories." : "It has: \(known)."))
            }
        }
        return Array(items.prefix(flags.limit ?? items.count))
    }

    private static func code(
        of report: EvalReport, _ flags: EvalFlags, _ terminal: inout Terminal
    ) -> ExitCode {
        if report.run.isInterrupted {
            terminal.complain(
                "stopped. \(Figures.count(report.tallies.all.itemCount, "question")) of "
                    + "\(report.itemCount) had been asked.")
            return Interrupt.exitCode
        }
        if let least = flags.leastAccuracy, let accuracy = report.tallies.all.accuracy,
            accuracy < least
        {
            terminal.complain(
                "\(report.set): \(EvalReport.percent(accuracy)) of the answers are right, fewer "
                    + "than the \(EvalReport.percent(least)) of --at-least.")
            return .someInputFailed
        }
        return report.tallies.all.failedCount > 0 ? .someInputFailed : .done
    }
}
