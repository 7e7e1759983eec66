internal import CKernels

/// What happens to single numbers between the products.
package enum Activate {
    /// x = 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in place, for the first `count`.
    package static func geluTanh(_ x: inout [Float], count: Int, bench: inout Workbench) {
        precondition(x.count >= count, "\(x.count) floats, fewer than \(count)")
        unsafe x.withUnsafeMutableBufferPointer { x in
            guard let start = x.baseAddress else { return }
            unsafe run(.geluTanh, start, start, count, &bench)
        }
    }

    /// gate = gate / (1 + exp(-gate)) * up, in place, for the first `count`.
    package static func siluMultiply(
        _ gate: inout [Float], by up: [Float], count: Int, bench: inout Workbench
    ) {
        unsafe pairs(.siluMultiply, &gate, up, count, &bench)
    }

    /// y = y + x, in place, for the first `count`.
    package static func add(
        _ x: [Float], to y: inout [Float], count: Int, bench: inout Workbench
    ) {
        unsafe pairs(.add, &y, x, count, &bench)
    }

    private enum Operation { case geluTanh, siluMultiply, add }

    @unsafe private static func pairs(
        _ operation: Operation, _ y: inout [Float], _ x: [Float], _ count: Int,
        _ bench: inout Workbench
    ) {
        precondition(min(x.count, y.count) >= count, "fewer than \(count) floats")
        unsafe y.withUnsafeMutableBufferPointer { y in
            unsafe x.withUnsafeBufferPointer { x in
                guard let to = y.baseAddress, let from = x.baseAddress else { return }
                unsafe run(operation, to, from, count, &bench)
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
