// Keys and values as they are kept: of each layer first the keys, then the values; of each of these one
// head behind the other, and a head's rows position after position. So that all that a query sees of
// a head lies in one stretch, however many heads there are.
internal import CKernels

/// The keys and values of all layers, with room for so many positions.
///
/// Room is set aside at once, but takes memory only as positions are written.
@safe package struct KeyValueRows: ~Copyable {
    private var memory: Scratch
    private let heads: Int
    private let size: Int
    private let capacity: Int
    /// Whether they are kept as halves (16 bits each), not as floats.
    package let areHalves: Bool

    /// Keys, or values.
    package enum Part: Int, Sendable { case keys, values }

    /// Room for `capacity` positions in each of so many layers.
    ///
    /// - Parameter arithmetic: exact keeps floats, fast halves.
    package init(
        _ attend: Attend, layers: Int, capacity: Int, arithmetic: Arithmetic
    ) throws(NoMemory) {
        heads = attend.keyValueHeads
        size = attend.headSize
        self.capacity = capacity
        areHalves = arithmetic == .fast
        let numbers = 2 * layers * capacity * heads * size
        memory = try Scratch(count: areHalves ? (numbers + 1) / 2 : numbers)
    }

    /// The bytes of one number.
    package static func numberByteCount(_ arithmetic: Arithmetic) -> Int {
        arithmetic == .fast ? MemoryLayout<UInt16>.size : MemoryLayout<Float>.size
    }

    /// Writes keys, or values, of a layer from a position on.
    ///
    /// - Parameter floats: rows of all heads, `[_, heads * size]`, of which `rows` are written.
    /// - Precondition: the positions lie within the capacity.
    package mutating func write(
        _ part: Part, layer: Int, at position: Int, _ floats: Span<Float>, rows: Range<Int>
    ) {
        let width = heads * size
        precondition(
            rows.lowerBound >= 0 && floats.count >= rows.upperBound * width && position >= 0
                && position + rows.count <= capacity,
            "\(rows.count) rows at position \(position) of \(capacity)")
        let to = unsafe head(0, of: part, layer: layer)
        let kernels = Kernels.chosen
        unsafe floats.withUnsafeBufferPointer { floats in
            guard let from = floats.baseAddress else { return }
            for (index, row) in rows.enumerated() {
                for head in 0..<heads {
                    let place = (head * capacity + position + index) * size * numberByteCount
                    let row = unsafe from + row * width + head * size
                    if areHalves {
                        unsafe kernels.table.pointee.to_halves(row, size, to + place)
                    } else {
                        unsafe (to + place).copyMemory(from: row, byteCount: size * numberByteCount)
                    }
                }
            }
        }
    }

    /// Where the keys and values of a layer lie that some rows of queries look at, of which the first
    /// has `past` positions before it. To be used while these are there.
    ///
    /// - Precondition: their keys and values, and those before them, are within the capacity.
    package func view(layer: Int, rows: Range<Int>, past: Int) -> KeyValueView {
        precondition(past + rows.count <= capacity, "\(rows.count) rows after \(past)")
        func heads(_ part: Part) -> HeadRows {
            unsafe HeadRows(
                base: UnsafeRawPointer(head(0, of: part, layer: layer)), areHalves: areHalves,
                rowStride: size, headStride: capacity * size)
        }
        return KeyValueView(
            rows: rows, past: past, heads: self.heads, keys: heads(.keys), values: heads(.values))
    }

    private var numberByteCount: Int {
        areHalves ? MemoryLayout<UInt16>.size : MemoryLayout<Float>.size
    }

    @unsafe private func head(
        _ head: Int, of part: Part, layer: Int
    ) -> UnsafeMutableRawPointer {
        let place = ((2 * layer + part.rawValue) * heads + head) * capacity * size
        return unsafe UnsafeMutableRawPointer(memory.base) + place * numberByteCount
    }
}

/// What some rows of queries look at.
package struct KeyValueView {
    /// The rows of queries.
    let rows: Range<Int>
    /// The positions before theirs.
    let past: Int
    /// How many heads there are.
    let heads: Int
    let keys: HeadRows
    let values: HeadRows
}

/// Where rows of keys, or values, lie: floats or halves.
@safe struct HeadRows {
    let base: UnsafeRawPointer
    let areHalves: Bool
    /// Numbers from one position to the next of a head.
    let rowStride: Int
    /// Numbers from one head to the next.
    let headStride: Int

    /// Where the row of a head and position begins.
    @unsafe func row(head: Int, position: Int) -> UnsafeRawPointer {
        let place = head * headStride + position * rowStride
        return unsafe base
            + place * (areHalves ? MemoryLayout<UInt16>.size : MemoryLayout<Float>.size)
    }

    /// The same in rows of floats.
    ///
    /// - Precondition: they are floats.
    @unsafe func floats(head: Int) -> UnsafePointer<Float> {
        precondition(!areHalves, "halves are no floats")
        return unsafe row(head: head, position: 0).assumingMemoryBound(to: Float.self)
    }
}
