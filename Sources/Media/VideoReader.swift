internal import CPlugin

/// What a video says about itself.
struct VideoFacts {
    /// Upright, as the model sees it.
    let width: Int, height: Int
    /// Degrees clockwise from the stored frames to upright ones.
    let rotation: Int
    let rate: FrameRate
    let codec: String
    let pixelFormat: String
    /// What is wrong with the file as a whole.
    let damage: String?
}

/// One frame that was asked for.
struct VideoFrame {
    let image: Image
    let index: Int
    /// Another one than `index` when that could not be decoded and this is the nearest to it.
    let usedIndex: Int
    /// Whether errors were seen in it, or in what it is made from.
    let isDamaged: Bool
}

/// An open video, decoded by the library that is opened at run time. Closing it is its `deinit`;
/// there is never a second owner.
@safe struct VideoReader: ~Copyable {
    private let calls: UnsafePointer<smv_video_calls>
    private let video: OpaquePointer
    private let name: String
    private let limits: MediaLimits
    let facts: VideoFacts

    /// Opens a video and reads the table of its frames.
    init(_ input: borrowing MediaInput, options: MediaOptions) throws(MediaError) {
        let calls = try unsafe Self.calls(name: input.name)
        let limits = options.limits
        var settings = smv_video_settings(
            byte_count: Int64(input.byteCount),
            max_allocation_bytes: max(limits.maxAllocationBytes, 0),
            max_pixels: Int64(clamping: limits.maxPixels), max_seconds: limits.maxSeconds,
            threads: Int32(clamping: options.videoThreads))
        var opened: OpaquePointer?
        var info = smv_video_info()
        var detail = [CChar](repeating: 0, count: 256)
        let status = unsafe calls.pointee.open(
            input.descriptor, &settings, &opened, &info, &detail, detail.count)
        let size = (width: Int(info.width), height: Int(info.height))
        guard status == SMV_VIDEO_FINE, let video = unsafe opened else {
            throw Self.error(
                status, name: input.name, detail: Self.text(detail), limits: limits, size: size)
        }
        unsafe self.calls = calls
        unsafe self.video = video
        name = input.name
        self.limits = limits
        let damage = Self.text(of: &info.damage)
        facts = VideoFacts(
            width: size.width, height: size.height, rotation: Int(info.rotation),
            rate: FrameRate(
                frameCount: Int(info.frame_count), numerator: Int(info.rate_numerator),
                denominator: Int(info.rate_denominator)),
            codec: Self.text(of: &info.codec), pixelFormat: Self.text(of: &info.pixel_format),
            damage: damage.isEmpty ? nil : damage)
    }

    deinit { unsafe calls.pointee.close(video) }

    /// When a frame is shown, in seconds on the clock of the file.
    func presentationSeconds(of index: Int) -> Double {
        var seconds = 0.0
        unsafe calls.pointee.times(video, Int64(index), 1, &seconds)
        return seconds
    }

    /// Says which frames `next` gives: ascending, each once.
    mutating func choose(_ indices: [Int]) throws(MediaError) {
        let wanted = indices.map(Int64.init)
        try unsafe check(calls.pointee.choose(video, wanted, wanted.count), detail: "")
    }

    /// Decodes the next frame that was chosen; nil after the last.
    mutating func next() throws(MediaError) -> VideoFrame? {
        var frame = smv_video_frame()
        var detail = [CChar](repeating: 0, count: 256)
        let status = unsafe calls.pointee.next(video, &frame, &detail, detail.count)
        if status == SMV_VIDEO_ENDED { return nil }
        let (width, height) = (Int(frame.width), Int(frame.height))
        try check(status, detail: Self.text(detail), size: (width, height))
        try limits.check(width: width, height: height, name: name)
        let image = try Image(width: width, height: height) {
            (pixels: inout MutableSpan<UInt8>) throws(MediaError) in
            let written = unsafe pixels.withUnsafeMutableBufferPointer { bytes in
                unsafe calls.pointee.pixels(video, bytes.baseAddress, bytes.count)
            }
            try check(written, detail: "a frame cannot be brought to RGB")
        }
        return VideoFrame(
            image: image, index: Int(frame.index), usedIndex: Int(frame.used_index),
            isDamaged: frame.damaged != 0)
    }

    // MARK: -

    private static func calls(name: String) throws(MediaError) -> UnsafePointer<smv_video_calls> {
        #if canImport(Darwin)
            let file = "libsmolvlm-video.dylib"
        #else
            let file = "libsmolvlm-video.so"
        #endif
        var reason = [CChar](repeating: 0, count: 512)
        let table = unsafe smv_plugin_table(
            file, SMV_VIDEO_LIBRARY_SYMBOL, &reason, reason.count)
        guard let table = unsafe table else {
            throw .unsupported(
                name: name,
                detail: "video needs \(file), which cannot be opened (\(text(reason))). Build "
                    + "smolvlm again, and keep that library beside the program")
        }
        let calls = unsafe table.assumingMemoryBound(to: smv_video_calls.self)
        guard unsafe calls.pointee.version == SMV_VIDEO_CALLS_VERSION else {
            throw .unsupported(
                name: name,
                detail: "\(file) is of another version than this program. Build smolvlm again")
        }
        return unsafe calls
    }

    private func check(
        _ status: smv_video_status, detail: String, size: (width: Int, height: Int) = (0, 0)
    ) throws(MediaError) {
        guard status == SMV_VIDEO_FINE else {
            throw Self.error(status, name: name, detail: detail, limits: limits, size: size)
        }
    }

    private static func error(
        _ status: smv_video_status, name: String, detail: String, limits: MediaLimits,
        size: (width: Int, height: Int)
    ) -> MediaError {
        switch status {
        case SMV_VIDEO_UNKNOWN: .unrecognised(name: name, looksLike: detail)
        case SMV_VIDEO_REFUSED:
            .unsupported(
                name: name, detail: "it is \(detail), which are not opened. Name the video itself")
        case SMV_VIDEO_NO_PICTURES:
            .unsupported(
                name: name, detail: "it holds \(detail), no video. Name a file with pictures")
        case SMV_VIDEO_NO_DECODER:
            .unsupported(
                name: name,
                detail: "FFmpeg here has no decoder for \(detail). Convert it to H.264 first")
        case SMV_VIDEO_TOO_LARGE:
            .tooManyPixels(
                name: name, width: size.width, height: size.height, limit: limits.maxPixels)
        case SMV_VIDEO_MEMORY: .allocationTooLarge(name: name, limit: limits.maxAllocationBytes)
        case SMV_VIDEO_TOO_SLOW: .tooSlow(name: name, limit: limits.maxSeconds)
        default: .corrupt(name: name, kind: .video, detail: detail)
        }
    }

    /// The text up to the first zero.
    private static func text(_ characters: [CChar]) -> String {
        let bytes = characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text in an array of characters of a C structure.
    private static func text<Characters>(of characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
