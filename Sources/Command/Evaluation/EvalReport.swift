internal import Evaluate
internal import JSON
internal import SmolVLM

/// What is said of a set that was asked.
struct EvalReport {
    /// Where the answers come from.
    enum Source: Equatable, Sendable {
        /// A model, with the options that matter.
        case model(String, settings: String)
        /// A file that has them.
        case file(String)
    }

    let set: String
    let form: QuestionSet.Form
    let source: Source
    /// The questions that were to be asked.
    let itemCount: Int
    let run: EvalRun
    /// From before the model was opened.
    let seconds: Double
    let peakByteCount = MemoryUse.peakByteCount

    var results: [EvalResult] { run.results }
    var tallies: Tallies { run.tallies }

    /// What was not right, in the order of the set.
    var misses: [EvalResult] { results.filter { !$0.score.isRight } }

    private var tiles: (encoded: Int, cached: Int) {
        results.reduce((0, 0)) {
            ($0.0 + ($1.cost?.encodedTiles ?? 0), $0.1 + ($1.cost?.cachedTiles ?? 0))
        }
    }

    // MARK: For people

    /// The table and what it was made with.
    func text(_ terminal: Terminal) -> String {
        let lines = table.lines()
        let (heading, rows) = (lines.first ?? "", lines.dropFirst())
        return terminal.heading(heading) + "\n" + rows.map { $0 + "\n" }.joined() + "\n"
            + notes.map { $0 + "\n" }.joined()
    }

    /// What stands below the table.
    var notes: [String] {
        var notes = [
            "\(Figures.count(tallies.all.itemCount, "question")) of \(set), \(origin)."
        ]
        if case .model = source {
            notes.append(
                "\(Figures.took(seconds)), \(Figures.mebibytes(peakByteCount)) of memory at the "
                    + "peak.")
        }
        if run.keptCount > 0 {
            notes.append("\(Figures.count(run.keptCount, "answer")) of an earlier run counted.")
        }
        if tiles.cached > 0 {
            notes.append(
                "\(tiles.cached) of \(Figures.count(tiles.cached + tiles.encoded, "tile")) came from "
                    + "the cache; --no-cache measures without.")
        }
        if run.isInterrupted {
            notes.append("Stopped after \(tallies.all.itemCount) of \(itemCount) questions.")
        }
        return notes
    }

    private var origin: String {
        switch source {
        case .model(let model, let settings): "asked of \(model) with \(settings)"
        case .file(let file): "with the answers in \(file)"
        }
    }

    /// The headings of the table, and which of them stand over numbers.
    private static let columns: [(heading: String, side: TextTable.Side)] = [
        ("category", .left), ("questions", .right), ("right", .right), ("exact", .right),
        ("ANLS", .right), ("CER", .right), ("WER", .right), ("false refusals", .right),
        ("failed", .right), ("median time", .right),
    ]

    private var table: TextTable {
        var table = TextTable(Self.columns)
        for row in rows { table.add(row) }
        return table
    }

    static var headings: [String] { columns.map(\.heading) }

    /// A row for each category, and one for all; what does not apply is empty.
    var rows: [[String]] {
        let one = tallies.categories.count == 1 && tallies.categories[0].category.isEmpty
        let shown = one ? [tallies.all] : tallies.categories + [tallies.all]
        // Where right means exact, it is said once.
        let hasRules = results.contains { $0.item.rule != .equal }
        return shown.map { tally in
            [
                tally.category.isEmpty ? "-" : tally.category, "\(tally.itemCount)",
                hasRules ? tally.accuracy.map(Self.percent) ?? "" : "",
                tally.exactShare.map(Self.percent) ?? "",
                tally.meanSimilarity.map { BenchTables.fixed($0, 3) } ?? "",
                tally.letters.rate.map(Self.percent) ?? "",
                tally.words.rate.map(Self.percent) ?? "",
                Self.refusals(tally.falseRefusals),
                tally.failedCount == 0 ? "" : "\(tally.failedCount)",
                tally.medianSeconds.map(Figures.took) ?? "",
            ]
        }
    }

    private static func refusals(_ count: ErrorCount) -> String {
        guard let rate = count.rate else { return "" }
        return count.wrong == 0 ? "0" : "\(count.wrong) (\(percent(rate)))"
    }

    /// A share in hundredths, with a digit after the point: `93.4 %`. Only all is 100, and only
    /// nothing is 0.
    static func percent(_ share: Double) -> String {
        var tenths = (share * 1000).rounded()
        if share < 1, tenths == 1000 { tenths = 999 }
        if share > 0, tenths == 0 { tenths = 1 }
        return "\(BenchTables.fixed(tenths / 10, 1)) %"
    }

    // MARK: For programs

    /// The JSON document of `--json`. Its names are kept from version to version; new ones may be
    /// added.
    var json: String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("set", set)
            json.member("form", form.rawValue)
            switch source {
            case .model(let model, let settings):
                json.member("model", model)
                json.member("settings", settings)
            case .file(let file):
                json.member("answers", file)
            }
            json.member("chosen", itemCount)
            json.member("interrupted", run.isInterrupted)
            json.member("resumed", run.keptCount)
            json.member("seconds", seconds)
            json.member("peak_bytes", peakByteCount)
            json.member("encoded_tiles", tiles.encoded)
            json.member("cached_tiles", tiles.cached)
            json.member("all") { Self.write(tallies.all, &$0) }
            json.member("categories") { json in
                json.array { json in
                    for tally in tallies.categories { Self.write(tally, &json) }
                }
            }
        }
        return json.text + "\n"
    }

    private static func write(_ tally: Tally, _ json: inout JSONWriter) {
        json.object { json in
            json.member("category", tally.category)
            json.member("questions", tally.itemCount)
            json.member("failed", tally.failedCount)
            json.member("right", tally.rightCount)
            let figures = [
                ("accuracy", tally.accuracy), ("exact", tally.exactShare),
                ("anls", tally.meanSimilarity), ("cer", tally.letters.rate),
                ("wer", tally.words.rate), ("mean_seconds", tally.meanSeconds),
                ("median_seconds", tally.medianSeconds),
            ]
            for (name, figure) in figures {
                json.member(name) { json in
                    if let figure { json.value(figure) } else { json.null() }
                }
            }
            json.member("false_refusals", tally.falseRefusals.wrong)
            json.member("not_to_be_refused", tally.falseRefusals.total)
        }
    }
}
