/// What an input is, without its pixels.
public struct MediaDescription: Equatable, Sendable {
    /// The name it was given by: a path, an address, `-`.
    public var name: String
    public var kind: MediaKind
    public var byteCount: Int
    public var content: Content

    package init(name: String, kind: MediaKind, byteCount: Int, content: Content) {
        self.name = name
        self.kind = kind
        self.byteCount = byteCount
        self.content = content
    }

    /// How many pictures of a still file are handed over: the pages asked for of a TIFF, the first
    /// picture of any other file.
    package func pictureCount(by options: MediaOptions) -> Int {
        guard kind == .tiff, case .picture(let picture) = content else { return 1 }
        // Pages that are not there are refused where the file is decoded.
        let runs = try? options.pageRuns(of: picture.count, name: name)
        return runs?.reduce(0) { $0 + $1.count } ?? picture.count
    }

    /// What an input holds, with the facts of its sort.
    public enum Content: Equatable, Sendable {
        case picture(Picture)
        case document(Document)
        case video(Video)
    }

    /// A still picture, or each of the pages of a TIFF.
    public struct Picture: Equatable, Sendable {
        /// Upright, as the model sees it.
        public var width: Int
        public var height: Int
        /// EXIF orientation, 1 to 8; 1 when the file has none or its decoder has applied it.
        public var orientation: Int
        /// How the file stores a pixel, in words: `grey, 16 bits, alpha`, `CMYK`, `palette`.
        public var storage: String
        /// Pictures in the file: pages of a TIFF, frames of a GIF; 1 for most.
        public var count: Int
        /// What is damaged, when the picture was used all the same.
        public var damage: String?

        public init(
            width: Int, height: Int, orientation: Int, storage: String, count: Int, damage: String?
        ) {
            self.width = width
            self.height = height
            self.orientation = orientation
            self.storage = storage
            self.count = count
            self.damage = damage
        }
    }

    /// A document of pages.
    public struct Document: Equatable, Sendable {
        public var pageCount: Int
        /// The pages that were asked for, in order.
        public var pages: [PageSize]
        public var hasText: Bool

        public init(pageCount: Int, pages: [PageSize], hasText: Bool) {
            self.pageCount = pageCount
            self.pages = pages
            self.hasText = hasText
        }
    }

    /// One page of a document: its number from 1, its size in points and in pixels as drawn.
    public struct PageSize: Equatable, Sendable {
        public var number: Int
        public var widthPoints: Double
        public var heightPoints: Double
        public var width: Int
        public var height: Int
        public var dotsPerInch: Double

        public init(
            number: Int, widthPoints: Double, heightPoints: Double, width: Int, height: Int,
            dotsPerInch: Double
        ) {
            self.number = number
            self.widthPoints = widthPoints
            self.heightPoints = heightPoints
            self.width = width
            self.height = height
            self.dotsPerInch = dotsPerInch
        }
    }

    /// A video stream and the frames chosen of it.
    public struct Video: Equatable, Sendable {
        /// Upright, as the model sees it.
        public var width: Int
        public var height: Int
        /// Degrees clockwise by which the stored frames are turned to stand upright: 0, 90, 180, 270.
        public var rotation: Int
        public var frameCount: Int
        public var framesPerSecond: Double
        public var durationSeconds: Double
        public var codec: String
        public var pixelFormat: String
        /// The frames that will be taken, before `distinct` drops any.
        public var chosen: [FrameTime]
        /// What is damaged, when the video is used all the same.
        public var damage: String?

        public init(
            width: Int, height: Int, rotation: Int, frameCount: Int, framesPerSecond: Double,
            durationSeconds: Double, codec: String, pixelFormat: String, chosen: [FrameTime]
        ) {
            self.width = width
            self.height = height
            self.rotation = rotation
            self.frameCount = frameCount
            self.framesPerSecond = framesPerSecond
            self.durationSeconds = durationSeconds
            self.codec = codec
            self.pixelFormat = pixelFormat
            self.chosen = chosen
        }
    }
}

/// One chosen frame: its place among the frames of the video, from 0, and its time.
public struct FrameTime: Equatable, Sendable {
    public var index: Int
    /// Its place by the average rate: what the prompt tells the model.
    public var seconds: Double
    /// When it is shown, on the clock of the file: another time when frames are not evenly spaced,
    /// or the pictures start later than the sound.
    public var presentationSeconds: Double

    /// A frame that is shown when the average rate says.
    public init(index: Int, seconds: Double) {
        self.init(index: index, seconds: seconds, presentationSeconds: seconds)
    }

    public init(index: Int, seconds: Double, presentationSeconds: Double) {
        self.index = index
        self.seconds = seconds
        self.presentationSeconds = presentationSeconds
    }
}
