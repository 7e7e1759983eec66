internal import Media

/// A picture that is drawn on: fixed in width, as high as what has been drawn needs.
struct Canvas {
    /// Red, green and blue.
    struct Colour: Equatable, Sendable {
        let red: UInt8
        let green: UInt8
        let blue: UInt8

        static let paper = Colour(red: 250, green: 250, blue: 248)
        static let ink = Colour(red: 32, green: 33, blue: 38)
        static let pencil = Colour(red: 104, green: 106, blue: 114)
        static let line = Colour(red: 178, green: 180, blue: 186)
        static let accent = Colour(red: 42, green: 104, blue: 196)
    }

    let width: Int
    private(set) var height = 0
    private var bytes: [UInt8] = []

    init(width: Int) {
        self.width = width
    }

    /// What has been drawn; nil before anything has.
    var image: Image? {
        height > 0 ? Image(width: width, height: height, rgb: bytes) : nil
    }

    /// Adds empty paper below until the canvas is at least this high.
    mutating func grow(to newHeight: Int) {
        guard newHeight > height else { return }
        bytes.reserveCapacity(newHeight * width * 3)
        for _ in height * width..<newHeight * width {
            bytes.append(Colour.paper.red)
            bytes.append(Colour.paper.green)
            bytes.append(Colour.paper.blue)
        }
        height = newHeight
    }

    /// Puts a picture with its upper left corner at a place; what lies outside is left away.
    mutating func draw(_ image: Image, x: Int, y: Int) {
        let columns = max(0, -x)..<max(max(0, -x), min(image.width, width - x))
        let rows = max(0, -y)..<max(max(0, -y), min(image.height, height - y))
        image.withPixels { pixels in
            for row in rows {
                let source = (row * image.width + columns.lowerBound) * 3
                let target = ((y + row) * width + x + columns.lowerBound) * 3
                for offset in 0..<columns.count * 3 {
                    bytes[target + offset] = pixels[source + offset]
                }
            }
        }
    }

    /// Draws a border of one pixel around, not over, a rectangle.
    mutating func frame(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
        for across in x - 1...x + width {
            mix(colour, share: 15, x: across, y: y - 1)
            mix(colour, share: 15, x: across, y: y + height)
        }
        for down in y - 1...y + height {
            mix(colour, share: 15, x: x - 1, y: down)
            mix(colour, share: 15, x: x + width, y: down)
        }
    }

    /// Writes one line with its upper left corner at a place, shortened in its middle to what fits
    /// `room` pixels.
    mutating func write(_ text: String, x: Int, y: Int, room: Int, _ colour: Colour) {
        for (place, scalar) in Self.fitted(text, letters: room / LabelFont.width).enumerated() {
            let start = LabelFont.offset(of: scalar)
            let left = x + place * LabelFont.width
            for row in 0..<LabelFont.height {
                for column in 0..<LabelFont.width {
                    let share = LabelFont.coverage[start + row * LabelFont.width + column]
                    if share > 0 { mix(colour, share: Int(share), x: left + column, y: y + row) }
                }
            }
        }
    }

    private static func fitted(_ text: String, letters: Int) -> [Unicode.Scalar] {
        let scalars = Array(Terminal.printable(text).unicodeScalars)
        guard scalars.count > letters else { return scalars }
        guard letters > 3 else { return Array(scalars.prefix(max(letters, 0))) }
        let tail = (letters - 3) / 2
        let head = letters - 3 - tail
        return scalars.prefix(head) + Array("...".unicodeScalars) + scalars.suffix(tail)
    }

    /// Mixes a colour into one pixel by a share of 15.
    mutating func mix(_ colour: Colour, share: Int, x: Int, y: Int) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let at = (y * width + x) * 3
        let parts = [colour.red, colour.green, colour.blue]
        for (offset, part) in parts.enumerated() {
            let old = Int(bytes[at + offset])
            bytes[at + offset] = UInt8((Int(part) * share + old * (15 - share) + 7) / 15)
        }
    }
}
