internal import Media
internal import Store
internal import Tensors
internal import Vision
internal import Weights

/// How the pictures and frames that wait become picture tokens: all of them are one job.
extension Conversation {
    /// Makes picture tokens of all pictures that wait. Tiles with the same pixels, such as the white
    /// ones of a page and the frames of a still scene, are encoded once; those in the store are not
    /// encoded at all. What only encoding needs is touched with the first tile that needs it.
    ///
    /// - Parameter answer: told how many tiles were encoded, and how many came from the store.
    /// - Returns: false when they were not wanted any more.
    mutating func encode(
        counting answer: inout Answer, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) -> Bool {
        guard let encoder = model.encoder else { return true }
        let total = pictures.reduce(0) { sum, picture in
            if case .waiting(let tiles) = picture { sum + tiles.count } else { sum }
        }
        guard total > 0 else { return true }
        // What resizing left behind goes first, then what only pictures need.
        ProcessMemory.giveBack()
        var store: TileStore?
        if let visionStore, let config {
            store = TileStore(visionStore, of: model, config, reader.bench.arithmetic)
        }
        model.scheduler.beginEncoding()
        let isDone = encode(
            total: total, by: encoder, &store, counting: &answer, isWanted: isWanted,
            report: report)
        // Others may be looking at their pictures by the same weights.
        if model.scheduler.endEncoding() { model.checkpoint.giveBackVision() }
        ProcessMemory.giveBack()
        store?.trim()
        answer.storeFailure = store?.failure
        return isDone
    }

    private mutating func encode(
        total: Int, by encoder: VisionEncoder, _ store: inout TileStore?,
        counting answer: inout Answer, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) -> Bool {
        var work = TileWork(encoder)
        var done = 0
        report(.progress(.pictures, done: 0, total: total))
        let width = work.tokens.count
        var known: [TileName: (picture: Int, frame: Int)] = [:]
        for index in pictures.indices {
            guard case .waiting(let tiles) = pictures[index] else { continue }
            var all: [Float] = []
            all.reserveCapacity(tiles.count * width)
            for frame in 0..<tiles.count {
                guard isWanted() else { return false }
                let picture = tiles.picture(frame: frame)
                let key = store?.key(of: picture)
                let tile = key.map { .kept($0) } ?? TileName.passing(TileKey(picture))
                if let same = known[tile] {
                    let source = same.picture == index ? all : tokenFloats(of: same.picture)
                    all += source[same.frame * width..<(same.frame + 1) * width]
                } else {
                    if let key, let tokens = store?.tokens(key) {
                        all += tokens
                        answer.storedTileCount += 1
                    } else {
                        var turn = model.scheduler.reading(reader.seat)
                        let isDone = work.encode(
                            tiles, frame, bench: &reader.bench, isWanted: { turn.next(isWanted) })
                        turn.end()
                        guard isDone else { return false }
                        all += work.tokens
                        answer.encodedTileCount += 1
                        if let key { store?.keep(work.tokens, under: key) }
                    }
                    known[tile] = (index, frame)
                }
                done += 1
                report(.progress(.pictures, done: done, total: total))
            }
            pictures[index] = .encoded(
                VisionTokens(width: encoder.tokenWidth, floats: all))
        }
        return true
    }

    /// The picture tokens of a picture that is encoded.
    package func tokenFloats(of picture: Int) -> [Float] {
        guard case .encoded(let tokens) = pictures[picture] else { return [] }
        return tokens.floats
    }
}

/// What tells tiles from each other: what they are kept under, or what costs less where nothing is
/// kept.
private enum TileName: Hashable {
    case kept(Digest)
    case passing(TileKey)
}

/// What tiles are encoded in: there from the first one on.
private struct TileWork: ~Copyable {
    private let encoder: VisionEncoder
    private var scratch: VisionScratch?
    private var pixels: [Float] = []
    /// The tokens of the last tile.
    private(set) var tokens: [Float]

    init(_ encoder: VisionEncoder) {
        self.encoder = encoder
        tokens = [Float](
            repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
    }

    /// Encodes a tile; false when it was not wanted any more.
    mutating func encode(
        _ tiles: Tiles, _ frame: Int, bench: inout Workbench, isWanted: () -> Bool
    ) -> Bool {
        var room = scratch.take() ?? VisionScratch(encoder.config)
        if pixels.count != tiles.frameLength {
            pixels = [Float](repeating: 0, count: tiles.frameLength)
        }
        var pixelSpan = pixels.mutableSpan
        tiles.write(frame: frame, to: &pixelSpan, at: 0)
        var made: [Float] = []
        swap(&made, &tokens)
        var tokenSpan = made.mutableSpan
        let isDone = encoder.encode(
            pixels.span, into: &tokenSpan, &room, bench: &bench, isWanted: isWanted)
        swap(&made, &tokens)
        scratch = room
        return isDone
    }
}
