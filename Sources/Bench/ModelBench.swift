internal import Foundation
internal import Language
internal import Tensors
internal import Vision
internal import Weights

/// Times the stages of a model, exact and fast in turn, and compares what they give.
///
///     Bench model MODEL [--mmproj FILE] [--threads N] [--runs N] [--prompt N] [--context N]
///
/// A tile is of noise around soft shapes. The context is what the decode figure stands behind.
enum ModelBench {
    private struct Settings {
        var projector: String?
        var threads = Workers().threadCount
        var runs = 3
        var prompt = 512
        var context = 64
    }

    static func run(_ arguments: [String]) throws {
        guard let path = arguments.first else { throw BenchError("which model?") }
        var settings = Settings()
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            let value = rest.popFirst() ?? ""
            switch name {
            case "--mmproj": settings.projector = value
            case "--threads": settings.threads = Int(value) ?? settings.threads
            case "--runs": settings.runs = Int(value) ?? settings.runs
            case "--prompt": settings.prompt = Int(value) ?? settings.prompt
            case "--context": settings.context = Int(value) ?? settings.context
            default: throw BenchError("there is no option \(name)")
            }
        }
        let checkpoint = try Checkpoint.open(path, projector: settings.projector)
        if checkpoint.config.vision != nil { try measureTiles(checkpoint, settings) }
        try measureText(checkpoint, settings)
    }

    // MARK: Pictures

    private static func measureTiles(_ checkpoint: Checkpoint, _ settings: Settings) throws {
        let encoder = try VisionEncoder(checkpoint)
        let side = encoder.config.imageSize
        let pixels = noisyTile(side: side)
        var tokens: [Arithmetic: [Float]] = [:]
        for arithmetic in [Arithmetic.exact, .fast] {
            var bench = try Workbench(
                workers: Workers(threadCount: settings.threads), arithmetic: arithmetic)
            var scratch = VisionScratch(encoder.config)
            var out = [Float](
                repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
            let timings = measure(settings.runs) {
                var span = out.mutableSpan
                _ = encoder.encode(
                    pixels.span, into: &span, &scratch, bench: &bench, isWanted: { true })
            }
            tokens[arithmetic] = out
            print("tile \(side) x \(side), \(arithmetic): \(timings.summary)")
        }
        if let exact = tokens[.exact], let fast = tokens[.fast] {
            print("tile tokens, fast against exact: cosine \(cosine(exact, fast))")
        }
    }

    /// Soft shapes with a little noise, from -1 to 1: as a picture is, neither flat nor white.
    private static func noisyTile(side: Int) -> [Float] {
        var state: UInt64 = 1
        return (0..<3 * side * side).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Float(state >> 40) / Float(1 << 24) - 0.5
            let (row, column) = (index / side % side, index % side)
            let shape = sin(Float(row) / 37) * cos(Float(column) / 23 + Float(index / side / side))
            return 0.85 * shape + 0.3 * noise
        }
    }

    // MARK: Text

    private static func measureText(_ checkpoint: Checkpoint, _ settings: Settings) throws {
        let model = LanguageModel(checkpoint)
        let width = model.config.hiddenSize
        let ids = (0..<settings.prompt).map { Int32($0 * 7919 % model.vocabularySize) }
        var rows = [Float](repeating: 0, count: ids.count * width)
        var span = rows.mutableSpan
        model.embed(ids.span, into: &span)
        var last: [Arithmetic: [Float]] = [:]
        for arithmetic in [Arithmetic.exact, .fast] {
            var bench = try Workbench(
                workers: Workers(threadCount: settings.threads), arithmetic: arithmetic)
            let capacity = max(settings.prompt, settings.context) + 64
            var cache = try KeyValueCache(model.config, capacity: capacity)
            var scratch = DecoderScratch(model.config, chunk: 512)
            var logits = [Float](repeating: 0, count: model.vocabularySize)
            func pass(_ count: Int) {
                var out = logits.mutableSpan
                _ = model.read(
                    rows.span, count: count, wanted: .last, logits: &out, cache: &cache, &scratch,
                    bench: &bench, isWanted: { true })
            }
            let prefill = measure(settings.runs) {
                cache.keep(0)
                pass(ids.count)
            }
            last[arithmetic] = logits
            print(
                "prefill \(ids.count), \(arithmetic): \(prefill.summary), "
                    + "\(rate(ids.count, prefill)) tokens/s")
            while cache.count < settings.context {
                pass(min(ids.count, settings.context - cache.count))
            }
            cache.keep(settings.context)
            let decode = measure(settings.runs) {
                cache.keep(settings.context)
                for _ in 0..<32 { pass(1) }
            }
            print(
                "decode 32 behind \(settings.context), \(arithmetic): \(decode.summary), "
                    + "\(rate(32, decode)) tokens/s")
        }
        if let exact = last[.exact], let fast = last[.fast] {
            print(
                "logits, fast against exact: cosine \(cosine(exact, fast)), divergence "
                    + "\(divergence(of: fast, from: exact)) nats")
        }
    }

    // MARK: Figures

    /// One run to warm up, then the runs that count.
    private static func measure(_ runs: Int, _ body: () -> Void) -> Timings {
        body()
        var timings = Timings()
        for _ in 0..<runs { timings.measure(body) }
        return timings
    }

    /// So many things in each of these runs, a second on the clock.
    private static func rate(_ count: Int, _ timings: Timings) -> String {
        rounded(Double(count) * 1000 / timings.clockMedian)
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        var (product, first, second) = (0.0, 0.0, 0.0)
        for index in a.indices {
            product += Double(a[index]) * Double(b[index])
            first += Double(a[index]) * Double(a[index])
            second += Double(b[index]) * Double(b[index])
        }
        return product / (first * second).squareRoot()
    }

    /// The Kullback-Leibler divergence of the probabilities of two rows of logits.
    private static func divergence(of found: [Float], from meant: [Float]) -> Double {
        func logarithms(_ logits: [Float]) -> [Double] {
            let most = Double(logits.max() ?? 0)
            let sum = logits.reduce(0.0) { $0 + exp(Double($1) - most) }
            return logits.map { Double($0) - most - log(sum) }
        }
        let (p, q) = (logarithms(meant), logarithms(found))
        return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
}
