import Media
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct `Video files` {
    private func error(
        _ name: String, _ change: (inout MediaOptions) -> Void = { _ in }
    ) -> String {
        do {
            _ = try Clips.frames(name, change)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    // MARK: What is refused, and what is said

    @Test func `sound is named for what it is`() {
        #expect(
            error("audio-only.m4a")
                == "audio-only.m4a: it holds sound only, no video. Name a file with pictures.")
        #expect(
            error("audio-only.mkv")
                == "audio-only.mkv: it holds sound only, no video. Name a file with pictures.")
        #expect(
            error("cover-only.m4a") == "cover-only.m4a: it holds sound and a cover picture only, "
                + "no video. Name a file with pictures.")
    }

    @Test func `lists of other files are not followed`() {
        #expect(
            error("list.m3u8") == "list.m3u8: it is a list of other files or addresses (hls), "
                + "which are not opened. Name the video itself.")
        #expect(
            error("list.ffconcat") == "list.ffconcat: it is a list of other files or addresses "
                + "(concat), which are not opened. Name the video itself.")
    }

    @Test func `a file without its index is broken`() {
        #expect(
            error("no-index.mp4") == "no-index.mp4 is a broken VIDEO file: its header cannot be "
                + "read (FFmpeg: moov atom not found). Get the file again.")
    }

    @Test func `a file that is no video is not recognised`() throws {
        let descriptor = open(#filePath, O_RDONLY)
        let input = MediaInput(
            name: "x.mp4", descriptor: descriptor, byteCount: Int(lseek(descriptor, 0, SEEK_END)))
        #expect(throws: MediaError.unrecognised(name: "x.mp4", looksLike: "no known video format"))
        {
            try VideoFile.description(of: input, options: MediaOptions())
        }
    }

    // MARK: Damage

    @Test(arguments: [
        ("cut-short.mp4", "it holds 197 of the 300 frames that its header promises"),
        ("cut-short.mkv", "it ends at byte "), ("cut-short.avi", "it ends at byte "),
    ])
    func `a file that was cut short is used only when that is allowed`(
        name: String, detail: String
    ) throws {
        #expect(error(name).hasPrefix("\(name) is damaged: \(detail)"))
        #expect(try Clips.description(name).damage?.hasPrefix(detail) == true)
        let frames = try Clips.frames(name) { $0.allowDamaged = true }
        #expect(frames.count > 1)
    }

    @Test func `a frame with errors is used only when that is allowed`() throws {
        let said = error("broken.mp4") { $0.frames.count = 300 }
        #expect(said.hasPrefix("broken.mp4 is damaged: frame 1"))
        let all = try Clips.frames("broken.mp4") {
            $0.frames.count = 300
            $0.allowDamaged = true
        }
        #expect(all.map(\.time.index) == Array(0..<300))
    }

    @Test func `damage elsewhere in a file does not matter`() throws {
        let whole = try Clips.frames("plain.mp4") { $0.frames.to = 2 }
        let broken = try Clips.frames("broken.mp4") { $0.frames.to = 2 }
        #expect(whole.count > 1)
        #expect(whole.map(\.image.rgb) == broken.map(\.image.rgb))
    }

    @Test(arguments: ["plain.mp4", "plain.mkv", "stream.ts", "mpeg4-b.avi", "vp9.webm", "hevc.mp4"])
    func `bytes turned over anywhere end in frames or in a sentence`(name: String) throws {
        let bytes = try Clips.with(name) { input in
            var bytes = [UInt8](repeating: 0, count: input.byteCount)
            _ = pread(input.descriptor, &bytes, bytes.count, 0)
            return bytes
        }
        var options = MediaOptions()
        options.allowDamaged = true
        options.frames.count = 5
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for round in 0..<16 {
            var changed = bytes
            let area = round % 2 == 0 ? min(1000, bytes.count) : bytes.count
            for _ in 0..<(1 + random(40)) { changed[random(area)] = UInt8(random(256)) }
            if round % 4 == 3 { changed.removeLast(random(bytes.count)) }
            var path = Array("/tmp/smolvlm-clip-XXXXXX".utf8CString)
            let descriptor = mkstemp(&path)
            unlink(path)
            #expect(write(descriptor, changed, changed.count) == changed.count)
            let input = MediaInput(
                name: name, descriptor: descriptor, byteCount: changed.count)
            do {
                _ = try VideoFile.decode(input, options: options) { item in
                    #expect(item.image.width > 0)
                }
            } catch {
                #expect("\(error)".hasPrefix(name))
            }
        }
    }

    // MARK: Frames

    @Test(arguments: [
        "plain.mp4", "bframes.mp4", "pyramid.mp4", "open-gop.mp4", "intra-refresh.mkv", "cut.mp4",
        "stream.ts", "mpeg2.ts", "mpeg2.mpg", "hevc.mp4", "vp8.webm", "vp9.webm", "av1.mp4",
        "mpeg4-b.avi", "mjpeg.avi", "fragments.mp4", "late-start.mkv", "theora.ogv",
    ])
    func `a frame alone is the frame among all`(name: String) throws {
        let all = try Clips.frames(name) { $0.frames.count = .max }
        #expect(all.map(\.time.index) == Array(all.indices))
        for count in [3, 7] {
            let some = try Clips.frames(name) {
                $0.frames.count = count
                $0.videoThreads = 1
            }
            #expect(some.count == count)
            for frame in some {
                let same = frame.image.rgb == all[frame.time.index].image.rgb
                #expect(same, "frame \(frame.time.index)")
            }
        }
    }

    @Test func `threads do not change a frame`() throws {
        let one = try Clips.frames("pyramid.mp4") { $0.videoThreads = 1 }
        let four = try Clips.frames("pyramid.mp4") { $0.videoThreads = 4 }
        #expect(one.map(\.image.rgb) == four.map(\.image.rgb))
    }

    @Test(arguments: [(90, 270), (180, 180), (270, 90)])
    func `frames stand upright`(tag: Int, rotation: Int) throws {
        let name = "rotated-\(tag).mp4"
        #expect(try Clips.description(name).rotation == rotation)
        let lying = try #require(try Clips.frames("plain.mov").first?.image)
        let upright = try #require(try Clips.frames(name).first?.image)
        let (width, height) = (lying.width, lying.height)
        #expect(upright.width == (rotation == 180 ? width : height))
        let from = lying.rgb
        let to = upright.rgb
        let isTurned = (0..<upright.height).allSatisfy { y in
            (0..<upright.width).allSatisfy { x in
                // Where this pixel of the upright picture lies in the stored one.
                let (column, row) =
                    switch rotation {
                    case 90: (y, height - 1 - x)
                    case 180: (width - 1 - x, height - 1 - y)
                    default: (width - 1 - y, x)
                    }
                return (0..<3).allSatisfy {
                    to[(y * upright.width + x) * 3 + $0] == from[(row * width + column) * 3 + $0]
                }
            }
        }
        #expect(isTurned)
    }

    @Test(arguments: [
        // Diffuse white is 203 nits: PQ code 0.5807, HLG signal 0.75. A tenth of it: 0.3636, 0.3415.
        ("ramp-smpte2084.mkv", 0.5807, 0.3636), ("ramp-arib-std-b67.mkv", 0.75, 0.3415),
    ])
    func `bright colours are brought to the range of a screen`(
        name: String, white: Double, tenth: Double
    ) throws {
        let image = try #require(try Clips.frames(name).first?.image)
        let row = Array(image.rgb.prefix(image.width * 3))
        let greys = (0..<image.width).map { Int(row[$0 * 3]) }
        for x in greys.indices {
            #expect(abs(Int(row[x * 3 + 1]) - greys[x]) <= 1)
            #expect(abs(Int(row[x * 3 + 2]) - greys[x]) <= 1)
        }
        #expect(greys == greys.sorted())
        #expect(greys.first == 0)
        #expect(greys.last.map { $0 >= 250 } == true)
        func grey(_ code: Double) -> Int { greys[Int((code * Double(image.width - 1)).rounded())] }
        // White is pressed to 0.875 of the light, which sRGB codes as 240; a tenth stays: 89.
        #expect(abs(grey(white) - 240) <= 4)
        #expect(abs(grey(tenth) - 89) <= 4)
    }

    @Test func `times on the clock of the file are told beside those by rate`() throws {
        let late = try Clips.description("late-start.mkv").chosen
        #expect(late.map(\.seconds).first == 0)
        #expect(late.allSatisfy { abs($0.presentationSeconds - $0.seconds - 2.584) < 0.01 })
        let varying = try Clips.description("varying.mp4").chosen
        let last = try #require(varying.last)
        #expect(last.index == 109)
        #expect(abs(last.seconds - 109 * 7 / 150.0) < 1e-9)
        #expect(abs(last.presentationSeconds - 149 / 30.0) < 1e-3)
    }

    @Test func `a part is cut out by the clock of the file`() throws {
        let part = try Clips.frames("late-start.mkv") {
            $0.frames.from = 3.584
            $0.frames.to = 4.585
        }
        #expect(part.map(\.time.index) == [25])
        let none = error("late-start.mkv") { $0.frames.from = 60 }
        #expect(
            none == "late-start.mkv: it shows no frame from 60.0 s and lasts 3.0 s. Give other "
                + "values to --from and --to.")
    }

    @Test func `frames that barely differ are dropped on request only`() throws {
        #expect(try Clips.frames("cards.mp4").count == 6)
        let distinct = try Clips.frames("cards.mp4") { $0.frames.distinct = 0.1 }
        #expect(distinct.map(\.time.index) == [0, 23, 47])
    }

    // MARK: Limits

    @Test func `every limit holds`() {
        #expect(
            error("plain.mp4") { $0.limits.maxPixels = 19_199 }
                == "plain.mp4 has 160 x 120 pixels, more than the 19199 allowed. Make it smaller, "
                + "or raise --max-pixels.")
        #expect(
            error("plain.mp4") { $0.limits.maxSide = 159 }
                == "plain.mp4 has 160 x 120 pixels; a side may have 159. Make it smaller, or raise "
                + "--max-side.")
        #expect(
            error("wide.mp4") { $0.limits.maxAspectRatio = 6 }
                == "wide.mp4 has 200 x 32 pixels, more than 6 to 1. Cut it into pieces, or raise "
                + "--max-aspect.")
        #expect(
            error("plain.mp4") { $0.limits.maxAllocationBytes = 30_000 }
                == "plain.mp4 needs more than 30000 bytes at once to decode. Make it smaller, or "
                + "raise --max-allocation.")
        #expect(
            error("plain.mp4") { $0.limits.maxSeconds = 0 }
                == "plain.mp4 took longer than 0.0 seconds to decode and was stopped. Make it "
                + "smaller, or raise --decode-timeout.")
    }

    @Test func `decoding stops when the frames are no longer wanted`() throws {
        var seen = 0
        let stop = MediaError.tooSlow(name: "stop", limit: 1)
        _ = try Clips.with("plain.mp4") { input in
            #expect(throws: stop) {
                _ = try VideoFile.decode(input, options: MediaOptions()) {
                    (_: MediaItem) throws(MediaError) in
                    seen += 1
                    if seen == 3 { throw stop }
                }
            }
        }
        #expect(seen == 3)
    }
}
