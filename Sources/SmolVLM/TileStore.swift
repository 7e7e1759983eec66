// What a conversation asks of a store: tokens by the pixels of a tile. The digest that all keys begin
// with is worked out when the first tile is asked for; without eyes to encode, or without a folder
// that can be used, there is none.

internal import Media
internal import Store
internal import Tensors
internal import Vision
internal import Weights

/// The tokens of one model in a store, with the settings of one conversation.
struct TileStore: ~Copyable {
    private let entries: EntryStore
    /// Model, program and settings.
    private let settings: Digest
    /// The floats of a tile's tokens.
    private let floatCount: Int
    /// Bytes that were kept since the store was last brought within its limit.
    private var untrimmed = 0
    /// Why nothing more can be kept.
    private(set) var failure: String?

    /// What is added to every key when the meaning of entries changes.
    private static let format = "picture tokens 1"

    /// Nil when it cannot be told what tokens depend on.
    init?(
        _ store: VisionTokenStore, of model: Model, _ config: PreprocessorConfig,
        _ arithmetic: Arithmetic
    ) {
        let entries = store.entries
        guard let encoder = model.encoder,
            let weights = model.visionDigest(remembering: entries),
            let program = ProgramFile.digest(remembering: entries)
        else { return nil }
        var maker = DigestMaker()
        maker.add(Self.format)
        maker.add(weights)
        // A new version may work tokens out in another way; so may another processor or library.
        maker.add(program)
        maker.add(Kernels.chosen.name)
        maker.add(ProductLibrary.name)
        maker.add(arithmetic == .exact ? "exact" : "fast")
        maker.add(FloatPlanes(config).tables)
        self.entries = entries
        settings = maker.digest()
        floatCount = encoder.config.tokensPerTile * encoder.tokenWidth
    }

    /// What the tokens of a tile are kept under.
    func key(of tile: Image) -> Digest {
        var maker = DigestMaker()
        maker.add(settings)
        maker.add(tile.width)
        maker.add(tile.height)
        return tile.withPixels { pixels in
            maker.add(pixels)
            return maker.digest()
        }
    }

    /// The tokens of a tile, if they are there.
    func tokens(_ key: Digest) -> [Float]? { entries.floats(key, count: floatCount) }

    /// Keeps the tokens of a tile. When that fails once, it is not tried again.
    mutating func keep(_ tokens: [Float], under key: Digest) {
        guard failure == nil else { return }
        do throws(StoreError) {
            try entries.keep(tokens, under: key)
        } catch {
            failure = error.description
            return
        }
        untrimmed += tokens.count * MemoryLayout<Float>.size + EntryStore.overhead
        if untrimmed > entries.byteLimit / 16 { trim() }
    }

    /// Brings the store within its limit, if anything was added.
    mutating func trim() {
        guard untrimmed > 0 else { return }
        entries.trim()
        untrimmed = 0
    }
}
