import Foundation
import Media
import Testing

/// The pages that come out of decoding here, in this process.
private func pages(
    of pdf: PDFBytes, options: MediaOptions = MediaOptions()
) throws -> (items: [MediaItem], document: MediaDescription.Document) {
    let input = try pdf.input(named: "x.pdf")
    var items: [MediaItem] = []
    let description = try PDFPages.decode(input, options: options) {
        (item) throws(MediaError) in items.append(item)
    }
    guard case .document(let document) = description.content else {
        throw MediaError.unsupported(name: "x.pdf", detail: "no document")
    }
    return (items, document)
}

private func thrown(by bytes: [UInt8], options: MediaOptions = MediaOptions()) -> MediaError? {
    error {
        let input = try MediaInput(name: "x.pdf", bytes: bytes.span)
        _ = try PDFPages.description(of: input, options: options)
    }
}

/// The rectangle that holds everything darker than paper: left, top, right, bottom, each included.
private func ink(of image: Image) -> (Int, Int, Int, Int)? {
    image.withPixels { pixels in
        var box: (Int, Int, Int, Int)?
        for y in 0..<image.height {
            for x in 0..<image.width where pixels[(y * image.width + x) * 3] < 128 {
                let old = box ?? (x, y, x, y)
                box = (min(old.0, x), min(old.1, y), max(old.2, x), max(old.3, y))
            }
        }
        return box
    }
}

@Suite struct `Pages of a PDF` {
    @Test func `are drawn with their longer side as long as the model can use`() throws {
        let (items, document) = try pages(of: .two)
        #expect(items.map(\.image.width) == [1583, 1583])
        #expect(items.map(\.image.height) == [2048, 2048])
        #expect(document.pageCount == 2)
        #expect(document.hasText)
        let first = try #require(document.pages.first)
        #expect((first.width, first.height) == (1583, 2048))
        #expect((first.widthPoints, first.heightPoints) == (612, 792))
        #expect(abs(first.dotsPerInch - 2048.0 / 11) < 1e-9)
    }

    @Test func `follow the resolution that was asked for`() throws {
        var options = MediaOptions()
        options.dotsPerInch = 100
        let (items, _) = try pages(of: .two, options: options)
        #expect((items[0].image.width, items[0].image.height) == (850, 1100))
    }

    @Test(arguments: [
        (612.0, 792.0), (792, 612), (595.276, 841.89), (841.89, 595.276), (1, 1000), (1000, 1),
        (0.6, 0.7), (3000.5, 17.3), (420, 780.106),
    ])
    func `come out at exactly the size that was planned`(wide: Double, high: Double) throws {
        var options = MediaOptions()
        options.pageLongestEdge = 300
        let rotations = [0, 90, 180, 270]
        let pdf = PDFBytes(
            pages: rotations.map {
                PDFBytes.Page(attributes: "/MediaBox [0 0 \(wide) \(high)] /Rotate \($0)")
            })
        let (items, document) = try pages(of: pdf, options: options)
        let sizes = items.map { [$0.image.width, $0.image.height] }
        #expect(sizes == document.pages.map { [$0.width, $0.height] })
        #expect(sizes.allSatisfy { $0.max() == 300 })
        #expect(sizes[1] == sizes[0].reversed())
    }

    @Test func `stand upright and show only what their crop box shows`() throws {
        let pdf = PDFBytes(pages: [
            PDFBytes.Page(attributes: "/MediaBox [0 0 612 792] /Rotate 90"),
            PDFBytes.Page(attributes: "/MediaBox [0 0 612 792] /CropBox [50 600 350 792]"),
        ])
        var options = MediaOptions()
        options.dotsPerInch = 72
        let (items, _) = try pages(of: pdf, options: options)
        #expect((items[0].image.width, items[0].image.height) == (792, 612))
        #expect((items[1].image.width, items[1].image.height) == (300, 192))
        // Turned by a quarter, what ran along the top runs down the right side.
        let turned = try #require(ink(of: items[0].image))
        #expect(turned.0 > 680 && turned.3 - turned.1 > turned.2 - turned.0)
        let cropped = try #require(ink(of: items[1].image))
        #expect((20...30).contains(cropped.0) && (70...100).contains(cropped.1))
    }

    @Test(arguments: [
        "/MediaBox [0 0 612 792]", "/MediaBox [0 0 612 792] /Rotate 90",
        "/MediaBox [0 0 612 792] /Rotate 180", "/MediaBox [0 0 612 792] /Rotate 270",
        "/MediaBox [0 0 612 792] /CropBox [50 600 350 792]",
        "/MediaBox [-100 -50 512 792]",
    ])
    func `carry the words of their text layer where the ink is`(attributes: String) throws {
        let content = "BT /F1 24 Tf 72 700 Td (A<&>\"B) Tj ET"
        var options = MediaOptions()
        options.dotsPerInch = 144
        let (items, _) = try pages(
            of: PDFBytes(pages: [PDFBytes.Page(attributes: attributes, content: content)]),
            options: options)
        guard case .page(1, let text) = items[0].place else {
            Issue.record("no page")
            return
        }
        let word = try #require(text.first)
        #expect(text.map(\.text) == ["A<&>\"B"])
        let box = try #require(ink(of: items[0].image))
        // A box is as high as the font, the ink as high as these letters: up to 10 pixels seen.
        let tolerance = 12.0
        #expect(abs(word.left - Double(box.0)) < tolerance)
        #expect(abs(word.top - Double(box.1)) < tolerance)
        #expect(abs(word.right - Double(box.2)) < tolerance)
        #expect(abs(word.bottom - Double(box.3)) < tolerance)
    }

