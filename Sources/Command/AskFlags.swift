internal import SmolVLM

/// What the options of `ask` said; all but `asJSON` are options of `chat` as well.
struct AskFlags: Equatable, Sendable {
    var media = MediaFlags()
    var model: String?
    var projector: String?
    var chatFormat: String?
    var adapters: [Adapter] = []
    var system: String?
    var asJSON = false
    var showsStatistics = false
    /// Whether the model is to think aloud first; nil leaves it at not doing so.
    var thinks: Bool?
    var temperature: Double?
    var topK: Int?
    var topP: Double?
    var minP: Double?
    var seed: Int?
    var precision = Precision.exact
    /// Whether picture tokens are kept for the next question, and in how many bytes.
    var keepsPictures = true
    var cacheSize: Int?
    /// The most bytes of memory that the job may take.
    var maxMemory: Int?
    var answer = AnswerOptions()

    static let options =
        answering + [
            .flag("json", "Prints one JSON document instead of text.") { $0.asJSON = true }
        ]
        + files

    /// What the options about media mean for a model that answers.
    static let files = MediaFlags.options.filter { $0.facts.name != "model" }.map {
        $0.within(\AskFlags.media)
    }

    /// Who answers, and how.
    static let answering: [Option<AskFlags>] =
        [
            .value(
                "model", short: "m", "MODEL", .text("a folder or a GGUF file of a model"),
                suggestions: .files,
                "The model that answers: a folder with config.json and safetensors files, or a "
                    + "GGUF file. Without it, the pocket model that comes with the program does, "
                    + "if it is there."
            ) { $0.model = $1 },
            .value(
                "mmproj", "FILE", .text("a GGUF file"), suggestions: .files,
                "The picture half of a GGUF model, unless it lies beside it."
            ) { $0.projector = $1 },
            .value(
                "lora", "PATH[=STRENGTH]", .adapter, suggestions: .files,
                "A LoRA adapter of the model: a folder as peft writes it, or a GGUF adapter, with "
                    + "the strength at which it works (1). Given twice, both count."
            ) { $0.adapters.append($1) },
            .value(
                "chat-format", "NAME", .oneOf(formats), suggestions: .words(formats),
                "How the model wants its prompts written, for one whose own template is not "
                    + "known."
            ) { $0.chatFormat = $1 },
            .value(
                "system", "TEXT", .text("a text"),
                "What the model is told before everything else."
            ) { $0.system = $1 },
            .value(
                "max-tokens", "N", .whole(1...1_000_000),
                "The most tokens of the answer (\(AnswerOptions().maxTokens))."
            ) { $0.answer.maxTokens = $1 },
            .value(
                "temperature", "T", .number(0...100, such: "0.7"),
                "Draws tokens at random: the higher, the bolder. 0 takes the likeliest always, as "
                    + "when this and all other options of chance are left out."
            ) { $0.temperature = $1 },
            .value(
                "top-k", "N", .whole(1...1_000_000), "Draws among the N likeliest tokens only."
            ) { $0.topK = $1 },
            .value(
                "top-p", "SHARE", .number(0.0001...1, such: "0.9"),
                "Draws among the likeliest tokens that together have this probability."
            ) { $0.topP = $1 },
            .value(
                "min-p", "SHARE", .number(0...1, such: "0.05"),
                "Draws among tokens at least this share as likely as the likeliest."
            ) { $0.minP = $1 },
            .value(
                "repetition-penalty", "FACTOR", .number(0.01...100, such: "1.1"),
                "Makes tokens that have been used less likely; 1 leaves them alone."
            ) { $0.answer.repetitionPenalty = Float($1) },
            .value(
                "seed", "N", .whole(0...Int.max),
                "Draws the same tokens again; without it every run draws others."
            ) { $0.seed = $1 },
            .value(
                "stop", "TEXT", .text("a text"),
                "Ends the answer before this text. Given twice, both count."
            ) { $0.answer.stops.append($1) },
            .flag(
                "think",
                "Lets a SmolLM3 model think aloud before it answers. Its thoughts are shown dim on "
                    + "a terminal and are no part of the answer."
            ) { $0.thinks = true },
            .flag("no-think", "Has the model answer at once, as it does when nothing is said.") {
                $0.thinks = false
            },
            .value(
                "precision", "WORD", .oneOf(Precision.allCases.map(\.rawValue)),
                suggestions: .words(Precision.allCases.map(\.rawValue)),
                "How the model is worked out: exact (as when left out), in fp32 as the reference "
                    + "does it, or fast, with numbers of 8 bits: pictures and prompts are read in "
                    + "less than half of the time."
            ) { $0.precision = Precision(rawValue: $1) ?? .exact },
            .value(
                "max-memory", "SIZE", .bytes(atLeast: 1 << 20), section: .limits,
                "The most memory that answering may take, such as 500M or 2G. What takes more is "
                    + "refused before it is begun, with the largest settings that would fit."
            ) { $0.maxMemory = $1 },
            .flag(
                "no-cache",
                "Neither takes from the cache what pictures became when they were shown before nor "
                    + "keeps it there. What is kept shows much of them."
            ) { $0.keepsPictures = false },
            .value(
                "cache-size", "SIZE", .bytes(atLeast: 0), section: .limits,
                "The most that the cache of pictures may take on disk "
                    + "(\(VisionTokenStore.usualByteLimit >> 20)M); what has not been used for "
                    + "longest goes first. `smolvlm cache` shows and clears it."
            ) { $0.cacheSize = $1 },
            .flag("stats", "Says on standard error what the answer took.") {
                $0.showsStatistics = true
            },
        ]

    private static let formats = Model.chatFormatNames

    /// The options of the answer, all said together.
    func answerOptions() throws(UsageError) -> AnswerOptions {
        var options = answer
        let filter =
            topK.map { _ in "--top-k" } ?? topP.map { _ in "--top-p" }
            ?? minP.map { _ in "--min-p" } ?? seed.map { _ in "--seed" }
        if temperature == 0, let filter {
            throw .contradiction(
                first: "--temperature 0", second: filter,
                reason: "without chance there is nothing to draw among")
        }
        guard filter != nil || (temperature ?? 0) > 0 else { return options }
        options.sampling = .random(
            temperature: Float(temperature ?? 1), topK: topK, topP: topP.map { Float($0) },
            minP: minP.map { Float($0) },
            seed: seed.map { UInt64($0) } ?? UInt64.random(in: 0...(1 << 32)))
        return options
    }
}

extension ValueFormat where Value == Adapter {
    /// A path, or a path and a strength behind the last `=`. What stands there and is no number is a
    /// part of the name.
    static let adapter = ValueFormat(
        wants: "a file or folder, and perhaps = and a strength, such as receipts-lora=0.5"
    ) { text in
        guard let sign = text.lastIndex(of: "="),
            let strength = Float(text[text.index(after: sign)...])
        else { return text.isEmpty ? nil : Adapter(path: text, strength: 1) }
        let path = String(text[..<sign])
        return path.isEmpty || !strength.isFinite ? nil : Adapter(path: path, strength: strength)
    }
}
