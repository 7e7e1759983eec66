import Foundation
import JSON
import Media
import Testing

@Suite struct `Resampling` {
    @Test(arguments: try ResampleGolden.all())
    func `pixels are bit for bit those of Pillow`(golden: ResampleGolden) {
        let image = golden.source
        for (filter, expected) in golden.checksums {
            let resized = Resample.resized(
                image, width: golden.outWidth, height: golden.outHeight, filter: filter)
            #expect((resized.width, resized.height) == (golden.outWidth, golden.outHeight))
            #expect(checksum(resized) == expected, "\(filter)")
        }
    }

    @Test func `enough was recorded`() throws {
        #expect(try ResampleGolden.all().count >= 80)
        #expect(try ResampleGolden.all().allSatisfy { $0.checksums.count == 5 })
    }

    @Test(arguments: Resample.Filter.allCases)
    func `a picture of one colour keeps it`(filter: Resample.Filter) {
        let colour: [UInt8] = [7, 128, 251]
        let image = Image(width: 37, height: 23, rgb: (0..<37 * 23 * 3).map { colour[$0 % 3] })
        for (width, height) in [(1, 1), (36, 24), (80, 23), (37, 90), (5, 200)] {
            let resized = Resample.resized(image, width: width, height: height, filter: filter)
            resized.withPixels { pixels in
                for index in pixels.indices { #expect(pixels[index] == colour[index % 3]) }
            }
        }
    }

    @Test(arguments: [(16_384, 1), (1, 16_384), (16_384, 3), (3, 16_384)])
    func `the longest sides shrink and grow safely`(width: Int, height: Int) {
        let image = Image(
            width: width, height: height,
            rgb: [UInt8](repeating: 200, count: width * height * 3))
        for filter in Resample.Filter.allCases {
            for (toWidth, toHeight) in [(1, 1), (height, width), (2, 16_384), (16_384, 2)] {
                let resized = Resample.resized(
                    image, width: toWidth, height: toHeight, filter: filter)
                resized.withPixels { pixels in
                    #expect(pixels[0] == 200)
                    #expect(pixels[pixels.count - 1] == 200)
                }
            }
        }
    }

    @Test func `one plan serves many pictures`() {
        let resample = Resample(
            fromWidth: 40, height: 30, toWidth: 17, height: 50, filter: .bicubic)
        for seed in 0..<3 {
            let image = recordedPicture(width: 40, height: 30, seed: seed)
            let alone = Resample.resized(image, width: 17, height: 50, filter: .bicubic)
            #expect(checksum(resample.resized(image)) == checksum(alone))
        }
    }

    @Test func `a crop is the pixels of its rectangle`() {
        let image = recordedPicture(width: 20, height: 10, seed: 0)
        let crop = Image(ImagePiece(image, left: 3, top: 2, width: 5, height: 4))
        #expect((crop.width, crop.height) == (5, 4))
        image.withPixels { whole in
            crop.withPixels { part in
                for index in part.indices {
                    let (row, rest) = index.quotientAndRemainder(dividingBy: 15)
                    #expect(part[index] == whole[(row + 2) * 60 + 9 + rest])
                }
            }
        }
    }
}

/// One resize of Pillow's under every filter, recorded by `record_preprocessing.py`.
struct ResampleGolden: CustomTestStringConvertible, Sendable {
    let inWidth: Int, inHeight: Int, outWidth: Int, outHeight: Int, seed: Int
    let checksums: [(Resample.Filter, String)]

    var testDescription: String { "\(inWidth)x\(inHeight) to \(outWidth)x\(outHeight)" }
    var source: Image { recordedPicture(width: inWidth, height: inHeight, seed: seed) }

    static func all() throws -> [ResampleGolden] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/preprocessing/resample.json")
        let json = try JSONValue(parsing: String(contentsOf: file, encoding: .utf8))
        return json["records"].map { $0.elements.compactMap(ResampleGolden.init) } ?? []
    }

    init?(_ json: JSONValue) {
        let sizes = json["sizes"]?.elements.compactMap(\.int) ?? []
        guard sizes.count == 4, let seed = json["seed"]?.int else { return nil }
        (inWidth, inHeight, outWidth, outHeight) = (sizes[0], sizes[1], sizes[2], sizes[3])
        self.seed = seed
        checksums = Resample.Filter.allCases.compactMap { filter in
            json[filter.rawValue]?.string.map { (filter, $0) }
        }
    }
}

/// The picture that `record_preprocessing.py` makes for a seed: noise, ramps or blocks.
private func recordedPicture(width: Int, height: Int, seed: Int) -> Image {
    Image(width: width, height: height) { pixels in
        let start = UInt32(truncatingIfNeeded: seed) &* 0x27D4_EB2F
        var place = 0
        for y in 0..<UInt32(height) {
            for x in 0..<UInt32(width) {
                for c in 0..<UInt32(3) {
                    var h = x &* 0x9E37_79B1 &+ y &* 0x85EB_CA77 &+ c &* 0xC2B2_AE3D &+ start
                    h ^= h >> 15
                    h = h &* 0x2C1B_3C6D
                    h ^= h >> 12
                    h = h &* 0x297A_2D39
                    h ^= h >> 15
                    let value =
                        switch seed % 3 {
                        case 0: h >> 24
                        case 1: (x &* 3 &+ y &* 5 &+ c &* 85 &+ (h >> 29)) & 255
                        default: ((x >> 4) ^ (y >> 4)) & 1 != 0 ? 255 - (h >> 30) : h >> 30
                        }
                    pixels[place] = UInt8(value)
                    place += 1
                }
            }
        }
    }
}

/// CRC-32 of the pixels, in eight hexadecimal digits.
private func checksum(_ image: Image) -> String {
    image.withPixels { pixels in
        let table = (0..<UInt32(256)).map { byte in
            (0..<8).reduce(byte) { value, _ in
                value & 1 != 0 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
            }
        }
        var value = ~UInt32(0)
        for index in pixels.indices {
            value = table[Int((value ^ UInt32(pixels[index])) & 255)] ^ (value >> 8)
        }
        let digits = String(~value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
