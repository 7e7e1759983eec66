/// What to take out of an input, and how much that may cost.
public struct MediaOptions: Equatable, Sendable {
    public var limits = MediaLimits()
    /// Which pages of a document or of a TIFF, counted from 1; nil for all.
    public var pages: [ClosedRange<Int>]?
    /// The longer side, in pixels, that the model can use of a page: pages are drawn no larger.
    public var pageLongestEdge = 2048
    /// Draws pages at this many dots per inch instead.
    public var dotsPerInch: Int?
    /// Which frames of a video.
    public var frames = FrameSelection()
    /// Threads that decode a video; 0 for one for each processor.
    public var videoThreads = 0
    /// Uses what could be decoded of a damaged picture instead of refusing it.
    public var allowDamaged = false

    public init() {}
}

/// Which frames of a video are taken. The defaults are those of the published models.
public struct FrameSelection: Equatable, Sendable {
    /// Wanted frames per second of video.
    public var framesPerSecond = 1.0
    /// The most frames that are taken by rate.
    public var maxFrames = 64
    /// Seconds left out at both ends of a long video.
    public var skipSeconds = 1.0
    /// Takes exactly this many frames (fewer when the video has fewer) instead of going by rate.
    public var count: Int?
    /// Seconds from the start of the video at which to begin and to end.
    public var from: Double?
    public var to: Double?
    /// Drops a frame that differs from the last kept one by less than this share (0 to 1) of the
    /// full range, on average over a reduced picture; nil keeps all.
    public var distinct: Double?

    public init() {}
}
