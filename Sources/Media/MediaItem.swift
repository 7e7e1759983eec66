/// One picture that came out of an input, and where in the input it stood.
public struct MediaItem: Sendable {
    public let image: Image
    public let place: Place

    /// Where in its input a picture stood.
    public enum Place: Equatable, Sendable {
        /// The only picture of its file.
        case picture
        /// A page of a document or of a TIFF, numbered from 1, with its text layer (empty when it
        /// has none).
        case page(number: Int, text: [TextBox])
        /// A frame of a video.
        case frame(FrameTime)
    }

    public init(image: Image, place: Place) {
        self.image = image
        self.place = place
    }
}

/// A word of a page's text layer: where it stands, in pixels of the page as drawn.
public struct TextBox: Equatable, Sendable {
    public var text: String
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double

    public init(text: String, left: Double, top: Double, right: Double, bottom: Double) {
        self.text = text
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }
}
