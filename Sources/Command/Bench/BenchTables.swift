internal import Measure
internal import SmolVLM

/// What `bench` found out, as tables for people.
struct BenchTables {
    let report: BenchReport
    let terminal: Terminal

    /// All tables that have something in them, one under the other.
    var text: String {
        var parts = [head]
        parts += [peaks, tiles, prefill, decode, start].compactMap(\.self)
        if let agreement { parts.append(agreement) }
        return parts.joined(separator: "\n")
    }

    private var head: String {
        var text = terminal.heading(report.name) + "\n"
        if let model = report.model {
            let types = model.types.map(\.name).joined(separator: ", ")
            text += "  \(Figures.bytes(model.weightByteCount)) of weights: \(types)\n"
        }
        text += "  \(report.machine.words), smolvlm \(Program.version)\n"
        return text
            + "  Medians of \(Figures.count(report.settings.runs, "run")), with the least and the "
            + "most.\n"
    }

    // MARK: Parts

    private var peaks: String? {
        var table = TextTable([
            ("threads", .right), ("floats, GFLOP/s", .right), ("bytes, GMAC/s", .right),
            ("memory, GB/s", .right),
        ])
        for one in report.result.peaks where !one.reading.values.isEmpty {
            table.add([
                "\(one.threads)", Self.spread(one.floats.map { $0 * 2 / 1e9 }),
                Self.spread(one.bytes.map { $0 / 1e9 }), Self.spread(one.reading.map { $0 / 1e9 }),
            ])
        }
        return section("What this machine can do at most", table)
    }

    private var tiles: String? {
        let figures = report.result.figures(of: .tile) + report.result.figures(of: .frames)
        var table = columns("tiles", "seconds", "a second")
        for figure in figures where !figure.seconds.values.isEmpty {
            table.add(
                row(
                    figure, "\(figure.size)", Self.spread(figure.seconds),
                    Self.digits(figure.rate.median)))
        }
        let side = report.model?.tileSide ?? 0
        return section("Tiles of \(side) x \(side) through the vision encoder", table)
    }

    private var prefill: String? {
        var table = columns("tokens", "ms", "tokens a second")
        for figure in report.result.figures(of: .prefill) where !figure.seconds.values.isEmpty {
            table.add(
                row(
                    figure, "\(figure.size)", Self.spread(figure.seconds.map { $0 * 1000 }),
                    Self.digits(figure.rate.median)))
        }
        return section("A prompt", table)
    }

    private var decode: String? {
        var table = columns("context", "ms a token", "tokens a second")
        for figure in report.result.figures(of: .decode) where !figure.seconds.values.isEmpty {
            table.add(
                row(
                    figure, "\(figure.size)", Self.spread(figure.seconds.map { $0 * 1000 }),
                    Self.digits(figure.rate.median)))
        }
        return section("An answer, by the tokens before it", table)
    }

    private var start: String? {
        var table = TextTable([
            ("precision", .left), ("question about", .left), ("seconds", .right),
            ("memory", .right),
        ])
        for figure in report.starts where !figure.seconds.values.isEmpty {
            table.add([
                figure.precision.rawValue, Self.subject(figure, report.flags),
                Self.spread(figure.seconds), Figures.mebibytes(Int(figure.peakBytes.median)),
            ])
        }
        return section("From the program's start to the first token", table)
    }

    private var agreement: String? {
        let found = report.result.agreement
        var text = ""
        if let cosine = found.tileCosine {
            text += "  Tokens of a tile: cosine \(Self.share(of: cosine))\n"
        }
        if let cosine = found.logitCosine, let divergence = found.divergence {
            text += "  Logits of the next token: cosine \(Self.share(of: cosine)), divergence "
            text += "\(Self.small(divergence)) nats\n"
        }
        return text.isEmpty ? nil : terminal.heading("Fast against exact") + "\n" + text
    }

    // MARK: Words

    /// What a question was about.
    static func subject(_ figure: StartMeasure.Figure, _ flags: BenchFlags) -> String {
        guard figure.picture != nil else { return "nothing" }
        return flags.picture ?? "a picture of one tile"
    }

    private func columns(_ size: String, _ unit: String, _ rate: String) -> TextTable {
        TextTable([
            ("precision", .left), ("threads", .right), (size, .right), (unit, .right),
            (rate, .right), ("of the peak", .right),
        ])
    }

    private func row(
        _ figure: MeasureFigure, _ size: String, _ time: String, _ rate: String
    ) -> [String] {
        [
            figure.measured.precision.rawValue, "\(figure.measured.threads)", size, time, rate,
            figure.share.map { "\(Int(($0 * 100).rounded())) %" } ?? "",
        ]
    }

    private func section(_ title: String, _ table: TextTable) -> String? {
        let lines = table.lines()
        guard lines.count > 1 else { return nil }
        return terminal.heading(title) + "\n" + lines.map { $0 + "\n" }.joined()
    }

    /// `12.3 (11.9 to 14.0)`, or the number alone when there is but one.
    static func spread(_ samples: Samples) -> String {
        guard samples.values.count > 1 else { return digits(samples.median) }
        return "\(digits(samples.median)) (\(digits(samples.least)) to \(digits(samples.most)))"
    }

    /// A number with about three digits that count: `1234`, `123`, `12.3`, `1.23`, `0.012`.
    static func digits(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let places =
            abs(value) >= 99.95 ? 0 : abs(value) >= 9.995 ? 1 : abs(value) >= 0.9995 ? 2 : 3
        return fixed(value, places)
    }

    private static func share(of cosine: Double) -> String { fixed(cosine, 6) }

    private static func small(_ value: Double) -> String { fixed(max(0, value), 7) }

    /// A number with so many digits after the point.
    static func fixed(_ value: Double, _ places: Int) -> String {
        var unit = 1
        for _ in 0..<places { unit *= 10 }
        let units = Int((abs(value) * Double(unit)).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(units)" }
        let digits = "\(units % unit)"
        let zeros = String(repeating: "0", count: places - digits.count)
        return "\(sign)\(units / unit).\(zeros)\(digits)"
    }
}
