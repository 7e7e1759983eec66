// In: the segments of a prompt. Out: its ids, one for each position, with the image id wherever a
// picture token is to stand. All segments are encoded as one text, as the reference does it, so that
// words run across their borders; but only ours may be markers.

internal import Tokenizer

/// A prompt as the model reads it.
struct Prompt: Equatable {
    let ids: [Int32]
    /// How many of them stand for picture tokens.
    let visionTokenCount: Int

    /// - Parameter imageID: the id of picture tokens.
    /// - Parameter rows: how many ids the model has rows for.
    init(
        _ segments: [PromptSegment], tokenizer: Tokenizer, imageID: Int?, rows: Int
    ) throws(ModelError) {
        visionTokenCount = segments.visionTokenCount
        // A token that text can become is none that pictures may stand in.
        let image = imageID.flatMap { id in
            tokenizer.kind(of: id) == .normal ? nil : tokenizer.token(of: id)
        }
        if visionTokenCount > 0, image == nil {
            throw ModelError(
                "The vocabulary has no token for pictures. Use the tokenizer files that came with "
                    + "the model.")
        }
        let parts = segments.map { segment in
            switch segment {
            case .text(let text): TextPart(text, matchesSpecial: false)
            case .marker(let marker): TextPart(marker.spelling, matchesSpecial: true)
            case .vision(let count):
                TextPart(String(repeating: image ?? "", count: count), matchesSpecial: true)
            }
        }
        let ids = tokenizer.encode(parts)
        let found = imageID.map { id in ids.count { $0 == id } } ?? 0
        guard found == visionTokenCount else {
            throw ModelError(
                "The prompt has \(found) places for \(visionTokenCount) picture tokens: the "
                    + "vocabulary does not know \(image ?? "them") as a marker. Use the tokenizer "
                    + "files that came with the model.")
        }
        if let id = ids.max(), id >= rows {
            throw ModelError(
                "The vocabulary has token \(id), but the model only \(rows) of them. Use the "
                    + "tokenizer files that came with the model.")
        }
        self.ids = ids.map { Int32(truncatingIfNeeded: $0) }
    }
}
