internal import Media

/// A report as people read it.
enum ReportText {
    /// What is known of one input: a few lines, a table of its pages, and one of its plans.
    static func of(_ contents: FileReport.Contents, terminal: Terminal) -> String {
        let description = contents.description
        var lines = [terminal.heading(Terminal.printable(description.name))]
        lines += facts(contents).flatMap { wrapped($0, terminal) }
        lines.append("")
        if case .document(let document) = description.content {
            lines += pageTable(document, contents) + [""]
        }
        lines += planTable(contents)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What several inputs come to, and where they were drawn.
    static func total(_ reports: [FileReport], sheets: [String]) -> String {
        let drawn = sheets.joined(separator: ", ")
        return together(reports) + (sheets.isEmpty ? "" : "\nDrawn: \(Terminal.printable(drawn))\n")
    }

    private static func together(_ reports: [FileReport]) -> String {
        let contents = reports.compactMap { report in
            if case .shown(let contents) = report.outcome { contents } else { nil }
        }
        guard contents.count > 1 else { return "" }
        var text = "\nTogether: \(Figures.count(contents.count, "file"))"
        for (index, plan) in (contents.first?.plans ?? []).enumerated() {
            let frames = contents.reduce(0) { $0 + $1.plans[index].frameCount }
            let tokens = contents.reduce(0) { $0 + $1.plans[index].promptTokenCount }
            text += "; \(plan.model): \(Figures.count(frames, "frame")), \(tokens) prompt tokens"
        }
        return text + "\n"
    }

    /// A fact in lines of the terminal's width, indented.
    static func wrapped(_ text: String, _ terminal: Terminal) -> [String] {
        HelpText.wrapped(Terminal.printable(text), indent: 2, width: max(terminal.width, 60))
            .split(separator: "\n").map(String.init)
    }

    // MARK: What it is

    private static func facts(_ contents: FileReport.Contents) -> [String] {
        let description = contents.description
        let size = Figures.bytes(description.byteCount)
        let took = Figures.took(contents.decodeSeconds)
        switch description.content {
        case .picture(let picture):
            var facts = [
                "\(name(of: description.kind)) picture, \(size), \(picture.width) x "
                    + "\(picture.height) pixels, \(picture.storage)"
            ]
            if picture.count > 1 {
                facts.append(
                    "\(picture.count) pictures in the file, \(contents.pictures.count) taken")
            }
            if picture.orientation != 1 {
                facts.append("turned upright: EXIF orientation \(picture.orientation)")
            }
            if let damage = picture.damage { facts.append("damaged: \(damage)") }
            return facts + ["decoded in \(took)"]
        case .document(let document):
            let taken = document.pages.count
            return [
                "\(name(of: description.kind)) document, \(size), "
                    + Figures.count(document.pageCount, "page")
                    + (taken == document.pageCount ? "" : ", \(taken) taken")
                    + (document.hasText ? ", with text" : ", without text"),
                "drawn in \(took)",
            ]
        case .video(let video):
            return facts(of: video, contents, size: size, took: took)
        }
    }

    private static func facts(
        of video: MediaDescription.Video, _ contents: FileReport.Contents, size: String,
        took: String
    ) -> [String] {
        var facts = [
            "video, \(size), \(video.width) x \(video.height) pixels, \(video.codec), "
                + video.pixelFormat,
            "\(Figures.clock(video.durationSeconds)) long, "
                + "\(Figures.count(video.frameCount, "frame")), "
                + "\(Figures.plain(video.framesPerSecond)) a second",
        ]
        if video.rotation != 0 {
            facts.append("turned upright by \(video.rotation) degrees clockwise")
        }
        if let damage = video.damage { facts.append("damaged: \(damage)") }
        let times = contents.pictures.compactMap { picture in
            if case .frame(let time) = picture.place { time.seconds } else { nil }
        }
        let decimals = Figures.decimals(of: times)
        let clocks = times.map { Figures.clock($0, decimals: decimals) }
        let dropped = video.chosen.count - times.count
        facts.append(
            "\(Figures.count(times.count, "frame")) taken"
                + (dropped > 0 ? " (\(dropped) more barely differ)" : "")
                + ", decoded in \(took): \(clocks.joined(separator: " "))")
        if let wanted = contents.wantedFrameCount, wanted > video.chosen.count {
            facts.append(
                "\(video.chosen.count) of the \(wanted) wanted frames: the cap; --frames takes more"
            )
        }
        return facts
    }

    private static func name(of kind: MediaKind) -> String {
        switch kind {
        case .webp: "WebP"
        case .video: "video"
        default: kind.rawValue.uppercased()
        }
    }

    // MARK: Tables

    private static func pageTable(
        _ document: MediaDescription.Document, _ contents: FileReport.Contents
    ) -> [String] {
        var table = TextTable([
            ("page", .right), ("paper", .left), ("drawn", .left), ("dpi", .right),
            ("words", .right),
        ])
        var words: [Int: Int] = [:]
        for picture in contents.pictures {
            if case .page(let number, let count) = picture.place { words[number] = count }
        }
        for page in document.pages {
            let points = [page.widthPoints, page.heightPoints].map { Figures.plain($0.rounded()) }
            table.add([
                "\(page.number)", "\(points.joined(separator: " x ")) pt",
                "\(page.width) x \(page.height)", Figures.plain(page.dotsPerInch.rounded()),
                words[page.number].map(String.init) ?? "",
            ])
        }
        return table.lines()
    }

    private static func planTable(_ contents: FileReport.Contents) -> [String] {
        var table = TextTable([
            ("model", .left), ("of", .left), ("resized to", .left), ("grid", .left),
            ("tiles", .left), ("frames", .right), ("vision tokens", .right),
            ("prompt tokens", .right), ("memory", .right),
        ])
        for plan in contents.plans {
            let groups = groups(contents.pictures, plan)
            for group in groups {
                table.add(
                    row(
                        plan.model, group.name, group.layouts,
                        memory: groups.count > 1 ? nil : plan.memoryBytes))
            }
            if groups.count > 1 {
                table.add([
                    plan.model, "all", "", "", "", "\(plan.frameCount)",
                    "\(plan.visionTokenCount)",
                    "\(plan.promptTokenCount)" + (plan.hasMarkers ? "" : "+"),
                    Figures.bytes(plan.memoryBytes),
                ])
            }
        }
        return table.lines()
    }

    private static func row(
        _ model: String, _ name: String, _ layouts: ArraySlice<PictureLayout>, memory: Int?
    ) -> [String] {
        guard let layout = layouts.first else { return [] }
        func sum(_ path: KeyPath<PictureLayout, Int>) -> String {
            "\(layouts.reduce(0) { $0 + $1[keyPath: path] })"
        }
        return [
            model, name, "\(layout.resizedWidth) x \(layout.resizedHeight)",
            "\(layout.gridWidth) x \(layout.gridHeight)",
            layout.rows == 0 ? "whole" : "\(layout.rows) x \(layout.columns)",
            sum(\.frameCount), sum(\.visionTokenCount),
            sum(\.promptTokenCount) + (layout.hasMarkers ? "" : "+"),
            memory.map(Figures.bytes) ?? "",
        ]
    }

    /// Neighbours that are cut alike, with what to call them.
    private static func groups(
        _ pictures: [FileReport.Picture], _ plan: ModelPlan
    ) -> [(name: String, layouts: ArraySlice<PictureLayout>)] {
        var groups: [(name: String, layouts: ArraySlice<PictureLayout>)] = []
        var start = 0
        while start < plan.layouts.count {
            var end = start + 1
            while end < plan.layouts.count, plan.layouts[end] == plan.layouts[start] { end += 1 }
            groups.append((name(of: pictures[start..<end]), plan.layouts[start..<end]))
            start = end
        }
        return groups
    }

    private static func name(of pictures: ArraySlice<FileReport.Picture>) -> String {
        guard let first = pictures.first, let last = pictures.last else { return "" }
        switch (first.place, last.place) {
        case (.page(let from, _), .page(let to, _)):
            return from == to ? "page \(from)" : "pages \(from)-\(to)"
        case (.frame, _):
            return Figures.count(pictures.count, "frame")
        default:
            return ""
        }
    }
}
