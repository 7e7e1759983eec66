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

    /// A file that has been looked at, but not decoded.
    struct Found {
        let source: InputSource
        /// What cannot be opened a second time.
        fileprivate let input: OpenInput?
        let description: MediaDescription
    }

    /// Keeps an input open.
    fileprivate final class OpenInput {
        let input: MediaInput

        init(_ input: consuming MediaInput) { self.input = input }
    }

    /// Adds files to what the user says, besides so many pictures.
    ///
    /// - Returns: how many pictures there are with them.
    func add(
        _ files: [String], besides count: Int, to conversation: inout Conversation,
        _ terminal: inout Terminal
    ) throws(Refusal) -> Int {
        let found = try look(at: files, besides: count, &terminal)
        try add(found, to: &conversation, &terminal)
        return found.reduce(count) { $0 + pictureCount(of: $1) }
    }

    /// Says what files are, from their headers; so many pictures have been shown already.
    func look(
        at files: [String], besides count: Int, _ terminal: inout Terminal
    ) throws(Refusal) -> [Found] {
        guard files.isEmpty || model.seesPictures else {
            throw Refusal(WeightsError.noVision(file: model.path))
        }
        defer { terminal.clearProgress() }
        var found: [Found] = []
        var pictureCount = count
        for file in files {
            for source in try intake.sources(of: file, &terminal) {
                let one = try look(at: source, &terminal)
                pictureCount += self.pictureCount(of: one)
                guard pictureCount <= pictureLimit else {
                    throw Refusal(
                        "\(source.name): with it there are \(pictureCount) pictures, more than the "
                            + "\(pictureLimit) of one question. Name fewer files, choose pages with "
                            + "--pages, or raise --max-pictures.")
                }
                found.append(one)
            }
        }
        return found
    }

    /// The pictures of a file that count against the limit of a question.
    private func pictureCount(of found: Found) -> Int {
        switch found.description.content {
        case .picture(let picture): picture.count
        case .document(let document): document.pages.count
        case .video: 0
        }
    }

    private func look(
        at source: InputSource, _ terminal: inout Terminal
    ) throws(Refusal) -> Found {
        terminal.progress(of: source.name, "opening")
        let input = try intake.open(source, &terminal)
        let description = try refusing { () throws(MediaError) in
            try intake.description(of: input)
        }
        // A folder of files may be larger than the number of files that may be open.
        let isFile = if case .file = source { true } else { false }
        return Found(
            source: source, input: isFile ? nil : OpenInput(input), description: description)
    }

    /// What will be shown of files.
    func shown(of found: [Found]) -> [ShownMedia] {
        found.flatMap { ShownMedia.of($0.description, options: intake.options) }
    }

    /// Decodes files and adds them to what the user says; of a file that cannot be decoded, nothing
    /// is added.
    func add(
        _ found: [Found], to conversation: inout Conversation, _ terminal: inout Terminal
    ) throws(Refusal) {
        for one in found {
            if let kept = one.input {
                try add(one, kept.input, to: &conversation, &terminal)
            } else {
                try add(one, intake.open(one.source, &terminal), to: &conversation, &terminal)
            }
        }
    }

    private func add(
        _ found: Found, _ input: borrowing MediaInput, to conversation: inout Conversation,
        _ terminal: inout Terminal
    ) throws(Refusal) {
        defer { terminal.clearProgress() }
        let name = found.source.name
        let count = expectedCount(of: found)
        // Only what the model is to see is kept of each picture.
        var pictures: [PreparedPicture] = []
        var seconds: [Double] = []
        var failure: ModelError?
        let description = try refusing { () throws(MediaError) in
            try intake.decode(input) { (item) throws(MediaError) in
                guard failure == nil else { return }
                do throws(ModelError) {
                    if case .frame(let time) = item.place {
                        pictures.append(try conversation.prepared(frame: item.image))
                        seconds.append(time.seconds)
                    } else {
                        pictures.append(try conversation.prepared(item.image))
                    }
                } catch {
                    failure = error
                }
                terminal.progress(
                    of: name, "decoded \(pictures.count)" + (count > 1 ? " of \(count)" : ""))
            }
        }
        do throws(ModelError) {
            if let failure { throw failure }
            guard case .video(let video) = description.content else {
                for picture in pictures { conversation.add(picture) }
                return
            }
            try conversation.add(
                preparedFrames: pictures, seconds: seconds,
                durationSeconds: video.durationSeconds)
        } catch {
            throw Refusal("\(description.name): \(error.description)")
        }
    }

    private func expectedCount(of found: Found) -> Int {
        switch found.description.content {
        case .picture: found.description.pictureCount(by: intake.options)
        case .document(let document): document.pages.count
        case .video(let video): video.chosen.count
        }
    }

    private func refusing<Result>(
        _ body: () throws(MediaError) -> Result
    ) throws(Refusal) -> Result {
        do throws(MediaError) { return try body() } catch { throw Refusal(error) }
    }
}
