internal import Media
internal import Vision

/// What has been seen of one input so far.
struct Look {
    let name: String
    let models: [TargetModel]
    private var pictures: [FileReport.Picture] = []
    private var plans: [[TilePlan]]
    /// Why the input is refused although its decoder finds nothing wrong.
    private(set) var refusal: Refusal?

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

    /// Keeps a reason of this program's own. What it gives is thrown through the decoder, and stands
    /// for that reason.
    mutating func refuse(_ reason: String) -> MediaError {
        refusal = Refusal("\(name): \(reason)")
        return .unsupported(name: name, detail: "it is refused")
    }

    /// Does something that may be refused, and keeps the reason.
    mutating func planned<Plan>(
        _ body: () throws(VisionError) -> Plan
    ) throws(MediaError) -> Plan {
        do throws(VisionError) {
            return try body()
        } catch {
            throw refuse(error.description)
        }
    }

    /// How many of the pictures are there, and how long the others will take.
    func progress(of expected: Int?, after seconds: Double) -> String {
        let done = pictures.count
        guard let expected, expected > 1 else { return "decoded" }
        let things =
            switch pictures.last?.place {
            case .page: "page"
            case .frame: "frame"
            default: "picture"
            }
        let left = seconds / Double(max(done, 1)) * Double(max(expected - done, 0))
        return "\(things) \(done) of \(expected)"
            + (seconds > 1 ? ", \(Figures.took(left.rounded(.up))) left" : "")
    }

    func contents(
        _ description: MediaDescription, decodeSeconds: Double, selection: FrameSelection
    ) -> FileReport.Contents {
        FileReport.Contents(
            description: description, pictures: pictures, decodeSeconds: decodeSeconds,
            plans: zip(models, plans).map { model, plans in
                ModelPlan(
                    model: model.name, layouts: plans.map(PictureLayout.init),
                    memoryBytes: (plans.map(\.pixelBytes).max() ?? 0)
                        + plans.reduce(0) { $0 + $1.allFramesBytes })
            }, wantedFrameCount: selection.cappedWish(of: description))
    }
}

extension FrameSelection {
    /// How many frames are wanted of a video by rate; nil when that is no more than the cap.
    fileprivate func cappedWish(of description: MediaDescription) -> Int? {
        guard count == nil, case .video(let video) = description.content else { return nil }
        let end = min(to ?? video.durationSeconds, video.durationSeconds)
        let seconds = max(0, end - (from ?? 0))
        // No more than there are, however many a second are wanted.
        let wanted = seconds * min(framesPerSecond, video.framesPerSecond)
        guard wanted < 1e15, wanted.rounded() > Double(maxFrames) else { return nil }
        return Int(wanted.rounded())
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
