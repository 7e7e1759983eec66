// Byte-pair encoding of one piece. In: the ids of its smallest symbols; out: the ids left when the
// adjacent pair of lowest rank, leftmost among equals, has been merged again and again until no
// pair is known. Short pieces are scanned anew for each merge, which no queue beats; long ones go
// over a linked list with a heap of pairs, so that a megabyte of one letter takes n log n.

/// A merge that could be made: its rank, smaller first, and the id it gives.
struct Merge: Sendable {
    var rank: UInt32
    var id: UInt32

    static let none = Merge(rank: .max, id: .max)
    var isNone: Bool { rank == .max }
}

/// The merges of a byte-pair model: from a pair of ids to rank and joined id, in one flat table.
struct MergeTable: Sendable {
    private struct Slot {
        var pair: UInt64
        var merge: Merge
    }

    private var slots: [Slot]
    private let mask: Int
    private let shift: Int
    private static let empty = UInt64.max

    /// The bytes that it takes.
    var memoryByteCount: Int { slots.capacity * MemoryLayout<Slot>.stride }

    init(expectedCount: Int) {
        // At most five eighths full: misses are the common case and must end soon.
        var bits = 6
        while (1 << bits) * 5 < expectedCount * 8 { bits += 1 }
        slots = [Slot](
            repeating: Slot(pair: MergeTable.empty, merge: .none), count: 1 << bits)
        mask = (1 << bits) - 1
        shift = 64 - bits
    }

    /// What the later of two equal pairs does to the earlier.
    enum Repeated { case firstStays, lastWins }

    /// Adds a merge. No more may be added than the table was made for.
    mutating func insert(left: Int, right: Int, merge: Merge, repeated: Repeated) {
        let pair = UInt64(left) << 32 | UInt64(right)
        var slot = place(of: pair)
        while slots[slot].pair != MergeTable.empty, slots[slot].pair != pair {
            slot = (slot + 1) & mask
        }
        if slots[slot].pair == pair, repeated == .firstStays { return }
        slots[slot] = Slot(pair: pair, merge: merge)
    }

    /// The merge of two adjacent ids; `.none` when there is none.
    func merge(_ left: UInt32, _ right: UInt32) -> Merge {
        let pair = UInt64(left) << 32 | UInt64(right)
        var slot = place(of: pair)
        while true {
            let found = slots[slot]
            if found.pair == pair { return found.merge }
            if found.pair == MergeTable.empty { return .none }
            slot = (slot + 1) & mask
        }
    }

    private func place(of pair: UInt64) -> Int {
        Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> UInt64(shift))
    }
}

/// The merges of a SentencePiece model in a GGUF file: none are written down, every pair that
/// spells a token may be joined, and the one with the highest score goes first.
struct MergeScores: Sendable {
    /// By id, turned about so that smaller goes first.
    private let ranks: [UInt32]
    private let longest: Int

    init(scores: [Float], table: TokenTable) {
        ranks = scores.map(MergeScores.rank)
        longest = (0..<table.count).map { table.length(of: $0) }.max() ?? 0
    }

    /// The bytes that it takes.
    var memoryByteCount: Int { ranks.capacity * 4 }

    func merge(of text: Span<UInt8>, in table: TokenTable) -> Merge {
        guard text.count <= longest, let id = table.id(of: text), table.isReachable(id)
        else { return .none }
        return Merge(rank: ranks[id], id: UInt32(id))
    }

    /// The order of the floats as whole numbers, highest first. Only one NaN gives `UInt32.max`,
    /// and the reader lets no NaN through.
    private static func rank(_ score: Float) -> UInt32 {
        let bits = (score == 0 ? 0 : score).bitPattern
        return ~(bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits)
    }
}

/// How two neighbours are joined.
enum MergeRule: Sendable {
    case ranked(MergeTable)
    case scored(MergeScores)

    /// The bytes that it takes.
    var memoryByteCount: Int {
        switch self {
        case .ranked(let merges): merges.memoryByteCount
        case .scored(let scores): scores.memoryByteCount
        }
    }
}

/// The symbols of one piece, and how far they have been merged. Kept from piece to piece, so that
/// nothing is allocated for each.
struct MergeWork: Sendable {
    /// Pieces of up to this many symbols are scanned instead of queued.
    static let scanLimit = 40

    private struct Symbol {
        var id: UInt32
        /// Where its text begins in the piece; it ends where the next one begins.
        var start: UInt32
        /// The merge with the next symbol.
        var merge: Merge
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    /// Rank above, position below: the order in which merges are made.
    private var heap: [UInt64] = []
    private var end: UInt32 = 0

    /// How often a pair was looked up or a heap entry moved: the measure of work done.
    private(set) var steps = 0

    var isEmpty: Bool { symbols.isEmpty }

    mutating func removeAll() { symbols.removeAll(keepingCapacity: true) }

