internal import Foundation
internal import Measure

/// Everything that `bench` found out.
struct BenchReport {
    /// What messages and headings call the model.
    let name: String
    let flags: BenchFlags
    let settings: MeasureSettings
    /// Nil when only the machine was measured.
    let model: MeasuredModel?
    var result = MeasureResult()
    var starts: [StartMeasure.Figure] = []
    /// What could not be measured, and why.
    var notes: [String] = []
    let machine = BenchMachine()

    init(name: String, flags: BenchFlags, settings: MeasureSettings, model: MeasuredModel?) {
        self.name = name
        self.flags = flags
        self.settings = settings
        self.model = model
    }
}

/// The machine that was measured.
struct BenchMachine: Equatable, Sendable {
    /// What the processor calls itself.
    let processor: String
    /// Cores that this process may keep busy.
    let cores = MeasureSettings.usableThreads
    let memoryByteCount = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    /// The variant of the kernels in use.
    let kernels = MeasureSettings.kernels

    init() {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        processor = name ?? "an unknown processor"
    }

    /// `AMD EPYC, 2 cores, 23 GB of memory, kernels for avx2`.
    var words: String {
        "\(processor), \(Figures.count(cores, "core")), \(Figures.bytes(memoryByteCount)) of memory, "
            + "kernels \(kernels)"
    }
}
