/// What a token is for.
///
/// The numbers are those of `tokenizer.ggml.token_type`.
package enum TokenKind: UInt8, Sendable {
    /// An id that the files leave out.
    case absent = 0
    case normal = 1
    case unknown = 2
    /// A marker: matched only where special tokens are allowed, and hidden in answers.
    case control = 3
    /// A marker that is part of the text: always matched, always shown.
    case userDefined = 4
    case unused = 5
    /// One byte, written `<0x0A>`.
    case byte = 6

    /// Whether an answer leaves it out.
    var isHidden: Bool {
        switch self {
        case .unknown, .control, .unused, .absent: true
        case .normal, .userDefined, .byte: false
        }
    }

    /// Whether text may become it by merging. Markers come in only as markers.
    fileprivate var isMergeable: Bool { self == .normal || self == .userDefined }
}

/// Every token: its text by id, and its id by text.
///
/// All texts lie in one array and the hash table is flat, so that 128,000 tokens cost a handful of
/// allocations.
struct TokenTable: Sendable {
    /// Above this no id is believed: it would only cost memory.
    static let idLimit = 1 << 22

    private var bytes: [UInt8] = []
    private var starts: [UInt32] = []
    private var lengths: [UInt32] = []
    private var kinds: [TokenKind] = []
    private var isOutside: [Bool] = []
    /// Upper half: hash; lower half: id + 1, 0 for an empty slot.
    private var slots: [UInt64]
    private var filled = 0

    init(expectedCount: Int, expectedByteCount: Int) {
        bytes.reserveCapacity(expectedByteCount)
        starts.reserveCapacity(expectedCount)
        lengths.reserveCapacity(expectedCount)
        kinds.reserveCapacity(expectedCount)
        isOutside.reserveCapacity(expectedCount)
        slots = [UInt64](repeating: 0, count: TokenTable.slotCount(for: expectedCount))
    }

    /// One more than the largest id.
    var count: Int { starts.count }

    /// The bytes that it takes.
    var memoryByteCount: Int {
        bytes.capacity + (starts.capacity + lengths.capacity) * 4 + kinds.capacity
            + isOutside.capacity + slots.capacity * 8
    }

    func kind(of id: Int) -> TokenKind {
        kinds.indices.contains(id) ? kinds[id] : .absent
    }

    mutating func setKind(_ kind: TokenKind, of id: Int) { kinds[id] = kind }

    /// Whether text may become this token by merging, or by being a piece just so: not when it is a
    /// marker, nor when the model's own vocabulary lacks it.
    func isReachable(_ id: Int) -> Bool { kind(of: id).isMergeable && !isOutside[id] }

    /// Says that a token is an added one that the model's own vocabulary lacks.
    mutating func setOutside(_ id: Int) { isOutside[id] = true }

    func length(of id: Int) -> Int { Int(lengths[id]) }

    /// Lends the text of a token. The id must be smaller than `count`.
    func withText<Result>(of id: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let start = Int(starts[id])
        return body(bytes.span.extracting(start..<start + Int(lengths[id])))
    }

    func string(of id: Int) -> String {
        let start = Int(starts[id])
        return String(decoding: bytes[start..<start + Int(lengths[id])], as: UTF8.self)
    }

    enum Insertion { case done, takenID, takenText(by: Int) }

    /// Adds a token; 0 <= id < `idLimit`. Of two tokens with one text the first is found by it.
    mutating func insert(_ text: Span<UInt8>, id: Int, kind: TokenKind) -> Insertion {
        while starts.count <= id {
            starts.append(0)
            lengths.append(0)
            kinds.append(.absent)
            isOutside.append(false)
        }
        guard kinds[id] == .absent else { return .takenID }
        if filled * 2 >= slots.count { grow() }
        let hash = TokenTable.hash(text)
        let (slot, found) = probe(hash) { candidate in isText(text, of: candidate) }
        starts[id] = UInt32(bytes.count)
        lengths[id] = UInt32(text.count)
        kinds[id] = kind
        for index in text.indices { bytes.append(text[index]) }
        if let found { return .takenText(by: found) }
        slots[slot] = UInt64(hash) << 32 | UInt64(id + 1)
        filled += 1
        return .done
    }

    /// The token with exactly this text.
    func id(of text: Span<UInt8>) -> Int? {
        probe(TokenTable.hash(text)) { candidate in isText(text, of: candidate) }.found
    }

    func id(of text: String) -> Int? { id(of: Array(text.utf8).span) }

    /// The token whose text is that of `left` followed by that of `right`.
    func id(joining left: Int, _ right: Int) -> Int? {
        var state = TokenTable.seed
        withText(of: left) { TokenTable.mix(&state, $0) }
        withText(of: right) { TokenTable.mix(&state, $0) }
        let leftCount = Int(lengths[left])
        let total = leftCount + Int(lengths[right])
        return probe(TokenTable.finish(state)) { candidate in
            guard Int(lengths[candidate]) == total else { return false }
            let start = Int(starts[candidate])
            let leftStart = Int(starts[left])
            let rightStart = Int(starts[right]) - leftCount
            for index in 0..<leftCount where bytes[start + index] != bytes[leftStart + index] {
                return false
            }
            for index in leftCount..<total where bytes[start + index] != bytes[rightStart + index] {
                return false
            }
            return true
        }.found
    }

    private func isText(_ text: Span<UInt8>, of id: Int) -> Bool {
        guard Int(lengths[id]) == text.count else { return false }
        let start = Int(starts[id])
        for index in text.indices where bytes[start + index] != text[index] { return false }
        return true
    }

    @inline(__always)
    private func probe(_ hash: UInt32, _ matches: (Int) -> Bool) -> (slot: Int, found: Int?) {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return (slot, nil) }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash {
                let id = Int(UInt32(truncatingIfNeeded: entry)) - 1
                if matches(id) { return (slot, id) }
            }
            slot = (slot + 1) & mask
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(64, old.count * 2))
        let mask = slots.count - 1
        for entry in old where entry != 0 {
            var slot = Int(entry >> 32) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
        }
    }

    /// At most half full.
    private static func slotCount(for count: Int) -> Int {
        var slots = 64
        while slots < count * 2 + 2 { slots *= 2 }
        return slots
    }

    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    /// FNV-1a, because it goes on where it stopped: a joined text need not be put together.
    private static func mix(_ state: inout UInt64, _ text: Span<UInt8>) {
        for index in text.indices {
            state = (state ^ UInt64(text[index])) &* 0x100_0000_01B3
        }
    }

    private static func finish(_ state: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15 >> 32)
    }

    private static func hash(_ text: Span<UInt8>) -> UInt32 {
        var state = seed
        mix(&state, text)
        return finish(state)
    }
}
