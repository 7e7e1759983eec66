/// One line of a list of merges, looked up in the vocabulary.
enum MergePair: Equatable {
    case ids(left: Int, right: Int, joined: Int)
    /// Not two texts with a space between.
    case unreadable
    case unknown(String)

    /// Where the left text of a line ends.
    enum Separator {
        /// At the one space there is.
        case onlySpace
        /// At the first space that is not the first character, as GGUF files have it.
        case firstSpace
    }

    init(line: Span<UInt8>, separator: Separator, table: TokenTable) {
        var middle: Int?
        for index in line.indices where line[index] == UInt8(ascii: " ") {
            switch (separator, middle) {
            case (.onlySpace, .some): self = .unreadable; return
            case (.firstSpace, .some): continue
            case (.firstSpace, nil) where index == 0: continue
            case (_, nil): middle = index
            }
        }
        guard let middle, middle > 0, middle + 1 < line.count else { self = .unreadable; return }
        let leftText = line.extracting(..<middle)
        let rightText = line.extracting((middle + 1)...)
        guard let left = table.id(of: leftText) else { self = .unknown(leftText.text); return }
        guard let right = table.id(of: rightText) else { self = .unknown(rightText.text); return }
        self.init(left, right, table: table)
    }

    init(_ left: Int, _ right: Int, table: TokenTable) {
        if let joined = table.id(joining: left, right) {
            self = .ids(left: left, right: right, joined: joined)
        } else {
            self = .unknown(table.string(of: left) + table.string(of: right))
        }
    }

    /// What is wrong with it, to follow the name of its place.
    var complaint: String {
        switch self {
        case .ids: "is right"
        case .unreadable: "is not two tokens of the vocabulary"
        case .unknown(let text): "needs the token \(text), which is not in the vocabulary"
        }
    }
}

extension MergeTable {
    /// Adds a merge of a JSON or text file: of two for one pair the last counts there. One that
    /// would make a marker out of text is left out.
    mutating func insert(
        _ left: Int, _ right: Int, _ joined: Int, rank: Int, table: TokenTable
    ) {
        guard table.isReachable(joined) else { return }
        insert(
            left: left, right: right, merge: Merge(rank: UInt32(rank), id: UInt32(joined)),
            repeated: .lastWins)
    }
}

extension Tokenizer {
    /// The tokens of the 256 bytes in a byte-level vocabulary; `UInt32.max` where there is none.
    static func byteLevelIDs(in table: TokenTable) -> [UInt32] {
        (UInt8.min...UInt8.max).map { byte in
            var text: [UInt8] = []
            ByteAlphabet.appendText(of: [byte].span, to: &text)
            return table.id(of: text.span).map { UInt32($0) } ?? .max
        }
    }

    /// The tokens `<0x00>` to `<0xFF>`, marked as bytes here; `UInt32.max` where there is none.
    static func byteTokenIDs(in table: inout TokenTable) -> [UInt32] {
        (UInt8.min...UInt8.max).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            let text = "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
            guard let id = table.id(of: text) else { return .max }
            table.setKind(.byte, of: id)
            return UInt32(id)
        }
    }
}

extension Span<UInt8> {
    /// The bytes as text, for messages.
    var text: String { String(decoding: indices.map { self[$0] }, as: UTF8.self) }
}
