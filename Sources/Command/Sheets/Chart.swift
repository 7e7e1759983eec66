internal import Media

/// Draws lines over two axes, with round numbers at their ticks.
struct Chart {
    static let width = 1040
    static let height = 640

    /// One line and its name.
    struct Series: Equatable, Sendable {
        let name: String
        let colour: Canvas.Colour
        let style: Style
        let points: [Place]
    }

    /// What a line means: measured with all threads, with fewer, or only possible.
    enum Style: Equatable, Sendable { case full, dashed, limit }

    /// A measured place, with the least and most that were measured there.
    struct Place: Equatable, Sendable {
        let x: Double
        let y: Double
        let least: Double
        let most: Double
    }

    let title: String
    let subtitle: String
    /// What the axes count.
    let across: String
    let up: String
    let series: [Series]

    private static let left = 84
    private static let right = 36
    private static let bottom = 74
    private static let lineHeight = LabelFont.height + 6
    private static let grid = Canvas.Colour(red: 228, green: 229, blue: 232)

    /// Numbers from 0 to at least `most`, a round step apart that is no smaller than `least`.
    static func ticks(upTo most: Double, about count: Int, least: Double) -> [Double] {
        guard most > 0, most.isFinite else { return [0, 1] }
        let rough = max(most / Double(count), least)
        var power = 1.0
        while power * 10 <= rough { power *= 10 }
        while power > rough { power /= 10 }
        let step = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
        // In steps, so that errors of rounding do not add up.
        let last = Int((most / (step * power) - 1e-9).rounded(.up))
        return (0...max(last, 1)).map { Double($0) * step * power }
    }

    /// The drawn chart.
    var image: Image? {
        var canvas = Canvas(width: Self.width)
        canvas.grow(to: Self.height)
        writeHead(&canvas)
        let legendTop = 22 + 2 * Self.lineHeight
        let legendBottom = writeLegend(&canvas, top: legendTop)
        let top = legendBottom + 40
        let all = series.flatMap(\.points)
        let xs = Self.ticks(upTo: all.map(\.x).max() ?? 1, about: 9, least: 1)
        let ys = Self.ticks(upTo: all.map(\.most).max() ?? 1, about: 6, least: 0)
        let area = Area(
            left: Double(Self.left), right: Double(Self.width - Self.right), top: Double(top),
            bottom: Double(Self.height - Self.bottom), mostX: xs.last ?? 1, mostY: ys.last ?? 1)
        drawAxes(&canvas, area, xs, ys)
        for one in series { drawSpread(of: one, &canvas, area) }
        for one in series where one.style == .limit { draw(one, &canvas, area) }
        for one in series where one.style != .limit { draw(one, &canvas, area) }
        return canvas.image
    }

    /// Where values lie on the canvas.
    private struct Area {
        let left: Double
        let right: Double
        let top: Double
        let bottom: Double
        let mostX: Double
        let mostY: Double

        func place(_ x: Double, _ y: Double) -> Canvas.Point {
            Canvas.Point(
                x: left + (right - left) * x / mostX, y: bottom - (bottom - top) * y / mostY)
        }
    }

    private func writeHead(_ canvas: inout Canvas) {
        let room = Self.width - 24 - Self.right
        // Twice, one pixel apart: bold.
        canvas.write(title, x: 24, y: 20, room: room, .ink)
        canvas.write(title, x: 25, y: 20, room: room, .ink)
        canvas.write(subtitle, x: 24, y: 20 + Self.lineHeight, room: room, .pencil)
    }

