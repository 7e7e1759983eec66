// Measures the stages of one model. Cases that are compared (threads, precisions) take turns run by
// run, the order turned round each time, so that whatever else the machine does hits all alike.
internal import Language
internal import SmolVLM
internal import Tensors
internal import Vision
package import Weights

/// Measures the stages of a model.
package struct StageMeasure: ~Copyable {
    private let settings: MeasureSettings
    private let checkpoint: Checkpoint?
    private let cases: [MeasureCase]
    private let teams: [Workers]
    private let isWanted: () -> Bool
    private let report: (MeasureProgress) -> Void
    private var clock = MeasureClock()
    private var result = MeasureResult()

    /// - Parameters:
    ///   - checkpoint: the model; nil measures the machine alone.
    ///   - isWanted: asked between layers and runs; once it says no, what there is is the result.
    ///   - report: told what is measured next.
    package init(
        _ checkpoint: Checkpoint?, settings: MeasureSettings, isWanted: @escaping () -> Bool,
        report: @escaping (MeasureProgress) -> Void
    ) {
        self.checkpoint = checkpoint
        self.settings = settings
        self.isWanted = isWanted
        self.report = report
        teams = settings.threads.map { Workers(threadCount: $0) }
        cases = settings.precisions.flatMap { precision in
            settings.threads.map { MeasureCase(threads: $0, precision: precision) }
        }
    }

    /// Measures everything that the settings name, but the start.
    package consuming func run() throws(MeasureError) -> MeasureResult {
        do throws(NoMemory) {
            try measurePeaks()
            guard let checkpoint else { return result }
            planWork(checkpoint)
            var desks: [MeasureCase: Desk] = [:]
            for one in cases { desks[one] = try desk(for: one) }
            try measureTiles(checkpoint, desks)
            try measureText(checkpoint, desks)
        } catch {
            throw MeasureError(description: error.description)
        }
        if !isWanted() { result.isComplete = false }
        return result
    }

    /// Where one case is worked out.
    private final class Desk {
        var bench: Workbench

        init(_ bench: consuming Workbench) { self.bench = bench }
    }

    private func desk(for one: MeasureCase) throws(NoMemory) -> Desk? {
        guard let workers = teams.first(where: { $0.threadCount == one.threads }) ?? teams.last
        else { return nil }
        return Desk(try Workbench(workers: workers, arithmetic: one.precision.arithmetic))
    }

    private mutating func measurePeaks() throws(NoMemory) {
        guard settings.parts.contains(where: { $0 != .start }) else { return }
        report(MeasureProgress(part: .peaks, measured: nil, size: 0, secondsLeft: nil))
        result.peaks = try PeakMeasure.peaks(teams, step: isWanted)
    }

    // MARK: What is ahead

    /// The figures that will be taken, with what they take at the machine's peaks.
    private mutating func planWork(_ checkpoint: Checkpoint) {
        let text = checkpoint.config.text
        if let vision = checkpoint.config.vision {
            let work = ModelWork.tile(vision, tokenWidth: text.hiddenSize)
            if has(.tile) || has(.frames) { plan(.tile, [1]) { _, _ in work } }
        }
        if has(.prefill), promptRows(text) > 0 {
            plan(.prefill, [promptRows(text)]) { rows, _ in ModelWork.prefill(text, rows: rows) }
        }
        if has(.decode) {
            let weights = checkpoint.answerByteCount
            plan(.decode, contexts(text)) { context, precision in
                ModelWork.token(
                    text, context: context, weightBytes: weights,
                    contextBytes: context
                        * KeyValueCache.bytesPerPosition(text, precision.arithmetic))
            }
        }
    }

    private mutating func plan(
        _ part: MeasureSettings.Part, _ sizes: [Int], work: (Int, Precision) -> ModelWork
    ) {
        for size in sizes {
            for one in cases {
                var figure = MeasureFigure(part: part, measured: one, size: size)
                figure.limitSeconds = limit(of: work(size, one.precision), one)
                result.figures.append(figure)
                let runs = settings.runs + (part == .tile ? 0 : 1)
                clock.expect(
                    (figure.limitSeconds ?? 0)
                        * Double(runs * (part == .decode ? settings.answerTokens : 1)))
            }
        }
    }

    private func limit(of work: ModelWork, _ one: MeasureCase) -> Double? {
        result.peaks.first { $0.threads == one.threads }.flatMap { peaks in
            peaks.reading.values.isEmpty
                ? nil : work.seconds(at: peaks, isExact: one.precision == .exact)
        }
    }

    private func has(_ part: MeasureSettings.Part) -> Bool { settings.parts.contains(part) }

    private func promptRows(_ text: TextConfig) -> Int {
        min(settings.promptTokens, text.maxPositions - 1)
    }

    private func contexts(_ text: TextConfig) -> [Int] {
        settings.contexts.filter { $0 + settings.answerTokens <= text.maxPositions }
    }

    // MARK: Taking turns

    /// Has every figure of one part and size run by turns, after a first time that does not count.
    ///
    /// - Parameter warmsAll: whether every case has a first time, or only the most threads of each
    ///   precision.
    /// - Parameter body: runs a case and says what of it is to be counted, in seconds; nil when it
    ///   was not wanted any more.
    private mutating func takeTurns(
        _ part: MeasureSettings.Part, size: Int, warmsAll: Bool,
        _ body: (MeasureCase) -> Double?
    ) {
        let places = result.figures.indices.filter {
            result.figures[$0].part == part && result.figures[$0].size == size
        }
        for run in -1..<settings.runs {
            for place in run % 2 == 0 ? places : places.reversed() {
                let one = result.figures[place].measured
                if run < 0, !warmsAll, one.threads != settings.threads.last { continue }
                tell(part, one, size)
                guard isWanted(), let seconds = body(one) else { return }
                let repeats = part == .decode ? Double(settings.answerTokens) : 1
                clock.did(
                    (result.figures[place].limitSeconds ?? 0) * repeats, took: seconds * repeats)
                if run >= 0 { result.figures[place].seconds.add(seconds) }
            }
        }
    }

    private func tell(_ part: MeasureSettings.Part, _ one: MeasureCase, _ size: Int) {
        report(
            MeasureProgress(
                part: part, measured: one, size: size, secondsLeft: clock.secondsLeft))
    }

    // MARK: Pictures

    private mutating func measureTiles(
        _ checkpoint: Checkpoint, _ desks: [MeasureCase: Desk]
    ) throws(NoMemory) {
        guard has(.tile) || has(.frames), let vision = checkpoint.config.vision,
            let encoder = try? VisionEncoder(checkpoint)
        else { return }
        let pixels = MeasureInput.tile(side: vision.imageSize)
        var scratch = VisionScratch(vision)
        var tokens = [Float](repeating: 0, count: vision.tokensPerTile * encoder.tokenWidth)
        var last: [Precision: [Float]] = [:]
        let isWanted = isWanted
        func encode(_ one: MeasureCase) -> Double? {
            guard let desk = desks[one] else { return nil }
            let start = ContinuousClock.now
            var span = tokens.mutableSpan
            let isDone = encoder.encode(
                pixels.span, into: &span, &scratch, bench: &desk.bench, isWanted: isWanted)
            return isDone ? start.secondsSince : nil
        }
        takeTurns(.tile, size: 1, warmsAll: false) { one in
            let seconds = encode(one)
            last[one.precision] = tokens
            return seconds
        }
        result.agreement.tileCosine = MeasureAgreement.cosine(last[.exact], last[.fast])
        if has(.frames) { measureFrames(encode) }
        if !has(.tile) { result.figures.removeAll { $0.part == .tile } }
    }

    /// Many tiles one after the other; a run of the most has the runs of fewer in it.
    private mutating func measureFrames(_ encode: (MeasureCase) -> Double?) {
        guard let threads = settings.threads.last else { return }
        for precision in settings.precisions {
            let one = MeasureCase(threads: threads, precision: precision)
            guard let tile = result.figures.first(where: { $0.part == .tile && $0.measured == one })
            else { continue }
            let frames = settings.frames.filter { count in
                guard let most = settings.framesSeconds else { return true }
                return Double(count) * tile.seconds.median <= most
            }
            guard let count = frames.last else { continue }
            var figures = frames.map { MeasureFigure(part: .frames, measured: one, size: $0) }
            for index in figures.indices {
                figures[index].limitSeconds = tile.limitSeconds.map { $0 * Double(frames[index]) }
            }
            // What one run takes, many take many times: a third of the runs tells as much.
            for _ in 0..<max(1, settings.runs / 3) {
                var sum = 0.0
                for done in 1...count {
                    tell(.frames, one, done)
                    guard isWanted(), let seconds = encode(one) else { break }
                    sum += seconds
                    if let place = frames.firstIndex(of: done) { figures[place].seconds.add(sum) }
                }
            }
            result.figures += figures.filter { !$0.seconds.values.isEmpty }
        }
    }

    // MARK: Text

    private mutating func measureText(
        _ checkpoint: Checkpoint, _ desks: [MeasureCase: Desk]
    ) throws(NoMemory) {
        guard has(.prefill) || has(.decode) else { return }
        let model = LanguageModel(checkpoint)
        let text = model.config
        let contexts = has(.decode) ? contexts(text) : []
        let prompt = promptRows(text)
        let chunk = min(512, text.maxPositions)
        let ids = MeasureInput.ids(max(prompt, chunk), of: model.vocabularySize)
        var rows = [Float](repeating: 0, count: ids.count * text.hiddenSize)
        var span = rows.mutableSpan
        model.embed(ids.span, into: &span)
        let capacity = max(prompt, (contexts.last ?? 0) + settings.answerTokens)
        var caches: [Precision: CachedSequence] = [:]
        for precision in settings.precisions {
            caches[precision] = CachedSequence(
                try KeyValueCache(
                    text, capacity: capacity, arithmetic: precision.arithmetic))
        }
        var scratch = DecoderScratch(text, chunk: chunk)
        var logits = [Float](repeating: 0, count: model.vocabularySize)
        let isWanted = isWanted
        func pass(_ count: Int, _ desk: Desk, _ sequence: CachedSequence) -> Bool {
            var out = logits.mutableSpan
            return count
                == model.read(
                    rows.span, count: count, wanted: .last, logits: &out, cache: &sequence.cache,
                    &scratch, bench: &desk.bench, isWanted: isWanted)
        }
        if has(.prefill), prompt > 0 {
            var last: [Precision: [Float]] = [:]
            takeTurns(.prefill, size: prompt, warmsAll: false) { one in
                guard let desk = desks[one], let sequence = caches[one.precision] else {
                    return nil
                }
                sequence.cache.keep(0)
                let start = ContinuousClock.now
                guard pass(prompt, desk, sequence) else { return nil }
                let seconds = start.secondsSince
                last[one.precision] = logits
                return seconds
            }
            result.agreement.logitCosine = MeasureAgreement.cosine(last[.exact], last[.fast])
            result.agreement.divergence = MeasureAgreement.divergence(
                of: last[.fast], from: last[.exact])
        }
        // With however many threads it is read, the context is the same: the most are the quickest.
        let readers = cases.filter { $0.threads == settings.threads.last }
        for sequence in caches.values { sequence.cache.keep(0) }
        for context in contexts {
            for one in readers {
                guard let desk = desks[one], let sequence = caches[one.precision] else { return }
                tell(.decode, one, context)
                while sequence.cache.count < context {
                    guard pass(min(chunk, context - sequence.cache.count), desk, sequence) else {
                        return
                    }
                }
            }
            let count = settings.answerTokens
            takeTurns(.decode, size: context, warmsAll: true) { one in
                guard let desk = desks[one], let sequence = caches[one.precision] else {
                    return nil
                }
                sequence.cache.keep(context)
                let start = ContinuousClock.now
                for _ in 0..<count {
                    guard pass(1, desk, sequence) else { return nil }
                }
                return start.secondsSince / Double(count)
            }
            for sequence in caches.values {
                sequence.cache.keep(min(context, sequence.cache.count))
            }
        }
    }
}

/// Why something could not be measured.
package struct MeasureError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
