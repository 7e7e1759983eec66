internal import Media
internal import SmolVLM

/// `smolvlm inspect`: what is in a file, and what of it the model will see; what a model is, and what
/// is wrong with it.
enum Inspect {
    /// What was typed.
    struct Arguments: Equatable, Sendable {
        var flags = MediaFlags()
        var asJSON = false
        var sheet: String?
        var projector: String?
    }

    static let command = Subcommand(
        "inspect", summary: "shows what is in files and models, and what a model sees",
        operands: "FILE...", suggestions: .files, options: options, arguments: Arguments(),
        paragraphs: [
            "A FILE is a picture (PNG, JPEG, WebP, HEIC, AVIF, TIFF, GIF, BMP), a PDF, a video, a "
                + "folder (its pictures in the order of their names), an http, https or data: "
                + "address, or - for standard input. What a file is, is told by its content, "
                + "never by its name.",
            "For each file it says what it is, its size and how it is stored, how long it took to "
                + "decode, and the plan for each model: the size it is brought to, its tiles, "
                + "how many tokens it will cost, and the memory to prepare it. Prompt tokens are the "
                + "vision tokens with the markers around them, without any text. A file that "
                + "cannot be used costs one sentence on standard error; the others are shown all "
                + "the same.",
            "A FILE may also be a model: its folder, a safetensors file of it, or a GGUF file. Then "
                + "it says what the model is and whether it sees, its sizes, how its weights are "
                + "stored, its chat format and tokenizer, and the memory it needs, without reading "
                + "the weights. What keeps it from being used is said in one sentence each on "
                + "standard error, and what is known is shown all the same. A folder that has the "
                + "files of a model is one, whatever pictures lie beside them.",
        ],
        examples: [
            .init(
                line: "smolvlm inspect photo.jpg", meaning: "What is this, and what will it cost?"),
            .init(
                line: "smolvlm inspect --tiles sheet.png photo.jpg",
                meaning: "Draws exactly what the model sees, tile by tile."),
            .init(
                line: "smolvlm inspect --model small --pages 2-4 --json report.pdf",
                meaning: "The plan for three pages, for a program to read."),
            .init(
                line: "smolvlm inspect SmolVLM-256M-Instruct",
                meaning: "What is this model, is it whole, and what memory does it need?"),
        ],
        perform: run)

    private static let options: [Option<Arguments>] =
        [
            .flag("json", "Prints one JSON document about all files instead of text.") {
                $0.asJSON = true
            },
            .value(
                "tiles", "OUT.png", .pictureToWrite, suggestions: .files,
                "Draws what the model sees as one picture: the tiles of each picture or page after "
                    + "all preparation, or the frames of a video with their times. More than "
                    + "fits goes to OUT-2.png and so on. Drawn for the small model unless --model "
                    + "says otherwise."
            ) { $0.sheet = $1 },
            .value(
                "mmproj", "FILE", .text("a GGUF file"), suggestions: .files,
                "The picture half of the GGUF models among the files, unless it lies beside them."
            ) { $0.projector = $1 },
        ] + MediaFlags.options.map { $0.within(\.flags) }

    private static func run(
        _ arguments: Arguments, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        try arguments.flags.check(files: operands)
        guard !operands.isEmpty else {
            throw .missingOperand(command: command.title, wants: "a file to look at")
        }
        if let sheet = arguments.sheet, operands.contains(sheet) {
            throw .contradiction(
                first: "--tiles \(sheet)", second: "the file \(sheet)",
                reason: "the drawing would overwrite it")
        }
        let models: [TargetModel]
        do throws(Refusal) {
            models = try TargetModel.named(by: arguments.flags)
            if let sheet = arguments.sheet { try checkSheet(sheet) }
        } catch {
            terminal.complain(error.sentence)
            return .someInputFailed
        }
        let intake = Intake(options: arguments.flags.mediaOptions(for: models))
        var inspection = Inspection(
            models: models, intake: intake, sheet: arguments.sheet, pictureLimit: nil)
        var reports: [FileReport] = []
        var hasShown = false
        do throws(PNGFile.Failure) {
            for operand in operands {
                if let report = model(operand, arguments) {
                    show(report, &hasShown, asJSON: arguments.asJSON, &terminal)
                    reports.append(report)
                    continue
                }
                try inspection.look(at: operand, &terminal) { report, terminal in
                    show(report, &hasShown, asJSON: arguments.asJSON, &terminal)
                    reports.append(report)
                }
            }
            try inspection.finish(&terminal)
        } catch {
            terminal.complain(error.description)
            return .someInputFailed
        }
        if arguments.asJSON {
            terminal.write(ReportJSON.of(reports, sheets: inspection.sheets))
        } else {
            terminal.write(ReportText.total(reports, sheets: inspection.sheets))
        }
        let pictures = reports.reduce(0) { $0 + $1.pictureCount }
        let limit = arguments.flags.media.limits.maxPictures
        if pictures > limit {
            terminal.complain(
                "\(pictures) pictures are more than the \(limit) that one question may have "
                    + "(--max-pictures).")
        }
        if reports.contains(where: \.isFailure) { return .someInputFailed }
        if let sheet = arguments.sheet, inspection.sheets.isEmpty {
            terminal.complain(
                "\(sheet) was not drawn: there is no picture among what was named. --tiles draws "
                    + "what a model sees of pictures, pages and frames.")
            return .someInputFailed
        }
        return .done
    }

    /// The report on an operand that is a model; nil for one that is not.
    private static func model(_ operand: String, _ arguments: Arguments) -> FileReport? {
        guard case .file(let path) = InputSource(operand), Model.isModel(at: path) else {
            return nil
        }
        let model = Model.describe(path, projector: arguments.projector)
        return FileReport(name: FileName.shown(operand), outcome: .model(model))
    }

    /// Refuses a sheet that could not be written, before anything is decoded.
    private static func checkSheet(_ path: String) throws(Refusal) {
        do throws(PNGFile.Failure) { try PNGFile.check(path) } catch { throw Refusal(error) }
    }

    /// Shows what can be shown at once; a blank line keeps it apart from what was shown before.
    private static func show(
        _ report: FileReport, _ hasShown: inout Bool, asJSON: Bool, _ terminal: inout Terminal
    ) {
        var text = ""
        var complaints: [String] = []
        switch report.outcome {
        case .refused(let sentence): complaints = [sentence]
        case .shown(let contents): text = ReportText.of(contents, terminal: terminal)
        case .model(let model):
            text = ModelReportText.of(model, terminal: terminal)
            complaints = model.complaints
        }
        if !asJSON, !text.isEmpty {
            terminal.write((hasShown ? "\n" : "") + text)
            hasShown = true
        }
        for complaint in complaints { terminal.complain(complaint) }
    }
}
