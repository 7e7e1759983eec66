import Foundation
import Measure
import SmolVLM
import Tensors
import Testing
import Weights

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func tiny(_ name: String) throws -> Checkpoint {
    try Checkpoint.open(root.appending(path: "models/tiny/\(name)").path, projector: nil)
}

@Suite struct `Samples of runs` {
    @Test func `the median is the middle one, or between the two in the middle`() {
        #expect(Samples([5, 1, 9]).median == 5)
        #expect(Samples([4, 1, 9, 2]).median == 3)
        #expect(Samples([7]).median == 7)
        #expect(Samples().median == 0)
    }

    @Test func `they keep their order, least and most`() {
        var samples = Samples([3, 1])
        samples.add(2)
        #expect(samples.values == [3, 1, 2])
        #expect(samples.least == 1)
        #expect(samples.most == 3)
        #expect(samples.map { $0 * 2 }.values == [6, 2, 4])
    }
}

@Suite struct `The work of a model` {
    /// The decoder and the eyes of the published 256M model.
    static let text = TextConfig(
        hiddenSize: 576, innerSize: 1536, layerCount: 30, heads: 9, keyValueHeads: 3, headSize: 64,
        eps: 1e-5, theta: 100_000, scaling: .none, isRotated: [Bool](repeating: true, count: 30),
        vocabularySize: 49280, maxPositions: 8192, isTied: false)
    static let vision = VisionConfig(
        hiddenSize: 768, innerSize: 3072, layerCount: 12, heads: 12, eps: 1e-6, imageSize: 512,
        patchSize: 16, scaleFactor: 4)

    @Test func `a tile of the 256M model is 107 billion products, a fifth of them attention`() {
        let work = ModelWork.tile(Self.vision, tokenWidth: 576)
        #expect(((work.weightProducts + work.attentionProducts) / 1e9 * 10).rounded() == 1074)
        #expect((work.attentionProducts / 1e9 * 10).rounded() == 193)
    }

    @Test func `a row of a prompt meets every weight of the layers, and sees what is before it`() {
        let two = ModelWork.prefill(Self.text, rows: 2)
        let one = ModelWork.prefill(Self.text, rows: 1)
        let layer = 576 * (2 * 576 + 2 * 192 + 3 * 1536)
        #expect(two.weightProducts - one.weightProducts == Double(30 * layer))
        // Keys and values of 1 and 2 positions.
        #expect(one.attentionProducts == Double(2 * 30 * 576))
        #expect(two.attentionProducts == Double(2 * 30 * 576 * 3))
    }

    @Test func `time is what the slower of processor and memory takes`() {
        var peaks = MachinePeaks(threads: 1)
        peaks.floats.add(100)
        peaks.bytes.add(400)
        peaks.reading.add(10)
        let work = ModelWork(weightProducts: 800, attentionProducts: 100, bytes: 50)
        #expect(work.seconds(at: peaks, isExact: true) == 9)
        #expect(work.seconds(at: peaks, isExact: false) == 5)
        let token = ModelWork(weightProducts: 800, attentionProducts: 100, bytes: 200)
        #expect(token.seconds(at: peaks, isExact: false) == 20)
    }

    @Test func `an answer goes over the layers and the head, not over the rows of other tokens`()
        throws
    {
        let model = try tiny("patch16")
        let text = model.config.text
        let layer =
            text.hiddenSize
            * (2 * text.heads + 2 * text.keyValueHeads) * text.headSize
            + 3 * text.hiddenSize * text.innerSize + 2 * text.hiddenSize
        let numbers =
            text.layerCount * layer + text.hiddenSize + text.vocabularySize * text.hiddenSize
        #expect(model.answerByteCount == 2 * numbers)
    }
}

@Suite struct `Measuring the stages of a model` {
    /// A few runs of small things.
    private func settings() -> MeasureSettings {
        var settings = MeasureSettings()
        settings.parts = [.tile, .frames, .prefill, .decode]
        settings.threads = [1, 2]
        settings.runs = 3
        settings.promptTokens = 8
        settings.contexts = [4, 16]
        settings.answerTokens = 2
        settings.frames = [2, 3]
        settings.framesSeconds = nil
        return settings
    }

