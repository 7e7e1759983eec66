internal import Measure
internal import SmolVLM

/// What `bench` found out, as drawings.
struct BenchPlots {
    /// What there is a drawing of.
    enum Kind: CaseIterable, Sendable {
        case decode, encode

        var fileName: String { self == .decode ? "decode.png" : "encode.png" }
    }

    let report: BenchReport

    private static let fast = Canvas.Colour.accent
    private static let exact = Canvas.Colour(red: 208, green: 98, blue: 32)
    private static let limit = Canvas.Colour(red: 132, green: 135, blue: 144)

    /// A drawing; nil when nothing of it was measured.
    func chart(_ kind: Kind) -> Chart? {
        let figures =
            switch kind {
            case .decode: report.result.figures(of: .decode)
            case .encode: encoded
            }
        var series: [Chart.Series] = []
        for measured in cases(figures) {
            let own = figures.filter { $0.measured == measured && !$0.seconds.values.isEmpty }
            guard !own.isEmpty else { continue }
            series.append(
                Chart.Series(
                    name: "\(measured.precision.rawValue), "
                        + Figures.count(measured.threads, "thread"),
                    colour: measured.precision == .fast ? Self.fast : Self.exact,
                    style: measured.threads == report.settings.threads.last ? .full : .dashed,
                    points: own.map { place($0, kind) }))
        }
        guard !series.isEmpty else { return nil }
        series += limits(figures, kind)
        return Chart(
            title: kind == .decode
                ? "Speed of an answer behind a longer context" : "Time to encode more tiles",
            subtitle: "\(name); \(report.machine.processor), kernels "
                + report.machine.kernels,
            across: kind == .decode ? "tokens of context" : "tiles",
            up: kind == .decode ? "tokens a second" : "seconds", series: series)
    }

    /// The model without the folders that it lies in.
    private var name: String {
        report.name.split(separator: "/").last.map(String.init) ?? report.name
    }

    /// One tile and several of them.
    private var encoded: [MeasureFigure] {
        let frames = report.result.figures(of: .frames)
        let tiles = report.result.figures(of: .tile).filter { tile in
            !frames.contains { $0.measured == tile.measured && $0.size == tile.size }
        }
        return (tiles + frames).sorted { $0.size < $1.size }
    }

    /// Fast ones first, those with the most threads before the others.
    private func cases(_ figures: [MeasureFigure]) -> [MeasureCase] {
        Set(figures.map(\.measured)).sorted { one, other in
            if one.precision != other.precision { return one.precision == .fast }
            return one.threads > other.threads
        }
    }

    private func place(_ figure: MeasureFigure, _ kind: Kind) -> Chart.Place {
        let values = kind == .decode ? figure.rate : figure.seconds
        return Chart.Place(
            x: Double(figure.size), y: values.median, least: values.least, most: values.most)
    }

    /// What the machine's peaks allow with the most threads, once for all precisions that share it.
    private func limits(_ figures: [MeasureFigure], _ kind: Kind) -> [Chart.Series] {
        var found: [Chart.Series] = []
        for precision in report.settings.precisions.reversed() {
            let own = figures.filter {
                $0.measured.precision == precision
                    && $0.measured.threads == report.settings.threads.last
            }
            let points = own.compactMap { figure -> Chart.Place? in
                guard let seconds = figure.limitSeconds, seconds > 0 else { return nil }
                let y = kind == .decode ? 1 / seconds : seconds
                return Chart.Place(x: Double(figure.size), y: y, least: y, most: y)
            }
            guard points.count > 1 else { continue }
            let isKnown = found.contains { other in
                other.points.count == points.count
                    && zip(other.points, points).allSatisfy { abs($0.y - $1.y) <= 0.01 * $0.y }
            }
            guard !isKnown else { continue }
            found.append(
                Chart.Series(
                    name: kind == .decode ? "this machine's limit" : "limit, \(precision.rawValue)",
                    colour: kind == .decode
                        ? Self.limit : precision == .fast ? Self.fast : Self.exact,
                    style: .limit, points: points))
        }
        return found
    }
}
