import Foundation
import Language
import Tensors
import Testing
import Vision
import Weights

/// What peft computed with adapters of the tiny models (`Tests/Golden/make_lora.py`).
private struct RecordedAdapters: Decodable, Sendable, CustomTestStringConvertible {
    let title: String
    let model: String
    /// Their names and strengths.
    let adapters: [[Named]]
    let seed: Int
    let tiles: Int
    let ids: [Int32]
    /// How far the logits are from those without an adapter, of these.
    let changedBy: Double
    let logits: RecordedCase.Stage
    var testDescription: String { title }

    enum Named: Decodable, Sendable {
        case name(String)
        case strength(Float)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Float.self) {
                self = .strength(number)
            } else {
                self = .name(try value.decode(String.self))
            }
        }
    }

    static let folder = RecordedCase.root.appendingPathComponent("Tests/Golden/lora")

    static let all: [RecordedAdapters] = {
        let file = folder.appendingPathComponent("logits.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode([RecordedAdapters].self, from: data)) ?? []
    }()

    static func adapter(_ name: String) throws -> LoRA {
        try LoRA.open(folder.appendingPathComponent(name).path)
    }

    func opened() throws -> [(adapter: LoRA, strength: Float)] {
        try adapters.map { pair in
            guard case .name(let name) = pair[0], case .strength(let strength) = pair[1] else {
                throw CocoaError(.coderInvalidValue)
            }
            return (try Self.adapter(name), strength)
        }
    }

    static func checkpoint(_ model: String) throws -> Checkpoint {
        try Checkpoint.open(
            RecordedCase.root.appendingPathComponent("models/tiny/\(model)").path, projector: nil)
    }

    /// The same numbers as `models/tiny/patch16`, rows of q and k in pairs.
    static func copyInGGUF() throws -> Checkpoint {
        try Checkpoint.open(
            RecordedCase.root.appendingPathComponent("Tests/Golden/gguf/tiny.gguf").path,
            projector: nil)
    }

    /// The logits of all positions.
    func logits(_ checkpoint: Checkpoint, threads: Int = 2, chunk: Int = 512) throws -> [Float] {
        var engine = try Engine(checkpoint, threads: threads, chunk: chunk)
        let side = checkpoint.config.vision?.imageSize ?? 0
        let recorded = RecordedCase(
            title: title, tiles: tiles, seed: seed, ids: ids, stages: [:], greedy: [],
            smallestLead: 0)
        let tokens = try engine.tokens(recorded.pixels(side: side))
        return engine.logits(engine.merged(ids, tokens: tokens, imageID: 190))
    }
}

@Suite struct `Adapters` {
    /// Of the root mean square of the logits. Worst seen: 1.8e-5, with rslora, whose large queries and
    /// keys make attention steep; 6.5e-6 with the others.
    static let tolerance = 7.2e-5

    static func distance(_ one: [Float], _ other: [Float]) -> Float {
        guard one.count == other.count else { return .infinity }
        let size = one.map(abs).max() ?? 1
        return zip(one, other).map { abs($0 - $1) }.max().map { $0 / size } ?? 0
    }

    @Test func `all cases were recorded`() {
        #expect(RecordedAdapters.all.count == 5)
        #expect(RecordedAdapters.all.allSatisfy { $0.changedBy > 0.5 })
    }

    @Test(arguments: RecordedAdapters.all)
    private func `logits are those of peft`(recorded: RecordedAdapters) throws {
        let checkpoint = try RecordedAdapters.checkpoint(recorded.model)
            .adapted(by: recorded.opened())
        let distance = `Parity with transformers`.distance(
            try recorded.logits(checkpoint), recorded.logits)
        #expect(distance <= Self.tolerance)
    }

    /// An adapter of either kind does the same to a model of either kind: rows of q and k in pairs
    /// or not, in the model and in the adapter.
    @Test(arguments: RecordedAdapters.all.filter { $0.model == "patch16" })
    private func `a GGUF model gains the same`(recorded: RecordedAdapters) throws {
        let copy = try RecordedAdapters.copyInGGUF().adapted(by: recorded.opened())
        let distance = `Parity with transformers`.distance(
            try recorded.logits(copy), recorded.logits)
        print("DIST", recorded.title, distance)
        #expect(distance <= Self.tolerance)
    }

    @Test(arguments: RecordedAdapters.all)
    private func `strength 0 leaves the model as it is`(recorded: RecordedAdapters) throws {
        let plain = try RecordedAdapters.checkpoint(recorded.model)
        let none = try recorded.opened().map { (adapter: $0.adapter, strength: Float(0)) }
        #expect(try recorded.logits(plain.adapted(by: none)) == recorded.logits(plain))
    }

    @Test(arguments: RecordedAdapters.all)
    private func `threads change no bit, and chunks hardly any`(
        recorded: RecordedAdapters
    ) throws {
        let checkpoint = try RecordedAdapters.checkpoint(recorded.model)
            .adapted(by: recorded.opened())
        let one = try recorded.logits(checkpoint, threads: 1)
        #expect(try recorded.logits(checkpoint, threads: 3) == one)
        let single = try recorded.logits(checkpoint, threads: 2, chunk: 1)
        #expect(Self.distance(single, one) <= `Relations of the decoder`.tolerance)
    }

    @Test func `the order of adapters does not matter`() throws {
        let recorded = try #require(RecordedAdapters.all.first { $0.adapters.count == 2 })
        let plain = try RecordedAdapters.checkpoint(recorded.model)
        let there = try recorded.logits(plain.adapted(by: recorded.opened()))
        let back = try recorded.logits(plain.adapted(by: recorded.opened().reversed()))
        #expect(Self.distance(there, back) <= `Relations of the decoder`.tolerance)
    }
}

@Suite struct `Thin changes of a layer` {
    /// The same by hand, for so many inputs that they go through in several passes.
    @Test(arguments: [(1, 3, 5, 2), (7, 16, 9, 1), (40, 8, 70_000, 4)])
    func `a layer gains what the two matrices give`(
        count: Int, inputs: Int, outputs: Int, rank: Int
    ) throws {
        func numbers(_ count: Int, _ seed: Int) -> [Float] {
            (0..<count).map { Float(($0 * 37 + seed * 11) % 23 - 11) / 8 }
        }
        let (a, b) = (numbers(rank * inputs, 1), numbers(outputs * rank, 2))
        let x = numbers(count * inputs, 3)
        let weight = Matrix(
            rows: outputs, columns: inputs,
            floats: [Float](repeating: 0, count: outputs * inputs))
        let change = LowRank(
            down: Matrix(rows: rank, columns: inputs, floats: a),
            up: Matrix(rows: outputs, columns: rank, floats: b), scale: 0.5)
        let layer = Linear(weight: weight, bias: nil, changes: [change, change])
        var bench = try Workbench(workers: Workers(threadCount: 2), arithmetic: .exact)
        var y = [Float](repeating: 0, count: count * outputs)
        layer.apply(x, count: count, isSame: false, into: &y, bench: &bench)
        var worst: Float = 0
        for row in 0..<count {
            let inner = (0..<rank).map { k in
                (0..<inputs).reduce(Float(0)) { $0 + a[k * inputs + $1] * x[row * inputs + $1] }
            }
            for out in 0..<outputs {
                let wanted = (0..<rank).reduce(Float(0)) { $0 + b[out * rank + $1] * inner[$1] }
                worst = max(worst, abs(wanted - y[row * outputs + out]))
            }
        }
        // Eighths of small whole numbers: every sum is exact.
        #expect(worst == 0)
    }
}
