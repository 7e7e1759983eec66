internal import Foundation
internal import Media
internal import Vision
internal import Weights

/// Lanczos alone against Pillow, and a whole picture to frames of floats against the reference
/// processor, by turns in one run and one thread each.
struct PixelsBench {
    private let python: String
    private let runs: Int
    /// A picture to decode; without it 12 megapixels of noise that are in memory already.
    private let file: String?

    init(arguments: [String]) throws {
        var python: String?
        var runs = 9
        var file: String?
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            switch name {
            case "--python": python = value
            case "--runs": runs = Int(value) ?? 0
            case "--file": file = value
            default: throw BenchError("unknown option \(name)")
            }
        }
        guard let python else { throw BenchError("--python names a Python with transformers") }
        guard runs > 0 else { throw BenchError("--runs is a number from 1 on") }
        self.python = python
        self.runs = runs
        self.file = file
    }

    func run() throws {
        let image = try file.map(Self.decoded) ?? noise(width: 4000, height: 3000)
        let reference = try Reference(
            python: python,
            arguments: file.map { [$0] } ?? ["\(image.width)", "\(image.height)"])
        let long = max(image.width, image.height)
        let (width, height) = (
            max(1, image.width * 2048 / long), max(1, image.height * 2048 / long)
        )

        var ours = Timings()
        var theirs = Timings()
        try alternate(&ours, &theirs, reference, "lanczos") {
            _ = Resample.resized(image, width: width, height: height, filter: .lanczos)
        }
        report("Lanczos \(image.width)x\(image.height) to \(width)x\(height)", ours, theirs)

        ours = Timings()
        theirs = Timings()
        var frames = 0
        var sum: Float = 0
        try alternate(&ours, &theirs, reference, "whole") {
            let picture = try file.map(Self.decoded) ?? image
            let floats = try Tiles(picture, config: .small, use: .split).floats()
            sum += floats[floats.count / 2]
            frames = floats.count / (3 * 512 * 512)
        }
        let start = file == nil ? "pixels" : "file"
        report("\(image.width)x\(image.height), \(start) to \(frames) frames", ours, theirs)
        if sum.isNaN { print("not numbers") }
    }

    /// One run of each to warm up, then by turns.
    private func alternate(
        _ ours: inout Timings, _ theirs: inout Timings, _ reference: Reference, _ job: String,
        _ run: () throws -> Void
    ) throws {
        try run()
        _ = try reference.times(of: job)
        for _ in 0..<runs {
            try ours.measure(run)
            let (clock, busy) = try reference.times(of: job)
            theirs.add(clock: clock, busy: busy)
        }
    }

    private func report(_ title: String, _ ours: Timings, _ theirs: Timings) {
        print(title)
        print("  smolvlm    \(ours.summary)")
        print("  reference  \(theirs.summary)")
        print(
            "  ratio of medians \(rounded(theirs.clockMedian / ours.clockMedian)), of processor "
                + "time \(rounded(theirs.busyMedian / ours.busyMedian))")
    }

    private func noise(width: Int, height: Int) -> Image {
        Image(width: width, height: height) { pixels in
            var state: UInt64 = 1
            for index in pixels.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                pixels[index] = UInt8(truncatingIfNeeded: state >> 56)
            }
        }
    }

    /// The picture of a file, decoded in this process.
    static func decoded(_ path: String) throws -> Image {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BenchError("\(path) cannot be opened")
        }
        let byteCount = Int(try handle.seekToEnd())
        // The input closes the descriptor that it is given.
        let input = MediaInput(
            name: path, descriptor: dup(handle.fileDescriptor), byteCount: byteCount)
        var image: Image?
        _ = try MediaDecoder.decode(input, options: MediaOptions()) { item in image = item.image }
        guard let image else { throw BenchError("\(path) holds no picture") }
        return image
    }
}

/// The reference in a process of its own, asked line by line.
private final class Reference {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(python: String, arguments: [String]) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "reference/reference_pixels.py")
        process.executableURL = URL(filePath: python)
        process.arguments = [script.path] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        guard try line().hasPrefix("ready") else { throw BenchError("the reference did not start") }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Milliseconds that a job took, on the clock and of the processor.
    func times(of job: String) throws -> (clock: Double, busy: Double) {
        try input.fileHandleForWriting.write(contentsOf: Data("\(job)\n".utf8))
        let times = try line().split(separator: " ").compactMap { Double($0) }
        guard times.count == 2 else { throw BenchError("the reference stopped") }
        return (times[0], times[1])
    }

    private func line() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
