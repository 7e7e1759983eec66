internal import Media
internal import Vision

/// Looks at inputs one after the other: decodes each, plans it for every model, and draws it.
struct Inspection {
    private let models: [TargetModel]
    private let intake: Intake
    private var sheet: ContactSheet?
    private var files: SheetFiles?
    private let pictureLimit: Int?
    /// Pictures and pages so far, as their headers have it; counted only where there is a limit.
    private(set) var pictureCount = 0
    /// Whether the input looked at last is left out since there are too many pictures.
    private var isSurplus = false

    /// - Parameters:
    ///   - path: where a contact sheet is drawn for the first model; nil for none.
    ///   - pictureLimit: how many pictures all inputs together may have; nil for any number.
    init(models: [TargetModel], intake: Intake, sheet path: String?, pictureLimit: Int?) {
        self.models = models
        self.intake = intake
        self.pictureLimit = pictureLimit
        sheet = path.map { _ in ContactSheet() }
        files = path.map { SheetFiles(path: $0) }
    }

    /// The pages of the contact sheet that have been written.
    var sheets: [String] { files?.written ?? [] }

    /// Finds out about the inputs that an operand stands for, and tells of each once it is known.
    ///
    /// Nothing is told of those that pass the limit of pictures.
    ///
    /// - Throws: only when the contact sheet cannot be written; what is wrong with an input is in
    ///   its report.
    mutating func look(
        at operand: String, _ terminal: inout Terminal,
        tell: (FileReport, inout Terminal) -> Void
    ) throws(PNGFile.Failure) {
        let sources: [InputSource]
        do throws(Refusal) {
            sources = try intake.sources(of: operand, &terminal)
        } catch {
            let name = FileName.shown(operand)
            return tell(FileReport(name: name, outcome: .refused(error.sentence)), &terminal)
        }
        for source in sources {
            isSurplus = false
            let report = report(on: source, &terminal)
            if isSurplus { continue }
            try writeSheets(complete: false, &terminal)
            tell(report, &terminal)
        }
    }

    /// Writes what is left of the contact sheet.
    mutating func finish(_ terminal: inout Terminal) throws(PNGFile.Failure) {
        try writeSheets(complete: true, &terminal)
    }

    private mutating func writeSheets(
        complete: Bool, _ terminal: inout Terminal
    ) throws(PNGFile.Failure) {
        for page in sheet?.takePages(complete: complete) ?? [] {
            terminal.begin(files?.path ?? "", "drawing sheet \(sheets.count + 1)")
            try files?.write(page)
        }
    }

    private mutating func report(
        on source: InputSource, _ terminal: inout Terminal
    ) -> FileReport {
        defer { terminal.clearProgress() }
        do throws(Refusal) {
            let contents = try contents(of: source, &terminal)
            return FileReport(name: source.name, outcome: .shown(contents))
        } catch {
            return FileReport(name: source.name, outcome: .refused(error.sentence))
        }
    }

    private mutating func contents(
        of source: InputSource, _ terminal: inout Terminal
    ) throws(Refusal) -> FileReport.Contents {
        let name = source.name
        terminal.begin(name, "opening")
        let input = try intake.open(source, &terminal)
        var look = Look(name: name, models: models)
        do throws(MediaError) {
            var expected: Int?
            var decimals = 1
            if sheet != nil || terminal.showsProgress || pictureLimit != nil {
                let headers = try intake.description(of: input)
                expected = headers.pictureCount
                if case .video(let video) = headers.content {
                    decimals = Figures.decimals(of: video.chosen.map(\.seconds))
                }
                try count(headers, &look)
                if let model = models.first, sheet != nil {
                    sheet?.begin(title: name, detail: headers.sheetDetail(for: model.name))
                }
            }
            let start = ContinuousClock.now
            var spentHere = Duration.zero
            let description = try intake.decode(input) { (item) throws(MediaError) in
                let arrived = ContinuousClock.now
                try look.take(item)
                try draw(item, among: expected ?? 1, decimals: decimals, &look)
                terminal.progress(
                    of: name,
                    look.progress(of: expected, after: (ContinuousClock.now - start).seconds))
                spentHere += ContinuousClock.now - arrived
            }
            return look.contents(
                description, decodeSeconds: (ContinuousClock.now - start - spentHere).seconds,
                selection: intake.options.frames)
        } catch {
            throw look.refusal ?? Refusal(error)
        }
    }

    /// Leaves out an input with which there are too many pictures, before it is decoded.
    private mutating func count(
        _ headers: MediaDescription, _ look: inout Look
    ) throws(MediaError) {
        guard let pictureLimit, headers.kind != .video else { return }
        pictureCount += headers.pictureCount
        guard pictureCount <= pictureLimit else {
            isSurplus = true
            throw look.refuse("there are too many pictures.")
        }
    }

    /// Adds what the first model sees of a picture to the sheet.
    private mutating func draw(
        _ item: MediaItem, among count: Int, decimals: Int, _ look: inout Look
    ) throws(MediaError) {
        guard sheet != nil, let model = models.first else { return }
        let tiles = try look.planned { () throws(VisionError) in
            try Tiles(item.image, config: model.config, use: model.use(of: item.place))
        }
        let plan = tiles.plan
        let caption = item.place.caption(decimals: decimals)
        if plan.rows > 0 {
            sheet?.add(
                rows: plan.rows, columns: plan.columns,
                frames: (0..<tiles.count).map(tiles.picture(frame:)),
                caption: (caption.map { "\($0) · " } ?? "") + plan.caption)
        } else {
            sheet?.add(
                cell: tiles.picture(frame: 0), columns: ContactSheet.columns(for: count),
                label: caption ?? "the whole picture")
        }
    }
}

extension TilePlan {
    /// What a contact sheet writes above the tiles.
    fileprivate var caption: String {
        "resized to \(resized.width) x \(resized.height)"
            + (aligned == resized ? "" : ", then to \(aligned.width) x \(aligned.height)")
            + " · \(rows) x \(columns) tiles and the whole picture · \(imageTokenCount) vision tokens"
    }
}

extension MediaItem.Place {
    /// What a contact sheet writes above it; nil for the only picture of its file.
    ///
    /// - Parameter decimals: how exactly times are given.
    fileprivate func caption(decimals: Int) -> String? {
        switch self {
        case .picture: nil
        case .page(let number, _): "page \(number)"
        case .frame(let time):
            "\(Figures.clock(time.seconds, decimals: decimals)) · frame \(time.index)"
        }
    }
}

extension MediaDescription {
    /// How many pictures it will give, as far as its headers tell.
    fileprivate var pictureCount: Int {
        switch content {
        case .picture(let picture): picture.count
        case .document(let document): document.pages.count
        case .video(let video): video.chosen.count
        }
    }

    /// The line below its name on a contact sheet.
    fileprivate func sheetDetail(for model: String) -> String {
        let what =
            switch content {
            case .picture(let picture): "\(picture.width) x \(picture.height) pixels"
            case .document(let document):
                Figures.count(document.pages.count, "page") + " of \(document.pageCount)"
            case .video(let video):
                "\(video.width) x \(video.height) pixels, "
                    + "\(Figures.clock(video.durationSeconds)) long, "
                    + Figures.count(video.chosen.count, "frame") + " of \(video.frameCount)"
            }
        return "\(what) · as the model \(model) sees it"
    }
}
