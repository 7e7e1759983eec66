/// Why a picture cannot be prepared for a model: what was wrong, and what to do next.
package enum VisionError: Error, Equatable, CustomStringConvertible {
    case zeroSize(width: Int, height: Int)
    case sideTooLong(width: Int, height: Int, limit: Int)
    case tooManyFrames(width: Int, height: Int, frames: Int, limit: Int)

    package var description: String {
        switch self {
        case .zeroSize(let width, let height):
            "A picture of \(width) x \(height) pixels has nothing to see. Get the file again."
        case .sideTooLong(let width, let height, let limit):
            "A picture of \(width) x \(height) pixels is too long on a side: \(limit) is the limit. "
                + "Make it smaller first."
        case .tooManyFrames(let width, let height, let frames, let limit):
            "A picture of \(width) x \(height) pixels would be split into \(frames) frames, more "
                + "than the \(limit) allowed. Make it smaller, or lower the model's longest edge."
        }
    }
}
