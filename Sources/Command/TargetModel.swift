internal import Media
internal import Vision
internal import Weights

/// A model that files are prepared for: its family or the last part of its folder's path, and how it
/// wants its pictures.
struct TargetModel: Sendable {
    let name: String
    let config: PreprocessorConfig

    /// The two size families of the published models.
    enum Family: String, CaseIterable, Sendable {
        /// 256M and 500M: tiles of 512 pixels, 64 tokens each.
        case small
        /// 2.2B: tiles of 384 pixels, 81 tokens each.
        case large

        var config: PreprocessorConfig {
            switch self {
            case .small: .small
            case .large: .large
            }
        }
    }

    /// The model that was named, else both families, with what was typed about preparation.
    static func named(by flags: MediaFlags) throws(Refusal) -> [TargetModel] {
        var models: [TargetModel]
        if let name = flags.model {
            let config =
                if let family = Family(rawValue: name) { family.config } else {
                    try config(ofFolder: name)
                }
            let last = name.split(separator: "/").last.map(String.init) ?? name
            models = [TargetModel(name: last, config: config)]
        } else {
            models = Family.allCases.map { TargetModel(name: $0.rawValue, config: $0.config) }
        }
        return models.map { model in
            var config = model.config
            if let edge = flags.longestEdge { config.longestEdge = edge }
            if !flags.splits { config.splits = false }
            return TargetModel(name: model.name, config: config)
        }
    }

    /// Reads how the model in a folder wants its pictures.
    private static func config(ofFolder folder: String) throws(Refusal) -> PreprocessorConfig {
        do {
            let preprocessor = try file("preprocessor_config.json", in: folder)
            let processor = try file("processor_config.json", in: folder)
            guard preprocessor != nil || processor != nil else {
                throw Refusal(
                    "\(folder) is nothing that says how pictures are prepared. Name small, large or "
                        + "a folder with a preprocessor_config.json.")
            }
            return try PreprocessorConfig(
                folder: folder, preprocessor: preprocessor, processor: processor,
                videoPreprocessor: file("video_preprocessor_config.json", in: folder))
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal("\(error)")
        }
    }

    /// One file of a folder, if it is there.
    private static func file(
        _ name: String, in folder: String
    ) throws -> PreprocessorConfig.File? {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        do {
            let input = try MediaInput(path: path)
            // A configuration has a few kilobytes; what is cut off here is no JSON any more.
            let bytes = try input.bytes(at: 0, count: 1 << 20)
            return try PreprocessorConfig.File(name: path, parsing: bytes.span)
        } catch MediaError.notFound {
            return nil
        }
    }

    /// How a picture that stood at a place is used.
    func use(of place: MediaItem.Place) -> TilePlan.Use {
        switch place {
        case .frame: .videoFrame
        case .picture, .page: config.splits ? .split : .whole
        }
    }

    /// Where the tiles of a decoded picture lie.
    func plan(_ item: MediaItem) throws(VisionError) -> TilePlan {
        try TilePlan(
            width: item.image.width, height: item.image.height, config: config,
            use: use(of: item.place))
    }
}

extension MediaFlags {
    /// What to take out of a file, once it is known which models it is for.
    func mediaOptions(for models: [TargetModel]) -> MediaOptions {
        var options = media
        options.pageLongestEdge =
            models.map(\.config.longestEdge).max() ?? options.pageLongestEdge
        if let config = models.first?.config.video {
            options.frames.framesPerSecond = framesPerSecond ?? config.framesPerSecond
            options.frames.maxFrames = config.maxFrames
        }
        return options
    }
}
