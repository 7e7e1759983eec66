internal import Media
internal import Vision

/// Looks at inputs one after the other: decodes each, plans it for every model, and draws it.
struct Inspection {
    private let models: [TargetModel]
    private let intake: Intake
    private var sheet: ContactSheet?
    private var files: SheetFiles?
    private let pictureLimit: Int?
    private var pictureCount = 0

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

    /// Finds out about one input.
    ///
    /// - Throws: only when the contact sheet cannot be written; what is wrong with the input is in
    ///   the report.
    mutating func report(
        on name: String, _ terminal: inout Terminal
    ) throws(PNGFile.Failure) -> FileReport {
        var look = Look(name: name, models: models)
        let outcome: FileReport.Outcome
        do throws(MediaError) {
            outcome = .shown(try contents(of: name, &look, &terminal))
        } catch {
            outcome = .refused(look.failure ?? error.description)
        }
        terminal.clearProgress()
        try writeSheets(complete: false)
        return FileReport(name: name, outcome: outcome)
    }

    /// Writes what is left of the contact sheet.
    mutating func finish() throws(PNGFile.Failure) {
        try writeSheets(complete: true)
    }

    private mutating func writeSheets(complete: Bool) throws(PNGFile.Failure) {
        for page in sheet?.takePages(complete: complete) ?? [] { try files?.write(page) }
    }

    private mutating func contents(
        of name: String, _ look: inout Look, _ terminal: inout Terminal
    ) throws(MediaError) -> FileReport.Contents {
        terminal.progress("\(name): opening")
        let input = try intake.open(name)
        var expected: Int?
        if sheet != nil || terminal.showsProgress || pictureLimit != nil {
            let headers = try intake.description(of: input)
            expected = headers.pictureCount
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
            try draw(item, among: expected ?? 1, &look)
            terminal.progress(
                look.progress(of: expected, after: (ContinuousClock.now - start).seconds))
            spentHere += ContinuousClock.now - arrived
        }
        return look.contents(
            description, decodeSeconds: (ContinuousClock.now - start - spentHere).seconds)
    }

    /// Refuses an input with which there would be too many pictures, before it is decoded.
    private mutating func count(
        _ headers: MediaDescription, _ look: inout Look
    ) throws(MediaError) {
        guard let pictureLimit, headers.kind != .video else { return }
        pictureCount += headers.pictureCount
        guard pictureCount <= pictureLimit else {
            throw look.refusal(
                "with it there are \(pictureCount) pictures, more than the \(pictureLimit) of one "
                    + "question. Name fewer files, choose pages with --pages, or raise "
                    + "--max-pictures.")
        }
    }

    /// Adds what the first model sees of a picture to the sheet.
    private mutating func draw(
        _ item: MediaItem, among count: Int, _ look: inout Look
    ) throws(MediaError) {
        guard sheet != nil, let model = models.first else { return }
        let tiles = try look.planned { () throws(VisionError) in
            try Tiles(item.image, config: model.config, use: model.use(of: item.place))
        }
        let plan = tiles.plan
        if plan.rows > 0 {
            sheet?.add(
                rows: plan.rows, columns: plan.columns,
                frames: (0..<tiles.count).map(tiles.picture(frame:)),
                caption: (item.place.caption.map { "\($0) · " } ?? "") + plan.caption)
        } else {
            sheet?.add(
                cell: tiles.picture(frame: 0), columns: ContactSheet.columns(for: count),
                label: item.place.caption ?? "the whole picture")
        }
    }
}

/// What has been seen of one input so far.
private struct Look {
    let name: String
    let models: [TargetModel]
    private var pictures: [FileReport.Picture] = []
    private var plans: [[TilePlan]]
    /// Why the input is refused although its decoder finds nothing wrong, in a sentence.
    private(set) var failure: String?

    init(name: String, models: [TargetModel]) {
        self.name = name
        self.models = models
        plans = models.map { _ in [] }
    }

    mutating func take(_ item: MediaItem) throws(MediaError) {
        for (index, model) in models.enumerated() {
            plans[index].append(
                try planned { () throws(VisionError) in try model.plan(item) })
        }
        let place: FileReport.Place =
            switch item.place {
            case .picture: .picture
            case .page(let number, let text): .page(number: number, wordCount: text.count)
            case .frame(let time): .frame(time)
            }
        pictures.append(
            FileReport.Picture(place: place, width: item.image.width, height: item.image.height))
    }

    /// Keeps a reason of this program's own, and gives what is to be thrown.
    mutating func refusal(_ reason: String) -> MediaError {
        failure = "\(name): \(reason)"
        return .unsupported(name: name, detail: "it is refused")
    }

    /// Does something that may be refused, and keeps the reason.
    mutating func planned<Plan>(
        _ body: () throws(VisionError) -> Plan
    ) throws(MediaError) -> Plan {
        do throws(VisionError) {
            return try body()
        } catch {
            throw refusal(error.description)
        }
    }

    func progress(of expected: Int?, after seconds: Double) -> String {
        let done = pictures.count
        guard let expected, expected > 1 else { return "\(name): decoded" }
        let things =
            switch pictures.last?.place {
            case .page: "page"
            case .frame: "frame"
            default: "picture"
            }
        let left = seconds / Double(max(done, 1)) * Double(max(expected - done, 0))
        return "\(name): \(things) \(done) of \(expected)"
            + (seconds > 1 ? ", \(Figures.took(left.rounded(.up))) left" : "")
    }

    func contents(_ description: MediaDescription, decodeSeconds: Double) -> FileReport.Contents {
        FileReport.Contents(
            description: description, pictures: pictures, decodeSeconds: decodeSeconds,
            plans: zip(models, plans).map { model, plans in
                ModelPlan(
                    model: model.name, layouts: plans.map(PictureLayout.init),
                    memoryBytes: (plans.map(\.pixelBytes).max() ?? 0)
                        + plans.reduce(0) { $0 + $1.allFramesBytes })
            })
    }
}

extension PictureLayout {
    fileprivate init(_ plan: TilePlan) {
        resizedWidth = plan.resized.width
        resizedHeight = plan.resized.height
        gridWidth = plan.aligned.width
        gridHeight = plan.aligned.height
        rows = plan.rows
        columns = plan.columns
        frameCount = plan.frameCount
        visionTokenCount = plan.imageTokenCount
        promptTokenCount = plan.promptTokenCount
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
    fileprivate var caption: String? {
        switch self {
        case .picture: nil
        case .page(let number, _): "page \(number)"
        case .frame(let time): "\(Figures.clock(time.seconds)) · frame \(time.index)"
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
