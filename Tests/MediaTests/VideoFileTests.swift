import Media
import Testing

@Suite struct `Video files` {
    @Test func `an ordinary clip gives ten frames`() throws {
        let frames = try Clips.frames("plain.mp4")
        #expect(frames.map(\.time.index) == [0, 33, 66, 99, 132, 166, 199, 232, 265, 299])
        #expect(frames.allSatisfy { $0.image.width == 160 && $0.image.height == 120 })
    }
}
