internal import Foundation
internal import JSON
internal import Language
internal import Media
internal import SmolVLM
internal import Tensors
internal import Vision
internal import Weights

/// Compares what is worked out fast with what is worked out exactly: a row of a table for each model.
///
///     Bench accuracy MODEL... [--reference MODEL] [--pictures FILE,FILE] [--tiles N]
///         [--text FILE] [--windows N] [--window N] [--questions FILE] [--steps N] [--threads N]
///         [--json FILE] [--sequences FILE] [--logits NAME=FILE]
///
/// Each MODEL, in `fast`, is held against itself in `exact`. With a reference, each MODEL in `exact`
/// is held against that as well: what its number format costs. Pictures are cut into tiles as the
/// model asks for, of which `--tiles` at most are taken, evenly spaced. A text is read in windows of
/// ids; questions are answered by `exact`, and along its answers `fast` is asked at each step.
/// `--sequences` writes down what was read, for another program to read too (`llama_logits.py`), and
/// `--logits` holds what that program made of it against `exact`.
///
/// The table goes to standard output; SMOLVLM_KERNELS chooses the kernels.
struct AccuracyBench {
    private var models: [String] = []
    private var reference: String?
    private var pictures: [String] = []
    private var tiles = 64
    private var text: String?
    private var windows = 4
    private var window = 256
    private var questions: String?
    private var steps = 64
    private var threads = Workers().threadCount
    private var json: String?
    private var sequences: String?
    private var others: [(name: String, path: String)] = []

    init(arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard name.hasPrefix("--") else {
                models.append(name)
                continue
            }
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            func number() throws -> Int {
                guard let number = Int(value), number > 0 else {
                    throw BenchError("\(name) is a number from 1, not \(value)")
                }
                return number
            }
            switch name {
            case "--reference": reference = value
            case "--pictures": pictures = value.split(separator: ",").map(String.init)
            case "--tiles": tiles = try number()
            case "--text": text = value
            case "--windows": windows = try number()
            case "--window": window = try number()
            case "--questions": questions = value
            case "--steps": steps = try number()
            case "--threads": threads = try number()
            case "--json": json = value
            case "--sequences": sequences = value
            case "--logits":
                let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw BenchError("--logits is NAME=FILE") }
                others.append((parts[0], parts[1]))
            default: throw BenchError("there is no option \(name)")
            }
        }
        guard !models.isEmpty else { throw BenchError("accuracy of which model?") }
        guard models.count == 1 || (others.isEmpty && sequences == nil) else {
            throw BenchError("--sequences and --logits are for one model")
        }
    }

    func run() throws {
        print("Kernels \(Kernels.chosen.name), \(threads) threads.\n\n\(AccuracyFigures.heading)")
        var all: [AccuracyFigures] = []
        for path in models {
            let found = try compare(path)
            for figures in found { print(figures.line) }
            all += found
        }
        guard let json else { return }
        var writer = JSONWriter(style: .pretty)
        writer.object { writer in
            writer.member("kernels", Kernels.chosen.name)
            writer.member("threads", threads)
            writer.member("rows") { writer in
                writer.array { writer in for figures in all { figures.write(to: &writer) } }
            }
        }
        try (writer.text + "\n").write(toFile: json, atomically: true, encoding: .utf8)
    }

    /// The rows of one model.
    private func compare(_ path: String) throws -> [AccuracyFigures] {
        let model = try Model.load(from: path)
        let base = try reference.map { try Model.load(from: $0) }
        let name = URL(filePath: path).lastPathComponent
        var figures = [AccuracyFigures(model: name, found: "fast", meant: "exact")]
        if let reference {
            let meant = URL(filePath: reference).lastPathComponent
            figures.append(AccuracyFigures(model: name, found: "exact", meant: meant))
        }
        let firstOther = figures.count
        figures += others.map { AccuracyFigures(model: name, found: $0.name, meant: "exact") }

        if model.seesPictures, !pictures.isEmpty {
            try look(model, base, &figures)
        }
        let material = try AccuracyText(
            model, text: text, windows: windows, window: window, questions: questions)
        guard !material.isEmpty else { return figures }
        let capacity = material.longest + steps
        var exact = try AccuracyReader(model, .exact, capacity: capacity, threads: threads)
        var fast = try AccuracyReader(model, .fast, capacity: capacity, threads: threads)
        var plain = try AccuracyReader(
            base ?? model, .exact, capacity: base == nil ? 1 : capacity, threads: threads)
        let files = try others.map { try LogitsFile($0.path, width: exact.width) }

        for ids in material.windows {
            let meant = exact.all(ids)
            figures[0].add(text: fast.all(ids), meant: meant, width: exact.width)
            if base != nil {
                figures[1].add(text: meant, meant: plain.all(ids), width: exact.width)
            }
            for (place, file) in files.enumerated() {
                let found = try file.next(ids.count)
                figures[firstOther + place].add(text: found, meant: meant, width: exact.width)
            }
        }
        var paths: [[Int32]] = []
        for prompt in material.prompts {
            let (meant, path) = exact.answer(prompt, steps: steps)
            paths.append(path)
            figures[0].add(answer: fast.steps(prompt, along: path), meant: meant)
            if base != nil {
                figures[1].add(answer: meant, meant: plain.steps(prompt, along: path))
            }
            for (place, file) in files.enumerated() {
                let rows = try (0..<steps).map { _ in try file.next(1) }
                figures[firstOther + place].add(answer: rows, meant: meant)
            }
        }
        if let sequences { try material.write(paths: paths, to: sequences) }
        return figures
    }

    /// Compares the picture tokens of tiles.
    private func look(
        _ model: Model, _ base: Model?, _ figures: inout [AccuracyFigures]
    ) throws {
        guard let config = model.preprocessor else { return }
        var exact = try AccuracyEyes(model, .exact, threads: threads)
        var fast = try AccuracyEyes(model, .fast, threads: threads)
        var plain = try AccuracyEyes(base ?? model, .exact, threads: threads)
        for path in pictures {
            let image = try PixelsBench.decoded(path)
            let cut = try Tiles(image, config: config, use: config.splits ? .split : .whole)
            let share = max(1, tiles / pictures.count)
            let count = min(cut.count, share)
            // The last of them is the whole picture.
            let chosen = (1...count).map { $0 * cut.count / count - 1 }
            var pixels = [Float](repeating: 0, count: cut.frameLength)
            for frame in chosen {
                var span = pixels.mutableSpan
                cut.write(frame: frame, to: &span, at: 0)
                let meant = exact.tokens(pixels)
                let width = exact.tokenWidth
                figures[0].add(tile: fast.tokens(pixels), meant: meant, tokenWidth: width)
                if base != nil {
                    figures[1].add(tile: meant, meant: plain.tokens(pixels), tokenWidth: width)
                }
            }
        }
    }
}
