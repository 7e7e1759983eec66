import Export
import Foundation
import Tensors
import Testing
import Weights

/// A line of what llama-quantize chose (`Tests/Golden/record_mixtures.py`).
private struct RecordedMixture: CustomTestStringConvertible, Sendable {
    let name: String
    let layerCount: Int, width: Int, inner: Int
    let isTied: Bool
    let types: [(tensor: String, type: String)]

    var testDescription: String { "\(name), \(layerCount) layers of \(width) and \(inner)" }

    static let all: [RecordedMixture] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/quants/mixtures.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            let numbers = words[1...3].compactMap { Int($0) }
            return RecordedMixture(
                name: words[0], layerCount: numbers[0], width: numbers[1], inner: numbers[2],
                isTied: words[4] == "tied",
                types: words.dropFirst(5).map { word in
                    let parts = word.split(separator: "=").map(String.init)
                    return (parts[0], parts[1])
                })
        }
    }()
}

@Suite struct `Mixtures of types` {
    @Test func `all were recorded`() {
        #expect(RecordedMixture.all.count == 50)
    }

    @Test(arguments: RecordedMixture.all)
    private func `are those of llama-quantize`(mixture: RecordedMixture) throws {
        let quantisation = try #require(Quantisation(rawValue: mixture.name))
        #expect(mixture.types.count > 3 * mixture.layerCount)
        for (tensor, type) in mixture.types {
            let name = try #require(TensorName(gguf: tensor))
            let columns = tensor.hasSuffix("ffn_down.weight") ? mixture.inner : mixture.width
            let chosen = quantisation.type(
                of: name, columns: columns, layerCount: mixture.layerCount, isTied: mixture.isTied)
            #expect(chosen.name == type, "\(tensor)")
        }
    }

    @Test(arguments: Quantisation.allCases)
    func `norms, biases and the embeddings of pictures stay whole`(type: Quantisation) {
        let names: [TensorName] = [
            .textNorm, .text(layer: 0, .firstNorm), .vision(layer: 0, .up, .bias),
            .vision(layer: 1, .secondNorm, .weight), .patchEmbedding(.weight), .positionEmbedding,
        ]
        for name in names {
            #expect(type.type(of: name, columns: 768, layerCount: 12, isTied: false) == .f32)
        }
    }

    /// 4304 is the inner width of the 2.2B model's vision encoder.
    @Test func `rows that no block fits are stored in 16 bits`() {
        let down = TensorName.vision(layer: 0, .down, .weight)
        #expect(
            Quantisation.q8_0.type(of: down, columns: 4304, layerCount: 27, isTied: false) == .f16)
    }
}
