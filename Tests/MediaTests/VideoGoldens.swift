import JSON
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the reference made of the clips: `Tests/Golden/video.json`, which
/// `Tests/Golden/record_video.py` writes.
struct VideoGoldens: Sendable {
    struct Clip: Sendable, CustomTestStringConvertible {
        let name: String
        /// Readers of transformers that find the same, untouched.
        let backends: [String]
        let frameCount: Int
        let numerator: Int, denominator: Int
        let duration: Double
        let width: Int, height: Int
        let indices: [Int]
        let timestamps: [Double]
        let samples: [Sample]
        var testDescription: String { name }
    }

    /// Pixels on a lattice over the frame at one place of those taken.
    struct Sample: Sendable {
        let place: Int
        let frame: [UInt8]
        let processed: [UInt8]
    }

    /// One case of the rule alone.
    struct Rule: Sendable {
        let frameCount: Int, numerator: Int, denominator: Int
        let maxFrames: Int
        let framesPerSecond: Double, skipSeconds: Double
        let count: Int, first: Int, last: Int, check: Int
    }

    let edge: Int
    let columns: Int, rows: Int
    let clips: [Clip]
    let rules: [Rule]

    struct Broken: Error {
        let place: String
    }

    static let recorded = Result { try VideoGoldens() }

    static var clips: [Clip] { (try? recorded.get().clips) ?? [] }

    private init() throws {
        let tests = String(#filePath.split(separator: "MediaTests/")[0])
        let json = try JSONValue(parsing: try Self.text(of: tests + "Golden/video.json"))
        edge = try Self.integer(json, "edge")
        columns = try Self.integer(json, "columns")
        rows = try Self.integer(json, "rows")
        clips = try Self.list(json, "clips").map(Self.clip)
        rules = try Self.list(json, "rules").map { value in
            let numbers = value.elements.compactMap(\.double)
            guard numbers.count == 10 else { throw Broken(place: "rules") }
            let integers = numbers.map { Int($0) }
            return Rule(
                frameCount: integers[0], numerator: integers[1], denominator: integers[2],
                maxFrames: integers[3], framesPerSecond: numbers[4], skipSeconds: numbers[5],
                count: integers[6], first: integers[7], last: integers[8], check: integers[9])
        }
    }

    private static func clip(_ json: JSONValue) throws -> Clip {
        let rate = try list(json, "rate").compactMap(\.int)
        let size = try list(json, "size").compactMap(\.int)
        guard rate.count == 2, size.count == 2, let name = json["clip"]?.string,
            let duration = json["duration"]?.double
        else { throw Broken(place: "clips") }
        return Clip(
            name: name, backends: try list(json, "backends").compactMap(\.string),
            frameCount: try integer(json, "frameCount"), numerator: rate[0], denominator: rate[1],
            duration: duration, width: size[0], height: size[1],
            indices: try list(json, "indices").compactMap(\.int),
            timestamps: try list(json, "timestamps").compactMap(\.double),
            samples: try list(json, "pixels").map { pixels in
                Sample(
                    place: try integer(pixels, "place"), frame: try bytes(pixels, "frame"),
                    processed: try bytes(pixels, "processed"))
            })
    }

    private static func list(_ json: JSONValue, _ key: String) throws -> [JSONValue] {
        guard let value = json[key], value.kind == .array else { throw Broken(place: key) }
        return Array(value.elements)
    }

    private static func integer(_ json: JSONValue, _ key: String) throws -> Int {
        guard let value = json[key]?.int else { throw Broken(place: key) }
        return value
    }

    private static func bytes(_ json: JSONValue, _ key: String) throws -> [UInt8] {
        guard let text = json[key]?.string else { throw Broken(place: key) }
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }

    private static func text(of path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Broken(place: path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else {
            throw Broken(place: path)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
