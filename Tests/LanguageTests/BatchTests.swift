import Language
import Tensors
import Testing
import Weights

/// Rows of a prompt, and what reading it alone gives.
private struct AloneReading {
    let rows: [Float]
    let count: Int
    /// The logits of the prompt's last id, then of each id that follows.
    var logits: [[Float]]
    /// The likeliest ids, one after the other.
    var greedy: [Int32]
    /// What transformers answered; empty for a prompt that it was not given.
    let recorded: [Int32]

    static let steps = 64

    init(
        _ ids: [Int32], tiles: [[Float]], recorded: [Int32], checkpoint: Checkpoint
    ) throws {
        var engine = try Engine(checkpoint)
        let tokens = try engine.tokens(tiles)
        rows = engine.merged(ids, tokens: tokens, imageID: checkpoint.config.imageTokenID)
        count = ids.count
        self.recorded = recorded
        let size = engine.model.vocabularySize
        logits = [Array(engine.logits(rows).suffix(size))]
        greedy = []
        for _ in 0..<Self.steps {
            greedy.append(Self.likeliest(logits[logits.count - 1]))
            let row = engine.merged([greedy[greedy.count - 1]], tokens: [], imageID: nil)
            logits.append(engine.logits(row))
        }
    }

    static func likeliest(_ logits: [Float]) -> Int32 {
        Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
    }
}

@Suite struct `Several sequences at once` {
    /// Of the largest logit: products of other numbers of rows are summed in another order. Worst
    /// seen: 2.2e-6.
    static let tolerance: Float = 8.6e-6

