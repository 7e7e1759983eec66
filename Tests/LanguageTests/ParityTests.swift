import Foundation
import Language
import Media
import Tensors
import Testing
import Vision
import Weights

/// What transformers computed with a tiny model (`Tests/Golden/make_models.py`; videos by
/// `Tests/Golden/record_video_conversations.py`).
struct RecordedCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Stage: Decodable, Sendable {
        let shape: [Int]
        let norm: Double
        let step: Int
        let values: [Double]
    }
    let title: String
    let tiles: Int
    let seed: Int
    let ids: [Int32]
    let stages: [String: Stage]
    let greedy: [Int32]
    /// How far the likeliest id was ahead of the next, at least.
    let smallestLead: Float
    var model = ""
    /// Frames of a video by width, height and seed; where there are none, tiles are made by a
    /// formula themselves.
    var frames: [[Int]] = []
    var testDescription: String { "\(model), \(title)" }

    enum CodingKeys: CodingKey { case title, tiles, seed, ids, stages, greedy, smallestLead }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL

    static let prompts: [RecordedCase] = [
        "patch16", "patch14", "tied", "text", "llama3", "smollm3",
    ].flatMap { model -> [RecordedCase] in
        guard let data = golden("forward/\(model).json"),
            let cases = try? JSONDecoder().decode([RecordedCase].self, from: data)
        else { return [] }
        return cases.map { one in
            var one = one
            one.model = model
            return one
        }
    }

    static let videos: [RecordedCase] = {
        struct Shown: Decodable {
            let model: String
            let frames: [[Int]]
        }
        guard let data = golden("video-conversations.json"),
            let cases = try? JSONDecoder().decode([RecordedCase].self, from: data),
            let shown = try? JSONDecoder().decode([Shown].self, from: data)
        else { return [] }
        return zip(cases, shown).map { one, shown in
            var one = one
            (one.model, one.frames) = (shown.model, shown.frames)
            return one
        }
    }()

    static let all = prompts + videos

    private static func golden(_ name: String) -> Data? {
        try? Data(contentsOf: root.appendingPathComponent("Tests/Golden/\(name)"))
    }

    func checkpoint() throws -> Checkpoint {
        try Checkpoint.open(
            Self.root.appendingPathComponent("models/tiny/\(model)").path, projector: nil)
    }

    /// The tiles of the case, by the formulas of the scripts.
    func pixels(side: Int) throws -> [[Float]] {
        guard frames.isEmpty else { return try frames.map(framePixels) }
        let perTile = 3 * side * side
        return (0..<tiles).map { tile in
            (0..<perTile).map { place in
                let i = tile * perTile + place
                let (x, y, c) = (i % side, i / side % side, i / (side * side))
                let wave = x * (3 + c) + y * (5 + seed) + x * y / 7
                let p = Float((wave + i * 7919 % 61 + c * 40) % 256)
                return (p / 255 - 0.5) / 0.5
            }
        }
    }
}

extension RecordedCase {
    /// A frame as its model's own files say that it is prepared.
    private func framePixels(_ frame: [Int]) throws -> [Float] {
        let folder = Self.root.appendingPathComponent("models/tiny/\(model)")
        func file(_ name: String) throws -> PreprocessorConfig.File {
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            return try PreprocessorConfig.File(name: name, parsing: bytes.span)
        }
        let config = try PreprocessorConfig(
            folder: folder.path, preprocessor: file("preprocessor_config.json"),
            processor: file("processor_config.json"), videoPreprocessor: nil)
        let (width, height, seed) = (frame[0], frame[1], frame[2])
        let image = Image(width: width, height: height) { pixels in
            for i in 0..<width * height * 3 {
                let (x, y, c) = (i / 3 % width, i / 3 / width, i % 3)
                let wave = x * (3 + c) + y * (5 + seed) + x * y / 7 + c * 40
                pixels[i] = UInt8(wave % 256)
            }
        }
        return try Tiles(image, config: config, use: .videoFrame).floats()
    }
}

/// A model and what it works in.
struct Engine: ~Copyable {
    let model: LanguageModel
    let encoder: VisionEncoder?
    var bench: Workbench
    var cache: KeyValueCache
    var scratch: DecoderScratch

    init(_ checkpoint: Checkpoint, threads: Int = 2, chunk: Int = 512) throws {
        let model = LanguageModel(checkpoint)
        let encoder = checkpoint.config.vision == nil ? nil : try VisionEncoder(checkpoint)
        let bench = try Workbench(workers: Workers(threadCount: threads), arithmetic: .exact)
        let cache = try KeyValueCache(model.config, capacity: 512, arithmetic: .exact)
        self.model = model
        self.encoder = encoder
        self.bench = bench
        self.cache = cache
        scratch = DecoderScratch(model.config, chunk: chunk)
    }

