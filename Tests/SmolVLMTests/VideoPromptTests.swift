import JSON
import SmolVLM
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `Tests/Golden/video.json`, which `Tests/Golden/record_video.py` writes.
private enum Recorded {
    static let json = Result { () throws -> JSONValue in
        let path = String(#filePath.split(separator: "SmolVLMTests/")[0]) + "Golden/video.json"
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Broken() }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { throw Broken() }
        return try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
    }

    struct Broken: Error {}
}

@Suite struct `Prompts of pictures and videos` {
    @Test func `the text of every recorded clip is the reference's`() throws {
        let clips = try #require(try Recorded.json.get()["clips"])
        var count = 0
        for clip in clips.elements {
            let prompt = VideoPrompt.segments(
                seconds: try #require(clip["timestamps"]).elements.compactMap(\.double),
                duration: clip["duration"]?.double, tokenCount: 1)
            #expect(prompt.referenceText == clip["prompt"]?.string)
            count += 1
        }
        #expect(count >= 50)
    }

    @Test func `the text of every recorded grid is the reference's`() throws {
        let images = try #require(try Recorded.json.get()["images"])
        for image in images.elements {
            let prompt = ImagePrompt.segments(
                rows: try #require(image["rows"]?.int),
                columns: try #require(image["columns"]?.int),
                tokenCount: try #require(image["tokens"]?.int))
            #expect(prompt.referenceText == image["text"]?.string)
        }
    }

    @Test func `every recorded number has the reference's words`() throws {
        let words = try #require(try Recorded.json.get()["words"])
        #expect(words.count > 140)
        for (key, value) in words.members {
            let number = try #require(key.string.flatMap(Int.init))
            #expect(NumberWords.english(number) == value.string)
        }
    }

    @Test func `a grid is markers, room and line feeds`() {
        #expect(
            ImagePrompt.segments(rows: 2, columns: 1, tokenCount: 64) == [
                .marker(.aroundImage), .marker(.tile(row: 1, column: 1)), .vision(tokenCount: 64),
                .text("\n"),
                .marker(.aroundImage), .marker(.tile(row: 2, column: 1)), .vision(tokenCount: 64),
                .text("\n\n"),
                .marker(.aroundImage), .marker(.wholeImage), .vision(tokenCount: 64),
                .marker(.aroundImage),
            ])
    }

    @Test(arguments: [(3, 4, 832), (4, 4, 1088), (0, 0, 64)])
    func `a grid has room for its tiles and the whole`(rows: Int, columns: Int, room: Int) {
        let prompt = ImagePrompt.segments(rows: rows, columns: columns, tokenCount: 64)
        #expect(prompt.visionTokenCount == room)
    }

    @Test func `a video is text and frames, its texts in one piece each`() {
        #expect(
            VideoPrompt.segments(seconds: [0, 4.2], duration: 5, tokenCount: 81) == [
                .text(
                    "You are provided the following series of two frames from a 0:00:05 [H:MM:SS] "
                        + "video.\n\nFrame from 00:00:"),
                .marker(.aroundImage), .marker(.wholeImage), .vision(tokenCount: 81),
                .marker(.aroundImage),
                .text("\nFrame from 00:04:"),
                .marker(.aroundImage), .marker(.wholeImage), .vision(tokenCount: 81),
                .marker(.aroundImage),
                .text("\n\n"),
            ])
    }

    @Test func `a video of unknown length is as long as its last frame`() {
        let prompt = VideoPrompt.segments(seconds: [0, 61.9], duration: nil, tokenCount: 1)
        #expect(prompt.referenceText.contains("from a 0:01:01 [H:MM:SS]"))
    }

    @Test(arguments: [
        (0, "0:00:00"), (10.99, "0:00:10"), (120, "0:02:00"), (3661, "1:01:01"),
        (36_000, "10:00:00"), (86_399, "23:59:59"), (86_400, "1 day, 0:00:00"),
        (200_000, "2 days, 7:33:20"), (-1, "0:00:00"), (.nan, "0:00:00"),
    ])
    func `durations are as Python prints them`(seconds: Double, text: String) {
        #expect(VideoPrompt.durationText(seconds) == text)
    }

    @Test(arguments: [
        (0, "00:00"), (7.999, "00:07"), (59.99, "00:59"), (60, "01:00"), (4503, "75:03"),
        (6000, "100:00"),
    ])
    func `times of frames are minutes and seconds`(seconds: Double, text: String) {
        #expect(VideoPrompt.timeText(seconds) == text)
    }

    @Test func `text that looks like a marker stays text when texts are joined`() {
        let prompt: [PromptSegment] = [
            .text("<image>"), .text("\n"), .marker(.wholeImage), .text("a"), .text("b"),
        ]
        #expect(prompt.joined == [.text("<image>\n"), .marker(.wholeImage), .text("ab")])
        #expect(prompt.visionTokenCount == 0)
    }
}
