// Lines and discs with soft edges. A pixel is covered by how near its middle is to the line; where
// pieces of one line meet, the nearer piece counts, so that joints are no darker than the rest.

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Canvas {
    /// A place on a canvas, in pixels from its upper left corner.
    struct Point: Equatable, Sendable {
        var x: Double
        var y: Double
    }

    /// How a line is drawn.
    struct Stroke: Equatable, Sendable {
        let colour: Colour
        let width: Double
        /// Pixels drawn and left out by turns; nil draws all.
        var dash: (drawn: Double, left: Double)?

        static func == (one: Stroke, other: Stroke) -> Bool {
            one.colour == other.colour && one.width == other.width
                && one.dash?.drawn == other.dash?.drawn && one.dash?.left == other.dash?.left
        }
    }

    /// Draws a line through some points.
    mutating func draw(_ points: [Point], _ stroke: Stroke) {
        var covered: [Int: Double] = [:]
        var way = 0.0
        for (from, to) in zip(points, points.dropFirst()) {
            let (across, down) = (to.x - from.x, to.y - from.y)
            let length = max((across * across + down * down).squareRoot(), 1e-9)
            let reach = stroke.width / 2 + 1
            let columns = range(min(from.x, to.x) - reach, max(from.x, to.x) + reach, below: width)
            let rows = range(min(from.y, to.y) - reach, max(from.y, to.y) + reach, below: height)
            for y in rows {
                for x in columns {
                    let (right, under) = (Double(x) + 0.5 - from.x, Double(y) + 0.5 - from.y)
                    let along = (right * across + under * down) / length
                    let near = min(max(along, 0), length)
                    if let dash = stroke.dash {
                        let place = (way + near).truncatingRemainder(
                            dividingBy: dash.drawn + dash.left)
                        if place > dash.drawn { continue }
                    }
                    let (missX, missY) = (
                        right - across * near / length, under - down * near / length
                    )
                    let miss = (missX * missX + missY * missY).squareRoot()
                    let share = min(1, max(0, stroke.width / 2 + 0.5 - miss))
                    if share > 0 {
                        covered[y * width + x] = max(covered[y * width + x] ?? 0, share)
                    }
                }
            }
            way += length
        }
        for (place, share) in covered {
            mix(
                stroke.colour, share: Int((share * 15).rounded()), x: place % width,
                y: place / width)
        }
    }

    /// Draws a disc.
    mutating func disc(at middle: Point, radius: Double, _ colour: Colour) {
        for y in range(middle.y - radius - 1, middle.y + radius + 1, below: height) {
            for x in range(middle.x - radius - 1, middle.x + radius + 1, below: width) {
                let (right, under) = (Double(x) + 0.5 - middle.x, Double(y) + 0.5 - middle.y)
                let distance = (right * right + under * under).squareRoot()
                let share = min(1, max(0, radius + 0.5 - distance))
                if share > 0 { mix(colour, share: Int((share * 15).rounded()), x: x, y: y) }
            }
        }
    }

    private func range(_ from: Double, _ to: Double, below end: Int) -> Range<Int> {
        let first = min(max(Int(from.rounded(.down)), 0), end)
        return first..<min(max(Int(to.rounded(.up)) + 1, first), end)
    }
}
