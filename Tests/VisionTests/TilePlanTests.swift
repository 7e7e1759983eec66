import JSON
import Testing
import Vision
import Weights

@Suite struct `Tile plans` {
    /// Width, height, size after the first and the second step, rows and columns.
    @Test(arguments: [
        [1600, 1200, 2048, 1536, 2048, 1536, 3, 4, 1536, 1152, 1536, 1152, 3, 4],
        [512, 512, 2048, 2048, 2048, 2048, 4, 4, 1536, 1536, 1536, 1536, 4, 4],
        [3000, 500, 2048, 342, 2048, 512, 1, 4, 1536, 256, 1536, 384, 1, 4],
        [100, 2000, 102, 2048, 512, 2048, 4, 1, 76, 1536, 384, 1536, 4, 1],
        [640, 480, 2048, 1536, 2048, 1536, 3, 4, 1536, 1152, 1536, 1152, 3, 4],
        [1920, 1080, 2048, 1152, 2048, 1536, 3, 4, 1536, 864, 1536, 1152, 3, 4],
        [1080, 1920, 1152, 2048, 1536, 2048, 4, 3, 864, 1536, 1152, 1536, 4, 3],
        [300, 200, 2048, 1366, 2048, 1536, 3, 4, 1536, 1024, 1536, 1152, 3, 4],
        [1654, 2339, 1448, 2048, 1536, 2048, 4, 3, 1086, 1536, 1152, 1536, 4, 3],
        [1000, 1, 2048, 2, 2048, 512, 1, 4, 1536, 2, 1536, 384, 1, 4],
    ])
    func `both families split pictures into their tiles`(row: [Int]) throws {
        for (config, numbers) in [(PreprocessorConfig.small, row[2..<8]), (.large, row[8...])] {
            let plan = try TilePlan(width: row[0], height: row[1], config: config, use: .split)
            #expect(summary(plan) == Array(numbers))
        }
    }

