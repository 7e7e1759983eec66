internal import Foundation
internal import Measure
internal import Media
internal import SmolVLM
internal import Weights

/// `smolvlm bench`: how fast this machine is with a model.
enum BenchCommand {
    static let command = Subcommand(
        "bench", summary: "measures how fast this machine is with a model", operands: "[MODEL]",
        suggestions: .files, options: BenchFlags.options, arguments: BenchFlags(),
        paragraphs: [
            "MODEL is what `smolvlm ask -m` takes; without one, --shape measures random weights in a "
                + "published size. It measures what one tile of a picture takes and several of "
                + "them, a prompt, an answer behind short and long contexts, and the way from the "
                + "program's start to the first token, with one thread and with all, exact and "
                + "fast. What is compared takes turns, so that whatever else the machine does hits "
                + "all alike.",
            "Figures are medians, with the least and the most beside them. In the same run it "
                + "measures what the machine can do at most (multiply floats, multiply bytes, read "
                + "memory), and says what share of that each stage reaches.",
            "With the 256M model and two cores it takes about a minute and a half, with --quick 15 "
                + "seconds. Ctrl-C ends it with what has been measured.",
        ],
        examples: [
            .init(
                line: "smolvlm bench SmolVLM-256M-Instruct --plot plots",
                meaning: "Everything, as tables and as two pictures."),
            .init(
                line: "smolvlm bench --shape 256m --quick",
                meaning: "What would this machine do? No weights are needed."),
            .init(
                line: "smolvlm bench model-Q8_0.gguf --only decode --threads 1,2,4 --json -",
                meaning: "Speed of answers by threads, for a program to read."),
        ],
        perform: run)

    private static func run(
        _ flags: BenchFlags, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        if operands.count > 1 {
            throw .unwantedOperand(text: operands[1], command: command.title, takes: "one model")
        }
        if let model = operands.first, let shape = flags.shape {
            throw .contradiction(
                first: "--shape \(shape.rawValue)", second: "the model \(model)",
                reason: "one model is measured at a time")
        }
        if flags.kept != nil, flags.shape == nil { throw .keptWithoutShape }
        guard operands.first != nil || flags.shape != nil || flags.parts == [.peaks] else {
            throw .missingOperand(
                command: command.title,
                wants: "a model, or --shape 256m to measure random weights of that size")
        }
        Interrupt.watch()
        var temporary: URL?
        defer { if let temporary { try? FileManager.default.removeItem(at: temporary) } }
        do throws(Refusal) {
            try BenchFiles.prepare(flags)
            var model = operands.first
            if let shape = flags.shape {
                terminal.begin(shape.rawValue, "writing random weights")
                let folder = flags.kept.map { URL(filePath: $0) } ?? RandomModel.temporaryFolder
                if flags.kept == nil { temporary = folder }
                model = try RandomModel(shape, in: folder).folder.path
            }
            let report = try measure(model, flags, &terminal)
            terminal.clearProgress()
            try BenchFiles.write(report, flags, &terminal)
            if flags.json != "-" {
                terminal.write(BenchTables(report: report, terminal: terminal).text)
            }
            for note in report.notes { terminal.complain(note) }
            if report.result.isComplete { return .done }
            terminal.complain("it was stopped; what had been measured by then is told.")
            return Interrupt.exitCode
        } catch {
            terminal.complain(error.sentence)
            return Interrupt.isPending ? Interrupt.exitCode : .someInputFailed
        }
    }

    private static func measure(
        _ path: String?, _ flags: BenchFlags, _ terminal: inout Terminal
    ) throws(Refusal) -> BenchReport {
        let settings = flags.settings
        var checkpoint: Checkpoint?
        if let path {
            do throws(WeightsError) {
                checkpoint = try Checkpoint.open(path, projector: flags.projector)
            } catch {
                throw Refusal(error)
            }
        }
        let name = flags.shape.map { "random \($0.rawValue)" } ?? path ?? "this machine"
        var report = BenchReport(
            name: name, flags: flags, settings: settings,
            model: checkpoint.map { MeasuredModel($0) })
        terminal.clearProgress()
        let progress = BenchProgress(name: name, terminal)
        defer { progress.end() }
        do throws(MeasureError) {
            let measure = StageMeasure(
                checkpoint, settings: settings, isWanted: { !Interrupt.isPending },
                report: { progress.show($0) })
            report.result = try measure.run()
        } catch {
            throw Refusal(error.description)
        }
        progress.end()
        if settings.parts.contains(.start), let path, report.result.isComplete {
            let start = StartMeasure(
                model: path, flags: flags, tileSide: report.model?.tileSide)
            try start.run(settings, &report, &terminal)
        }
        return report
    }
}

/// Says how far measuring is, on the line for that.
private final class BenchProgress {
    private let name: String
    private var terminal: Terminal

    init(name: String, _ terminal: Terminal) {
        self.name = name
        self.terminal = terminal
    }

    /// Takes the line away.
    func end() { terminal.clearProgress() }

    func show(_ progress: MeasureProgress) {
        terminal.progress(of: name, Self.words(progress))
    }

    private static func words(_ progress: MeasureProgress) -> String {
        let thing =
            switch progress.part {
            case .peaks: "what this machine can do at most"
            case .tile: "one tile"
            case .frames: "tile \(progress.size) of several"
            case .prefill: "a prompt of \(Figures.count(progress.size, "token"))"
            case .decode: "an answer behind \(Figures.count(progress.size, "token"))"
            case .start: "the start"
            }
        let how = progress.measured.map {
            ", \($0.precision.rawValue), \(Figures.count($0.threads, "thread"))"
        }
        let left = progress.secondsLeft.map { ", about \(Figures.took($0.rounded(.up))) left" }
        return thing + (how ?? "") + (left ?? "")
    }
}
