internal import CKernels

/// Brings every row to a common size, in fp32.
package struct Normalise: Sendable {
    /// How a row is brought to size.
    package enum Kind: Equatable, Sendable {
        /// (x - mean) / sqrt(variance + eps) * weight + bias; the variance is the biased one.
        case layer(bias: [Float])
        /// x / sqrt(mean(x * x) + eps) * weight.
        case rootMeanSquare
    }

    private let kind: Kind
    private let weight: [Float]
    private let eps: Float

    /// LayerNorm.
    package init(weight: [Float], bias: [Float], eps: Float) {
        precondition(weight.count == bias.count, "a weight and a bias of different lengths")
        self.weight = weight
        self.eps = eps
        kind = .layer(bias: bias)
    }

    /// RMSNorm.
    package init(rootMeanSquare weight: [Float], eps: Float) {
        self.weight = weight
        self.eps = eps
        kind = .rootMeanSquare
    }

    /// How long a row is.
    package var width: Int { weight.count }

    /// Normalises each row of x[n, width] into y[n, width]; both may be longer.
    package func apply(
        _ x: Span<Float>, count n: Int, into y: inout MutableSpan<Float>, bench: inout Workbench
    ) {
        precondition(min(x.count, y.count) >= n * width, "fewer than \(n) rows of \(width)")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { y in
                unsafe weight.withUnsafeBufferPointer { weight in
                    guard let x = x.baseAddress, let to = y.baseAddress,
                        let weight = weight.baseAddress
                    else { return }
                    unsafe apply(x, rows: n, weight, to, &bench)
                }
            }
        }
    }

    /// Normalises each row of x[n, width] into y[n, width]; both may be longer.
    package func apply(
        _ x: [Float], count n: Int, into y: inout [Float], bench: inout Workbench
    ) {
        apply(x, from: 0, count: n, into: &y, bench: &bench)
    }

    /// Normalises n rows that begin at place `start` of x.
    package func apply(
        _ x: [Float], from start: Int, count n: Int, into y: inout [Float], bench: inout Workbench
    ) {
        var out = y.mutableSpan
        apply(x.span.extracting(start..<start + n * width), count: n, into: &out, bench: &bench)
    }

    @unsafe private func apply(
        _ x: UnsafePointer<Float>, rows: Int, _ weight: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>, _ bench: inout Workbench
    ) {
        let chunks = (rows + Rows.perChunk - 1) / Rows.perChunk
        switch kind {
        case .layer(let bias):
            unsafe bias.withUnsafeBufferPointer { bias in
                let work = unsafe Rows(
                    x: x, y: y, weight: weight, bias: bias.baseAddress, rows: rows, width: width,
                    eps: eps, kernels: Kernels.chosen)
                bench.workers.run(work, chunks: chunks)
            }
        case .rootMeanSquare:
            let work = unsafe Rows(
                x: x, y: y, weight: weight, bias: nil, rows: rows, width: width, eps: eps,
                kernels: Kernels.chosen)
            bench.workers.run(work, chunks: chunks)
        }
    }

    @safe private struct Rows: ChunkedWork {
        static let perChunk = 32
        let x: UnsafePointer<Float>
        let y: UnsafeMutablePointer<Float>
        let weight: UnsafePointer<Float>
        let bias: UnsafePointer<Float>?
        let rows: Int
        let width: Int
        let eps: Float
        let kernels: Kernels

        func run(chunk: Int, worker: Int) {
            for row in chunk * Self.perChunk..<min(rows, (chunk + 1) * Self.perChunk) {
                let from = unsafe x + row * width
                let to = unsafe y + row * width
                if let bias = unsafe bias {
                    unsafe kernels.table.pointee.layer_norm(from, weight, bias, eps, width, to)
                } else {
                    unsafe kernels.table.pointee.rms_norm(from, weight, eps, width, to)
                }
            }
        }
    }
}
