internal import Media
internal import SmolVLM

/// What was found out about one input.
struct FileReport: Sendable {
    let name: String
    let outcome: Outcome

    enum Outcome: Sendable {
        case shown(Contents)
        /// A model, which may be sound or not.
        case model(ModelDescription)
        /// Why it could not be used, in a sentence.
        case refused(String)
    }

    /// Whether there is something in it that cannot be used.
    var isFailure: Bool {
        switch outcome {
        case .shown: false
        case .model(let model): !model.isSound
        case .refused: true
        }
    }

    /// An input that was decoded, and what each model makes of it.
    struct Contents: Sendable {
        let description: MediaDescription
        /// What came out of it, in order: the picture, the pages, or the frames that were kept.
        let pictures: [Picture]
        let decodeSeconds: Double
        let plans: [ModelPlan]
        /// How many frames of a video the wanted rate asks for, where the cap takes some away.
        let wantedFrameCount: Int?
    }

    /// Pictures and pages; frames of a video are bounded by their own options.
    var pictureCount: Int {
        guard case .shown(let contents) = outcome else { return 0 }
        return contents.pictures.count { picture in
            if case .frame = picture.place { false } else { true }
        }
    }

    /// One picture, page or frame as it was decoded.
    struct Picture: Equatable, Sendable {
        let place: Place
        let width: Int
        let height: Int
    }

    enum Place: Equatable, Sendable {
        case picture
        case page(number: Int, wordCount: Int)
        case frame(FrameTime)
    }
}

/// What one model makes of one input.
struct ModelPlan: Equatable, Sendable {
    let model: String
    /// One for each picture of the input, in order.
    let layouts: [PictureLayout]
    /// Bytes that preparing the input takes at once: the largest picture with its resized copies,
    /// and the numbers of all frames that are handed to the model.
    let memoryBytes: Int

    var frameCount: Int { layouts.reduce(0) { $0 + $1.frameCount } }
    var visionTokenCount: Int { layouts.reduce(0) { $0 + $1.visionTokenCount } }
    /// Whether `promptTokenCount` is exact; else it is the least there can be.
    var hasMarkers: Bool { layouts.allSatisfy(\.hasMarkers) }
    /// Vision tokens and the markers around them, without any text.
    var promptTokenCount: Int { layouts.reduce(0) { $0 + $1.promptTokenCount } }
}

/// How one picture is cut for a model.
struct PictureLayout: Equatable, Sendable {
    /// After the first resize, which keeps the shape.
    let resizedWidth: Int
    let resizedHeight: Int
    /// After the second, to whole tiles.
    let gridWidth: Int
    let gridHeight: Int
    /// Tiles down and across; both 0 when the picture goes in whole.
    let rows: Int
    let columns: Int
    let frameCount: Int
    let visionTokenCount: Int
    /// With every marker counted as one token.
    let promptTokenCount: Int

    /// Whether `promptTokenCount` is exact. The vocabularies have markers for six rows and columns;
    /// those beyond are written out, in several tokens each.
    var hasMarkers: Bool { max(rows, columns) <= Self.mostMarked }

    private static let mostMarked = 6
}
