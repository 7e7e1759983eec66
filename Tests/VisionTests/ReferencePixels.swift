import Foundation
import JSON
import Media
import Weights

/// Deterministic whole numbers, as `record_preprocessing.py` draws them.
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

/// The picture that `record_preprocessing.py` makes for a seed: noise, ramps or blocks.
func referencePicture(width: Int, height: Int, seed: Int) -> Image {
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
func checksum(_ image: Image) -> String {
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
        return hexadecimal(~value)
    }
}

func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}

/// The records of a file that `record_preprocessing.py` wrote.
func records(of name: String) throws -> [JSONValue] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Golden/preprocessing/\(name)")
    let json = try JSONValue(parsing: String(contentsOf: file, encoding: .utf8))
    return json["records"].map { Array($0.elements) } ?? []
}

/// The configurations of `record_preprocessing.py` by name.
func referenceConfig(_ name: String) -> PreprocessorConfig? {
    func config(
        _ longestEdge: Int, _ tileEdge: Int, change: (inout PreprocessorConfig) -> Void = { _ in }
    ) -> PreprocessorConfig {
        var config = PreprocessorConfig.classDefaults
        config.longestEdge = longestEdge
        config.tileEdge = tileEdge
        change(&config)
        return config
    }
    return switch name {
    case "small": .small
    case "large": .large
    case "small1024": config(1024, 512)
    case "small512": config(512, 512)
    case "defaults": .classDefaults
    case "huge": config(5000, 512)
    case "hugeDefault": config(5000, 364)
    case "unresized": config(2048, 512) { $0.resizes = false }
    case "mini": config(256, 64)
    case "odd": config(201, 67)
    case "uneven": config(200, 64)
    case "miniUnresized": config(256, 64) { $0.resizes = false }
    case "miniBicubic": config(256, 64) { $0.filter = .bicubic }
    case "miniBilinear": config(256, 64) { $0.filter = .bilinear }
    case "miniNearest": config(256, 64) { $0.filter = .nearest }
    case "miniBox": config(256, 64) { $0.filter = .box }
    case "miniColours":
        config(256, 64) {
            $0.mean = [0.48145466, 0.4578275, 0.40821073]
            $0.deviation = [0.26862954, 0.26130258, 0.27577711]
        }
    case "miniUnscaled": config(256, 64) { $0.rescales = false }
    case "miniOddScale": config(256, 64) { $0.rescaleFactor = 0.0078 }
    case "miniScaledOnly": config(256, 64) { $0.normalises = false }
    default: nil
    }
}
