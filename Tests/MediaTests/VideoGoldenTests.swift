import Media
import Testing

@Suite struct `Videos as the reference reads them` {
    /// Largest difference of a decoded sample: 1 was seen in odd sizes at half chroma, 0 elsewhere.
    private static let frameTolerance = 1

    @Test func `most recorded clips are as the reference's own readers have them`() throws {
        let clips = try VideoGoldens.recorded.get().clips
        #expect(clips.count >= 50)
        #expect(clips.filter { !$0.backends.isEmpty }.count >= 45)
    }

    @Test(arguments: VideoGoldens.clips)
    func `frames and times are chosen alike`(clip: VideoGoldens.Clip) throws {
        let video = try Clips.description(clip.name)
        #expect(video.frameCount == clip.frameCount)
        #expect(video.framesPerSecond == Double(clip.numerator) / Double(clip.denominator))
        #expect(video.durationSeconds == clip.duration)
        #expect((video.width, video.height) == (clip.width, clip.height))
        #expect(video.chosen.map(\.index) == clip.indices)
        #expect(video.chosen.map(\.seconds) == clip.timestamps)
        #expect(video.damage == nil)
    }

    @Test(arguments: VideoGoldens.clips)
    func `decoded frames are alike`(clip: VideoGoldens.Clip) throws {
        let goldens = try VideoGoldens.recorded.get()
        let frames = try Clips.frames(clip.name)
        #expect(frames.map(\.time.index) == clip.indices)
        for sample in clip.samples {
            let image = frames[sample.place].image
            let found = image.lattice(columns: goldens.columns, rows: goldens.rows)
            #expect(found.count == sample.frame.count)
            let worst = zip(found, sample.frame).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= Self.frameTolerance, "frame \(clip.indices[sample.place])")
        }
    }
}

extension Image {
    /// Pixels at evenly spaced places from corner to corner.
    func lattice(columns: Int, rows: Int) -> [UInt8] {
        withPixels { pixels in
            var bytes: [UInt8] = []
            for row in 0..<rows {
                for column in 0..<columns {
                    let y = row * (height - 1) / (rows - 1)
                    let x = column * (width - 1) / (columns - 1)
                    for channel in 0..<3 { bytes.append(pixels[(y * width + x) * 3 + channel]) }
                }
            }
            return bytes
        }
    }
}
