/// How a stored picture must be turned to stand upright, numbered as EXIF numbers it.
package enum Orientation: Int, CaseIterable, Sendable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case mirroredUpsideDown = 4
    /// Rows are columns.
    case transposed = 5
    /// To be turned 90 degrees clockwise.
    case turnedLeft = 6
    /// Rows are columns, and both run backwards.
    case transverse = 7
    /// To be turned 90 degrees counterclockwise.
    case turnedRight = 8

    /// Whether the upright picture is as wide as the stored one is high.
    package var swapsSides: Bool { rawValue >= 5 }

    /// The size of the upright picture.
    package func uprightSize(width: Int, height: Int) -> (width: Int, height: Int) {
        swapsSides ? (height, width) : (width, height)
    }
}
