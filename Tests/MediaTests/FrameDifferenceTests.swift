import Media
import Testing

@Suite struct `Frame difference` {
    private func flat(_ level: UInt8, width: Int = 40, height: Int = 30) -> Image {
        Image(
            width: width, height: height,
            rgb: [UInt8](repeating: level, count: width * height * 3))
    }

    @Test func `it is the share of the full range`() {
        #expect(FrameDifference.between(flat(7), flat(7)) == 0)
        #expect(FrameDifference.between(flat(0), flat(255)) == 1)
        #expect(FrameDifference.between(flat(100), flat(151)) == 0.2)
    }

    @Test func `it weighs every part of the picture alike`() {
        var bytes = [UInt8](repeating: 0, count: 64 * 64 * 3)
        for index in 0..<(bytes.count / 4) { bytes[index] = 255 }  // the upper quarter
        let quarter = Image(width: 64, height: 64, rgb: bytes)
        #expect(FrameDifference.between(quarter, flat(0, width: 64, height: 64)) == 0.25)
    }

    @Test(arguments: [(1, 1), (1, 50), (33, 31), (31, 33), (1000, 2)])
    func `it is measured in pictures of any size`(width: Int, height: Int) {
        let dark = flat(10, width: width, height: height)
        let bright = flat(61, width: width, height: height)
        #expect(FrameDifference.between(dark, bright) == 0.2)
    }

    @Test func `a frame is measured against the last kept one, not the last one`() {
        var difference = FrameDifference(threshold: 0.1)
        let kept = [0, 20, 40, 45, 60, 61, 90].map { difference.keeps(flat(UInt8($0))) }
        #expect(kept == [true, false, true, false, false, false, true])
    }

    @Test func `a frame of another size is kept`() {
        var difference = FrameDifference(threshold: 0.5)
        let kept = [20, 10, 10].map { difference.keeps(flat(0, width: 20, height: $0)) }
        #expect(kept == [true, true, false])
    }
}
