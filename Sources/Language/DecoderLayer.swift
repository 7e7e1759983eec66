internal import Tensors
internal import Weights

/// One layer of the decoder: every position looks back at all before it, then for itself.
///
/// h = h + o(attention(norm1(h))); h = h + down(silu(gate(norm2(h))) * up(norm2(h))).
struct DecoderLayer: Sendable {
    private let number: Int
    private let attend: Attend
    /// Nil for a layer whose queries and keys stay as they are (NoPE).
    private let rotation: Rotation?
    private let firstNorm: Normalise
    private let secondNorm: Normalise
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let gate: Linear
    private let up: Linear
    private let down: Linear

    init(_ checkpoint: Checkpoint, number: Int) {
        let config = checkpoint.config.text
        func linear(_ piece: TensorName.TextPiece) -> Linear {
            checkpoint.linear(.text(layer: number, piece), bias: nil)
        }
        func norm(_ piece: TensorName.TextPiece) -> Normalise {
            Normalise(
                rootMeanSquare: checkpoint.vector(.text(layer: number, piece)), eps: config.eps)
        }
        self.number = number
        attend = config.attend
        rotation = config.isRotated[number] ? config.rotation : nil
        firstNorm = norm(.firstNorm)
        secondNorm = norm(.secondNorm)
        query = linear(.query)
        key = linear(.key)
        value = linear(.value)
        output = linear(.output)
        gate = linear(.gate)
        up = linear(.up)
        down = linear(.down)
    }

    /// Takes `count` rows of the stream through the layer; their keys and values go into the cache.
    func apply(
        _ scratch: inout DecoderScratch, count: Int, cache: inout KeyValueCache,
        bench: inout Workbench
    ) {
        ask(&scratch, count: count, bench: &bench)
        write(scratch, rows: 0..<count, to: &cache)
        let view = cache.view(layer: number, rows: 0..<count)
        look(&scratch, sequences: 1, bench: &bench) { _ in view }
        think(&scratch, count: count, bench: &bench)
    }

    /// Takes rows of several sequences through the layer together; each row looks back at its own
    /// sequence only.
    func apply(
        _ scratch: inout DecoderScratch, parts: [SequencePart], bench: inout Workbench
    ) {
        let count = parts.reduce(0) { $0 + $1.count }
        ask(&scratch, count: count, bench: &bench)
        var first = 0
        for part in parts {
            write(scratch, rows: first..<first + part.count, to: &part.sequence.cache)
            first += part.count
        }
        first = 0
        look(&scratch, sequences: parts.count, bench: &bench) { place in
            let rows = first..<first + parts[place].count
            first = rows.upperBound
            return parts[place].sequence.cache.view(layer: number, rows: rows)
        }
        think(&scratch, count: count, bench: &bench)
    }

    /// Makes the queries, keys and values of rows. Keys and values lie where the inner products of
    /// `think` will: there is no need for both at once.
    private func ask(_ scratch: inout DecoderScratch, count: Int, bench: inout Workbench) {
        firstNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        Linear.apply(
            query, key, value, to: scratch.normed, count: count, into: &scratch.queries,
            &scratch.gate, &scratch.up, bench: &bench)
        let (cosines, sines) = (scratch.cosines, scratch.sines)
        var queries = scratch.queries.mutableSpan
        rotate(&queries, heads: attend.heads, cosines, sines, count, &bench)
        var keys = scratch.gate.mutableSpan
        rotate(&keys, heads: attend.keyValueHeads, cosines, sines, count, &bench)
    }

    private func rotate(
        _ x: inout MutableSpan<Float>, heads: Int, _ cosines: [Float], _ sines: [Float],
        _ count: Int, _ bench: inout Workbench
    ) {
        rotation?.apply(
            &x, count: count, heads: heads, cosines: cosines.span, sines: sines.span,
            bench: &bench)
    }

    /// Puts the keys and values of some rows, which follow one another, into their cache.
    private func write(
        _ scratch: borrowing DecoderScratch, rows: Range<Int>, to cache: inout KeyValueCache
    ) {
        cache.write(
            layer: number, rows: rows, keys: scratch.gate.span, values: scratch.up.span)
    }

    /// Lets the rows of each sequence look at all that is in its cache.
    private func look(
        _ scratch: inout DecoderScratch, sequences: Int, bench: inout Workbench,
        view: (Int) -> KeyValueView
    ) {
        let queries = scratch.queries
        var seen = scratch.seen.mutableSpan
        attend.causally(
            queries: queries.span, sequences: sequences, into: &seen, bench: &bench, view: view)
    }

    /// Adds what rows saw to the stream, and what they make of it.
    private func think(_ scratch: inout DecoderScratch, count: Int, bench: inout Workbench) {
        output.apply(
            scratch.seen, count: count, isSame: false, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * output.outputs, bench: &bench)

        secondNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        Linear.applyGated(
            gate, up, to: scratch.normed, count: count, into: &scratch.gate, &scratch.up,
            bench: &bench)
        down.apply(scratch.gate, count: count, isSame: false, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * down.outputs, bench: &bench)
    }
}
