internal import Export

/// `smolvlm quantize`: writes a model as GGUF, smaller if wanted.
enum Quantise {
    /// What was typed.
    struct Arguments: Equatable, Sendable {
        var type = Quantisation.q8_0
        var visionType = Quantisation.q8_0
        var projector: String?
        var replaces = false
        var asJSON = false
    }

    private static let types = Quantisation.allCases.map(\.rawValue)

    static let command = Subcommand(
        "quantize", summary: "writes a model as GGUF, in less room",
        operands: "MODEL OUT.gguf", suggestions: .files, options: options,
        arguments: Arguments(),
        paragraphs: [
            "MODEL is a folder as it is on the hub, or a GGUF file with its mmproj file beside it. "
                + "OUT.gguf gets the text half; the picture half of a model that sees goes beside "
                + "it, as mmproj-OUT.gguf. smolvlm and llama.cpp read both.",
            "The types have the names and mixtures of llama-quantize. Rows that a type does not fit "
                + "are stored in the next finer one that they do; norms, biases and the embeddings "
                + "of the vision encoder stay as they are.",
            "At the end it says what became smaller and what was lost: for each group of tensors the "
                + "root of the mean square of the change, as a share of that of the weights. Nothing "
                + "stands under the names of the files until both are whole, and Ctrl-C leaves "
                + "nothing behind.",
        ],
        examples: [
            .init(
                line: "smolvlm quantize SmolVLM-256M-Instruct SmolVLM-256M-q8_0.gguf",
                meaning: "Both halves with 8 bits a weight: half the room, nearly no loss."),
            .init(
                line: "smolvlm quantize --type q4_k_m SmolVLM2-2.2B-Instruct small.gguf",
                meaning: "The text half with 4 to 6 bits, the vision encoder with 8."),
        ],
        perform: run)

    private static let options: [Option<Arguments>] = [
        .value(
            "type", "TYPE", .quantisation, suggestions: .words(types),
            "How the text half is stored: \(types.joined(separator: ", ")). q8_0 when left out."
        ) { $0.type = $1 },
        .value(
            "vision-type", "TYPE", .quantisation, suggestions: .words(types),
            "How the vision encoder and the projector are stored. q8_0 when left out."
        ) { $0.visionType = $1 },
        .value(
            "mmproj", "FILE", .text("a GGUF file"), suggestions: .files,
            "The picture half of a GGUF model, unless it lies beside it."
        ) { $0.projector = $1 },
        .flag("force", "Replaces files that are there already.") { $0.replaces = true },
        .flag("json", "Says what was written as JSON instead of text.") { $0.asJSON = true },
    ]

    private static func run(
        _ arguments: Arguments, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        guard let input = operands.first else {
            throw .missingOperand(
                command: command.title, wants: "a model and the name of the file to write")
        }
        guard operands.count > 1 else {
            throw .missingOperand(command: command.title, wants: "the name of the file to write")
        }
        if operands.count > 2 {
            throw .unwantedOperand(
                text: operands[2], command: command.title, takes: "a model and one file to write")
        }
        guard operands[1].hasSuffix(".gguf"), !operands[1].hasSuffix("/.gguf"),
            operands[1] != ".gguf"
        else { throw .wrongOutput(text: operands[1], ending: ".gguf") }
        let wish = ModelExport.Wish(
            input: input, projector: arguments.projector, output: operands[1],
            text: arguments.type, vision: arguments.visionType, replaces: arguments.replaces,
            threadCount: nil)
        Interrupt.watch()
        let start = ContinuousClock.now
        do throws(ExportError) {
            let export = try ModelExport(wish)
            let report = try run(export, name: operands[1], since: start, &terminal)
            let seconds = (ContinuousClock.now - start).seconds
            let shown = QuantiseReport(report: report, input: input, seconds: seconds)
            terminal.write(arguments.asJSON ? shown.json : shown.text(terminal))
            for note in report.notes { terminal.complain(note) }
            return .done
        } catch {
            terminal.complain(error.description)
            return error == .cancelled ? Interrupt.exitCode : .someInputFailed
        }
    }

    private static func run(
        _ export: ModelExport, name: String, since start: ContinuousClock.Instant,
        _ terminal: inout Terminal
    ) throws(ExportError) -> ExportReport {
        let total = max(export.byteCount, 1)
        let report = try export.run(isWanted: { !Interrupt.isPending }) { written in
            let share = min(Double(written) / Double(total), 1)
            let seconds = (ContinuousClock.now - start).seconds
            terminal.progress(of: name, bar(share: share, seconds: seconds))
        }
        terminal.clearProgress()
        return report
    }

    /// How far it is, as a bar and as a number, and how long it will take yet.
    static func bar(share: Double, seconds: Double) -> String {
        let width = 20
        let done = Int(share * Double(width))
        let bar = String(repeating: "#", count: done) + String(repeating: ".", count: width - done)
        let text = "[\(bar)] \(Int(share * 100)) %"
        // The first moments tell little.
        guard share > 0.02, seconds > 0.5 else { return text }
        return text + ", \(Figures.took((seconds / share - seconds).rounded(.up))) left"
    }
}

extension ValueFormat where Value == Quantisation {
    /// The name of a type, in small letters or large ones.
    fileprivate static let quantisation = ValueFormat(
        wants: "one of " + Quantisation.allCases.map(\.rawValue).joined(separator: ", ")
    ) { Quantisation(rawValue: $0.lowercased()) }
}
