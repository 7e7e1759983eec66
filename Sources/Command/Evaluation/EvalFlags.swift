internal import Evaluate
internal import Media
internal import SmolVLM

/// What the options of `eval` said.
struct EvalFlags: Equatable, Sendable {
    var ask = AskFlags()
    var form: QuestionSet.Form?
    /// The folder that the names in the set start from; nil for that of the set.
    var files: String?
    var output: String?
    var resumes = false
    var page: String?
    /// A file with answers that were given before.
    var answers: String?
    var limit: Int?
    /// The categories to ask; empty for all.
    var only: [String] = []
    var refusals: [String] = []
    var instruction: String?
    var leastAccuracy: Double?

    static let options: [Option<EvalFlags>] =
        own
        + AskFlags.options.filter { !["stats", "think", "no-think"].contains($0.facts.name) }
        .map { $0.within(\EvalFlags.ask) }

    private static let forms = QuestionSet.Form.allCases.map(\.rawValue)

    private static let own: [Option<EvalFlags>] = [
        .value(
            "output", short: "o", "FILE", .text("the name of a file"), suggestions: .files,
            "Writes a JSON object for each question into this file, a line each, as soon as it is "
                + "answered."
        ) { $0.output = $1 },
        .flag(
            "resume",
            "Goes on where --output was left: what was answered is not asked again, what failed "
                + "is."
        ) { $0.resumes = true },
        .value(
            "answers", "FILE", .text("the name of a file"), suggestions: .files,
            "Judges the answers in this file, as --output or another program wrote it, and asks no "
                + "model: JSON objects with index, from 0, and answer, one a line."
        ) { $0.answers = $1 },
        .value(
            "html", "PAGE", .text("the name of a file"), suggestions: .files,
            "Writes a page for a browser: the table, and the misses with their pictures. It needs "
                + "no other file and no network."
        ) { $0.page = $1 },
        .value(
            "files", "FOLDER", .text("a folder"), suggestions: .files,
            "Where the pictures are, if not beside the set."
        ) { $0.files = $1 },
        .value(
            "form", "NAME", .oneOf(forms), suggestions: .words(forms),
            "How the set is laid out, instead of what it looks like."
        ) { $0.form = QuestionSet.Form(rawValue: $1) },
        .value(
            "limit", "N", .whole(1...1_000_000_000), "Asks the first N questions only."
        ) { $0.limit = $1 },
        .value(
            "only", "CATEGORY", .text("a category"),
            "Asks the questions of this category only. Given twice, both count."
        ) { $0.only.append($1) },
        .value(
            "instruction", "TEXT", .text("a text"),
            "Follows every question in a line of its own, such as \"Answer with a word or a "
                + "phrase.\""
        ) { $0.instruction = $1 },
        .value(
            "refusal", "TEXT", .text("a text"),
            "One more sentence that says that there is nothing to say, besides: "
                + Refusals.usual.joined(separator: " ")
        ) { $0.refusals.append($1) },
        .value(
            "at-least", "SHARE", .number(0...1, such: "0.95"),
            "Ends with exit code 1 when a smaller share of the answers is right."
        ) { $0.leastAccuracy = $1 },
    ]

    /// What of the options changes answers, as it would be typed; the same text means the same run.
    var settings: String {
        var words = ["--precision \(ask.precision.rawValue)"]
        func add(_ name: String, _ value: (some Any)?) {
            if let value { words.append("\(name) \(value)") }
        }
        add("--mmproj", ask.projector)
        for adapter in ask.adapters { words.append("--lora \(adapter.path)=\(adapter.strength)") }
        add("--chat-format", ask.chatFormat)
        add("--system", ask.system)
        add("--instruction", instruction)
        add("--max-tokens", ask.answer.maxTokens)
        add("--temperature", ask.temperature)
        add("--top-k", ask.topK)
        add("--top-p", ask.topP)
        add("--min-p", ask.minP)
        add("--seed", ask.seed)
        if ask.answer.repetitionPenalty != 1 {
            add("--repetition-penalty", ask.answer.repetitionPenalty)
        }
        for stop in ask.answer.stops { words.append("--stop \(stop)") }
        if !ask.media.splits { words.append("--no-split") }
        add("--longest-edge", ask.media.longestEdge)
        if let pages = ask.media.media.pages {
            let ranges = pages.map { range in
                range.upperBound == Int.max
                    ? "\(range.lowerBound)-" : "\(range.lowerBound)-\(range.upperBound)"
            }
            words.append("--pages " + ranges.joined(separator: ","))
        }
        add("--dpi", ask.media.media.dotsPerInch)
        add("--frames", ask.media.media.frames.count)
        add("--fps", ask.media.framesPerSecond)
        add("--from", ask.media.media.frames.from)
        add("--to", ask.media.media.frames.to)
        add("--distinct", ask.media.media.frames.distinct)
        return words.joined(separator: " ")
    }
}
