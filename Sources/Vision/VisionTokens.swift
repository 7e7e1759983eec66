/// The picture tokens of one or more tiles, one row each: what stands in the prompt for a picture.
package struct VisionTokens: Equatable, Sendable {
    /// The numbers of one token.
    package let width: Int
    /// Row after row, in the order of the tiles.
    package let floats: [Float]

    /// - Precondition: the floats are whole tokens.
    package init(width: Int, floats: [Float]) {
        precondition(width > 0 && floats.count % width == 0, "part of a picture token")
        self.width = width
        self.floats = floats
    }

    /// How many tokens there are.
    package var count: Int { floats.count / width }
}
