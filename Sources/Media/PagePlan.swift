// At which size a page is drawn: its longer side has exactly the pixels that the model can use, or
// the page has the dots per inch that were asked for. Pure arithmetic; what draws follows it.

/// The size at which one page is drawn.
struct PagePlan: Equatable {
    let page: PDFDocument.Page
    let width: Int
    let height: Int
    let dotsPerInch: Double
    /// Whether the size was given by dots per inch instead of the longer side.
    let isByResolution: Bool

    /// - Throws: when the page has no sensible size, or one beyond the limits.
    init(
        of page: PDFDocument.Page, options: MediaOptions, name: String
    ) throws(MediaError) {
        let wide = page.widthPoints
        let high = page.heightPoints
        let absurd = MediaError.absurdPage(
            name: name, page: page.number, size: "\(wide) x \(high) points")
        // Half a point to two kilometres: what lies outside is a lie or a mistake.
        let sensible = 0.5...5_000_000
        guard sensible.contains(wide), sensible.contains(high) else { throw absurd }
        let longer = max(wide, high)
        let wantedEdge = Double(max(1, options.pageLongestEdge))
        let scale =
            options.dotsPerInch.map { Double(max(1, $0)) / 72 } ?? wantedEdge / longer
        guard longer * scale < 1e9 else { throw absurd }
        self.page = page
        width = PagePlan.pixels(wide * scale)
        height = PagePlan.pixels(high * scale)
        dotsPerInch = scale * 72
        isByResolution = options.dotsPerInch != nil
        try check(options.limits, name: name)
    }

    /// Whole pixels that cover a length. pdfinfo rounds to six digits, so a hair over a whole number
    /// is that number.
    private static func pixels(_ length: Double) -> Int {
        max(1, Int((length - 0.01).rounded(.up)))
    }

    private func check(_ limits: MediaLimits, name: String) throws(MediaError) {
        if max(width, height) > limits.maxSide {
            throw .sideTooLong(name: name, width: width, height: height, limit: limits.maxSide)
        }
        if width * height > limits.maxPixels {
            throw .tooManyPixels(name: name, width: width, height: height, limit: limits.maxPixels)
        }
        // By the page itself: drawn, the shorter side of a strip is rounded up to one pixel.
        let ratio = max(page.widthPoints / page.heightPoints, page.heightPoints / page.widthPoints)
        if ratio > Double(limits.maxAspectRatio) {
            throw .tooElongated(
                name: name, width: width, height: height, limit: limits.maxAspectRatio)
        }
    }

    var size: MediaDescription.PageSize {
        MediaDescription.PageSize(
            number: page.number, widthPoints: page.widthPoints, heightPoints: page.heightPoints,
            width: width, height: height, dotsPerInch: dotsPerInch)
    }

    /// What makes pdftoppm draw at this size: the scale, then a cut where it would round otherwise.
    var arguments: [String] {
        let scale =
            isByResolution
            ? ["-r", String(dotsPerInch)] : ["-scale-to", String(max(width, height))]
        return scale + ["-W", String(width), "-H", String(height)]
    }

    /// Pages one after the other that can be drawn by one call: consecutive numbers, one size.
    static func runs(of plans: [PagePlan]) -> [[PagePlan]] {
        var runs: [[PagePlan]] = []
        for plan in plans {
            if let last = runs.last?.last, last.page.number + 1 == plan.page.number,
                last.arguments == plan.arguments
            {
                runs[runs.count - 1].append(plan)
            } else {
                runs.append([plan])
            }
        }
        return runs
    }
}
