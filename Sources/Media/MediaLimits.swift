/// What one input may cost. Every value has a name here, an option of the program, and a sentence
/// in `MediaError` (for downloads in `HubError`) that names it when it is passed.
public struct MediaLimits: Equatable, Sendable {
    /// Pixels of one picture, page or frame: what fits 256 MiB at three bytes each.
    public var maxPixels = 89_478_485
    /// Pixels of the longer side.
    public var maxSide = 16_384
    /// How many times longer than wide (or wider than long) a picture may be.
    public var maxAspectRatio = 16_384
    /// Bytes that a decoder may ask for at once.
    public var maxAllocationBytes = 256 << 20
    /// Seconds that one input may take to decode.
    public var maxSeconds = 120.0
    /// Pages of one document.
    public var maxPages = 500
    /// Pictures, pages and stills of one question. Frames of a video are bounded by their own count.
    public var maxPictures = 32
    /// Bytes that standard input, a `data:` address or a download may bring.
    public var maxInputBytes = 1 << 30
    /// Seconds that a download may take.
    public var maxDownloadSeconds = 120.0

    public init() {}
}

extension MediaLimits {
    /// Checks the size that a header states, before any pixel is allocated.
    package func check(width: Int, height: Int, name: String) throws(MediaError) {
        guard width > 0, height > 0 else { throw .zeroSize(name: name) }
        if max(width, height) > maxSide {
            throw .sideTooLong(name: name, width: width, height: height, limit: maxSide)
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        if overflow || pixels > maxPixels {
            throw .tooManyPixels(name: name, width: width, height: height, limit: maxPixels)
        }
        // Longer than the limit times the other side, without multiplying.
        if (max(width, height) - 1) / min(width, height) >= maxAspectRatio {
            throw .tooElongated(name: name, width: width, height: height, limit: maxAspectRatio)
        }
        if pixels > maxAllocationBytes / 3 {
            throw .allocationTooLarge(name: name, limit: maxAllocationBytes)
        }
    }
}

extension MediaLimits {
    /// A limit in the largest unit of which it is a whole number: `256 MiB`, `1000 bytes`.
    package static func words(forBytes count: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where count > 0 && count % (1 << shift) == 0 {
            return "\(count >> shift) \(unit)"
        }
        return count == 1 ? "1 byte" : "\(count) bytes"
    }
}