    @Test(arguments: ["patch16", "patch14", "tied", "text", "llama3", "smollm3"])
    func `give what each gives alone, whenever they join`(model: String) throws {
        let cases = RecordedCase.prompts.filter { $0.model == model }
        let checkpoint = try #require(cases.first).checkpoint()
        let side = checkpoint.config.vision?.imageSize ?? 0
        var alone = try cases.map {
            try AloneReading(
                $0.ids, tiles: $0.pixels(side: side), recorded: $0.greedy, checkpoint: checkpoint)
        }
        for length in [1, 7] {
            let ids = Array(cases[0].ids.prefix(length))
            alone.append(
                try AloneReading(ids, tiles: [], recorded: [], checkpoint: checkpoint))
        }

        let engine = LanguageModel(checkpoint)
        let (width, size) = (engine.config.hiddenSize, engine.vocabularySize)
        let most = alone.reduce(0) { $0 + $1.count }
        var scratch = DecoderScratch(engine.config, chunk: most)
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: .exact)
        let sequences = try alone.map {
            CachedSequence(
                try KeyValueCache(
                    engine.config, capacity: $0.count + AloneReading.steps, arithmetic: .exact))
        }
        var worst: Float = 0
        var chosen = alone.map { _ in [Int32]() }
        // The last two join at the third pass, with all that they say, and so are two passes behind.
        for pass in 0...AloneReading.steps {
            let late = alone.count - 2
            let members = alone.indices.filter { $0 < late || pass >= 2 }
            var rows: [Float] = []
            var parts: [SequencePart] = []
            for member in members {
                let done = chosen[member].count
                if done == 0 {
                    rows += alone[member].rows
                } else {
                    var row = [Float](repeating: 0, count: width)
                    var out = row.mutableSpan
                    engine.embed([alone[member].greedy[done - 1]].span, into: &out)
                    rows += row
                }
                let count = done == 0 ? alone[member].count : 1
                parts.append(SequencePart(sequences[member], count: count, wanted: .last))
            }
            var logits = [Float](repeating: 0, count: members.count * size)
            var out = logits.mutableSpan
            let isRead = engine.read(
                rows.span, of: parts, logits: &out, &scratch, bench: &bench, isWanted: { true })
            #expect(isRead)
            for (place, member) in members.enumerated() {
                let found = Array(logits[place * size..<(place + 1) * size])
                let expected = alone[member].logits[chosen[member].count]
                worst = max(worst, `Relations of the decoder`.distance(expected, found))
                chosen[member].append(AloneReading.likeliest(found))
            }
        }
        #expect(worst <= Self.tolerance)
        for (reading, ids) in zip(alone, chosen) {
            #expect(ids.starts(with: reading.greedy.prefix(ids.count)))
            #expect(reading.recorded.isEmpty || reading.greedy == reading.recorded)
        }
    }

    @Test(arguments: [
        ("patch16", Arithmetic.exact), ("tied", .exact), ("llama3", .exact), ("smollm3", .exact),
        ("text", .exact), ("text", .fast), ("llama3", .fast),
    ])
    func `give to the bit what each gives alone, where that is asked for`(
        model: String, arithmetic: Arithmetic
    ) throws {
        let one = try #require(RecordedCase.prompts.first { $0.model == model })
        let checkpoint = try one.checkpoint()
        let engine = LanguageModel(checkpoint)
        let most = 16
        let (width, size) = (engine.config.hiddenSize, engine.vocabularySize)
        var scratch = DecoderScratch(engine.config, chunk: 32)
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: arithmetic)
        bench.isAsAlone = true
        /// What rows give, part by part.
        func read(_ ids: [[Int32]], _ wanted: LanguageModel.Wanted) throws -> [Float] {
            let parts = try ids.map {
                SequencePart(
                    CachedSequence(
                        try KeyValueCache(engine.config, capacity: 32, arithmetic: arithmetic)),
                    count: $0.count, wanted: wanted)
            }
            let all = ids.flatMap(\.self)
            var rows = [Float](repeating: 0, count: all.count * width)
            var rowSpan = rows.mutableSpan
            engine.embed(all.span, into: &rowSpan)
            let wantedCount = parts.reduce(0) { $0 + $1.logitCount }
            var logits = [Float](repeating: 0, count: wantedCount * size)
            var out = logits.mutableSpan
            #expect(
                engine.read(
                    rows.span, of: parts, logits: &out, &scratch, bench: &bench,
                    isWanted: { true }))
            return logits
        }
        let ids = (0..<most).map { [Int32(($0 * 37 + 5) % size)] }
        let alone = try ids.map { try read([$0], .last) }
        for count in 1...most {
            #expect(
                try read(Array(ids.prefix(count)), .last) == alone.prefix(count).flatMap(\.self))
        }
        // Two rows of one and a row of another, with the logits of all or of none of them.
        let pair = [ids[0] + ids[1], ids[2]]
        let both = try read([pair[0]], .all)
        #expect(both.count == 2 * size && Array(both.prefix(size)) == alone[0])
        #expect(try read(pair, .all) == both + alone[2])
        #expect(try read(pair, .none).isEmpty)
    }

    @Test func `what is no longer wanted leaves all sequences as they were`() throws {
        let one = try #require(RecordedCase.prompts.first { $0.model == "text" })
        let checkpoint = try one.checkpoint()
        let engine = LanguageModel(checkpoint)
        var scratch = DecoderScratch(engine.config, chunk: 16)
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: .exact)
        let sequences = try (0..<2).map { _ in
            CachedSequence(
                try KeyValueCache(engine.config, capacity: 16, arithmetic: .exact))
        }
        var rows = [Float](repeating: 0, count: 7 * engine.config.hiddenSize)
        var rowSpan = rows.mutableSpan
        engine.embed(Array(one.ids.prefix(7)).span, into: &rowSpan)
        let parts = [
            SequencePart(sequences[0], count: 3, wanted: .last),
            SequencePart(sequences[1], count: 4, wanted: .last),
        ]
        func read(_ layers: Int) -> (isRead: Bool, logits: [Float]) {
            var left = layers
            var logits = [Float](repeating: 0, count: 2 * engine.vocabularySize)
            var out = logits.mutableSpan
            let isRead = engine.read(
                rows.span, of: parts, logits: &out, &scratch, bench: &bench,
                isWanted: {
                    left -= 1
                    return left >= 0
                })
            return (isRead, logits)
        }
        func counts() -> [Int] { sequences.map { $0.cache.count } }
        #expect(read(1).isRead == false)
        #expect(counts() == [0, 0])
        let whole = read(100)
        #expect(whole.isRead)
        #expect(counts() == [3, 4])
        for sequence in sequences { sequence.cache.keep(0) }
        #expect(read(100).logits == whole.logits)
    }
}