    /// Returns where it ends.
    private func writeLegend(_ canvas: inout Canvas, top: Int) -> Int {
        var (x, y) = (24, top + 6)
        let swatch = 34
        for one in series {
            let wide = swatch + 10 + one.name.count * LabelFont.width + 30
            if x > 24, x + wide > Self.width - Self.right {
                (x, y) = (24, y + Self.lineHeight)
            }
            let middle = Double(y) + Double(LabelFont.height) / 2
            let line = [
                Canvas.Point(x: Double(x), y: middle),
                Canvas.Point(x: Double(x + swatch), y: middle),
            ]
            canvas.draw(line, stroke(of: one))
            if one.style != .limit {
                mark(Canvas.Point(x: Double(x + swatch / 2), y: middle), one, &canvas, ring: false)
            }
            canvas.write(
                one.name, x: x + swatch + 10, y: y, room: Self.width - x - swatch - 10, .ink)
            x += wide
        }
        return y + Self.lineHeight
    }

    private func drawAxes(
        _ canvas: inout Canvas, _ area: Area, _ xs: [Double], _ ys: [Double]
    ) {
        for y in ys {
            let place = area.place(0, y)
            let line = [
                Canvas.Point(x: area.left, y: place.y.rounded() + 0.5),
                Canvas.Point(x: area.right, y: place.y.rounded() + 0.5),
            ]
            canvas.draw(
                line, Canvas.Stroke(colour: y == 0 ? .line : Self.grid, width: 1, dash: nil))
            let label = Self.label(y)
            canvas.write(
                label, x: Self.left - 12 - label.count * LabelFont.width,
                y: Int(place.y) - LabelFont.height / 2, room: Self.left, .pencil)
        }
        for x in xs {
            let place = area.place(x, 0)
            let line = [
                Canvas.Point(x: place.x.rounded() + 0.5, y: area.bottom),
                Canvas.Point(x: place.x.rounded() + 0.5, y: area.bottom + 6),
            ]
            canvas.draw(line, Canvas.Stroke(colour: .line, width: 1, dash: nil))
            let label = Self.label(x)
            canvas.write(
                label, x: Int(place.x) - label.count * LabelFont.width / 2,
                y: Int(area.bottom) + 12, room: Self.width, .pencil)
        }
        canvas.write(
            up, x: 24, y: Int(area.top) - Self.lineHeight - 8, room: Self.width / 2, .pencil)
        canvas.write(
            across, x: Self.width - Self.right - across.count * LabelFont.width,
            y: Int(area.bottom) + 12 + Self.lineHeight, room: Self.width, .pencil)
    }

    /// From the least to the most at each place, below all lines.
    private func drawSpread(of one: Series, _ canvas: inout Canvas, _ area: Area) {
        for point in one.points where point.most > point.least {
            canvas.draw(
                [area.place(point.x, point.least), area.place(point.x, point.most)],
                Canvas.Stroke(colour: one.colour, width: 1, dash: nil))
        }
    }

    private func draw(_ one: Series, _ canvas: inout Canvas, _ area: Area) {
        let places = one.points.map { area.place($0.x, $0.y) }
        canvas.draw(places, stroke(of: one))
        guard one.style != .limit else { return }
        for place in places { mark(place, one, &canvas, ring: true) }
    }

    /// A disc, hollow on a dashed line; with a ring of paper around it, it stands out from lines.
    private func mark(
        _ place: Canvas.Point, _ one: Series, _ canvas: inout Canvas, ring: Bool
    ) {
        if ring { canvas.disc(at: place, radius: 6.5, .paper) }
        canvas.disc(at: place, radius: 4.5, one.colour)
        if one.style == .dashed { canvas.disc(at: place, radius: 2.5, .paper) }
    }

    private func stroke(of one: Series) -> Canvas.Stroke {
        switch one.style {
        case .full: Canvas.Stroke(colour: one.colour, width: 2.5, dash: nil)
        case .dashed: Canvas.Stroke(colour: one.colour, width: 2, dash: (9, 6))
        case .limit: Canvas.Stroke(colour: one.colour, width: 1.5, dash: (2, 5))
        }
    }

    /// A tick's number: plain, with blanks between thousands.
    static func label(_ value: Double) -> String {
        guard value >= 1000, value.rounded() == value, value < 1e15 else {
            return Figures.plain(value)
        }
        var digits = Array("\(Int(value))")
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(" ", at: place) }
        return String(digits)
    }
}
