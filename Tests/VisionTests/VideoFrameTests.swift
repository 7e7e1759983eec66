import Foundation
import JSON
import Media
import Testing
import Vision
import Weights

@Suite struct `Frames of videos as the model gets them` {
    /// One recorded clip of `Tests/Golden/video.json`.
    struct Clip: Sendable, CustomTestStringConvertible {
        let name: String
        let samples: [Sample]
        var testDescription: String { name }
    }

    /// Pixels on a lattice over the processed frame at one place of those taken.
    struct Sample: Sendable {
        let place: Int
        /// Resized by torchvision, as the reference does.
        let reference: [UInt8]
        /// Resized by Pillow to the same sizes.
        let pillow: [UInt8]

        init(_ json: JSONValue) {
            place = json["place"]?.int ?? -1
            reference = Self.bytes(json["processed"]?.string ?? "")
            pillow = Self.bytes(json["pillow"]?.string ?? "")
        }

        private static func bytes(_ text: String) -> [UInt8] {
            let digits = text.compactMap(\.hexDigitValue)
            return stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(digits[$0] * 16 + digits[$0 + 1])
            }
        }
    }

    private static let tests = String(#filePath.split(separator: "VisionTests/")[0])
    private static let columns = 8
    private static let rows = 6
    private static let edge = 64
    /// Largest difference from the reference's frames resized by Pillow: 1 was seen, in odd sizes
    /// where decoded frames differ by 1, and 0 elsewhere.
    private static let pillowTolerance = 1
    /// Largest difference from torchvision's Lanczos, whose weights have fewer bits: 2 was seen, as
    /// between Pillow and torchvision themselves.
    private static let referenceTolerance = 2

    static let clips: [Clip] = {
        guard let data = try? Data(contentsOf: URL(filePath: tests + "Golden/video.json")),
            let json = try? JSONValue(parsing: String(decoding: data, as: UTF8.self)),
            let clips = json["clips"]
        else { return [] }
        return clips.elements.map { clip in
            Clip(
                name: clip["clip"]?.string ?? "",
                samples: clip["pixels"]?.elements.map(Sample.init) ?? [])
        }
    }()

    @Test func `there are clips to compare`() {
        #expect(Self.clips.filter { !$0.samples.isEmpty }.count >= 50)
    }

    @Test(arguments: Self.clips)
    func `they are within 1 of Lanczos, and within 2 of the reference's`(clip: Clip) throws {
        var config = PreprocessorConfig.small
        config.tileEdge = Self.edge
        config.video.longestEdge = Self.edge
        var found: [[UInt8]] = []
        let input = try MediaInput(path: Self.tests + ".clips/" + clip.name)
        _ = try VideoFile.decode(input, options: MediaOptions()) { item in
            let tiles = try? Tiles(item.image, config: config, use: .videoFrame)
            found.append(tiles.map(Self.lattice) ?? [])
        }
        for sample in clip.samples {
            let pixels = found[sample.place]
            #expect(Self.distance(pixels, sample.pillow) <= Self.pillowTolerance)
            #expect(Self.distance(pixels, sample.reference) <= Self.referenceTolerance)
        }
    }

    /// Pixels at evenly spaced places of the only frame, from its floats.
    private static func lattice(of tiles: Tiles) -> [UInt8] {
        let floats = tiles.floats()
        return (0..<rows * columns * 3).map { index in
            let (point, channel) = index.quotientAndRemainder(dividingBy: 3)
            let y = point / columns * (edge - 1) / (rows - 1)
            let x = point % columns * (edge - 1) / (columns - 1)
            return UInt8(((floats[(channel * edge + y) * edge + x] + 1) * 127.5).rounded())
        }
    }

    private static func distance(_ found: [UInt8], _ expected: [UInt8]) -> Int {
        guard found.count == expected.count else { return .max }
        return zip(found, expected).map { abs(Int($0) - Int($1)) }.max() ?? .max
    }
}
