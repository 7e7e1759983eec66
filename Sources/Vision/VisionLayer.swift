internal import Tensors
internal import Weights

/// One layer of the vision encoder: every patch looks at all others of its tile, then for itself.
///
/// h = h + out(attention(norm1(h))); h = h + fc2(gelu(fc1(norm2(h)))).
struct VisionLayer: Sendable {
    private let patchCount: Int
    private let attend: Attend
    private let firstNorm: Normalise
    private let secondNorm: Normalise
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let up: Linear
    private let down: Linear

    init(_ checkpoint: Checkpoint, _ config: VisionConfig, number: Int) {
        func linear(_ piece: TensorName.VisionPiece) -> Linear {
            Linear(
                weight: checkpoint.matrix(.vision(layer: number, piece, .weight)),
                bias: checkpoint.vector(.vision(layer: number, piece, .bias)))
        }
        func norm(_ piece: TensorName.VisionPiece) -> Normalise {
            Normalise(
                weight: checkpoint.vector(.vision(layer: number, piece, .weight)),
                bias: checkpoint.vector(.vision(layer: number, piece, .bias)), eps: config.eps)
        }
        patchCount = config.patchCount
        attend = config.attend
        firstNorm = norm(.firstNorm)
        secondNorm = norm(.secondNorm)
        query = linear(.query)
        key = linear(.key)
        value = linear(.value)
        output = linear(.output)
        up = linear(.up)
        down = linear(.down)
    }

    /// Takes the stream through the layer.
    func apply(_ scratch: inout VisionScratch, bench: inout Workbench) {
        let count = patchCount
        firstNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        query.apply(
            scratch.normed, count: count, isSame: false, into: &scratch.queries, bench: &bench)
        key.apply(scratch.normed, count: count, isSame: true, into: &scratch.keys, bench: &bench)
        value.apply(
            scratch.normed, count: count, isSame: true, into: &scratch.values, bench: &bench)
        attend.everywhere(
            queries: scratch.queries, keys: scratch.keys, values: scratch.values, count: count,
            into: &scratch.normed, bench: &bench)
        output.apply(
            scratch.normed, count: count, isSame: false, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * output.outputs, bench: &bench)

        secondNorm.apply(scratch.hidden, count: count, into: &scratch.normed, bench: &bench)
        up.apply(scratch.normed, count: count, isSame: false, into: &scratch.inner, bench: &bench)
        Activate.geluTanh(&scratch.inner, count: count * up.outputs, bench: &bench)
        down.apply(
            scratch.inner, count: count, isSame: false, into: &scratch.queries, bench: &bench)
        Activate.add(
            scratch.queries, to: &scratch.hidden, count: count * down.outputs, bench: &bench)
    }
}