    @Test(arguments: try planCases())
    func `over 110,000 sizes plans are those of the reference`(name: String, use: String) throws {
        let record = try #require(
            try records(of: "plans.json").first {
                $0["config"]?.string == name && $0["use"]?.string == use
            })
        let config = try #require(referenceConfig(name))
        let use: TilePlan.Use = use == "split" ? .split : .whole
        for row in record["rows"]?.elements.map({ $0.elements.compactMap(\.int) }) ?? [] {
            let plan = try TilePlan(width: row[0], height: row[1], config: config, use: use)
            #expect(summary(plan) == Array(row[2...]), "\(row[0]) x \(row[1])")
        }
        let hashes = record["hashes"]?.elements.compactMap(\.string) ?? []
        #expect(hashes.count == 11)
        #if DEBUG
            // Unoptimised, all of them take a minute.
            let chunks = planSizes().prefix(2)
        #else
            let chunks = planSizes()
        #endif
        for (chunk, hash) in zip(chunks, hashes) {
            var found = SecureHash()
            for (width, height) in chunk {
                let plan = try TilePlan(width: width, height: height, config: config, use: use)
                for number in summary(plan) { found.add(littleEndian: UInt32(number)) }
            }
            #expect(found.finish() == hash)
        }
    }

    @Test(arguments: [(1920, 1080), (1080, 1920), (320, 240), (1, 900), (4096, 16)])
    func `a frame of a video is planned as a whole picture`(width: Int, height: Int) throws {
        var config = PreprocessorConfig.small
        config.longestEdge = 777
        let frame = try TilePlan(width: width, height: height, config: config, use: .videoFrame)
        let picture = try TilePlan(width: width, height: height, config: .small, use: .whole)
        #expect(frame == picture)
        #expect(frame.frameCount == 1)
        #expect(frame.tiles.isEmpty)
    }

    @Test func `a video edge beyond 4096 is cut before the shorter side is made even`() throws {
        var config = PreprocessorConfig.small
        config.video.longestEdge = 5000
        let frame = try TilePlan(width: 4096, height: 1025, config: config, use: .videoFrame)
        #expect(frame.resized == PixelSize(width: 4096, height: 1026))
    }

    /// Rows x columns and tokens with markers, as the reference writes the prompt.
    @Test(arguments: [
        (1600, 1200, 64, 832, 862), (512, 512, 64, 1088, 1127), (3000, 500, 64, 320, 332),
        (1600, 1200, 81, 1053, 1083),
    ])
    func `tokens are counted with their markers`(
        width: Int, height: Int, perFrame: Int, imageTokens: Int, promptTokens: Int
    ) throws {
        let config: PreprocessorConfig = perFrame == 64 ? .small : .large
        let plan = try TilePlan(width: width, height: height, config: config, use: .split)
        #expect(plan.imageTokenCount == imageTokens)
        #expect(plan.promptTokenCount == promptTokens)
        let whole = try TilePlan(width: width, height: height, config: config, use: .whole)
        #expect(whole.imageTokenCount == perFrame)
        #expect(whole.promptTokenCount == perFrame + 3)
    }

    @Test func `tiles cover the aligned picture row by row`() throws {
        let plan = try TilePlan(width: 1600, height: 1200, config: .small, use: .split)
        #expect(plan.tiles.count == 12)
        #expect(
            plan.tiles.allSatisfy {
                $0.width == 512 && $0.height == 512 && $0.left + 512 <= plan.aligned.width
                    && $0.top + 512 <= plan.aligned.height
            })
        #expect(plan.tiles[1] == PixelRectangle(left: 512, top: 0, width: 512, height: 512))
        #expect(plan.tiles[4] == PixelRectangle(left: 0, top: 512, width: 512, height: 512))
    }

    @Test func `memory is counted before any is taken`() throws {
        let plan = try TilePlan(width: 1920, height: 1080, config: .small, use: .split)
        #expect(plan.frameBytes == 3 * 512 * 512 * 4)
        #expect(plan.allFramesBytes == 13 * plan.frameBytes)
        let sizes = [1920 * 1080, 2048 * 1152, 2048 * 1536, 512 * 512]
        #expect(plan.pixelBytes == 3 * sizes.reduce(0, +))
        // Nothing is resampled here, so there is one copy.
        let exact = try TilePlan(width: 2048, height: 1536, config: .small, use: .split)
        #expect(exact.pixelBytes == 3 * (2048 * 1536 + 512 * 512))
    }

    @Test func `what cannot be prepared is refused with the reason`() throws {
        #expect(throws: VisionError.zeroSize(width: 0, height: 5)) {
            try TilePlan(width: 0, height: 5, config: .small, use: .split)
        }
        #expect(throws: VisionError.sideTooLong(width: 131_073, height: 5, limit: 131_072)) {
            try TilePlan(width: 131_073, height: 5, config: .small, use: .split)
        }
        var config = PreprocessorConfig.small
        config.tileEdge = 1
        let tooMany = VisionError.tooManyFrames(
            width: 640, height: 480, frames: 2048 * 1536 + 1, limit: 1025)
        #expect(throws: tooMany) {
            try TilePlan(width: 640, height: 480, config: config, use: .split)
        }
        #expect(
            tooMany.description
                == "A picture of 640 x 480 pixels would be split into 3145729 frames, more than the "
                + "1025 allowed. Make it smaller, or lower the model's longest edge.")
        #expect(
            VisionError.zeroSize(width: 0, height: 5).description
                == "A picture of 0 x 5 pixels has nothing to see. Get the file again.")
    }
}

private func summary(_ plan: TilePlan) -> [Int] {
    [
        plan.resized.width, plan.resized.height, plan.aligned.width, plan.aligned.height, plan.rows,
        plan.columns,
    ]
}

/// Configurations and uses that were recorded.
private func planCases() throws -> [(String, String)] {
    try records(of: "plans.json").compactMap { record in
        guard let name = record["config"]?.string, let use = record["use"]?.string else {
            return nil
        }
        return (name, use)
    }
}

/// The sizes of `record_preprocessing.py`, in chunks.
private func planSizes() -> [[(Int, Int)]] {
    var numbers = Numbers(seed: 1)
    func drawn(_ widths: Int, _ heights: Int) -> [(Int, Int)] {
        (0..<10_000).map { _ in
            let width = 1 + numbers.below(widths)
            return (width, 1 + numbers.below(heights))
        }
    }
    var chunks = [(1...100).flatMap { width in (1...100).map { (width, $0) } }]
    for _ in 0..<5 { chunks.append(drawn(5000, 5000)) }
    for _ in 0..<2 {
        chunks.append(drawn(16_384, 64))
        chunks.append(drawn(64, 16_384))
    }
    chunks.append(drawn(16_384, 16_384))
    return chunks
}
