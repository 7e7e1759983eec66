/// One linear layer: y = W x, or W x + b.
package struct Linear: Sendable {
    package let weight: Matrix
    /// One float an output.
    package let bias: [Float]?

    /// A layer of a weight and perhaps a bias.
    ///
    /// - Precondition: the bias has one number a row of the weight.
    package init(weight: Matrix, bias: [Float]?) {
        precondition(bias == nil || bias?.count == weight.rows, "a bias of another width")
        self.weight = weight
        self.bias = bias
    }

    package var inputs: Int { weight.columns }
    package var outputs: Int { weight.rows }

    /// y[n, outputs] from x[n, inputs], from place `offset` of y on; both may be longer.
    ///
    /// - Parameter isSame: whether `x` is what the layer applied just before had.
    package func apply(
        _ x: Span<Float>, count n: Int, isSame: Bool, into y: inout MutableSpan<Float>,
        at offset: Int, bench: inout Workbench
    ) {
        weight.multiply(
            x, count: n, isSame: isSame, bias: bias?.span, into: &y, at: offset, bench: &bench)
    }

    /// y[n, outputs] from x[n, inputs]; both may be longer.
    package func apply(
        _ x: [Float], count n: Int, isSame: Bool, into y: inout [Float], bench: inout Workbench
    ) {
        var out = y.mutableSpan
        apply(x.span, count: n, isSame: isSame, into: &out, at: 0, bench: &bench)
    }
}