    @Test func `every case of every part has its runs and its share of the peaks`() throws {
        let result = try StageMeasure(
            try tiny("patch16"), settings: settings(), isWanted: { true }, report: { _ in }
        ).run()
        #expect(result.isComplete)
        #expect(result.peaks.map(\.threads) == [1, 2])
        for peaks in result.peaks {
            #expect(peaks.floats.least > 0 && peaks.bytes.least > 0 && peaks.reading.least > 0)
        }
        #expect(result.figures(of: .tile).count == 4)
        #expect(result.figures(of: .prefill).count == 4)
        #expect(result.figures(of: .decode).map(\.size) == [4, 4, 4, 4, 16, 16, 16, 16])
        #expect(result.figures(of: .frames).map(\.size) == [2, 3, 2, 3])
        #expect(result.figures(of: .frames).allSatisfy { $0.measured.threads == 2 })
        for figure in result.figures {
            #expect(figure.seconds.values.count == (figure.part == .frames ? 1 : 3))
            #expect(figure.seconds.least > 0)
            #expect((figure.share ?? 0) > 0)
        }
        #expect((result.agreement.tileCosine ?? 0) > 0.99)
        #expect((result.agreement.logitCosine ?? 0) > 0.99)
        #expect((result.agreement.divergence ?? 1) < 0.01)
    }

    @Test func `more tiles take more than fewer`() throws {
        var settings = settings()
        settings.parts = [.frames]
        settings.frames = [1, 2, 4]
        let result = try StageMeasure(
            try tiny("patch16"), settings: settings, isWanted: { true }, report: { _ in }
        ).run()
        #expect(result.figures(of: .tile).isEmpty)
        for precision in Precision.allCases {
            let times = result.figures.filter { $0.measured.precision == precision }
                .map(\.seconds.median)
            #expect(times.count == 3)
            #expect(times == times.sorted())
        }
    }

    @Test func `what takes too long for a run of several tiles is left out`() throws {
        var settings = settings()
        settings.parts = [.frames]
        settings.framesSeconds = 0
        let result = try StageMeasure(
            try tiny("patch16"), settings: settings, isWanted: { true }, report: { _ in }
        ).run()
        #expect(result.figures.isEmpty)
    }

    @Test func `contexts that the model cannot have are left out`() throws {
        var settings = settings()
        settings.parts = [.decode]
        settings.contexts = [16, 2047, 4096]
        let result = try StageMeasure(
            try tiny("patch16"), settings: settings, isWanted: { true }, report: { _ in }
        ).run()
        #expect(Set(result.figures.map(\.size)) == [16])
    }

    @Test func `a model without eyes has no tiles`() throws {
        let result = try StageMeasure(
            try tiny("text"), settings: settings(), isWanted: { true }, report: { _ in }
        ).run()
        #expect(result.isComplete)
        #expect(result.figures(of: .tile).isEmpty)
        #expect(result.figures(of: .frames).isEmpty)
        #expect(result.agreement.tileCosine == nil)
        #expect(result.figures(of: .prefill).count == 4)
    }

    @Test func `what is not wanted any more ends, and says that it is not all`() throws {
        var told = 0
        let result = try StageMeasure(
            try tiny("patch16"), settings: settings(), isWanted: { told < 12 },
            report: { _ in told += 1 }
        ).run()
        #expect(!result.isComplete)
        #expect(told < 40)
        #expect(!result.peaks.isEmpty)
    }

    @Test func `it tells what is measured and how long it will still take`() throws {
        var settings = settings()
        settings.precisions = [.fast]
        var told: [MeasureProgress] = []
        _ = try StageMeasure(
            try tiny("patch16"), settings: settings, isWanted: { true },
            report: { told.append($0) }
        ).run()
        #expect(told.first?.part == .peaks)
        #expect(told.first?.secondsLeft == nil)
        let parts = told.map(\.part)
        #expect(Set(parts) == [.peaks, .tile, .frames, .prefill, .decode])
        #expect(told.last?.part == .decode)
        #expect(told.dropFirst(2).allSatisfy { ($0.secondsLeft ?? -1) >= 0 })
    }
}
