package import Tensors
package import Weights

/// The keys and values of the positions that a conversation has read, for all layers.
///
/// A layer's keys lie position after position, then its values. Room for the whole context is set
/// aside at once, but takes memory only as positions are read.
package struct KeyValueCache: ~Copyable {
    private var memory: Scratch
    private let width: Int
    /// The most positions it can hold.
    package let capacity: Int
    /// The positions that it holds.
    package private(set) var count = 0

    /// Room for `capacity` positions.
    package init(_ config: TextConfig, capacity: Int) throws(NoMemory) {
        width = config.keyValueHeads * config.headSize
        self.capacity = capacity
        memory = try Scratch(count: 2 * config.layerCount * capacity * width)
    }

    /// The bytes that one position takes in all layers.
    package static func bytesPerPosition(_ config: TextConfig) -> Int {
        2 * config.layerCount * config.keyValueHeads * config.headSize * 4
    }

    /// The bytes that so many positions take in all layers, in whole pages.
    package static func byteCount(_ config: TextConfig, positions: Int, pageByteCount: Int) -> Int {
        let rows = config.keyValueHeads * config.headSize * positions * MemoryLayout<Float>.size
        // A layer's keys, or values, need not begin with a page.
        return 2 * config.layerCount * (rows + pageByteCount)
    }

    /// Forgets all positions from one on.
    ///
    /// - Precondition: no more are kept than there are.
    package mutating func keep(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "\(count) of \(self.count) positions kept")
        self.count = count
    }

    /// Counts positions whose keys and values every layer has written.
    mutating func add(_ positions: Int) {
        precondition(count + positions <= capacity, "more positions than there is room for")
        count += positions
    }

    /// Lends the places of the next `positions` keys, or values, of a layer.
    mutating func withNew(
        _ part: Part, layer: Int, positions: Int, _ body: (inout MutableSpan<Float>) -> Void
    ) {
        precondition(count + positions <= capacity, "more positions than there is room for")
        let start = start(part, layer) + count * width
        memory.withMutableFloats(start..<start + positions * width, body)
    }

    /// Lends all keys and values of a layer, `positions` new ones among them.
    borrowing func withAll(
        layer: Int, positions: Int, _ body: (_ keys: Span<Float>, _ values: Span<Float>) -> Void
    ) {
        let floats = (count + positions) * width
        let keys = start(.keys, layer)
        let values = start(.values, layer)
        memory.withFloats(keys..<keys + floats) { keys in
            memory.withFloats(values..<values + floats) { values in body(keys, values) }
        }
    }

    enum Part: Int { case keys, values }

    private func start(_ part: Part, _ layer: Int) -> Int {
        (2 * layer + part.rawValue) * capacity * width
    }
}
