internal import CKernels

/// The inputs of a product as bytes: n rows of blocks of 32, each with a scale and a sum.
///
/// They are kept until the next ones, so that several products of the same inputs share them.
struct ByteInputs: ~Copyable {
    private var memory: Scratch
    /// What is held; no inputs at first.
    private var count = 0
    private var columns = 0

    init() throws(NoMemory) { memory = try Scratch(count: 0) }

    /// Blocks of a row.
    static func blocks(_ columns: Int) -> Int { (columns + Int(SMV_BLOCK) - 1) / Int(SMV_BLOCK) }

    /// Holds nothing any more.
    mutating func forget() { count = 0 }

    /// Whether inputs of this shape are held.
    func hold(_ count: Int, _ columns: Int) -> Bool {
        count == self.count && columns == self.columns
    }

    /// Takes inputs over.
    ///
    /// - Returns: false when there is no memory for them.
    @unsafe mutating func take(
        _ x: UnsafePointer<Float>, count: Int, columns: Int, workers: Workers
    ) -> Bool {
        let blocks = count * Self.blocks(columns)
        let floats = blocks * (Int(SMV_BLOCK) / MemoryLayout<Float>.size + 2)
        if floats > memory.count {
            guard let larger = try? Scratch(count: floats) else { return false }
            memory = larger
        }
        self.count = count
        self.columns = columns
        let work = unsafe Conversion(
            x: x, columns: columns, count: count, rows: rows(count, columns),
            kernels: Kernels.chosen)
        workers.run(work, chunks: (count + Conversion.perChunk - 1) / Conversion.perChunk)
        return true
    }

    /// The inputs that were taken over last.
    @unsafe func rows(_ count: Int, _ columns: Int) -> ByteRows {
        precondition(hold(count, columns), "not the \(count) x \(columns) inputs that are held")
        let blocks = count * Self.blocks(columns)
        let scales = unsafe memory.base
        let sums = unsafe UnsafeMutableRawPointer(scales + blocks)
        let bytes = unsafe UnsafeMutableRawPointer(scales + 2 * blocks)
        return unsafe ByteRows(
            bytes: bytes.assumingMemoryBound(to: Int8.self), scales: scales,
            sums: sums.assumingMemoryBound(to: Int32.self))
    }

    @safe private struct Conversion: ChunkedWork {
        static let perChunk = 16
        let x: UnsafePointer<Float>
        let columns: Int
        let count: Int
        let rows: ByteRows
        let kernels: Kernels

        func run(chunk: Int, worker: Int) {
            let first = chunk * Self.perChunk
            let blocks = ByteInputs.blocks(columns)
            for row in first..<min(count, first + Self.perChunk) {
                unsafe kernels.table.pointee.to_bytes(
                    x + row * columns, columns, rows.bytes + row * blocks * Int(SMV_BLOCK),
                    rows.scales + row * blocks, rows.sums + row * blocks)
            }
        }
    }
}

/// Where the parts of inputs lie that are bytes.
@unsafe struct ByteRows {
    let bytes: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Int32>

    /// As the kernels take them.
    var forKernels: smv_byte_rows {
        unsafe smv_byte_rows(bytes: bytes, scales: scales, sums: sums)
    }
}
