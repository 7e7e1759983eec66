// In: the shapes of a model and where its weights lie. Out: the multiplications and the bytes that a
// tile, a prompt or a token cannot do without, and how long they take at a machine's peaks. Norms,
// activations and softmax are left out: less than a hundredth of it.
internal import Tensors
package import Weights

/// What a step of a model comes to, whoever does it.
package struct ModelWork: Equatable, Sendable {
    /// Multiplications, each with an addition, of weights.
    package var weightProducts: Double
    /// Those of attention, which are in fp32 however exact the rest is.
    package var attentionProducts: Double
    /// Bytes that have to come from memory.
    package var bytes: Double

    package init(weightProducts: Double, attentionProducts: Double, bytes: Double) {
        self.weightProducts = weightProducts
        self.attentionProducts = attentionProducts
        self.bytes = bytes
    }

    /// One tile through the vision encoder and the connector.
    package static func tile(_ config: VisionConfig, tokenWidth: Int) -> ModelWork {
        let patches = Double(config.patchCount)
        let width = Double(config.hiddenSize)
        let layer = 4 * width * width + 2 * width * Double(config.innerSize)
        let layers = Double(config.layerCount)
        let connector =
            Double(config.tokensPerTile) * Double(config.connectorInputs) * Double(tokenWidth)
        return ModelWork(
            weightProducts: patches * (layers * layer + width * Double(config.patchLength))
                + connector,
            attentionProducts: layers * 2 * patches * patches * width, bytes: 0)
    }

    /// A prompt of so many rows through the decoder, of which only the last has its logits taken.
    package static func prefill(_ config: TextConfig, rows: Int) -> ModelWork {
        let rows = Double(rows)
        let head = Double(config.vocabularySize) * Double(config.hiddenSize)
        return ModelWork(
            weightProducts: rows * layerWeights(config) + head,
            attentionProducts: rows * (rows + 1) * attention(config), bytes: 0)
    }

    /// One token behind a context: every weight is read once, and all keys and values.
    package static func token(
        _ config: TextConfig, context: Int, weightBytes: Int, contextBytes: Int
    ) -> ModelWork {
        let head = Double(config.vocabularySize) * Double(config.hiddenSize)
        return ModelWork(
            weightProducts: layerWeights(config) + head,
            attentionProducts: 2 * Double(context + 1) * attention(config),
            bytes: Double(weightBytes) + Double(contextBytes))
    }

    /// The weights that one row meets in all layers.
    private static func layerWeights(_ config: TextConfig) -> Double {
        let width = Double(config.hiddenSize)
        let heads = Double(config.heads * config.headSize)
        let keys = Double(config.keyValueHeads * config.headSize)
        let layer = width * (2 * heads + 2 * keys + 3 * Double(config.innerSize))
        return Double(config.layerCount) * layer
    }

    /// The products of one query with one key, or value, in all layers.
    private static func attention(_ config: TextConfig) -> Double {
        Double(config.layerCount) * Double(config.heads * config.headSize)
    }

    /// How long it takes at the peaks of a machine, when nothing is in the way.
    ///
    /// - Parameter isExact: whether weights are multiplied as floats, not as bytes.
    package func seconds(at peaks: MachinePeaks, isExact: Bool) -> Double {
        let (floats, bytes) = (peaks.floats.median, peaks.bytes.median)
        let products =
            weightProducts / max(isExact ? floats : bytes, 1) + attentionProducts / max(floats, 1)
        return max(products, self.bytes / max(peaks.reading.median, 1))
    }
}

extension Checkpoint {
    /// The bytes of weights that each token of an answer goes over.
    package var answerByteCount: Int {
        config.tensors.reduce(head.byteCount) { sum, tensor in
            switch tensor.name {
            case .text, .textNorm: sum + matrix(tensor.name).byteCount
            default: sum
            }
        }
    }
}
