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

    static let ordinary = DecoderProcess(executable: program, arguments: ["__decode"])

    /// A decoder process under a name of its own, by which its processes can be found.
    static func named(_ name: String, provoking fault: DecoderFault? = nil) throws -> Named {
        let path = "\(NSTemporaryDirectory())/\(name)"
        unlink(path)
        guard symlink(program, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        let decoder =
            fault.map {
                DecoderProcess(executable: path, arguments: ["__decode"], provoking: $0)
            } ?? DecoderProcess(executable: path, arguments: ["__decode"])
        return Named(decoder: decoder, path: path)
    }

    /// Takes its name away again.
    final class Named: Sendable {
        let decoder: DecoderProcess
        private let path: String

        fileprivate init(decoder: DecoderProcess, path: String) {
            self.decoder = decoder
            self.path = path
        }
        deinit { unlink(path) }
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
