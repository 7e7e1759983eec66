// What a machine can do at most is found by loops that do nothing else. Their results are known
// beforehand, so that nobody can leave the work out unseen.
internal import CKernels

/// Something that a machine can only do so much of in a second.
package enum MachinePeak: String, CaseIterable, Sendable {
    /// Multiplications of floats, each with an addition.
    case floats
    /// Multiplications of bytes whose products are added up.
    case bytes
    /// Bytes read from memory.
    case reading
}

/// Work at a machine's limits.
package struct PeakLoops: ~Copyable {
    /// What is read: too much for any cache.
    private let memory: Scratch
    /// One result a piece of the last work.
    private var results: [UInt64] = []

    /// Pieces that each thread gets, so that one that is held up does not hold up all.
    private static let piecesPerThread = 8

    /// - Parameter readByteCount: the bytes that `reading` goes over.
    package init(readByteCount: Int) throws(NoMemory) {
        var memory = try Scratch(count: max(readByteCount, 0) / MemoryLayout<Float>.size)
        // Pages that were never written are all the same one.
        memory.withMutableFloats(0..<memory.count) { floats in
            for index in floats.indices { floats[index] = 1 }
        }
        self.memory = memory
    }

    /// Does some work.
    ///
    /// - Parameter rounds: how long each piece goes on; for `reading`, how often memory is read.
    /// - Returns: how many multiplications were done, or bytes read.
    package mutating func run(_ peak: MachinePeak, rounds: Int, workers: Workers) -> Double {
        let count = workers.threadCount * Self.piecesPerThread
        let base = unsafe memory.base
        let floatCount = memory.count
        results = [UInt64](repeating: 0, count: count)
        unsafe results.withUnsafeMutableBufferPointer { results in
            guard let start = results.baseAddress else { return }
            for _ in 0..<(peak == .reading ? rounds : 1) {
                let work = unsafe PeakWork(
                    peak: peak, rounds: rounds, pieces: count, memory: base,
                    floatCount: floatCount, results: start, kernels: Kernels.chosen)
                workers.run(work, chunks: count)
            }
        }
        let chains = Double(count) * Double(rounds) * Double(SMV_PEAK_CHAINS)
        return switch peak {
        case .floats: chains
        case .bytes: chains * 4
        case .reading: Double(rounds) * Double(memory.count * MemoryLayout<Float>.size)
        }
    }

    /// What the last work came to: for `floats` the sum of all numbers in thousandths, for `bytes` of
    /// all products and for `reading` of all words, the latter two as far as they fit.
    package var checksum: UInt64 { results.reduce(0) { $0 &+ $1 } }
}

/// Some rounds of the work that shows a peak.
@safe private struct PeakWork: ChunkedWork {
    let peak: MachinePeak
    let rounds: Int
    let pieces: Int
    let memory: UnsafeMutablePointer<Float>
    let floatCount: Int
    let results: UnsafeMutablePointer<UInt64>
    let kernels: Kernels

    private static let starts = (0..<Int(SMV_PEAK_CHAINS)).map { Float($0 % 8) }
    private static let weights = (0..<Int(SMV_PEAK_BYTES)).map { UInt8($0 * 4) }
    private static let inputs = (0..<Int(SMV_PEAK_BYTES)).map { Int8($0 * 8 - 124) }

    func run(chunk: Int, worker: Int) {
        let table = unsafe kernels.table.pointee
        switch peak {
        case .floats:
            let sum = unsafe table.peak_floats(Self.starts, 0.5, 1, rounds)
            unsafe results[chunk] = UInt64(max(0, sum) * 1000)
        case .bytes:
            unsafe results[chunk] = UInt64(table.peak_bytes(Self.weights, Self.inputs, rounds))
        case .reading:
            let first = floatCount / pieces * chunk
            let end = chunk == pieces - 1 ? floatCount : first + floatCount / pieces
            unsafe results[chunk] = table.peak_read(
                memory + first, (end - first) * MemoryLayout<Float>.size)
        }
    }
}
