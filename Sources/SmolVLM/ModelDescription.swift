/// What a model is, as far as its files say, and what is wrong with them.
///
/// Made from the headers of the files: weights are not read, so it takes milliseconds whatever the
/// size. A part that nothing is known of is nil.
///
///     let model = Model.describe("SmolVLM-256M-Instruct", projector: nil)
///     print(model.kind, model.parameterCount, model.complaints)
public struct ModelDescription: Equatable, Sendable {
    /// What it can be used for.
    public enum Kind: String, Equatable, Sendable {
        /// Text and pictures in, text out.
        case visionModel = "vision_model"
        /// Text in, text out.
        case textModel = "text_model"
        /// The half that makes pictures into tokens, in a file of its own (`mmproj`).
        case pictureHalf = "picture_half"
        /// A change to a model, no model by itself.
        case adapter
        /// Nothing that is known.
        case unknown
    }

    /// A file with weights.
    public struct File: Equatable, Sendable {
        /// The last part of its path.
        public let name: String
        /// Its size.
        public let byteCount: Int
    }

    /// The sizes of the decoder.
    public struct Text: Equatable, Sendable {
        /// Layers.
        public let layerCount: Int
        /// The width of the stream between layers.
        public let width: Int
        /// The inner width of a layer's feed-forward part.
        public let innerWidth: Int
        /// Heads of queries.
        public let heads: Int
        /// Heads of keys and values.
        public let keyValueHeads: Int
        /// The width of a head.
        public let headSize: Int
        /// Rows of the table of embeddings.
        public let vocabularySize: Int
        /// The most tokens that it was trained to have in sight.
        public let contextLimit: Int
        /// The base of the rotation by position.
        public let ropeTheta: Double
        /// How the rotation is stretched for long contexts, in words; nil when it is not.
        public let ropeScaling: String?
        /// Layers without rotation by position (NoPE), counted from 0.
        public let layersWithoutRotation: [Int]
        /// Whether the table of embeddings is the output head as well.
        public let isTied: Bool
    }

    /// The sizes of the vision tower.
    public struct Vision: Equatable, Sendable {
        /// The side of a tile in pixels.
        public let tileSide: Int
        /// The side of a patch in pixels.
        public let patchSide: Int
        /// Layers.
        public let layerCount: Int
        /// The width of the stream between layers.
        public let width: Int
        /// The inner width of a layer's feed-forward part.
        public let innerWidth: Int
        /// Heads of a layer.
        public let heads: Int
        /// Patches of one tile.
        public let patchesPerTile: Int
        /// Tokens that one tile becomes.
        public let tokensPerTile: Int
    }

    /// How pictures and videos are prepared.
    public struct Pictures: Equatable, Sendable {
        /// The longer side that a picture is brought to, in pixels.
        public let longestEdge: Int
        /// Whether pictures are cut into tiles.
        public let splits: Bool
        /// Wanted frames a second of video.
        public let framesPerSecond: Double
        /// The most frames of a video.
        public let maxFrames: Int
    }

    /// What is known of an adapter.
    public struct Adapter: Equatable, Sendable {
        /// The model that it changes.
        public let changes: String?
        /// The inner width of its products.
        public let rank: Int?
        /// What its products are multiplied by, times the rank.
        public let alpha: Double?
    }

    /// The parts that tensors belong to.
    public enum Part: String, CaseIterable, Equatable, Sendable {
        /// The vision tower.
        case vision
        /// Between the vision tower and the decoder.
        case connector
        /// The table of embeddings.
        case embedding
        /// Queries, keys, values and output of the decoder's layers.
        case attention
        /// The feed-forward part of the decoder's layers.
        case feedForward = "feed-forward"
        /// The decoder's norms.
        case norms
        /// The output head, where it is not the table of embeddings.
        case head
        /// What no model of these families has.
        case other
    }

    /// The tensors of one part that are stored in one type.
    public struct Tensors: Equatable, Sendable {
        /// The part that they belong to.
        public let part: Part
        /// The name of the type that files and their tools use: `BF16`, `Q8_0`.
        public let type: String
        /// How many there are.
        public internal(set) var tensorCount: Int
        /// Numbers in them.
        public internal(set) var parameterCount: Int
        /// Bytes that they take in their file.
        public internal(set) var byteCount: Int
    }

    /// How prompts are written.
    public struct Chat: Equatable, Sendable {
        /// The name of the known format that the model's template writes; nil for another or none.
        public let format: String?
        /// The file that the template stands in.
        public let file: String?
        /// What to do when the format is not known.
        public let advice: String?
    }

    /// What is known of the vocabulary.
    public struct Vocabulary: Equatable, Sendable {
        /// The kind of tokenizer, in words.
        public let kind: String
        /// One more than the largest id.
        public let tokenCount: Int
        /// Tokens that are matched as written.
        public let addedCount: Int
        /// Of these, markers of the model's own.
        public let specialCount: Int
    }

    /// A token and its id.
    public struct Token: Equatable, Sendable {
        /// Its id.
        public let id: Int
        /// As it is written in the vocabulary; nil where that has no such id.
        public let text: String?
    }

    /// The folder or file, as it was named.
    public let path: String
    /// What it can be used for.
    public internal(set) var kind = Kind.unknown
    /// `safetensors` or `gguf`; nil when no weights were found.
    public internal(set) var container: String?
    /// The name that the files give it.
    public internal(set) var name: String?
    /// The architecture, by the files' own word for it.
    public internal(set) var architecture: String?
    /// The family, as people call it.
    public internal(set) var family: String?
    /// The size of the published models that it, or what it fits, is as wide as: `256M`.
    public internal(set) var publishedSize: String?
    /// The files with weights.
    public internal(set) var files: [File] = []
    /// The sizes of the decoder.
    public internal(set) var text: Text?
    /// The sizes of the vision tower.
    public internal(set) var vision: Vision?
    /// How pictures and videos are prepared.
    public internal(set) var pictures: Pictures?
    /// What is known of an adapter.
    public internal(set) var adapter: Adapter?
    /// The tensors, by part and type, in the order of `Part`.
    public internal(set) var tensors: [Tensors] = []
    /// How prompts are written.
    public internal(set) var chat: Chat?
    /// What is known of the vocabulary.
    public internal(set) var vocabulary: Vocabulary?
    /// The tokens that end an answer, by their ids.
    public internal(set) var endings: [Token] = []
    /// The memory that it needs.
    public internal(set) var memory: ModelMemory?
    /// What is odd and does no harm.
    public internal(set) var warnings: [String] = []
    /// Why it cannot be used, each in one or two sentences; none when it can.
    public internal(set) var complaints: [String] = []

    init(path: String) {
        self.path = path
    }
}

extension ModelDescription {
    /// Numbers of all tensors.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.parameterCount } }

    /// Numbers of the vision tower and the connector.
    public var visionParameterCount: Int {
        tensors.filter { $0.part == .vision || $0.part == .connector }
            .reduce(0) { $0 + $1.parameterCount }
    }

    /// Bytes of the files with weights.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// Whether it can be used.
    public var isSound: Bool { complaints.isEmpty }
}
