/// How the texts of tokens become bytes again.
enum Decoding: Sendable, Equatable {
    /// Every character stands for a byte, by `ByteAlphabet`.
    case bytes
    /// The text is the text, but for a mark that stands for a space and tokens that are one byte.
    case characters(CharacterDecoding)
}

/// The decoding of SentencePiece vocabularies.
struct CharacterDecoding: Sendable, Equatable {
    /// What stands for a space.
    var marker: [UInt8]
    /// Whether `<0x0A>` is a byte.
    var usesBytes: Bool
    var leading: Leading

    /// What becomes of the space that encoding put in front of a text.
    enum Leading: Sendable, Equatable {
        case stays
        /// One space at the start of the whole text goes.
        case dropsSpace
        /// All markers of the first token go.
        case dropsMarkers
    }
}

/// How far decoding has come.
struct DecodingState: Sendable {
    var hasToken = false
    var hasByte = false
}

extension Tokenizer {
    /// The text of ids, with U+FFFD where bytes make no character. Ids without a token say nothing.
    ///
    /// - Parameter skippingSpecial: whether the model's own markers are left out.
    package func decode(_ ids: some Sequence<Int>, skippingSpecial: Bool) -> String {
        var state = DecodingState()
        var bytes: [UInt8] = []
        for id in ids {
            appendBytes(of: id, skippingSpecial: skippingSpecial, state: &state, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what one id adds to a text.
    func appendBytes(
        of id: Int, skippingSpecial: Bool, state: inout DecodingState, to bytes: inout [UInt8]
    ) {
        let kind = table.kind(of: id)
        guard kind != .absent, !(skippingSpecial && kind.isHidden) else { return }
        let start = bytes.count
        table.withText(of: id) { text in
            switch (kind, decoding) {
            case (.normal, .bytes), (.byte, .bytes):
                ByteAlphabet.appendBytes(of: text, to: &bytes)
            case (.byte, .characters(let rule)) where rule.usesBytes:
                bytes.append(Tokenizer.byteValue(of: text) ?? 0)
            case (.normal, .characters(let rule)), (.byte, .characters(let rule)):
                let drops = rule.leading == .dropsMarkers && !state.hasToken
                appendSpaced(text, marker: rule.marker, dropping: drops, to: &bytes)
            default:
                // A marker is written as it is.
                for index in text.indices { bytes.append(text[index]) }
            }
        }
        state.hasToken = true
        guard !state.hasByte, bytes.count > start else { return }
        state.hasByte = true
        if case .characters(let rule) = decoding, rule.leading == .dropsSpace,
            bytes[start] == UInt8(ascii: " ")
        {
            bytes.remove(at: start)
        }
    }

    private func appendSpaced(
        _ text: Span<UInt8>, marker: [UInt8], dropping: Bool, to bytes: inout [UInt8]
    ) {
        var index = 0
        while index < text.count {
            var matches = !marker.isEmpty && index + marker.count <= text.count
            for offset in marker.indices where matches {
                matches = text[index + offset] == marker[offset]
            }
            if matches {
                if !dropping { bytes.append(UInt8(ascii: " ")) }
                index += marker.count
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
    }

    /// The byte that a token such as `<0x0A>` is.
    static func byteValue(of text: Span<UInt8>) -> UInt8? {
        guard text.count == 6, text[0] == UInt8(ascii: "<"), text[1] == UInt8(ascii: "0"),
            text[2] == UInt8(ascii: "x"), text[5] == UInt8(ascii: ">"),
            let high = hexDigit(text[3]), let low = hexDigit(text[4])
        else { return nil }
        return high << 4 | low
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
