import JSON
import Media
import Testing
import Vision
import Weights

@Suite struct `Frames of a picture` {
    @Test func `at least 200 recorded pictures are compared`() throws {
        #expect(try TileGolden.all().count >= 200)
    }

    @Test(arguments: try TileGolden.ofThisBuild())
    func `floats are bit for bit those of the reference`(golden: TileGolden) throws {
        let config = try #require(referenceConfig(golden.config))
        let image = referencePicture(width: golden.width, height: golden.height, seed: golden.seed)
        let tiles = try Tiles(image, config: config, use: golden.use)
        #expect(tiles.plan.rows == golden.rows)
        #expect(tiles.plan.columns == golden.columns)
        var hash = SecureHash()
        var floats = [Float](repeating: 0, count: tiles.frameLength)
        for frame in 0..<tiles.count {
            var span = floats.mutableSpan
            tiles.write(frame: frame, to: &span, at: 0)
            for float in floats { hash.add(littleEndian: float.bitPattern) }
        }
        if hash.finish() != golden.tensor {
            Issue.record("first different stage: \(firstDifference(golden, tiles, image, config))")
        }
    }

    @Test func `all floats at once are the frames one after the other`() throws {
        let image = referencePicture(width: 90, height: 50, seed: 4)
        let config = try #require(referenceConfig("mini"))
        let tiles = try Tiles(image, config: config, use: .split)
        let all = tiles.floats()
        #expect(all.count == tiles.count * 3 * 64 * 64)
        var one = [Float](repeating: 0, count: tiles.frameLength)
        for frame in 0..<tiles.count {
            var span = one.mutableSpan
            tiles.write(frame: frame, to: &span, at: 0)
            #expect(one[...] == all[frame * one.count..<(frame + 1) * one.count])
        }
    }

    @Test func `one maker serves many pictures of a size`() throws {
        let config = try #require(referenceConfig("mini"))
        let plan = try TilePlan(width: 75, height: 40, config: config, use: .videoFrame)
        let maker = TileMaker(plan: plan, config: config)
        for seed in 0..<3 {
            let image = referencePicture(width: 75, height: 40, seed: seed)
            let alone = try Tiles(image, config: config, use: .videoFrame)
            #expect(maker.tiles(of: image).floats() == alone.floats())
        }
    }

    @Test func `the floats of a frame are its picture by the table`() throws {
        let image = referencePicture(width: 100, height: 60, seed: 7)
        let config = try #require(referenceConfig("miniColours"))
        let tiles = try Tiles(image, config: config, use: .split)
        let tables = FloatPlanes(config).tables
        let floats = tiles.floats()
        for frame in 0..<tiles.count {
            let picture = tiles.picture(frame: frame)
            #expect((picture.width, picture.height) == (64, 64))
            picture.withPixels { pixels in
                for index in stride(from: 0, to: 64 * 64 * 3, by: 37) {
                    let channel = index % 3
                    let float = floats[(frame * 3 + channel) * 64 * 64 + index / 3]
                    #expect(float == tables[channel * 256 + Int(pixels[index])])
                }
            }
        }
    }

    @Test func `the usual table runs from -1 to 1`() {
        let tables = FloatPlanes(.small).tables
        #expect(tables[0] == -1)
        #expect(tables[255] == 1)
        #expect(tables[0..<256] == tables[512...])
    }
}

/// One picture that the reference processor prepared.
struct TileGolden: CustomTestStringConvertible, Sendable {
    let config: String
    let use: TilePlan.Use
    let width: Int, height: Int, seed: Int
    let rows: Int, columns: Int
    let resized: String, aligned: String, tensor: String
    let frames: [String]

    var testDescription: String { "\(config) \(use) \(width)x\(height)" }

    init?(_ json: JSONValue) {
        let size = json["size"]?.elements.compactMap(\.int) ?? []
        guard size.count == 2, let config = json["config"]?.string, let use = json["use"]?.string,
            let seed = json["seed"]?.int, let rows = json["rows"]?.int,
            let columns = json["columns"]?.int, let resized = json["resized"]?.string,
            let aligned = json["aligned"]?.string, let tensor = json["tensor"]?.string,
            let frames = json["frames"]?.elements.compactMap(\.string)
        else { return nil }
        self.config = config
        self.use = use == "split" ? .split : .whole
        (width, height, self.seed) = (size[0], size[1], seed)
        (self.rows, self.columns) = (rows, columns)
        (self.resized, self.aligned, self.tensor) = (resized, aligned, tensor)
        self.frames = frames
    }

    static func all() throws -> [TileGolden] {
        try records(of: "tiles.json").compactMap(TileGolden.init)
    }

    /// Without optimisation only the small ones: making and hashing the large takes minutes.
    static func ofThisBuild() throws -> [TileGolden] {
        #if DEBUG
            try all().filter { ($0.width + $0.height) < 500 && $0.frames.count < 18 }
                .filter { referenceConfig($0.config)?.tileEdge ?? 0 < 100 }
        #else
            try all()
        #endif
    }
}

/// Which stage of a preparation is the first to differ from the recorded one.
private func firstDifference(
    _ golden: TileGolden, _ tiles: Tiles, _ image: Image, _ config: PreprocessorConfig
) -> String {
    guard let filter = Resample.Filter(rawValue: "\(config.filter)") else { return "no filter" }
    let resized = Resample.resized(
        image, width: tiles.plan.resized.width, height: tiles.plan.resized.height, filter: filter)
    if config.resizes && checksum(resized) != golden.resized { return "the first resampling" }
    let aligned = Resample.resized(
        resized, width: tiles.plan.aligned.width, height: tiles.plan.aligned.height, filter: filter)
    if checksum(aligned) != golden.aligned { return "the second resampling" }
    for (frame, expected) in golden.frames.enumerated()
    where checksum(tiles.picture(frame: frame)) != expected {
        return "the pixels of frame \(frame) of \(tiles.count)"
    }
    return "the floats of the right pixels"
}
