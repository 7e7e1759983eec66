internal import Foundation
internal import JSON
internal import Measure
internal import Media
internal import SmolVLM

/// Measures the whole way of a question: the program is started again, once a run, and asked for one
/// token.
struct StartMeasure {
    let model: String
    let flags: BenchFlags
    /// The side of a tile in pixels; nil for a model without eyes.
    let tileSide: Int?

    private static let question = "Describe this."

    /// A question and what it took.
    struct Figure: Equatable, Sendable {
        /// What is asked about; nil for a question without a picture.
        let picture: String?
        let precision: Precision
        let words: [String]
        /// From the start of the program to its end, one token later.
        var seconds = Samples()
        /// The most bytes in memory.
        var peakBytes = Samples()
    }

    /// Adds what was measured to a report; why something could not be, is a note of it.
    func run(
        _ settings: MeasureSettings, _ report: inout BenchReport, _ terminal: inout Terminal
    ) throws(Refusal) {
        let folder = RandomModel.temporaryFolder
        defer { try? FileManager.default.removeItem(at: folder) }
        var pictures: [String?] = [nil]
        if let tileSide { pictures.append(try picture(side: tileSide, in: folder)) }
        var figures: [Figure] = []
        for picture in pictures {
            for precision in settings.precisions {
                figures.append(figure(of: picture, precision))
            }
        }
        // One time before the others brings the files into memory.
        let warming = figures.indices.filter {
            figures[$0].precision == settings.precisions.last
        }
        let total = warming.count + figures.count * settings.runs
        var done = 0
        let start = ContinuousClock.now
        for run in 0...settings.runs {
            for index in run == 0 ? warming : Array(figures.indices) {
                let left =
                    (ContinuousClock.now - start).seconds / Double(max(done, 1))
                    * Double(total - done)
                terminal.progress(
                    of: report.name,
                    "start \(done + 1) of \(total)"
                        + (done > 1 ? ", about \(Figures.took(left.rounded(.up))) left" : ""))
                switch ask(figures[index].words) {
                case .success(let (seconds, bytes)):
                    if run > 0 {
                        figures[index].seconds.add(seconds)
                        figures[index].peakBytes.add(bytes)
                    }
                case .failure(let refusal):
                    if Interrupt.isPending {
                        report.result.isComplete = false
                    } else {
                        report.notes.append(
                            "the start could not be measured: \(refusal.sentence)")
                    }
                    report.starts = figures.filter { !$0.seconds.values.isEmpty }
                    return
                }
                done += 1
            }
        }
        report.starts = figures
    }

    private func figure(of picture: String?, _ precision: Precision) -> Figure {
        var words = [
            "ask", "--no-cache", "-m", model, "--precision", precision.rawValue, "--max-tokens",
            "1",
        ]
        if let projector = flags.projector { words += ["--mmproj", projector] }
        if let format = flags.chatFormat { words += ["--chat-format", format] }
        if let picture {
            if flags.picture == nil { words.append("--no-split") }
            words += ["--json", picture, Self.question]
        } else {
            words += ["--json", Self.question]
        }
        return Figure(picture: picture, precision: precision, words: words)
    }

    /// The picture that is asked about: the one that was named, or soft shapes as large as a tile.
    private func picture(side: Int, in folder: URL) throws(Refusal) -> String {
        if let picture = flags.picture { return picture }
        let path = folder.appending(path: "tile.png").path
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var bytes: [UInt8] = []
            for place in 0..<side * side {
                let (row, column) = (place / side, place % side)
                let light = 128 + 96 * sin(Double(row) / 37) * cos(Double(column) / 23)
                bytes += [UInt8(light), UInt8((row * 7 + column * 3) % 256), UInt8(255 - light)]
            }
            try PNGFile.write(Image(width: side, height: side, rgb: bytes), to: path)
        } catch {
            throw Refusal(
                "a picture to ask about cannot be written to \(path). Make room, or set TMPDIR to "
                    + "another folder.")
        }
        return path
    }

    /// Runs the program once.
    private func ask(
        _ words: [String]
    ) -> Result<(seconds: Double, bytes: Double), Refusal> {
        let process = Process()
        let (output, messages) = (Pipe(), Pipe())
        process.executableURL = Self.program
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = messages
        let start = ContinuousClock.now
        do {
            try process.run()
        } catch {
            return .failure(Refusal("the program cannot be started again."))
        }
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let seconds = (ContinuousClock.now - start).seconds
        let said = String(
            decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let bytes = [UInt8](text)
        guard process.terminationStatus == 0, let answer = try? JSONValue(parsing: bytes.span),
            let peak = answer["memory"]?["peak_bytes"]?.int
        else {
            let line = said.split(separator: "\n").last.map(String.init) ?? "it said nothing."
            return .failure(
                Refusal(line.hasPrefix("smolvlm: ") ? String(line.dropFirst(9)) : line))
        }
        return .success((seconds, Double(peak)))
    }

    /// This program.
    private static var program: URL {
        #if os(Linux)
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
            URL(filePath: CommandLine.arguments.first ?? "smolvlm")
        #endif
    }
}
