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
            begin(rows, from: done * width, count: part, cache, &scratch)
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

    /// Reads rows of several sequences in one pass, each at the next positions of its own: products
    /// go over all rows together, and every row sees what it would see alone.
    ///
    /// - Parameter rows: the rows of all parts, one part behind the other, `[rows, hidden]`.
    /// - Parameter logits: what each part wants, one behind the other, `[wanted rows, vocabulary]`.
    /// - Parameter isWanted: asked before each layer; once it says no, nothing has been read.
    /// - Returns: whether all was read.
    /// - Precondition: no sequence is named twice, each has room, and all rows fit into one chunk.
    package func read(
        _ rows: Span<Float>, of parts: [SequencePart], logits: inout MutableSpan<Float>,
        _ scratch: inout DecoderScratch, bench: inout Workbench, isWanted: () -> Bool
    ) -> Bool {
        let width = config.hiddenSize
        let count = parts.reduce(0) { $0 + $1.count }
        precondition(count <= scratch.chunk, "\(count) rows in chunks of \(scratch.chunk)")
        precondition(rows.count >= count * width, "fewer than \(count) rows")
        enter(rows, from: 0, count: count, &scratch)
        var first = 0
        for part in parts {
            let past = part.sequence.cache.count
            rotation.waves(
                at: past..<past + part.count, row: first, cosines: &scratch.cosines,
                sines: &scratch.sines)
            first += part.count
        }
        for layer in layers {
            guard isWanted() else { return false }
            layer.apply(&scratch, parts: parts, bench: &bench)
        }
        // The wanted rows move up to the front, so that all logits are one product.
        var (end, place) = (0, 0)
        for part in parts {
            part.sequence.cache.add(part.count)
            end += part.count
            for row in end - part.logitCount..<end {
                for index in 0..<width {
                    scratch.hidden[place * width + index] = scratch.hidden[row * width + index]
                }
                place += 1
            }
        }
        if place > 0 { score(0..<place, into: &logits, at: 0, &scratch, bench: &bench) }
        return true
    }

    private func enter(
        _ rows: Span<Float>, from start: Int, count: Int, _ scratch: inout DecoderScratch
    ) {
        var hidden = scratch.hidden.mutableSpan
        for index in 0..<count * config.hiddenSize { hidden[index] = rows[start + index] }
    }

    /// Puts rows into the stream and works out the waves of their positions: the first step of a
    /// pass.
    ///
    /// - Parameter start: where in `rows` the first of them begins.
    package func begin(
        _ rows: Span<Float>, from start: Int, count: Int, _ cache: borrowing KeyValueCache,
        _ scratch: inout DecoderScratch
    ) {
        enter(rows, from: start, count: count, &scratch)
        let positions = cache.count..<cache.count + count
        rotation.waves(at: positions, row: 0, cosines: &scratch.cosines, sines: &scratch.sines)
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
            scratch.normed.span, count: rows.count, isSame: false, into: &logits, at: offset,
            bench: &bench)
    }
}
