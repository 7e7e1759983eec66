package import Tensors
package import Weights

/// The keys and values of the positions that a conversation has read, for all layers.
///
/// Room for the whole context is set aside at once, but takes memory only as positions are read.
package struct KeyValueCache: ~Copyable {
    private var rows: KeyValueRows
    /// The most positions it can hold.
    package let capacity: Int
    /// The positions that it holds.
    package private(set) var count = 0

    /// Room for `capacity` positions.
    ///
    /// - Parameter arithmetic: exact keeps floats, fast halves.
    package init(
        _ config: TextConfig, capacity: Int, arithmetic: Arithmetic
    ) throws(NoMemory) {
        self.capacity = capacity
        rows = try KeyValueRows(
            config.attend, layers: config.layerCount, capacity: capacity, arithmetic: arithmetic)
    }

    /// The bytes that one position takes in all layers.
    package static func bytesPerPosition(_ config: TextConfig, _ arithmetic: Arithmetic) -> Int {
        2 * config.layerCount * config.keyValueHeads * config.headSize
            * KeyValueRows.numberByteCount(arithmetic)
    }

    /// The bytes that so many positions take in all layers, in whole pages.
    package static func byteCount(
        _ config: TextConfig, _ arithmetic: Arithmetic, positions: Int, pageByteCount: Int
    ) -> Int {
        // A head's keys, or values, need not begin with a page.
        let heads = 2 * config.layerCount * config.keyValueHeads
        return bytesPerPosition(config, arithmetic) * positions + heads * pageByteCount
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

    /// Writes the next positions of a layer: some rows of keys and values of all heads.
    mutating func write(
        layer: Int, rows: Range<Int>, keys: Span<Float>, values: Span<Float>
    ) {
        self.rows.write(.keys, layer: layer, at: count, keys, rows: rows)
        self.rows.write(.values, layer: layer, at: count, values, rows: rows)
    }

    /// Where the next positions of a layer look, which are some rows of a pass.
    func view(layer: Int, rows: Range<Int>) -> KeyValueView {
        self.rows.view(layer: layer, rows: rows, past: count)
    }
}
