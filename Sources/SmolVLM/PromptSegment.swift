/// A piece of a prompt. Prompts are lists of these, never strings with markers in them, so text from
/// outside cannot stand for anything but itself.
package enum PromptSegment: Equatable, Sendable {
    /// Text, tokenised with special tokens switched off.
    case text(String)
    /// A token that only we may write.
    case marker(PromptMarker)
    /// Room for the vision tokens of the next picture, tile or frame.
    case vision(tokenCount: Int)
}

/// The special tokens around pictures and messages. Their ids are found by their spelling in the vocabulary;
/// what has no id of its own there is tokenised as text.
package enum PromptMarker: Hashable, Sendable {
    /// Before each tile and around the whole picture.
    case aroundImage
    /// Says that the whole picture follows.
    case wholeImage
    /// Says that a tile follows; rows and columns count from 1.
    case tile(row: Int, column: Int)
    /// A token of a chat format, by its spelling.
    case special(String)

    /// How the published vocabularies spell it.
    package var spelling: String {
        switch self {
        case .aroundImage: "<fake_token_around_image>"
        case .wholeImage: "<global-img>"
        case .tile(let row, let column): "<row_\(row)_col_\(column)>"
        case .special(let spelling): spelling
        }
    }
}

extension [PromptSegment] {
    /// The same prompt with neighbouring texts made one, as tokenisers need it: two line feeds are
    /// another token than one and one.
    package var joined: [PromptSegment] {
        var result: [PromptSegment] = []
        for segment in self {
            if case .text(let next) = segment, case .text(let last)? = result.last {
                result[result.count - 1] = .text(last + next)
            } else {
                result.append(segment)
            }
        }
        return result
    }

    /// The string that the reference processor builds for this prompt.
    package var referenceText: String {
        var text = ""
        for segment in self {
            switch segment {
            case .text(let part): text += part
            case .marker(let marker): text += marker.spelling
            case .vision(let tokenCount): text += String(repeating: "<image>", count: tokenCount)
            }
        }
        return text
    }

    /// Vision tokens in the whole prompt.
    package var visionTokenCount: Int {
        reduce(0) { sum, segment in
            if case .vision(let tokenCount) = segment { sum + tokenCount } else { sum }
        }
    }
}