    /// Adds a symbol after the last one.
    mutating func append(id: UInt32, start: Int) {
        let position = Int32(symbols.count)
        symbols.append(
            Symbol(
                id: id, start: UInt32(start), merge: .none, previous: position - 1,
                next: position + 1))
    }

    /// Merges until nothing can be, then appends the ids.
    ///
    /// - Complexity: O(n log n) in the symbols of the piece.
    mutating func merge(
        piece: Span<UInt8>, rule: MergeRule, table: TokenTable, into ids: inout [Int]
    ) {
        end = UInt32(piece.count)
        if symbols.count > 1 {
            if symbols.count <= MergeWork.scanLimit {
                scan(piece: piece, rule: rule, table: table)
            } else {
                queue(piece: piece, rule: rule, table: table)
            }
        }
        for symbol in symbols where symbol.id != MergeWork.gone { ids.append(Int(symbol.id)) }
    }

    private static let gone = UInt32.max

    private mutating func candidate(
        _ left: Int, _ right: Int, _ following: Int, _ piece: Span<UInt8>, _ rule: MergeRule,
        _ table: TokenTable
    ) -> Merge {
        steps += 1
        switch rule {
        case .ranked(let merges):
            return merges.merge(symbols[left].id, symbols[right].id)
        case .scored(let scores):
            let stop = following < symbols.count ? symbols[following].start : end
            let text = piece.extracting(Int(symbols[left].start)..<Int(stop))
            return scores.merge(of: text, in: table)
        }
    }

    private mutating func scan(piece: Span<UInt8>, rule: MergeRule, table: TokenTable) {
        for index in 0..<symbols.count - 1 {
            symbols[index].merge = candidate(index, index + 1, index + 2, piece, rule, table)
        }
        while true {
            var best = 0
            for index in 1..<symbols.count
            where symbols[index].merge.rank < symbols[best].merge.rank {
                best = index
            }
            guard !symbols[best].merge.isNone else { return }
            symbols[best].id = symbols[best].merge.id
            symbols.remove(at: best + 1)
            symbols[best].merge =
                best + 1 < symbols.count
                ? candidate(best, best + 1, best + 2, piece, rule, table) : .none
            if best > 0 {
                symbols[best - 1].merge = candidate(best - 1, best, best + 1, piece, rule, table)
            }
        }
    }

    private mutating func queue(piece: Span<UInt8>, rule: MergeRule, table: TokenTable) {
        heap.removeAll(keepingCapacity: true)
        for index in 0..<symbols.count - 1 {
            let merge = candidate(index, index + 1, index + 2, piece, rule, table)
            symbols[index].merge = merge
            if !merge.isNone { push(merge.rank, at: index) }
        }
        while let entry = popFirst() {
            let left = Int(UInt32(truncatingIfNeeded: entry))
            let merge = symbols[left].merge
            // What was queued before a neighbour changed no longer holds.
            guard symbols[left].id != MergeWork.gone, merge.rank == UInt32(entry >> 32) else {
                continue
            }
            let right = Int(symbols[left].next)
            let following = Int(symbols[right].next)
            symbols[right].id = MergeWork.gone
            symbols[left].id = merge.id
            symbols[left].next = Int32(following)
            symbols[left].merge = .none
            if following < symbols.count {
                symbols[following].previous = Int32(left)
                renew(left, following, piece, rule, table)
            }
            let before = Int(symbols[left].previous)
            if before >= 0 { renew(before, left, piece, rule, table) }
        }
    }

    private mutating func renew(
        _ left: Int, _ right: Int, _ piece: Span<UInt8>, _ rule: MergeRule, _ table: TokenTable
    ) {
        let merge = candidate(left, right, Int(symbols[right].next), piece, rule, table)
        symbols[left].merge = merge
        if !merge.isNone { push(merge.rank, at: left) }
    }

    private mutating func push(_ rank: UInt32, at position: Int) {
        let entry = UInt64(rank) << 32 | UInt64(position)
        var child = heap.count
        heap.append(entry)
        var moves = 0
        var entries = heap.mutableSpan
        while child > 0 {
            let parent = (child - 1) / 4
            guard entry < entries[parent] else { break }
            entries[child] = entries[parent]
            child = parent
            moves += 1
        }
        entries[child] = entry
        steps += moves
    }

    /// Four children to a parent: half the levels, and the children share a line of the cache.
    private mutating func popFirst() -> UInt64? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return first }
        var moves = 0
        var entries = heap.mutableSpan
        var hole = 0
        while true {
            let start = 4 * hole + 1
            guard start < count else { break }
            var child = start
            for other in start + 1..<max(start + 1, min(start + 4, count))
            where entries[other] < entries[child] {
                child = other
            }
            guard entries[child] < last else { break }
            entries[hole] = entries[child]
            hole = child
            moves += 1
        }
        entries[hole] = last
        steps += moves
        return first
    }
}
