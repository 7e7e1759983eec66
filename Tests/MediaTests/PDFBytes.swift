import Media

/// A PDF written by hand, as small as a PDF can be: Helvetica, one stream a page.
struct PDFBytes {
    /// What a page dictionary says besides its parent and contents.
    struct Page {
        var attributes = "/MediaBox [0 0 612 792]"
        var content = "BT /F1 24 Tf 72 700 Td (Hello World) Tj ET"
    }

    var pages: [Page]
    /// Drawings that are called X0, X1, ... and may call those that come after them.
    var drawings: [String] = []

    init(pages: [Page]) { self.pages = pages }

    /// One page that takes years to draw: each drawing calls the next ten times.
    static let endless: PDFBytes = {
        var pdf = PDFBytes(pages: [Page(content: "/X0 Do")])
        pdf.drawings = (1...14).map { String(repeating: "/X\($0) Do ", count: 10) }
        pdf.drawings.append("0 0 m 612 792 l S")
        return pdf
    }()

    /// Two pages of one size.
    static let two = PDFBytes(pages: [Page(), Page(content: "BT /F1 24 Tf 72 72 Td (Two) Tj ET")])

    var bytes: [UInt8] {
        let first = 4 + 2 * pages.count
        let names = drawings.indices.map { "/X\($0) \(first + $0) 0 R" }.joined(separator: " ")
        let resources = "/Resources << /Font << /F1 3 0 R >> /XObject << \(names) >> >>"
        var objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
        let kids = pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ")
        objects.append("<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>")
        objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
        for (index, page) in pages.enumerated() {
            objects.append(
                "<< /Type /Page /Parent 2 0 R \(page.attributes) /Contents \(5 + 2 * index) 0 R "
                    + "\(resources) >>")
            objects.append(
                "<< /Length \(page.content.utf8.count) >>\nstream\n\(page.content)\nendstream")
        }
        for drawing in drawings {
            objects.append(
                "<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] \(resources) "
                    + "/Length \(drawing.utf8.count) >>\nstream\n\(drawing)\nendstream")
        }
        var text = Array("%PDF-1.4\n".utf8)
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(text.count)
            text += Array("\(index + 1) 0 obj\n\(object)\nendobj\n".utf8)
        }
        let start = text.count
        text += Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
        for offset in offsets {
            let digits = String(offset)
            let padding = String(repeating: "0", count: 10 - digits.count)
            text += Array("\(padding)\(digits) 00000 n \n".utf8)
        }
        text += Array(
            "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
                .utf8)
        return text
    }

    func input(named name: String) throws -> MediaInput {
        try MediaInput(name: name, bytes: bytes.span)
    }
}
