// What pdfinfo says of a document, read line by line:
//
//     Pages:           3
//     Page    2 size:  612 x 792 pts (letter)
//     Page    2 rot:   90

/// The pages of a document, as far as they were asked for.
struct PDFDocument {
    /// One page, upright: turned as it wants to be seen, cut to what it shows.
    struct Page: Equatable {
        var number: Int
        var widthPoints: Double
        var heightPoints: Double
    }

    private(set) var pageCount = 0
    /// In the order asked for.
    private(set) var pages: [Page] = []

    /// Reads the sizes of the pages that the options ask for: all, or those of the ranges.
    init(
        of input: borrowing MediaInput, options: MediaOptions, budget: inout TimeBudget
    ) throws(MediaError) {
        let limit = options.limits.maxPages
        guard let ranges = options.pages else {
            // One more than allowed is enough to see that there are too many.
            let all = try PDFDocument.sizes(1...limit, of: input, options: options, budget: &budget)
            pageCount = all.pageCount
            guard pageCount <= limit else {
                throw .tooManyPages(name: input.name, count: pageCount, limit: limit)
            }
            pages = all.pages
            return
        }
        // The first page is always there; it tells how many more there are.
        let first = try PDFDocument.sizes(1...1, of: input, options: options, budget: &budget)
        pageCount = first.pageCount
        var wanted = 0
        for range in ranges {
            let outside = range.lowerBound < 1 ? range.lowerBound : range.upperBound
            guard range.lowerBound >= 1, range.upperBound <= pageCount else {
                throw .noSuchPage(name: input.name, page: outside, count: pageCount)
            }
            wanted += range.count
        }
        guard wanted <= limit else {
            throw .tooManyPages(name: input.name, count: wanted, limit: limit)
        }
        for range in ranges {
            pages += try PDFDocument.sizes(range, of: input, options: options, budget: &budget)
                .pages
        }
    }

    private static func sizes(
        _ range: ClosedRange<Int>, of input: borrowing MediaInput, options: MediaOptions,
        budget: inout TimeBudget
    ) throws(MediaError) -> (pageCount: Int, pages: [Page]) {
        var tool = try Poppler(
            .pdfinfo,
            arguments: [
                "-f", String(range.lowerBound), "-l", String(range.upperBound), Poppler.inputPath,
            ],
            input: input, limits: options.limits)
        var lines = PageLines()
        while let line = try tool.line(limit: 1000, budget: &budget) { lines.take(line) }
        let report = try tool.finish(budget: &budget)
        guard report.code == 0, lines.pageCount > 0 else {
            throw PDFDocument.error(report, name: input.name)
        }
        let pages = lines.pages()
        guard pages.count == min(range.upperBound, lines.pageCount) - range.lowerBound + 1 else {
            throw .corrupt(
                name: input.name, kind: .pdf, detail: "the sizes of its pages cannot be read")
        }
        return (lines.pageCount, pages)
    }

    /// What a tool that gave up meant.
    static func error(_ report: Poppler.Report, name: String) -> MediaError {
        let complaints = report.complaints
        if complaints.contains("Incorrect password") { return .needsPassword(name: name) }
        if complaints.contains("security handler") || complaints.contains("encryption") {
            return .unsupported(name: name, detail: "it is encrypted in a way that is not known")
        }
        if complaints.contains("Invalid page count 0") || complaints.contains("last page (0)") {
            return .noPages(name: name)
        }
        // The last complaint names what made it give up.
        let last = complaints.split(separator: "\n").last.map { printable(String($0)) } ?? ""
        return .corrupt(
            name: name, kind: .pdf,
            detail: last.isEmpty ? "it cannot be opened" : String(last.prefix(200)))
    }
}

/// Collects what the lines say; they come in any order.
struct PageLines {
    private(set) var pageCount = 0
    private var sizes: [Int: (width: Double, height: Double)] = [:]
    private var turns: [Int: Int] = [:]

    mutating func take(_ line: String) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let key = line[..<colon].split(separator: " ")
        let value = line[line.index(after: colon)...].split(separator: " ")
        if key == ["Pages"], let count = value.first.flatMap({ Int($0) }) {
            pageCount = count
        } else if key.count == 3, key[0] == "Page", let number = Int(key[1]) {
            if key[2] == "size", value.count >= 3, value[1] == "x",
                let width = Double(value[0]), let height = Double(value[2])
            {
                sizes[number] = (width, height)
            } else if key[2] == "rot", let turn = value.first.flatMap({ Int($0) }) {
                turns[number] = turn
            }
        }
    }

    /// The pages in the order of their numbers, turned as they are seen.
    func pages() -> [PDFDocument.Page] {
        sizes.keys.sorted().compactMap { number in
            guard let size = sizes[number] else { return nil }
            let lies = (turns[number] ?? 0) % 180 != 0
            return PDFDocument.Page(
                number: number, widthPoints: lies ? size.height : size.width,
                heightPoints: lies ? size.width : size.height)
        }
    }
}
