import Foundation
import Tensors
import Testing

/// The waves of transformers for one kind of scaling (`Tests/Golden/record_rotations.py`).
struct RecordedRotation: Decodable, CustomTestStringConvertible {
    struct Rope: Decodable {
        let rope_type: String
        let rope_theta: Double
        let factor: Double?
        let original_max_position_embeddings: Double?
        let beta_fast: Double?
        let beta_slow: Double?
        let attention_factor: Double?
        let truncate: Bool?
        let low_freq_factor: Double?
        let high_freq_factor: Double?
    }
    let name: String
    let headSize: Int
    let rope: Rope
    let frequencies: [Float]
    let positions: [Int]
    let cosines: [Float]
    let sines: [Float]
    var testDescription: String { name }

    var scaling: Rotation.Scaling {
        switch rope.rope_type {
        case "linear": .linear(factor: rope.factor ?? 1)
        case "yarn":
            .yarn(
                Rotation.Yarn(
                    factor: rope.factor ?? 1,
                    originalLength: rope.original_max_position_embeddings ?? 0,
                    betaFast: rope.beta_fast ?? 32, betaSlow: rope.beta_slow ?? 1,
                    isTruncated: rope.truncate ?? true, attentionFactor: rope.attention_factor))
        case "llama3":
            .llama3(
                Rotation.Llama3(
                    factor: rope.factor ?? 1, lowFrequencyFactor: rope.low_freq_factor ?? 1,
                    highFrequencyFactor: rope.high_freq_factor ?? 1,
                    originalLength: rope.original_max_position_embeddings ?? 0))
        default: .none
        }
    }

    static let all: [RecordedRotation] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Golden/rotations/waves.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode([RecordedRotation].self, from: data)) ?? []
    }()
}

@Suite struct `Rotations` {
    /// Worst seen: 1.2e-7 of a frequency.
    static let frequencyTolerance: Float = 4.8e-7
    /// Worst seen: 1.3e-7, beyond what the difference of the frequencies turns.
    static let waveTolerance: Float = 5e-7

    @Test func `seven kinds were recorded`() { #expect(RecordedRotation.all.count == 7) }

    @Test(arguments: RecordedRotation.all)
    func `frequencies and waves are those of transformers`(recorded: RecordedRotation) throws {
        let rotation = Rotation(
            headSize: recorded.headSize, theta: recorded.rope.rope_theta,
            scaling: recorded.scaling)
        #expect(rotation.frequencies.count == recorded.frequencies.count)
        for (found, expected) in zip(rotation.frequencies, recorded.frequencies) {
            #expect(abs(found - expected) <= Self.frequencyTolerance * expected)
        }
        let half = recorded.headSize / 2
        for (index, position) in recorded.positions.enumerated() {
            var cosines = [Float](repeating: 0, count: half)
            var sines = cosines
            rotation.waves(
                at: position..<position + 1, row: 0, cosines: &cosines, sines: &sines)
            for place in 0..<half {
                // A frequency that differs in its last bit turns the more the later the position.
                let frequency = rotation.frequencies[place]
                let turned =
                    abs(frequency - recorded.frequencies[place]) * Float(position)
                    + frequency * Float(position) * Float.ulpOfOne
                let bound = Self.waveTolerance + turned * rotation.waveFactor
                let at = index * half + place
                #expect(abs(cosines[place] - recorded.cosines[at]) <= bound)
                #expect(abs(sines[place] - recorded.sines[at]) <= bound)
            }
        }
    }

    @Test func `factors of a file divide the frequencies`() {
        let plain = Rotation(headSize: 8, theta: 10000, scaling: .none)
        let divided = Rotation(headSize: 8, theta: 10000, scaling: .divided(by: [1, 2, 4, 8]))
        #expect(zip(plain.frequencies, [1, 2, 4, 8]).map { $0 / $1 } == divided.frequencies)
    }

    @Test(arguments: [2, 8, 16, 64, 72, 128], [1, 3])
    func `a head is turned against its other half`(headSize: Int, heads: Int) throws {
        let rotation = Rotation(headSize: headSize, theta: 100_000, scaling: .none)
        let half = headSize / 2
        let positions = 5..<40
        var cosines = [Float](repeating: 0, count: positions.count * half)
        var sines = cosines
        rotation.waves(at: positions, row: 0, cosines: &cosines, sines: &sines)
        var numbers = SeededNumbers(state: 2)
        let x = numbers.floats(positions.count * heads * headSize)
        var bench = try bench(2)
        var y = x
        var out = y.mutableSpan
        rotation.apply(
            &out, count: positions.count, heads: heads, cosines: cosines.span, sines: sines.span,
            bench: &bench)
        var worst: Float = 0
        for (index, position) in positions.enumerated() {
            for head in 0..<heads {
                let start = (index * heads + head) * headSize
                for i in 0..<half {
                    let angle = Double(Float(position) * rotation.frequencies[i])
                    let (a, b) = (Double(x[start + i]), Double(x[start + i + half]))
                    let first = Float(a * cos(angle) - b * sin(angle))
                    let second = Float(b * cos(angle) + a * sin(angle))
                    worst = max(worst, abs(y[start + i] - first))
                    worst = max(worst, abs(y[start + i + half] - second))
                }
            }
        }
        // Worst seen: 1.2e-7.
        #expect(worst <= 4.8e-7)
    }
}