    /// The stream's rows for ids, picture tokens in place of the image id.
    mutating func merged(
        _ ids: [Int32], tokens: [Float], imageID: Int?
    ) -> [Float] {
        let width = model.config.hiddenSize
        var rows = [Float](repeating: 0, count: ids.count * width)
        var out = rows.mutableSpan
        model.embed(ids.span, into: &out)
        var next = 0
        for (index, id) in ids.enumerated() where Int(id) == imageID && next < tokens.count {
            rows.replaceSubrange(
                index * width..<(index + 1) * width, with: tokens[next..<next + width])
            next += width
        }
        return rows
    }

    /// All logits of some rows.
    mutating func logits(_ rows: [Float]) -> [Float] {
        let count = rows.count / model.config.hiddenSize
        var logits = [Float](repeating: 0, count: count * model.vocabularySize)
        var out = logits.mutableSpan
        let read = model.read(
            rows.span, count: count, wanted: .all, logits: &out, cache: &cache, &scratch,
            bench: &bench, isWanted: { true })
        #expect(read == count)
        return logits
    }

    /// The likeliest next ids, one after the other.
    mutating func greedy(after logits: [Float], count: Int) -> [Int32] {
        var last = Array(logits.suffix(model.vocabularySize))
        var ids: [Int32] = []
        for _ in 0..<count {
            let best = last.indices.max { last[$0] < last[$1] } ?? 0
            ids.append(Int32(best))
            last = self.logits(merged([Int32(best)], tokens: [], imageID: nil))
        }
        return ids
    }

    /// All picture tokens, tile after tile.
    mutating func tokens(_ tiles: [[Float]]) throws -> [Float] {
        guard let encoder, !tiles.isEmpty else { return [] }
        var scratch = VisionScratch(encoder.config)
        var all: [Float] = []
        for tile in tiles {
            var tokens = [Float](
                repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
            var out = tokens.mutableSpan
            let isDone = encoder.encode(
                tile.span, into: &out, &scratch, bench: &bench, isWanted: { true })
            #expect(isDone)
            all += tokens
        }
        return all
    }
}

@Suite struct `Parity with transformers` {
    /// Of a stage's root mean square. Worst seen: 4.6e-6.
    static let tolerance = 1.2e-5

    /// How far a stage is from its record: of its root mean square, the worst number and the norm.
    static func distance(_ found: [Float], _ stage: RecordedCase.Stage) -> Double {
        let count = stage.shape.reduce(1, *)
        guard found.count == count else { return .infinity }
        let size = stage.norm / Double(count).squareRoot()
        let norm = found.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let worst = stage.values.enumerated().reduce(abs(norm - stage.norm) / stage.norm) {
            max($0, abs(Double(found[$1.offset * stage.step]) - $1.element) / size)
        }
        return worst.isNaN ? .infinity : worst
    }

    @Test func `all cases were recorded`() {
        #expect(RecordedCase.prompts.count == 18)
        #expect(RecordedCase.videos.count == 9)
    }

    @Test(arguments: RecordedCase.all.filter { $0.tiles > 0 })
    func `every stage of the vision encoder agrees`(recorded: RecordedCase) throws {
        let encoder = try VisionEncoder(recorded.checkpoint())
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: .exact)
        var scratch = VisionScratch(encoder.config)
        var stages: [String: [Float]] = [:]
        for tile in try recorded.pixels(side: encoder.config.imageSize) {
            for step in encoder.steps {
                encoder.apply(step, pixels: tile.span, &scratch, bench: &bench)
                switch step {
                case .patches: stages["patch embedding", default: []] += scratch.hidden
                case .layer(let number):
                    stages["vision layer \(number)", default: []] += scratch.hidden
                case .norm: stages["vision norm", default: []] += scratch.hidden
                case .shuffle: stages["shuffle", default: []] += scratch.joined
                }
            }
            var tokens = [Float](
                repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
            var out = tokens.mutableSpan
            encoder.project(scratch, into: &out, bench: &bench)
            stages["projection", default: []] += tokens
        }
        #expect(stages.count == encoder.config.layerCount + 4)
        for (name, found) in stages {
            let stage = try #require(recorded.stages[name])
            let distance = Self.distance(found, stage)
            #expect(distance <= Self.tolerance, "\(name)")
        }
    }

