/// One linear layer: y = W x, or W x + b, and what adapters add to it.
package struct Linear: Sendable {
    package let weight: Matrix
    /// One float an output.
    package let bias: [Float]?
    /// What adapters change.
    package let changes: [LowRank]

    /// A layer of a weight and perhaps a bias.
    ///
    /// - Precondition: the bias has one number a row of the weight.
    package init(weight: Matrix, bias: [Float]?) {
        self.init(weight: weight, bias: bias, changes: [])
    }

    /// A layer with the changes of adapters.
    ///
    /// - Precondition: the bias and the changes fit the weight.
    package init(weight: Matrix, bias: [Float]?, changes: [LowRank]) {
        precondition(bias == nil || bias?.count == weight.rows, "a bias of another width")
        precondition(
            changes.allSatisfy { $0.down.columns == weight.columns && $0.up.rows == weight.rows },
            "a change of another layer")
        self.weight = weight
        self.bias = bias
        self.changes = changes
    }

    /// How many inputs may pass at once with every output, to the bit, as it is alone.
    package func independentInputs(_ arithmetic: Arithmetic) -> Int {
        changes.reduce(weight.independentInputs(arithmetic)) { least, change in
            min(
                least, change.down.independentInputs(arithmetic),
                change.up.independentInputs(arithmetic))
        }
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
        for change in changes { change.add(x, count: n, to: &y, at: offset, bench: &bench) }
        // The inputs at hand are the change's by now.
        if !changes.isEmpty { bench.inputs.forget() }
    }

    /// y[n, outputs] from x[n, inputs]; both may be longer.
    package func apply(
        _ x: [Float], count n: Int, isSame: Bool, into y: inout [Float], bench: inout Workbench
    ) {
        var out = y.mutableSpan
        apply(x.span, count: n, isSame: isSame, into: &out, at: 0, bench: &bench)
    }
}
