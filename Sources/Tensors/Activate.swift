internal import CKernels

/// What happens to single numbers between the products.
package enum Activate {
    /// x = 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in place.
    package static func geluTanh(_ x: inout MutableSpan<Float>, bench: inout Workbench) {
        unsafe x.withUnsafeMutableBufferPointer { x in
            guard let start = x.baseAddress else { return }
            unsafe run(.geluTanh, start, start, x.count, &bench)
        }
    }

    /// gate = gate / (1 + exp(-gate)) * up, in place.
    package static func siluMultiply(
        _ gate: inout MutableSpan<Float>, by up: Span<Float>, bench: inout Workbench
    ) {
        precondition(gate.count == up.count, "a gate of \(gate.count) for \(up.count)")
        unsafe pairs(.siluMultiply, &gate, up, &bench)
    }

    /// y = y + x, in place.
    package static func add(
        _ x: Span<Float>, to y: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        precondition(x.count == y.count, "\(x.count) floats added to \(y.count)")
        unsafe pairs(.add, &y, x, &bench)
    }

    private enum Operation { case geluTanh, siluMultiply, add }

    @unsafe private static func pairs(
        _ operation: Operation, _ y: inout MutableSpan<Float>, _ x: Span<Float>,
        _ bench: inout Workbench
    ) {
        unsafe y.withUnsafeMutableBufferPointer { y in
            unsafe x.withUnsafeBufferPointer { x in
                guard let to = y.baseAddress, let from = x.baseAddress else { return }
                unsafe run(operation, to, from, x.count, &bench)
            }
        }
    }

    @unsafe private static func run(
        _ operation: Operation, _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
        _ count: Int, _ bench: inout Workbench
    ) {
        let work = unsafe Numbers(
            operation: operation, y: y, x: x, count: count, kernels: Kernels.chosen)
        bench.workers.run(work, chunks: (count + Numbers.perChunk - 1) / Numbers.perChunk)
    }

    @safe private struct Numbers: ChunkedWork {
        static let perChunk = 16_384
        let operation: Operation
        let y: UnsafeMutablePointer<Float>
        let x: UnsafePointer<Float>
        let count: Int
        let kernels: Kernels

        func run(chunk: Int, worker: Int) {
            let first = chunk * Self.perChunk
            let part = min(Self.perChunk, count - first)
            let table = unsafe kernels.table
            switch operation {
            case .geluTanh: unsafe table.pointee.gelu_tanh(y + first, part)
            case .siluMultiply: unsafe table.pointee.silu_multiply(y + first, x + first, part)
            case .add: unsafe table.pointee.add(y + first, x + first, part)
            }
        }
    }
}
