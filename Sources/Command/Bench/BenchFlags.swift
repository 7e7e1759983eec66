internal import Measure
internal import SmolVLM

/// What the options of `bench` said.
struct BenchFlags: Equatable, Sendable {
    var projector: String?
    var chatFormat: String?
    var shape: RandomModel.Shape?
    var kept: String?
    var threads: [Int]?
    var precision: Precision?
    var parts: [MeasureSettings.Part]?
    var runs: Int?
    var isQuick = false
    var contexts: [Int]?
    var frames: [Int]?
    var promptTokens: Int?
    var picture: String?
    var json: String?
    var plots: String?

    static let options: [Option<BenchFlags>] = [
        .value(
            "shape", "SIZE", .oneOf(shapes), suggestions: .words(shapes),
            "Measures a model of a published size with random weights, as fast as the real one: for "
                + "whoever has no weights, to know their machine. It is written among temporary "
                + "files and removed."
        ) { $0.shape = RandomModel.Shape(rawValue: $1) },
        .value(
            "keep", "FOLDER", .text("a folder"), suggestions: .files,
            "Writes the model of --shape to this folder and keeps it."
        ) { $0.kept = $1 },
        .value(
            "mmproj", "FILE", .text("a GGUF file"), suggestions: .files,
            "The picture half of a GGUF model, unless it lies beside it."
        ) { $0.projector = $1 },
        .value(
            "chat-format", "NAME", .oneOf(Model.chatFormatNames),
            suggestions: .words(Model.chatFormatNames),
            "How the model wants its prompts written, for one whose own template is not known."
        ) { $0.chatFormat = $1 },
        .value(
            "only", "PARTS", .parts,
            suggestions: .words(MeasureSettings.Part.allCases.map(\.rawValue)),
            "Measures only these, with commas between them: peaks (what the machine can do at most), "
                + "tile, frames (several tiles), prefill (a prompt), decode (an answer behind "
                + "contexts of several lengths), start (from the program's start to the first "
                + "token, and memory)."
        ) { $0.parts = $1 },
        .value(
            "threads", "N,...", .numbers(1...MeasureSettings.maxThreads, such: "1,2"),
            "The numbers of threads that are compared (1 and as many as there are cores)."
        ) { $0.threads = $1 },
        .value(
            "precision", "WORD", .oneOf(Precision.allCases.map(\.rawValue)),
            suggestions: .words(Precision.allCases.map(\.rawValue)),
            "Measures only exact or only fast, not both."
        ) { $0.precision = Precision(rawValue: $1) },
        .value(
            "runs", "N", .whole(1...1000),
            "How often each thing is measured, after a first time that does not count (3)."
        ) { $0.runs = $1 },
        .flag(
            "quick", "Measures less, in some seconds: one run, one number of threads, few sizes."
        ) { $0.isQuick = true },
        .value(
            "contexts", "N,...", .numbers(1...1_000_000, such: "64,1138"),
            "The lengths of context behind which an answer is made (64,256,512,1138,2048,4096)."
        ) { $0.contexts = $1 },
        .value(
            "frames", "N,...", .numbers(1...1000, such: "1,4,17"),
            "The numbers of tiles that are encoded one after the other (2,4,8,17, as far as they "
                + "take less than 11 seconds)."
        ) { $0.frames = $1 },
        .value(
            "prompt", "N", .whole(1...1_000_000), "The tokens of the prompt (512)."
        ) { $0.promptTokens = $1 },
        .value(
            "picture", "FILE", .text("a picture"), suggestions: .files,
            "The picture that the first token is waited for, split as the model splits it. Without "
                + "it a picture of one tile is made up."
        ) { $0.picture = $1 },
        .value(
            "json", "FILE", .text("a file, or - for standard output"), suggestions: .files,
            "Writes everything as JSON, each single run with it; to standard output instead of the "
                + "tables when FILE is -."
        ) { $0.json = $1 },
        .value(
            "plot", "FOLDER", .text("a folder"), suggestions: .files,
            "Draws decode.png, speed over context, and encode.png, time over tiles, into a folder."
        ) { $0.plots = $1 },
    ]

    private static let shapes = RandomModel.Shape.allCases.map(\.rawValue)

    /// What is to be measured.
    var settings: MeasureSettings {
        var settings = MeasureSettings()
        if isQuick {
            settings.runs = 1
            settings.threads = [MeasureSettings.usableThreads]
            settings.contexts = [64, 1138]
            settings.frames = []
        }
        if let parts { settings.parts = Set(parts) }
        if let threads { settings.threads = threads }
        if let precision { settings.precisions = [precision] }
        if let runs { settings.runs = runs }
        if let contexts { settings.contexts = contexts }
        if let promptTokens { settings.promptTokens = promptTokens }
        if let frames {
            settings.frames = frames
            settings.framesSeconds = nil
        }
        return settings
    }
}

extension ValueFormat where Value == [Int] {
    /// Whole numbers with commas between them, given back rising and each once.
    static func numbers(_ range: ClosedRange<Int>, such example: String) -> ValueFormat {
        let one = ValueFormat<Int>.whole(range)
        return ValueFormat(
            wants: "whole numbers from \(range.lowerBound) to \(range.upperBound) with commas "
                + "between them, such as \(example)"
        ) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { one.read(String($0)) }
            return numbers.count == parts.count ? Array(Set(numbers)).sorted() : nil
        }
    }
}

extension ValueFormat where Value == [MeasureSettings.Part] {
    /// Names of parts with commas between them.
    static let parts = ValueFormat(
        wants: "parts with commas between them, out of "
            + MeasureSettings.Part.allCases.map(\.rawValue).joined(separator: ", ")
    ) { text in
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let parts = words.compactMap { MeasureSettings.Part(rawValue: String($0)) }
        return parts.count == words.count ? parts : nil
    }
}
