import Foundation
import JSON
import Tensors
import Testing

/// One row of what `Bench accuracy` found, in a process of its own with kernels of a name.
private struct Accuracy {
    let tileCount: Int
    let worstCosine: Double
    let centredCosine: Double
    let meanDivergence: Double
    let worstDivergence: Double

    static let bench = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "Bench")

    init(_ model: String, _ arguments: [String], kernels: String) throws {
        let out = FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-accuracy-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: out) }
        let process = Process()
        process.executableURL = Self.bench
        process.arguments =
            ["accuracy", model, "--threads", "2", "--json", out.path] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["SMOLVLM_KERNELS": kernels]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let found = try JSONValue(parsing: String(contentsOf: out, encoding: .utf8))
        #expect(found["kernels"]?.string == kernels)
        let row = try #require(found["rows"]?.elements.first { _ in true })
        #expect(row["found"]?.string == "fast" && row["meant"]?.string == "exact")
        tileCount = row["tiles"]?["count"]?.int ?? 0
        worstCosine = row["tiles"]?["worstCosine"]?.double ?? .nan
        centredCosine = row["tiles"]?["worstCentredCosine"]?.double ?? .nan
        meanDivergence = row["text"]?["meanDivergence"]?.double ?? .nan
        worstDivergence = row["text"]?["worstDivergence"]?.double ?? .nan
    }
}

@Suite struct `Fast arithmetic` {
    /// Of a tile's tokens with those worked out exactly. Worst seen: 0.99985.
    static let leastCosine = 0.9995
    /// The same without the mean of a tile's tokens, which all have in common and which outliers
    /// make large. Worst seen: 0.99652.
    static let leastCentredCosine = 0.993
    /// Of the probabilities of the next id, in nats. Worst seen: 7.4e-4.
    static let mostDivergence = 2e-3

    /// The kernels that this processor can run.
    static let kernels: [String] = ["generic", "avx2", "avx512"].filter { name in
        let runs = Kernels(named: name) != nil
        if !runs { print("Kernels \(name): not compared, this processor cannot run them.") }
        return runs
    }

    static let root = RecordedCase.root

    @Test(arguments: kernels, WideModel.Kind.allCases)
    func `comes close to the exact, on pictures and texts, also where channels stand out`(
        kernels: String, kind: WideModel.Kind
    ) throws {
        let wide = try WideModel(kind)
        let pictures = ["photo-cat.png", "scanned-page.jpg", "chart.png", "receipt.jpg"]
            .map { Self.root.appending(path: "samples/\($0)").path }
        let found = try Accuracy(
            wide.folder.path,
            [
                "--pictures", pictures.joined(separator: ","),
                "--text", Self.root.appending(path: "Tests/Golden/smollm2/text.txt").path,
                "--windows", "2", "--window", "96",
            ], kernels: kernels)
        print("\(kernels), \(kind): \(found)")
        #expect(found.tileCount >= 12)
        #expect(found.worstCosine >= Self.leastCosine)
        #expect(found.centredCosine >= Self.leastCentredCosine)
        #expect(found.meanDivergence <= Self.mostDivergence)
    }
}
