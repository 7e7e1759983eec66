internal import Media
internal import SmolVLM
internal import Weights

/// Brings files into a conversation: decodes each, pictures and pages one by one, a video as a whole.
struct AskIntake {
    private let model: Model
    private let intake: Intake
    private let pictureLimit: Int

    init(_ model: Model, _ flags: AskFlags) {
        self.model = model
        pictureLimit = flags.media.media.limits.maxPictures
        let targets = model.preprocessor.map { config in
            var config = config
            if let edge = flags.media.longestEdge { config.longestEdge = edge }
            return [TargetModel(name: model.path, config: config)]
        }
        intake = Intake(options: flags.media.mediaOptions(for: targets ?? []))
    }

    func add(
        _ files: [String], to conversation: inout Conversation, _ terminal: inout Terminal
    ) throws(Refusal) {
        guard files.isEmpty || model.seesPictures else {
            throw Refusal(WeightsError.noVision(file: model.path))
        }
        var pictureCount = 0
        for file in files {
            for source in try intake.sources(of: file, &terminal) {
                let items = try items(of: source, &pictureCount, &terminal)
                try add(items.items, items.description, to: &conversation)
            }
        }
    }

    private func items(
        of source: InputSource, _ pictureCount: inout Int, _ terminal: inout Terminal
    ) throws(Refusal) -> (items: [MediaItem], description: MediaDescription) {
        defer { terminal.clearProgress() }
        terminal.progress(of: source.name, "opening")
        let input = try intake.open(source, &terminal)
        let headers = try refusing { () throws(MediaError) in
            try intake.description(of: input)
        }
        let expected: Int
        switch headers.content {
        case .picture(let picture): expected = picture.count
        case .document(let document): expected = document.pages.count
        case .video: expected = 0
        }
        pictureCount += expected
        guard pictureCount <= pictureLimit else {
            throw Refusal(
                "\(source.name): with it there are \(pictureCount) pictures, more than the "
                    + "\(pictureLimit) of one question. Name fewer files, choose pages with "
                    + "--pages, or raise --max-pictures.")
        }
        var items: [MediaItem] = []
        let description = try refusing { () throws(MediaError) in
            try intake.decode(input) { (item) throws(MediaError) in
                items.append(item)
                terminal.progress(
                    of: source.name,
                    "decoded \(items.count)" + (expected > 1 ? " of \(expected)" : ""))
            }
        }
        return (items, description)
    }

    private func refusing<Result>(
        _ body: () throws(MediaError) -> Result
    ) throws(Refusal) -> Result {
        do throws(MediaError) { return try body() } catch { throw Refusal(error) }
    }

    private func add(
        _ items: [MediaItem], _ description: MediaDescription,
        to conversation: inout Conversation
    ) throws(Refusal) {
        do throws(ModelError) {
            guard case .video(let video) = description.content else {
                for item in items { try conversation.add(item.image) }
                return
            }
            let seconds = items.map { (item) -> Double in
                if case .frame(let time) = item.place { return time.seconds }
                return 0
            }
            try conversation.add(
                frames: items.map(\.image), seconds: seconds,
                durationSeconds: video.durationSeconds)
        } catch {
            throw Refusal("\(description.name): \(error.description)")
        }
    }
}
