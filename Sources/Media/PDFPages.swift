/// The pages of a PDF, drawn by poppler's programs as processes of their own.
package enum PDFPages {
    /// Says how many pages a document has and how large those asked for will be drawn.
    package static func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        var budget = TimeBudget(seconds: options.limits.maxSeconds, isWanted: nil)
        let document = try PDFDocument(of: input, options: options, budget: &budget)
        let plans = try plans(for: document, options: options, name: input.name)
        var hasText = false
        for run in PagePlan.runs(of: plans) where !hasText {
            hasText = try containsText(run, of: input, options: options, budget: &budget)
        }
        return description(of: input, document, plans: plans, hasText: hasText)
    }

    /// Draws the pages asked for and hands them over one at a time, in order, each with the words of
    /// its text layer.
    package static func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        var budget = TimeBudget(seconds: options.limits.maxSeconds, isWanted: nil)
        let document = try PDFDocument(of: input, options: options, budget: &budget)
        let plans = try plans(for: document, options: options, name: input.name)
        var hasText = false
        for run in PagePlan.runs(of: plans) {
            // Drawing begins while the words are read, and waits when its pipe is full.
            var drawing = try Drawing(of: run, in: input, options: options)
            let words = try words(of: run, in: input, options: options, budget: &budget)
            for (plan, text) in zip(run, words) {
                let image = try drawing.page(plan, budget: &budget)
                hasText = hasText || !text.isEmpty
                try deliver(
                    MediaItem(image: image, place: .page(number: plan.page.number, text: text)))
            }
        }
        return description(of: input, document, plans: plans, hasText: hasText)
    }

    private static func plans(
        for document: PDFDocument, options: MediaOptions, name: String
    ) throws(MediaError) -> [PagePlan] {
        var plans: [PagePlan] = []
        for page in document.pages {
            plans.append(try PagePlan(of: page, options: options, name: name))
        }
        return plans
    }

    private static func description(
        of input: borrowing MediaInput, _ document: PDFDocument, plans: [PagePlan], hasText: Bool
    ) -> MediaDescription {
        MediaDescription(
            name: input.name, kind: .pdf, byteCount: input.byteCount,
            content: .document(
                MediaDescription.Document(
                    pageCount: document.pageCount, pages: plans.map { $0.size }, hasText: hasText)))
    }

    /// From the first to the last page of a run.
    private static func range(_ run: [PagePlan]) -> [String] {
        guard let first = run.first, let last = run.last else { return [] }
        return ["-f", String(first.page.number), "-l", String(last.page.number), "-cropbox"]
    }

    /// Whether any page of the run has a word; reading stops at the first.
    private static func containsText(
        _ run: [PagePlan], of input: borrowing MediaInput, options: MediaOptions,
        budget: inout TimeBudget
    ) throws(MediaError) -> Bool {
        var tool = try Poppler(
            .pdftotext, arguments: range(run) + [Poppler.inputPath, "-"], input: input,
            limits: options.limits)
        while let byte = try tool.byte(budget: &budget) {
            // Blanks, line ends and the form feed between pages.
            if byte > 0x20 { return true }
        }
        return false
    }

    /// The words of each page of a run; none where the tool gives up early.
    private static func words(
        of run: [PagePlan], in input: borrowing MediaInput, options: MediaOptions,
        budget: inout TimeBudget
    ) throws(MediaError) -> [[TextBox]] {
        var tool = try Poppler(
            .pdftotext, arguments: ["-bbox"] + range(run) + [Poppler.inputPath, "-"], input: input,
            limits: options.limits)
        var layer = PDFTextLayer(plans: run)
        while let line = try tool.line(limit: 4096, budget: &budget) { layer.take(line) }
        let missing = max(0, run.count - layer.pages.count)
        return layer.pages.prefix(run.count) + Array(repeating: [], count: missing)
    }

    /// The pages of one run as they come out of pdftoppm, as PPM pictures one behind the other.
    private struct Drawing: ~Copyable {
        private var tool: Poppler
        private let name: String

        init(
            of run: [PagePlan], in input: borrowing MediaInput, options: MediaOptions
        ) throws(MediaError) {
            name = input.name
            tool = try Poppler(
                .pdftoppm,
                arguments: PDFPages.range(run) + (run.first?.arguments ?? []) + [Poppler.inputPath],
                input: input, limits: options.limits)
        }

        /// The next page, which must have the size planned: what the picture's header says is only
        /// compared, never used.
        mutating func page(
            _ plan: PagePlan, budget: inout TimeBudget
        ) throws(MediaError) -> Image {
            let header = [
                try tool.line(limit: 64, budget: &budget),
                try tool.line(limit: 64, budget: &budget),
                try tool.line(limit: 64, budget: &budget),
            ]
            guard header[0] != nil else { throw try undrawn(plan, budget: &budget) }
            guard header == ["P6", "\(plan.width) \(plan.height)", "255"] else {
                throw .corrupt(
                    name: name, kind: .pdf,
                    detail: "page \(plan.page.number) came out at another size than it has")
            }
            var missing = 0
            let image = try Image(width: plan.width, height: plan.height) {
                (pixels) throws(MediaError) in
                let got = try tool.read(into: &pixels, from: 0, budget: &budget)
                missing = pixels.count - got
            }
            guard missing == 0 else { throw try undrawn(plan, budget: &budget) }
            return image
        }

        private mutating func undrawn(
            _ plan: PagePlan, budget: inout TimeBudget
        ) throws(MediaError) -> MediaError {
            let report = try tool.finish(budget: &budget)
            let reason = PDFDocument.reason(in: report.complaints).map { ": " + $0 } ?? ""
            return .corrupt(
                name: name, kind: .pdf, detail: "page \(plan.page.number) cannot be drawn\(reason)")
        }
    }
}
