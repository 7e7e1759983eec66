internal import Media

/// `smolvlm ask`: answers a question about files.
enum Ask {
    static let command = Subcommand(
        "ask", summary: "answers a question about files",
        operands: "[FILE...] QUESTION", suggestions: .files, options: MediaFlags.options,
        arguments: MediaFlags(),
        paragraphs: [
            "The last operand is the question; the files before it are what it is about, in "
                + "their order. Files are what `smolvlm inspect` takes.",
            "This version prepares the files and says what is wrong with them, but does not "
                + "answer yet.",
        ],
        examples: [
            .init(
                line: "smolvlm ask receipt.jpg \"What is the total?\"",
                meaning: "One picture, one question.")
        ],
        perform: run)

    private static func run(
        _ flags: MediaFlags, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        guard let question = operands.last else {
            throw .missingOperand(command: command.title, wants: "a question")
        }
        let files = Array(operands.dropLast())
        try flags.check(files: files)
        if (try? MediaInput(path: question)) != nil {
            throw .fileForQuestion(file: question)
        }
        let models: [TargetModel]
        do throws(Refusal) {
            models = try TargetModel.named(by: flags)
        } catch {
            terminal.complain(error.sentence)
            return .someInputFailed
        }
        let intake = Intake(options: flags.mediaOptions(for: models))
        var inspection = Inspection(
            models: models, intake: intake, sheet: nil,
            pictureLimit: flags.media.limits.maxPictures)
        do throws(PNGFile.Failure) {
            for file in files {
                try inspection.look(at: file, &terminal) { report, terminal in
                    if case .refused(let sentence) = report.outcome { terminal.complain(sentence) }
                }
            }
        } catch {
            terminal.complain(error.description)
        }
        let limit = flags.media.limits.maxPictures
        if inspection.pictureCount > limit {
            terminal.complain(
                "\(inspection.pictureCount) pictures are more than the \(limit) of one question. "
                    + "Name fewer files, choose pages with --pages, or raise --max-pictures.")
        }
        terminal.complain(
            "this version does not answer questions yet; `smolvlm inspect` shows what the model "
                + "would see.")
        return .someInputFailed
    }
}
