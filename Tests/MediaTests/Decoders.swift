import Foundation
import Media

/// The decoder process of the tests: the program that was built beside them.
enum Decoders {
    /// `SMOLVLM_BINARY`, or `smolvlm` in the folder of the running tests.
    static let program: String = {
        if let named = ProcessInfo.processInfo.environment["SMOLVLM_BINARY"] { return named }
        let folders =
            [Bundle.main.executableURL?.deletingLastPathComponent()]
            + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let found = folders.compactMap { $0?.appendingPathComponent("smolvlm").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return found ?? "smolvlm"
    }()

    static let ordinary = DecoderProcess(
        executable: program, arguments: ["__decode"], isWanted: nil)

    /// Lends a decoder process that has a name of its own, by which `Processes.called` finds it.
    static func with<Result>(
        name: String, provoking fault: DecoderFault? = nil,
        _ body: (DecoderProcess) throws -> Result
    ) throws -> Result {
        let folder = "\(NSTemporaryDirectory())/smolvlm-decoder-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/\(name)"
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: program)
        guard let fault else {
            return try body(
                DecoderProcess(executable: path, arguments: ["__decode"], isWanted: nil))
        }
        return try body(
            DecoderProcess(executable: path, arguments: ["__decode"], provoking: fault))
    }

    static func provoking(_ fault: DecoderFault) -> DecoderProcess {
        DecoderProcess(executable: program, arguments: ["__decode"], provoking: fault)
    }
}

/// The pages or pictures that a decoder hands over, kept.
struct Delivery {
    var items: [MediaItem] = []
    var description: MediaDescription?
}

extension DecoderProcess {
    func delivery(of input: borrowing MediaInput, options: MediaOptions) throws -> Delivery {
        var delivery = Delivery()
        delivery.description = try decode(input, options: options) {
            (item) throws(MediaError) in delivery.items.append(item)
        }
        return delivery
    }
}

/// The error that a body throws.
func error(of body: () throws -> Void) -> MediaError? {
    do {
        try body()
        return nil
    } catch {
        return error as? MediaError
    }
}
