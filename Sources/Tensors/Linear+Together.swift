// Layers of the same inputs. Where there are few inputs they are one piece of work, with one
// hand-over between the threads; else one after the other, the inputs made ready once.
internal import CKernels

extension Linear {
    /// a = first(x), b = second(x), c = third(x).
    package static func apply(
        _ first: Linear, _ second: Linear, _ third: Linear, to x: [Float], count n: Int,
        into a: inout [Float], _ b: inout [Float], _ c: inout [Float], bench: inout Workbench
    ) {
        if let way = first.way(with: second, n, bench), second.way(with: third, n, bench) == way {
            third.check(x, n, c)
            let isDone = unsafe c.withUnsafeMutableBufferPointer { c in
                guard let c = c.baseAddress else { return false }
                let last = unsafe FewProduct(third.weight, bias: nil, y: c)
                return run(way, x, n, (first, second), last, into: &a, &b, &bench)
            }
            if isDone { return }
        }
        first.apply(x, count: n, isSame: false, into: &a, bench: &bench)
        second.apply(x, count: n, isSame: true, into: &b, bench: &bench)
        third.apply(x, count: n, isSame: true, into: &c, bench: &bench)
    }

    /// a = silu(gate(x)) * up(x); b is worked in.
    package static func applyGated(
        _ gate: Linear, _ up: Linear, to x: [Float], count n: Int, into a: inout [Float],
        _ b: inout [Float], bench: inout Workbench
    ) {
        precondition(gate.outputs == up.outputs, "a gate of another width")
        let way = gate.way(with: up, n, bench)
        if way.map({ run($0, x, n, (gate, up), nil, into: &a, &b, &bench) }) != true {
            gate.apply(x, count: n, isSame: false, into: &a, bench: &bench)
            up.apply(x, count: n, isSame: true, into: &b, bench: &bench)
        }
        Activate.siluMultiply(&a, by: b, count: n * gate.outputs, bench: &bench)
    }

    /// The way of few inputs that this layer and another go together; nil when they don't.
    private func way(
        with other: Linear, _ n: Int, _ bench: borrowing Workbench
    ) -> Matrix.Way? {
        guard n > 0, bias == nil, other.bias == nil, changes.isEmpty, other.changes.isEmpty,
            inputs == other.inputs
        else { return nil }
        let way = weight.way(n, bench)
        guard way == other.weight.way(n, bench) else { return nil }
        return way == .fewFloats || way == .fewBytes ? way : nil
    }

    private func check(_ x: [Float], _ n: Int, _ y: [Float]) {
        precondition(x.count >= n * inputs, "\(x.count) floats, \(n) x \(inputs)")
        precondition(y.count >= n * outputs, "\(y.count) floats for \(n) x \(outputs)")
    }

    /// Does layers together.
    ///
    /// - Returns: false when there is no memory for the inputs as bytes, and nothing was done.
    private static func run(
        _ way: Matrix.Way, _ x: [Float], _ n: Int, _ layers: (Linear, Linear), _ third: FewProduct?,
        into a: inout [Float], _ b: inout [Float], _ bench: inout Workbench
    ) -> Bool {
        layers.0.check(x, n, a)
        layers.1.check(x, n, b)
        return unsafe x.withUnsafeBufferPointer { x in
            unsafe a.withUnsafeMutableBufferPointer { a in
                unsafe b.withUnsafeMutableBufferPointer { b in
                    guard let x = x.baseAddress, let a = a.baseAddress, let b = b.baseAddress else {
                        return false
                    }
                    bench.inputs.forget()
                    var bytes: ByteRows?
                    if way == .fewBytes {
                        unsafe bytes = bench.bytes(of: x, count: n, columns: layers.0.inputs)
                        guard unsafe bytes != nil else { return false }
                    }
                    let work = unsafe FewProducts(
                        inputs: FewInputs(count: n, floats: x, bytes: bytes, kernels: .chosen),
                        first: FewProduct(layers.0.weight, bias: nil, y: a),
                        second: FewProduct(layers.1.weight, bias: nil, y: b),
                        third: third)
                    bench.workers.run(work, chunks: work.chunks)
                    return true
                }
            }
        }
    }
}
