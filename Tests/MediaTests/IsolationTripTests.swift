import Media
import Testing

@Suite struct `What a decoder process is told` {
    /// The options hold these many values; one more must be written into the request as well, see
    /// `DecoderMessages.swift`.
    @Test func `holds every option there is`() {
        #expect(Mirror(reflecting: MediaOptions()).children.count == 7)
        #expect(Mirror(reflecting: MediaLimits()).children.count == 9)
        #expect(Mirror(reflecting: FrameSelection()).children.count == 7)
    }

    @Test func `arrives as it was`() throws {
        var options = MediaOptions()
        options.limits.maxPixels = 1
        options.limits.maxSide = 2
        options.limits.maxAspectRatio = 3
        options.limits.maxAllocationBytes = 4
        options.limits.maxSeconds = 5.5
        options.limits.maxPages = 6
        options.limits.maxPictures = 7
        options.limits.maxInputBytes = 8
        options.limits.maxDownloadSeconds = 8.5
        options.pages = [1...2, 9...9]
        options.pageLongestEdge = 9
        options.dotsPerInch = 10
        options.frames.framesPerSecond = 11.5
        options.frames.maxFrames = 12
        options.frames.skipSeconds = 13.5
        options.frames.count = 14
        options.frames.from = 15.5
        options.frames.to = 16.5
        options.frames.distinct = 0.5
        options.videoThreads = 17
        options.allowDamaged = true
        #expect(DecoderTrip.options(options) == options)
        #expect(DecoderTrip.options(MediaOptions()) == MediaOptions())
    }
}

@Suite struct `What a decoder process says` {
    @Test(arguments: [
        MediaDescription.Content.picture(
            MediaDescription.Picture(
                width: 3, height: 4, orientation: 8, storage: "grey", count: 2, damage: "half")),
        .document(
            MediaDescription.Document(
                pageCount: 9,
                pages: [
                    MediaDescription.PageSize(
                        number: 3, widthPoints: 1.5, heightPoints: 2.5, width: 7, height: 8,
                        dotsPerInch: 72.5)
                ], hasText: true)),
        .video(video),
    ])
    func `arrives as it was`(content: MediaDescription.Content) {
        let description = MediaDescription(
            name: "a", kind: .gif, byteCount: 12, content: content)
        var renamed = description
        renamed.name = "b"
        #expect(DecoderTrip.description(description, name: "b") == renamed)
    }

    private static var video: MediaDescription.Video {
        var video = MediaDescription.Video(
            width: 1, height: 2, rotation: 270, frameCount: 5, framesPerSecond: 6.5,
            durationSeconds: 7.5, codec: "h264", pixelFormat: "yuv420p",
            chosen: [FrameTime(index: 3, seconds: 0.5, presentationSeconds: 0.75)])
        video.damage = "cut off"
        return video
    }

    @Test(arguments: [
        MediaError.notFound(name: "a"), .isDirectory(name: "a"),
        .isSpecialFile(name: "a", what: "x"), .unreadable(name: "a", reason: "x"),
        .empty(name: "a"), .unrecognised(name: "a", looksLike: "x"),
        .damaged(name: "a", detail: "x"), .corrupt(name: "a", kind: .webp, detail: "x"),
        .unsupported(name: "a", detail: "x"), .zeroSize(name: "a"),
        .tooManyPixels(name: "a", width: 1, height: 2, limit: 3),
        .sideTooLong(name: "a", width: 1, height: 2, limit: 3),
        .tooElongated(name: "a", width: 1, height: 2, limit: 3),
        .allocationTooLarge(name: "a", limit: 1), .tooSlow(name: "a", limit: 1.5),
        .isTerminal(name: "a"), .badDataURL(name: "a", detail: "x"),
        .inputTooLarge(name: "a", limit: 1), .needsPassword(name: "a"), .noPages(name: "a"),
        .noSuchPage(name: "a", page: 1, count: 2), .tooManyPages(name: "a", count: 1, limit: 2),
        .absurdPage(name: "a", page: 1, size: "x"),
        .toolMissing(name: "a", tool: "x", package: "y"), .crashed(name: "a", how: "x"),
        .ranOutOfMemory(name: "a", limit: 1), .brokenDecoder(name: "a", detail: "x"),
        .decoderNotStarted(name: "a", reason: "x"), .leadsToItself(name: "a"),
        .inputClosed(name: "a"), .unknownAddress(name: "a"), .notWanted(name: "a"),
    ])
    func `keeps every error`(error: MediaError) {
        #expect(DecoderTrip.error(error, name: "a") == error)
        // The name is the program's own, whatever the decoder calls the input.
        #expect(DecoderTrip.error(error, name: "b")?.description.hasPrefix("b") == true)
    }

    @Test func `cannot write to the terminal`() {
        let error = MediaError.unsupported(name: "a", detail: "x\u{1B}[2J\u{7}\u{202E}\n\u{9B}y")
        #expect(
            DecoderTrip.error(error, name: "a") == .unsupported(name: "a", detail: "x?[2J????y"))
    }

    @Test func `is held against caps and its own length, byte for byte`() {
        let description = MediaDescription(
            name: "", kind: .video, byteCount: 12, content: .video(Self.video))
        let whole = DecoderTrip.bytes(of: description)
        #expect(DecoderTrip.isUnderstood(whole))
        for count in 0..<whole.count { #expect(!DecoderTrip.isUnderstood(Array(whole[..<count]))) }
        #expect(!DecoderTrip.isUnderstood(whole + [0]))
        // Whatever a byte says, reading ends; what it then means is checked by its reader.
        for place in whole.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = whole
                changed[place] = value
                _ = DecoderTrip.isUnderstood(changed)
            }
        }
    }
}
