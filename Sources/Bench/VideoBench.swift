internal import Foundation
internal import Media

/// A video to the frames a model takes of it, by turns against the readers of the reference.
///
/// Without `--python` only ours is timed. The peak of memory is that of the whole process, code and
/// libraries included; the reference's is what it took on top of its start.
struct VideoBench {
    private let path: String
    private let python: String?
    private let backend: String
    private let runs: Int
    private let threads: Int

    init(arguments: [String]) throws {
        var python: String?
        var backend = "pyav"
        var runs = 3
        var threads = 0
        var rest = arguments[...]
        guard let path = rest.popFirst() else { throw BenchError("video needs a clip") }
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            switch name {
            case "--python": python = value
            case "--backend": backend = value
            case "--runs": runs = Int(value) ?? 0
            case "--threads": threads = Int(value) ?? -1
            default: throw BenchError("unknown option \(name)")
            }
        }
        guard runs > 0 else { throw BenchError("--runs is a number from 1 on") }
        guard threads >= 0 else { throw BenchError("--threads is a number, 0 for all") }
        self.path = path
        self.python = python
        self.backend = backend
        self.runs = runs
        self.threads = threads
    }

    func run() throws {
        var ours = Timings()
        var theirs = Timings()
        var count = 0
        var theirPeak = 0.0
        for _ in 0..<runs {
            try ours.measure { count = try decodedCount() }
            if let python {
                let said = try reference(python)
                theirs.add(clock: said.milliseconds, busy: said.busy)
                theirPeak = max(theirPeak, said.peak)
                if said.count != count {
                    throw BenchError("the reference has \(said.count) frames, we have \(count)")
                }
            }
        }
        print("\(count) frames, threads: \(threads == 0 ? "all" : "\(threads)")")
        print("  smolvlm  \(ours.summary), peak \(rounded(peakMebibytes)) MiB")
        if python != nil {
            print("  \(backend)   \(theirs.summary), peak \(rounded(theirPeak)) MiB more")
            print(
                "  ratio of medians \(rounded(theirs.clockMedian / ours.clockMedian)), of processor "
                    + "time \(rounded(theirs.busyMedian / ours.busyMedian))")
        }
    }

    private func decodedCount() throws -> Int {
        var options = MediaOptions()
        options.videoThreads = threads
        var count = 0
        let input = try MediaInput(path: path)
        _ = try VideoFile.decode(input, options: options) { _ in count += 1 }
        return count
    }

    /// The most memory that this process has had, in MiB.
    private var peakMebibytes: Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).compactMap({ Double($0) })
                .first
        else { return .nan }
        return kibibytes / 1024
    }

    private func reference(
        _ python: String
    ) throws -> (milliseconds: Double, busy: Double, peak: Double, count: Int) {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "reference/reference_video.py")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: python)
        process.arguments = [script.path, path, backend, "\(threads)"]
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let numbers = words.suffix(4).compactMap { Double($0) }
        guard process.terminationStatus == 0, numbers.count == 4 else {
            throw BenchError("the reference did not read \(path)")
        }
        return (numbers[0], numbers[1], numbers[2], Int(numbers[3]))
    }
}
