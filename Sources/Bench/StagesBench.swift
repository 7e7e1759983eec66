internal import Foundation
internal import Language
internal import Media
internal import SmolVLM
internal import Tensors
internal import Vision
internal import Weights

/// Reads one prompt and writes what every stage makes of it, for
/// `Tests/Golden/check_full_size.py` to compare with the reference.
///
/// Each stage is a file of numbers as they lie in memory: `ids.i32`, `pixels.f32` and so on, all
/// tiles one after the other. The ids of `--follow` are read behind the prompt one at a time; the
/// rows of `logits.f32` are those of the prompt's ids, then those of each id that follows.
struct StagesBench {
    private let model: String
    private let out: URL
    private let picture: String?
    private let splits: Bool
    private let followed: [Int32]
    private let question: String

    init(arguments: [String]) throws {
        var values: [String: String] = [:]
        var rest = arguments[...]
        var question: String?
        while let name = rest.popFirst() {
            guard name.hasPrefix("--") else {
                question = name
                continue
            }
            guard ["--model", "--out", "--picture", "--split", "--follow"].contains(name) else {
                throw BenchError("unknown option \(name)")
            }
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            values[name] = value
        }
        guard let model = values["--model"], let out = values["--out"], let question else {
            throw BenchError("stages needs --model, --out and a question")
        }
        let followed = (values["--follow"] ?? "").split(separator: ",").map { Int32($0) }
        guard followed.allSatisfy({ $0 != nil }) else {
            throw BenchError("--follow is a list of ids with commas between them")
        }
        self.model = model
        self.out = URL(filePath: out)
        picture = values["--picture"]
        splits = values["--split"] != "no"
        self.followed = followed.compactMap(\.self)
        self.question = question
    }

    func run() throws {
        let model = try Model.load(from: model, projector: nil, chatFormat: nil)
        let checkpoint = model.checkpoint
        var options = ConversationOptions()
        options.splitsPictures = splits
        var conversation = try Conversation(with: model, options: options)
        let image = try picture.map(PixelsBench.decoded)
        if let image { try conversation.add(image) }
        conversation.add(question)
        let ids = try conversation.promptIDs()
        try write(ids, "ids.i32")
        var bench = try Workbench(workers: Workers(), arithmetic: .exact)
        var tokens: [Float] = []
        if let image, var config = model.preprocessor {
            config.splits = splits
            let tiles = try Tiles(image, config: config, use: splits ? .split : .whole)
            tokens = try look(at: tiles, VisionEncoder(checkpoint), &bench)
        }
        try read(
            ids, tokens, LanguageModel(checkpoint), imageID: checkpoint.config.imageTokenID, &bench)
    }

    /// The picture's tokens, each stage written out.
    private func look(
        at tiles: Tiles, _ encoder: VisionEncoder, _ bench: inout Workbench
    ) throws -> [Float] {
        let pixels = tiles.floats()
        try write(pixels, "pixels.f32")
        var scratch = VisionScratch(encoder.config)
        var all: [Float] = []
        var stages: [(name: String, numbers: [Float])] = encoder.steps.map { step in
            switch step {
            case .patches: ("patch embedding", [])
            case .layer(let number): ("vision layer \(number)", [])
            case .norm: ("vision norm", [])
            case .shuffle: ("shuffle", [])
            }
        }
        for tile in 0..<tiles.count {
            let length = tiles.frameLength
            let frame = Array(pixels[tile * length..<(tile + 1) * length])
            for (index, step) in encoder.steps.enumerated() {
                encoder.apply(step, pixels: frame.span, &scratch, bench: &bench)
                stages[index].numbers += step == .shuffle ? scratch.joined : scratch.hidden
            }
            var tokens = [Float](
                repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
            var out = tokens.mutableSpan
            encoder.project(scratch, into: &out, bench: &bench)
            all += tokens
        }
        for stage in stages { try write(stage.numbers, "\(stage.name).f32") }
        try write(all, "projection.f32")
        return all
    }

    /// Takes the prompt through the decoder, each stage written out, then reads what follows.
    private func read(
        _ ids: [Int32], _ tokens: [Float], _ model: LanguageModel, imageID: Int?,
        _ bench: inout Workbench
    ) throws {
        let width = model.config.hiddenSize
        var rows = embedded(ids, model)
        var next = 0
        for (index, id) in ids.enumerated() where Int(id) == imageID && next < tokens.count {
            rows.replaceSubrange(
                index * width..<(index + 1) * width, with: tokens[next..<next + width])
            next += width
        }
        guard next == tokens.count else { throw BenchError("picture tokens are left over") }
        try write(rows, "merged.f32")

        var cache = try KeyValueCache(
            model.config, capacity: ids.count + followed.count, arithmetic: bench.arithmetic)
        var scratch = DecoderScratch(model.config, chunk: ids.count)
        model.begin(rows.span, from: 0, count: ids.count, cache, &scratch)
        for layer in 0..<model.config.layerCount {
            model.apply(layer: layer, count: ids.count, cache: &cache, &scratch, bench: &bench)
            try write(scratch.hidden, "layer \(layer).f32")
        }

        let vocabulary = model.vocabularySize
        var logits: [Float] = []
        for step in 0...followed.count {
            let count = step == 0 ? ids.count : 1
            if step > 0 { rows = embedded([followed[step - 1]], model) }
            var part = [Float](repeating: 0, count: count * vocabulary)
            var out = part.mutableSpan
            _ = model.read(
                rows.span, count: count, wanted: .all, logits: &out, cache: &cache, &scratch,
                bench: &bench, isWanted: { true })
            logits += part
        }
        try write(logits, "logits.f32")
    }

    private func embedded(_ ids: [Int32], _ model: LanguageModel) -> [Float] {
        var rows = [Float](repeating: 0, count: ids.count * model.config.hiddenSize)
        var out = rows.mutableSpan
        model.embed(ids.span, into: &out)
        return rows
    }

    private func write(_ numbers: [Float], _ name: String) throws {
        try write(words: numbers.map { $0.bitPattern }, name)
    }

    private func write(_ ids: [Int32], _ name: String) throws {
        try write(words: ids.map { UInt32(bitPattern: $0) }, name)
    }

    /// Least byte first.
    private func write(words: [UInt32], _ name: String) throws {
        var bytes = [UInt8](repeating: 0, count: words.count * 4)
        for (index, word) in words.enumerated() {
            for byte in 0..<4 {
                bytes[index * 4 + byte] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte)))
            }
        }
        try Data(bytes).write(to: out.appending(path: name))
    }
}
