// The words of a document's text layer with their places, read from what `pdftotext -bbox` writes:
//
//     <page width="612.000000" height="792.000000">
//       <word xMin="72.0" yMin="74.7" xMax="126.6" yMax="96.9">Hello</word>
//
// The places are those of the page as seen, turned and cut; its width and height are not, so the
// sizes come from the plan.

struct PDFTextLayer {
    /// More words and bytes than any printed page holds; the rest of such a page is left out.
    static let wordLimit = 50_000
    static let byteLimit = 1 << 20
    /// What all pages together may hold.
    static let layerByteLimit = 16 << 20

    /// Bytes of the page at hand and of all pages, each word with its place counted.
    private var pageBytes = 0
    private var layerBytes = 0
    /// The words of each page, in the order of the pages; a page for each one begun.
    private(set) var pages: [[TextBox]] = []
    private let scales: [(x: Double, y: Double)]

    /// - Parameter plans: the pages that the tool was asked for, in order.
    init(plans: [PagePlan]) {
        scales = plans.map {
            (Double($0.width) / $0.page.widthPoints, Double($0.height) / $0.page.heightPoints)
        }
    }

    mutating func take(_ line: String) {
        let line = line.drop { $0 == " " }
        if line.hasPrefix("<page ") {
            pages.append([])
            pageBytes = 0
        } else if line.hasPrefix("<word "), let end = line.firstIndex(of: ">") {
            guard let page = pages.indices.last, page < scales.count,
                pages[page].count < PDFTextLayer.wordLimit,
                pageBytes < PDFTextLayer.byteLimit, layerBytes < PDFTextLayer.layerByteLimit,
                let left = number("xMin", in: line), let top = number("yMin", in: line),
                let right = number("xMax", in: line), let bottom = number("yMax", in: line)
            else { return }
            let rest = line[line.index(after: end)...]
            let word = rest.hasSuffix("</word>") ? rest.dropLast("</word>".count) : rest
            let scale = scales[page]
            pageBytes += word.utf8.count
            layerBytes += word.utf8.count + MemoryLayout<TextBox>.size
            pages[page].append(
                TextBox(
                    text: PDFTextLayer.plain(word), left: left * scale.x, top: top * scale.y,
                    right: right * scale.x, bottom: bottom * scale.y))
        }
    }

    private func number(_ name: String, in line: Substring) -> Double? {
        guard let start = line.firstRange(of: "\(name)=\"")?.upperBound else { return nil }
        let value = Double(line[start...].prefix { $0 != "\"" })
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The text without XML's escapes.
    private static func plain(_ text: Substring) -> String {
        guard text.contains("&") else { return printable(String(text)) }
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            let known = [
                ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
                ("&apos;", "'"),
            ]
            let (escape, character) = known.first { rest.hasPrefix($0.0) } ?? ("&", "&")
            result += character
            rest = rest.dropFirst(escape.count)
        }
        return printable(result + rest)
    }
}
