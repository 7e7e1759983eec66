// In: how a picture was cut. Out: what stands in its place in the prompt, as
// `get_image_prompt_string` of the SmolVLM processor of transformers 5.23 writes it:
// https://github.com/huggingface/transformers/blob/main/src/transformers/models/smolvlm/processing_smolvlm.py

internal import Vision

/// What stands for a picture in a prompt.
package enum ImagePrompt {
    /// A picture that goes in whole.
    package static func whole(tokenCount: Int) -> [PromptSegment] {
        [
            .marker(.aroundImage), .marker(.wholeImage), .vision(tokenCount: tokenCount),
            .marker(.aroundImage),
        ]
    }

    /// A picture cut by a plan.
    static func segments(of plan: TilePlan) -> [PromptSegment] {
        segments(rows: plan.rows, columns: plan.columns, tokenCount: plan.tokensPerFrame)
    }

    /// A picture cut into `rows` by `columns` tiles, row by row, and then once more whole; both 0
    /// when it goes in whole only. Tiles have no closing marker, and a line feed ends each row.
    ///
    /// - Parameter tokenCount: vision tokens of each tile and of the whole picture.
    package static func segments(rows: Int, columns: Int, tokenCount: Int) -> [PromptSegment] {
        guard rows > 0 || columns > 0 else { return whole(tokenCount: tokenCount) }
        precondition(rows > 0 && columns > 0, "a picture cut into \(rows) x \(columns) tiles")
        var segments: [PromptSegment] = []
        for row in 1...rows {
            for column in 1...columns {
                segments.append(.marker(.aroundImage))
                segments.append(.marker(.tile(row: row, column: column)))
                segments.append(.vision(tokenCount: tokenCount))
            }
            segments.append(.text("\n"))
        }
        segments.append(.text("\n"))
        return (segments + whole(tokenCount: tokenCount)).joined
    }
}