    @Test(arguments: RecordedCase.all)
    func `every stage of the decoder agrees`(recorded: RecordedCase) throws {
        let checkpoint = try recorded.checkpoint()
        var engine = try Engine(checkpoint)
        let side = checkpoint.config.vision?.imageSize ?? 0
        let tokens = try engine.tokens(recorded.pixels(side: side))
        let rows = engine.merged(
            recorded.ids, tokens: tokens, imageID: checkpoint.config.imageTokenID)
        var distances = ["merged": Self.distance(rows, try #require(recorded.stages["merged"]))]
        let count = recorded.ids.count

        // Layer by layer, by a pass that stops before each: the stream is then as it stood.
        let width = engine.model.config.hiddenSize
        for layer in 0..<engine.model.config.layerCount - 1 {
            var left = layer + 1
            var none: [Float] = []
            var out = none.mutableSpan
            let read = engine.model.read(
                rows.span, count: count, wanted: .none, logits: &out, cache: &engine.cache,
                &engine.scratch, bench: &engine.bench,
                isWanted: {
                    left -= 1
                    return left >= 0
                })
            #expect(read == 0 && engine.cache.count == 0)
            distances["layer \(layer)"] = Self.distance(
                Array(engine.scratch.hidden[..<(count * width)]),
                try #require(recorded.stages["layer \(layer)"]))
        }
        let logits = engine.logits(rows)
        distances["logits"] = Self.distance(logits, try #require(recorded.stages["logits"]))
        for (name, distance) in distances {
            #expect(distance <= Self.tolerance, "\(name)")
        }
    }

    @Test(arguments: RecordedCase.all)
    func `64 greedy ids are equal`(recorded: RecordedCase) throws {
        let checkpoint = try recorded.checkpoint()
        var engine = try Engine(checkpoint)
        let side = checkpoint.config.vision?.imageSize ?? 0
        let tokens = try engine.tokens(recorded.pixels(side: side))
        let rows = engine.merged(
            recorded.ids, tokens: tokens, imageID: checkpoint.config.imageTokenID)
        let logits = engine.logits(rows)
        #expect(engine.greedy(after: logits, count: 64) == recorded.greedy)
    }
}

@Suite struct `Relations of the decoder` {
    /// Of the largest logit. Worst seen: 2.7e-6.
    static let tolerance: Float = 1.1e-5

    static func distance(_ one: [Float], _ other: [Float]) -> Float {
        let size = one.map(abs).max() ?? 1
        guard one.count == other.count else { return .infinity }
        return zip(one, other).map { abs($0 - $1) }.max().map { $0 / size } ?? 0
    }

    static let cases = RecordedCase.all.filter { $0.title == "text" || $0.title == "one picture" }

    @Test(arguments: cases, [1, 3, 7, 16])
    func `chunks of any length give what the whole gives`(
        recorded: RecordedCase, chunk: Int
    ) throws {
        let checkpoint = try recorded.checkpoint()
        var whole = try Engine(checkpoint)
        var chunked = try Engine(checkpoint, chunk: chunk)
        let rows = whole.merged(recorded.ids, tokens: [], imageID: nil)
        #expect(Self.distance(whole.logits(rows), chunked.logits(rows)) <= Self.tolerance)
    }

    @Test(arguments: cases)
    func `what is cached gives what reading it again gives`(recorded: RecordedCase) throws {
        let checkpoint = try recorded.checkpoint()
        var cached = try Engine(checkpoint)
        var fresh = try Engine(checkpoint)
        let ids = recorded.ids + recorded.greedy
        let rows = cached.merged(ids, tokens: [], imageID: nil)
        let width = cached.model.config.hiddenSize
        let again = fresh.logits(rows)
        // A part, a part that is forgotten, and the rest one by one.
        var logits = cached.logits(Array(rows[..<(9 * width)]))
        _ = cached.logits(Array(rows[..<(4 * width)]))
        cached.cache.keep(9)
        for index in 9..<ids.count {
            logits += cached.logits(Array(rows[index * width..<(index + 1) * width]))
        }
        #expect(Self.distance(again, logits) <= Self.tolerance)
    }

    @Test(arguments: cases)
    func `any number of threads gives the same bits`(recorded: RecordedCase) throws {
        let checkpoint = try recorded.checkpoint()
        let side = checkpoint.config.vision?.imageSize ?? 0
        var results: [[Float]] = []
        for threads in [1, 2, 3] {
            var engine = try Engine(checkpoint, threads: threads)
            let tokens = try engine.tokens(recorded.pixels(side: side))
            let rows = engine.merged(
                recorded.ids, tokens: tokens, imageID: checkpoint.config.imageTokenID)
            results.append(tokens + engine.logits(rows))
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
