import Foundation
import Language
import Tensors
import Testing
import Vision
import Weights

/// What a model gives of a tile, a prompt, and ids behind it one at a time and a few at once.
private struct Given: Equatable {
    var tokens: [Float] = []
    var logits: [Float] = []

    init(_ checkpoint: Checkpoint, _ arithmetic: Arithmetic, threads: Int) throws {
        var bench = try Workbench(
            workers: Workers(threadCount: threads), arithmetic: arithmetic)
        let encoder = try VisionEncoder(checkpoint)
        var eyes = VisionScratch(encoder.config)
        tokens = [Float](repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
        let side = encoder.config.imageSize
        let tile = (0..<3 * side * side).map { place in
            let wave = place % side * 3 + place / side * 5 + place * 7919 % 61
            return Float(wave % 256) / 127.5 - 1
        }
        var span = tokens.mutableSpan
        let isDone = encoder.encode(
            tile.span, into: &span, &eyes, bench: &bench, isWanted: { true })
        #expect(isDone)

        let model = LanguageModel(checkpoint)
        var cache = try KeyValueCache(model.config, capacity: 600, arithmetic: arithmetic)
        var scratch = DecoderScratch(model.config, chunk: 64)
        var next = 3
        for count in [150, 1, 1, 2, 3, 5, 9, 1, 250, 1, 3] {
            let ids = (0..<count).map { Int32((next + $0 * 37) % 180 + 3) }
            next += count
            var rows = [Float](repeating: 0, count: count * model.config.hiddenSize)
            var rowSpan = rows.mutableSpan
            model.embed(ids.span, into: &rowSpan)
            var part = [Float](repeating: 0, count: count * model.vocabularySize)
            var out = part.mutableSpan
            let read = model.read(
                rows.span, count: count, wanted: .all, logits: &out, cache: &cache, &scratch,
                bench: &bench, isWanted: { true })
            #expect(read == count)
            logits += part
        }
    }
}

@Suite struct `Any number of threads` {
    @Test(arguments: [Arithmetic.exact, .fast])
    func `gives the very same picture tokens and logits`(arithmetic: Arithmetic) throws {
        let wide = try WideModel(.plain)
        let checkpoint = try Checkpoint.open(wide.folder.path, projector: nil)
        let alone = try Given(checkpoint, arithmetic, threads: 1)
        #expect(alone.logits.allSatisfy(\.isFinite) && alone.tokens.allSatisfy(\.isFinite))
        #expect(Set(alone.tokens).count > 1000)
        for threads in [2, 3, 5] {
            #expect(try Given(checkpoint, arithmetic, threads: threads) == alone, "\(threads)")
        }
    }
}