    @Test func `are those that were asked for, in that order`() throws {
        let pdf = PDFBytes(
            pages: (1...6).map { PDFBytes.Page(content: "BT /F1 9 Tf 9 9 Td (P\($0)) Tj ET") })
        var options = MediaOptions()
        options.pageLongestEdge = 100
        options.pages = [5...6, 1...1, 2...3]
        let (items, document) = try pages(of: pdf, options: options)
        let words: [String] = items.map { item in
            guard case .page(_, let text) = item.place else { return "" }
            return text.map(\.text).joined()
        }
        #expect(words == ["P5", "P6", "P1", "P2", "P3"])
        #expect(document.pages.map(\.number) == [5, 6, 1, 2, 3])
        #expect(document.pageCount == 6)
    }

    @Test func `have no text when there is only ink`() throws {
        let pdf = PDFBytes(pages: [PDFBytes.Page(content: "10 10 100 100 re f")])
        let (items, document) = try pages(of: pdf)
        #expect(items.map(\.place) == [.page(number: 1, text: [])])
        #expect(!document.hasText)
        let input = try pdf.input(named: "x.pdf")
        guard
            case .document(let described) = try PDFPages.description(
                of: input, options: MediaOptions()
            ).content
        else { return }
        #expect(described == document)
    }
}

@Suite struct `A PDF that cannot be used` {
    private var many: [UInt8] {
        PDFBytes(pages: Array(repeating: PDFBytes.Page(), count: 600)).bytes
    }

    @Test func `has too many pages`() {
        #expect(
            thrown(by: many) == .tooManyPages(name: "x.pdf", count: 600, limit: 500))
        #expect(
            thrown(by: many)?.description
                == "x.pdf: 600 pages are more than the 500 allowed. Choose some with --pages, or "
                + "raise --max-pages.")
    }

    @Test func `may be longer than the cap when few pages are asked for`() throws {
        var options = MediaOptions()
        options.pages = [599...600]
        #expect(thrown(by: many, options: options) == nil)
        options.pages = [1...300, 1...300]
        #expect(
            thrown(by: many, options: options)
                == .tooManyPages(name: "x.pdf", count: 600, limit: 500))
    }

    @Test(arguments: [(3...3, 3), (0...1, 0), (1...9, 9)])
    func `lacks a page that was asked for`(range: ClosedRange<Int>, page: Int) {
        var options = MediaOptions()
        options.pages = [range]
        #expect(
            thrown(by: PDFBytes.two.bytes, options: options)
                == .noSuchPage(name: "x.pdf", page: page, count: 2))
    }

    @Test func `opens with a password only`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Golden/pdf")
        let locked = try MediaInput(path: folder.appendingPathComponent("encrypted.pdf").path)
        let thrown = error { _ = try PDFPages.description(of: locked, options: MediaOptions()) }
        #expect(thrown == .needsPassword(name: locked.name))
        // Encrypted, but not against reading.
        let open = try MediaInput(path: folder.appendingPathComponent("owner.pdf").path)
        #expect(try PDFPages.description(of: open, options: MediaOptions()).kind == .pdf)
    }

    @Test func `has no pages`() {
        #expect(thrown(by: PDFBytes(pages: []).bytes) == .noPages(name: "x.pdf"))
    }

    @Test(arguments: [9, 40, 300])
    func `is cut off`(count: Int) {
        let error = thrown(by: Array(PDFBytes.two.bytes.prefix(count)))
        guard case .corrupt("x.pdf", .pdf, let detail) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(detail == "Syntax Error: Couldn't read xref table")
    }

    @Test func `is repaired when only its table of objects is broken`() throws {
        let text = String(decoding: PDFBytes.two.bytes, as: UTF8.self)
        let broken = Array(text.replacing("xref", with: "xxxx").utf8)
        #expect(thrown(by: broken) == nil)
    }

    @Test(arguments: [
        ("10000000000 1", "10000000000.0 x 1.0 points"), ("0.001 0.001", "0.001 x 0.001 points"),
        ("600 0.1", "600.0 x 0.1 points"),
    ])
    func `has a page of absurd size`(size: String, words: String) {
        let page = PDFBytes.Page(attributes: "/MediaBox [0 0 \(size)]")
        #expect(
            thrown(by: PDFBytes(pages: [PDFBytes.Page(), page]).bytes)
                == .absurdPage(name: "x.pdf", page: 2, size: words))
    }

    @Test func `has a page beyond the limits`() {
        var options = MediaOptions()
        options.dotsPerInch = 1500
        #expect(
            thrown(by: PDFBytes.two.bytes, options: options)
                == .sideTooLong(name: "x.pdf", width: 12750, height: 16500, limit: 16384))
        options.dotsPerInch = 1000
        #expect(
            thrown(by: PDFBytes.two.bytes, options: options)
                == .tooManyPixels(name: "x.pdf", width: 8500, height: 11000, limit: 89_478_485))
        let strip = PDFBytes.Page(attributes: "/MediaBox [0 0 17000 1]")
        #expect(
            thrown(by: PDFBytes(pages: [strip]).bytes)
                == .tooElongated(name: "x.pdf", width: 2048, height: 1, limit: 16384))
    }

    @Test func `takes too long`() throws {
        var options = MediaOptions()
        options.limits.maxSeconds = 0.3
        let here = error { _ = try pages(of: .endless, options: options) }
        #expect(here == .tooSlow(name: "x.pdf", limit: 0.3))
        let input = try PDFBytes.endless.input(named: "x.pdf")
        let apart = error { _ = try Decoders.ordinary.delivery(of: input, options: options) }
        #expect(apart == .tooSlow(name: "x.pdf", limit: 0.3))
    }
}
