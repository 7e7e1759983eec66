import Media
import Testing

@Suite struct `Frame times` {
    private func indices(
        _ frameCount: Int, _ numerator: Int, _ denominator: Int = 1, times: [Double]? = nil,
        _ change: (inout FrameSelection) -> Void = { _ in }
    ) -> [Int] {
        let rate = FrameRate(
            frameCount: frameCount, numerator: numerator, denominator: denominator)
        var selection = FrameSelection()
        change(&selection)
        return FrameTimes.indices(
            of: rate, selection: selection,
            presentationSeconds: { times?[$0] ?? rate.seconds(ofIndex: $0) })
    }

    @Test func `the rule is the reference's over all kinds of counts and rates`() throws {
        let goldens = try VideoGoldens.recorded.get()
        #expect(goldens.rules.count > 500)
        for rule in goldens.rules {
            let found = indices(rule.frameCount, rule.numerator, rule.denominator) {
                $0.maxFrames = rule.maxFrames
                $0.framesPerSecond = rule.framesPerSecond
                $0.skipSeconds = rule.skipSeconds
            }
            let check = found.reduce(0) { ($0 * 31 + $1) % 1_000_000_007 }
            #expect(found.count == rule.count, "\(rule)")
            #expect(found.first == rule.first && found.last == rule.last, "\(rule)")
            #expect(check == rule.check, "\(rule)")
        }
    }

    @Test func `half a frame is rounded to the even count`() {
        #expect(indices(75, 30) == [0, 74])  // 2.5 s: two, not three
        #expect(indices(105, 30).count == 4)  // 3.5 s
        #expect(indices(12, 30) == [0])  // 0.4 s: none, so one
        #expect(indices(15, 30) == [0])  // 0.5 s
    }

    @Test func `the ends of a long video are left out, and only of a long one`() {
        #expect(indices(66 * 25, 25).first == 0)
        #expect(indices(66 * 25 + 1, 25).first == 25)
        #expect(indices(3000, 25).first == 25)
        #expect(indices(3000, 25).last == 2975)
        #expect(indices(3000, 25) { $0.skipSeconds = 0 }.last == 2999)
        #expect(indices(3000, 25) { $0.skipSeconds = 5 }.first == 125)
    }

    @Test func `a count is taken whatever the rate and the length`() {
        #expect(indices(300, 30) { $0.count = 3 } == [0, 149, 299])
        #expect(indices(300, 30) { $0.count = 1 } == [0])
        #expect(indices(3000, 25) { $0.count = 100 }.count == 100)
        #expect(indices(3000, 25) { $0.count = 2 } == [0, 2999])
        #expect(indices(5, 30) { $0.count = 64 } == [0, 1, 2, 3, 4])
        #expect(indices(5, 30) { $0.count = 0 } == [0])
    }

    @Test func `a part of a video is a video of its own`() {
        // 2 s to 5 s of 10 s at 10 a second: frames 20 to 50, 3.1 s, three frames.
        let part = indices(100, 10) {
            $0.from = 2
            $0.to = 5
        }
        #expect(part == [20, 35, 50])
        #expect(indices(100, 10) { $0.from = 9.95 } == [99])
        #expect(indices(100, 10) { $0.to = 0 } == [0])
        #expect(indices(100, 10) { $0.to = 100 }.last == 99)
        #expect(indices(100, 10) { $0.from = -3 }.first == 0)
        let counted = indices(100, 10) {
            $0.from = 2
            $0.to = 5
            $0.count = 4
        }
        #expect(counted == [20, 30, 40, 50])
    }

    @Test func `nothing is left out at the ends of a part`() {
        let part = indices(10_000, 25) { $0.from = 10 }
        #expect(part.first == 250)
        #expect(part.last == 9999)
        #expect(part.count == 64)
    }

    @Test func `a part counts from the frame that is on screen when it begins`() {
        let slow = indices(10, 1, 2) {  // a frame every two seconds
            $0.from = 3
            $0.to = 3.5
        }
        #expect(slow == [1])
    }

    @Test func `a part goes by the clock of the file, not by the rate`() {
        // Ten frames in the first second, ten more from the sixtieth on.
        let start = (0..<10).map { Double($0) / 10 }
        let times = start + start.map { 60 + $0 }
        let late = indices(20, 1, 3, times: times) {
            $0.from = 60
            $0.count = 3
        }
        #expect(late == [10, 14, 19])
    }

    @Test func `a part that shows nothing is empty`() {
        #expect(indices(100, 10) { $0.from = 10 } == [])
        #expect(indices(100, 10, times: (0..<100).map { 5 + Double($0) / 10 }) { $0.to = 4 } == [])
        let turned = indices(100, 10) {
            $0.from = 5
            $0.to = 2
        }
        #expect(turned == [])
    }

    @Test(arguments: [0.0, -1, .nan, .infinity, 1e300])
    func `no wanted rate brings more frames than there are or none`(framesPerSecond: Double) {
        let found = indices(10, 25) { $0.framesPerSecond = framesPerSecond }
        #expect((1...10).contains(found.count))
        #expect(found == Array(Set(found)).sorted())
        #expect(found.allSatisfy { (0..<10).contains($0) })
    }

    @Test(arguments: [0.0, -1, .nan, .infinity, 1e300])
    func `no time to leave out leads out of the video`(skipSeconds: Double) {
        let found = indices(5000, 25) { $0.skipSeconds = skipSeconds }
        #expect(found.count == 64)
        #expect(found.first.map { $0 >= 0 } == true && found.last.map { $0 < 5000 } == true)
    }

    @Test func `a rate that nothing tells is one a second`() {
        let rate = FrameRate(frameCount: 7, numerator: 0, denominator: 1)
        #expect(rate.framesPerSecond == 1)
        #expect(rate.durationSeconds == 7)
    }

    @Test func `the duration is frames by rate, rounded once`() {
        let rate = FrameRate(frameCount: 192, numerator: 24000, denominator: 1001)
        #expect(rate.durationSeconds == 8.008)
        #expect(rate.seconds(ofIndex: 1) == 1 / (24000.0 / 1001))
    }
}
