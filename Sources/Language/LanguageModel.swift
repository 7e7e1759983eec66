package import Tensors
package import Weights

/// The decoder of one model: rows of its stream in, the logits of the next id out.
///
/// One piece of code for every architecture; what differs is data in `TextConfig`.
package struct LanguageModel: Sendable {
    package let config: TextConfig
    private let embedding: Embedding
    private let layers: [DecoderLayer]
    private let norm: Normalise
    private let head: Linear
    private let rotation: Rotation

    package init(_ checkpoint: Checkpoint) {
        config = checkpoint.config.text
        embedding = Embedding(checkpoint)
        layers = (0..<checkpoint.config.text.layerCount).map {
            DecoderLayer(checkpoint, number: $0)
        }
        norm = Normalise(rootMeanSquare: checkpoint.vector(.textNorm), eps: config.eps)
        head = checkpoint.headLinear
        rotation = config.rotation
    }

    /// How many ids there are.
    package var vocabularySize: Int { head.outputs }

    /// Writes the rows of ids.
    ///
    /// - Precondition: every id is one of the vocabulary, and `rows` has room for all.
    package func embed(_ ids: Span<Int32>, into rows: inout MutableSpan<Float>) {
        let width = config.hiddenSize
        precondition(rows.count >= ids.count * width, "room for fewer than \(ids.count) rows")
        for index in ids.indices {
            embedding.read(Int(ids[index]), into: &rows, at: index * width)
        }
    }

    /// Which rows' logits a pass is to give.
    package enum Wanted: Equatable, Sendable {
        case none
        case last
        case all
    }

    /// Reads rows of the stream at the next positions, chunk by chunk.
    ///
    /// - Parameter rows: embeddings and picture tokens in order, `[count, hidden]`.
    /// - Parameter logits: what `wanted` asks for, `[1 or count, vocabulary]`.
    /// - Parameter isWanted: asked before each layer; once it says no, the chunk at hand is left
    ///   unread, and the cache stands where it stood before it.
    /// - Returns: how many rows were read.
    /// - Precondition: the cache has room for `count` more positions.
    package func read(
        _ rows: Span<Float>, count: Int, wanted: Wanted, logits: inout MutableSpan<Float>,
        cache: inout KeyValueCache, _ scratch: inout DecoderScratch, bench: inout Workbench,
        isWanted: () -> Bool
    ) -> Int {
        let width = config.hiddenSize
        precondition(rows.count >= count * width, "fewer than \(count) rows")
        var done = 0
        while done < count {
            let part = min(scratch.chunk, count - done)
            place(rows, from: done * width, floats: part * width, &scratch)
            prepare(count: part, cache, &scratch)
            for layer in layers.indices {
                guard isWanted() else { return done }
                apply(layer: layer, count: part, cache: &cache, &scratch, bench: &bench)
            }
            cache.add(part)
            done += part
            switch wanted {
            case .none: break
            case .last:
                if done == count {
                    score(part - 1..<part, into: &logits, at: 0, &scratch, bench: &bench)
                }
            case .all:
                let place = (done - part) * vocabularySize
                score(0..<part, into: &logits, at: place, &scratch, bench: &bench)
            }
        }
        return done
    }

    /// Puts rows into the stream.
    private func place(
        _ rows: Span<Float>, from start: Int, floats: Int, _ scratch: inout DecoderScratch
    ) {
        var hidden = scratch.hidden.mutableSpan
        for index in 0..<floats { hidden[index] = rows[start + index] }
    }

    /// Works out the waves of the next positions; the first step of a pass.
    package func prepare(
        count: Int, _ cache: borrowing KeyValueCache, _ scratch: inout DecoderScratch
    ) {
        let positions = cache.count..<cache.count + count
        rotation.waves(at: positions, cosines: &scratch.cosines, sines: &scratch.sines)
    }

    /// Takes the stream through one layer; `read` takes it through all.
    package func apply(
        layer: Int, count: Int, cache: inout KeyValueCache, _ scratch: inout DecoderScratch,
        bench: inout Workbench
    ) {
        layers[layer].apply(&scratch, count: count, cache: &cache, bench: &bench)
    }

    /// The logits of some rows of the stream, from place `offset` on.
    package func score(
        _ rows: Range<Int>, into logits: inout MutableSpan<Float>, at offset: Int,
        _ scratch: inout DecoderScratch, bench: inout Workbench
    ) {
        let width = config.hiddenSize
        norm.apply(
            scratch.hidden, from: rows.lowerBound * width, count: rows.count,
            into: &scratch.normed, bench: &bench)
        head.apply(
            scratch.normed.span, count: rows.count, into: &logits, at: offset, bench: &bench)
    }
}
