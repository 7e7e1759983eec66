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
        firstNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        query.apply(scratch.normed, count: count, into: &scratch.queries, bench: &bench)
        do {
            let (cosines, sines) = (scratch.cosines, scratch.sines)
            var queries = scratch.queries.mutableSpan
            rotate(&queries, heads: attend.heads, cosines, sines, count, &bench)
        }
        cache.withNew(.keys, layer: number, positions: count) { keys in
            key.apply(scratch.normed.span, count: count, into: &keys, at: 0, bench: &bench)
            rotate(
                &keys, heads: attend.keyValueHeads, scratch.cosines, scratch.sines, count, &bench)
        }
        cache.withNew(.values, layer: number, positions: count) { values in
            value.apply(scratch.normed.span, count: count, into: &values, at: 0, bench: &bench)
        }

        let past = cache.count
        let queries = scratch.queries
        cache.withAll(layer: number, positions: count) { keys, values in
            var seen = scratch.seen.mutableSpan
            attend.causally(
                queries: queries.span, keys: keys, values: values, count: count, past: past,
                into: &seen, bench: &bench)
        }
        _ = consume queries
        output.apply(scratch.seen, count: count, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * output.outputs, bench: &bench)

        secondNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        gate.apply(scratch.normed, count: count, into: &scratch.gate, bench: &bench)
        up.apply(scratch.normed, count: count, into: &scratch.up, bench: &bench)
        Activate.siluMultiply(
            &scratch.gate, by: scratch.up, count: count * gate.outputs, bench: &bench)
        down.apply(scratch.gate, count: count, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * down.outputs, bench: &bench)
    }

    private func rotate(
        _ x: inout MutableSpan<Float>, heads: Int, _ cosines: [Float], _ sines: [Float],
        _ count: Int, _ bench: inout Workbench
    ) {
        rotation?.apply(
            &x, count: count, heads: heads, cosines: cosines.span, sines: sines.span,
            bench: &bench)
    }
}
