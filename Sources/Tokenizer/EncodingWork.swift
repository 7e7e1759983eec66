/// What encoding needs besides the text: kept from one text to the next, it saves allocations and
/// remembers words already met.
package struct EncodingWork: Sendable {
    var merging = MergeWork()
    private var words: [Word] = []
    private var mapped: [UInt8] = []

    /// A short piece and the ids it became.
    private struct Word {
        var key: Key
        var count: UInt8
        var ids: (UInt32, UInt32, UInt32, UInt32)
    }

    /// The bytes of a piece of at most 15, and their number.
    private struct Key: Equatable {
        var low: UInt64
        var high: UInt64

        init() { low = 0; high = 0 }

        init?(_ piece: Span<UInt8>) {
            guard piece.count < 16 else { return nil }
            low = 0
            high = UInt64(piece.count) << 56
            for index in piece.indices {
                let byte = UInt64(piece[index])
                if index < 8 {
                    low |= byte << UInt64(index * 8)
                } else {
                    high |= byte << UInt64((index - 8) * 8)
                }
            }
        }

        var slot: Int {
            let mixed = (low ^ high &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
            return Int(mixed >> UInt64(64 - EncodingWork.slotBits))
        }
    }

    private static let slotBits = 12
    /// Below this a text repeats too few words to pay for the memory.
    private static let smallText = 2048

    package init() {}

    /// How often a pair was looked up or a heap entry moved so far: a measure of work that does not
    /// depend on the machine.
    package var steps: Int { merging.steps }

    mutating func prepare(byteCount: Int) {
        guard words.isEmpty, byteCount >= EncodingWork.smallText else { return }
        words = [Word](
            repeating: Word(key: Key(), count: 0, ids: (0, 0, 0, 0)),
            count: 1 << EncodingWork.slotBits)
    }

    /// Appends the ids of a piece met before; false when it is new.
    mutating func appendKnown(_ piece: Span<UInt8>, to ids: inout [Int]) -> Bool {
        guard !words.isEmpty, let key = Key(piece) else { return false }
        let word = words[key.slot]
        guard word.key == key else { return false }
        if word.count > 0 { ids.append(Int(word.ids.0)) }
        if word.count > 1 { ids.append(Int(word.ids.1)) }
        if word.count > 2 { ids.append(Int(word.ids.2)) }
        if word.count > 3 { ids.append(Int(word.ids.3)) }
        return true
    }

    /// Keeps the ids of a piece in place of whichever piece had its slot.
    mutating func remember(_ piece: Span<UInt8>, ids: ArraySlice<Int>) {
        guard !words.isEmpty, ids.count <= 4, let key = Key(piece) else { return }
        var four = (UInt32(0), UInt32(0), UInt32(0), UInt32(0))
        for (index, id) in ids.enumerated() {
            switch index {
            case 0: four.0 = UInt32(id)
            case 1: four.1 = UInt32(id)
            case 2: four.2 = UInt32(id)
            default: four.3 = UInt32(id)
            }
        }
        words[key.slot] = Word(key: key, count: UInt8(ids.count), ids: four)
    }

    /// The token that is this whole piece, unless it is a marker.
    mutating func wholeToken(
        _ piece: Span<UInt8>, spelling: Tokenizer.Spelling, table: TokenTable
    ) -> Int? {
        let found: Int?
        switch spelling {
        case .characters: found = table.id(of: piece)
        case .bytes:
            mapped.removeAll(keepingCapacity: true)
            ByteAlphabet.appendText(of: piece, to: &mapped)
            found = table.id(of: mapped.span)
        }
        guard let found, table.isReachable(found) else { return nil }
        return found
    }
}
