internal import Media

/// Draws what the model sees: the tiles of each picture, or frames side by side, with borders and
/// labels.
///
/// Blocks are stacked on pages of one width; a page that is full is handed out and the next begun,
/// so that memory does not grow with the number of pictures.
struct ContactSheet {
    static let width = 1600
    /// A page is handed out before it would grow beyond this, unless one block alone is higher.
    static let fullHeight = 6000

    private static let margin = 24
    private static let gap = 10
    private static let labelHeight = LabelFont.height + 4
    private static let headingHeight = 2 * labelHeight + 8
    private static let tileSide = 280
    private static let wholeSide = 360
    /// Between one file and the next.
    private static let pause = 16
    private static let room = width - 2 * margin

    private var canvas = Canvas(width: ContactSheet.width)
    /// Where the next block begins.
    private var top = ContactSheet.margin
    private var finished: [Image] = []
    private var strip: Strip?
    /// Of the file that is being drawn.
    private var heading: Heading?
    /// Whether it must be written before the next picture: at the start of a file and of a page.
    private var headingIsDue = false

    private struct Heading {
        let title: String
        let detail: String
    }

    /// A row of cells that is being filled.
    private struct Strip {
        let columns: Int
        let side: Int
        var next = 0
    }

    /// The pages that are full, or all of them once the sheet is complete.
    mutating func takePages(complete: Bool) -> [Image] {
        if complete { endPage() }
        defer { finished = [] }
        return finished
    }

    /// Begins the part of one file: its name, and a line about it. They stand above its first
    /// picture, and again above the first on each page that follows.
    mutating func begin(title: String, detail: String) {
        endStrip()
        heading = Heading(title: title, detail: detail)
        headingIsDue = true
    }

    /// Adds a picture that the model sees in tiles: `frames` are the tiles row by row, then the
    /// whole picture.
    mutating func add(rows: Int, columns: Int, frames: [Image], caption: String?) {
        endStrip()
        let grid = Self.room - Self.wholeSide - 4 * Self.gap
        let side = max(16, min(Self.tileSide, (grid - (columns - 1) * Self.gap) / columns))
        let pitch = side + Self.labelHeight + Self.gap
        let captionHeight = caption == nil ? 0 : Self.labelHeight
        let height = captionHeight + max(rows * pitch, Self.wholeSide + Self.labelHeight + Self.gap)
        makeRoom(for: height)
        canvas.grow(to: top + height)
        if let caption {
            canvas.write(caption, x: Self.margin, y: top, room: Self.room, .ink)
            top += captionHeight
        }
        for (index, frame) in frames.enumerated() where index < rows * columns {
            let (row, column) = (index / columns, index % columns)
            let full = "row \(row + 1), column \(column + 1)"
            let label = full.count * LabelFont.width <= side ? full : "\(row + 1), \(column + 1)"
            place(
                frame, side: side, x: Self.margin + column * (side + Self.gap),
                y: top + row * pitch,
                label: label, border: .line)
        }
        if let whole = frames.last, frames.count == rows * columns + 1 {
            let left = Self.margin + columns * (side + Self.gap) + 3 * Self.gap
            place(
                whole, side: Self.wholeSide, x: left, y: top, label: "the whole picture",
                border: .accent)
        }
        top += height - captionHeight + Self.gap
    }

    /// Adds one frame beside the one before, in rows of `columns`.
    mutating func add(cell frame: Image, columns: Int, label: String) {
        let side = min(512, (Self.room - (columns - 1) * Self.gap) / max(columns, 1))
        if let strip, strip.columns != columns || strip.next == columns { endStrip() }
        if strip == nil {
            let height = side + Self.labelHeight + Self.gap
            makeRoom(for: height)
            canvas.grow(to: top + height)
            strip = Strip(columns: columns, side: side)
        }
        guard let place = strip?.next else { return }
        self.place(
            frame, side: side, x: Self.margin + place * (side + Self.gap), y: top, label: label,
            border: .line)
        strip?.next += 1
    }

    /// How many frames stand side by side when there are this many.
    static func columns(for count: Int) -> Int {
        switch count {
        case ...3: 3
        case ...8: 4
        case ...15: 5
        case ...36: 6
        default: 8
        }
    }

    private mutating func place(
        _ image: Image, side: Int, x: Int, y: Int, label: String, border: Canvas.Colour
    ) {
        canvas.write(label, x: x, y: y, room: side, .pencil)
        let shrunk = image.shrunk(toFit: side)
        let below = y + Self.labelHeight
        canvas.draw(shrunk, x: x, y: below)
        canvas.frame(x: x, y: below, width: shrunk.width, height: shrunk.height, border)
    }

    private mutating func endStrip() {
        guard let strip else { return }
        top += strip.side + Self.labelHeight + Self.gap
        self.strip = nil
    }

    /// Makes room for a picture and, where it is due, the heading above it.
    private mutating func makeRoom(for height: Int) {
        let above = headingIsDue ? Self.pause + Self.headingHeight : 0
        if top > Self.margin, top + above + height + Self.margin > Self.fullHeight { endPage() }
        guard headingIsDue, let heading else { return }
        headingIsDue = false
        if top > Self.margin { top += Self.pause }
        canvas.grow(to: top + Self.headingHeight)
        canvas.write(heading.title, x: Self.margin, y: top, room: Self.room, .ink)
        // Twice, one pixel apart: bold.
        canvas.write(heading.title, x: Self.margin + 1, y: top, room: Self.room, .ink)
        canvas.write(
            heading.detail, x: Self.margin, y: top + Self.labelHeight, room: Self.room, .pencil)
        top += Self.headingHeight
    }

    private mutating func endPage() {
        endStrip()
        guard top > Self.margin else { return }
        canvas.grow(to: top + Self.margin - Self.gap)
        if let image = canvas.image { finished.append(image) }
        canvas = Canvas(width: Self.width)
        top = Self.margin
        headingIsDue = true
    }
}

extension Image {
    /// The picture no larger than `side` a side, in its shape.
    fileprivate func shrunk(toFit side: Int) -> Image {
        let longest = max(width, height)
        guard longest > side else { return self }
        return Resample(
            fromWidth: width, height: height, toWidth: max(1, width * side / longest),
            height: max(1, height * side / longest), filter: .lanczos
        ).resized(self)
    }
}
