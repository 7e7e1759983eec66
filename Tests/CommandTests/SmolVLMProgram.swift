import Foundation
import Testing

/// What one run of the program said and how it ended.
struct ProgramRun {
    let output: String
    let messages: String
    let code: Int32
}

/// The built program, run as a user would.
enum SmolVLMProgram {
    /// Where it was built: beside the tests, or where SMOLVLM_BINARY says.
    static let binary: URL = {
        if let path = ProcessInfo.processInfo.environment["SMOLVLM_BINARY"] {
            return URL(filePath: path)
        }
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "smolvlm")
    }()

    /// The root of the repository.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func run(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:],
        in folder: Scratch? = nil
    ) throws -> ProgramRun {
        try run(binary, arguments, input: input, environment: environment, in: folder)
    }

    /// Runs any program, with its streams in files, so that no pipe can fill up.
    static func run(
        _ program: URL, _ arguments: [String], input: Data = Data(),
        environment: [String: String] = [:], in folder: Scratch? = nil
    ) throws -> ProgramRun {
        let streams = try Scratch()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder?.url ?? streams.url
        var variables = ProcessInfo.processInfo.environment
        variables["COLUMNS"] = nil
        // Tests neither find what others kept nor leave anything behind.
        variables["SMOLVLM_CACHE"] = "/dev/null/none"
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardInput = try FileHandle(
            forReadingFrom: streams.file("input", holding: input))
        process.standardOutput = try FileHandle(
            forWritingTo: streams.file("output", holding: .init()))
        process.standardError = try FileHandle(
            forWritingTo: streams.file("error", holding: .init()))
        try process.run()
        process.waitUntilExit()
        return ProgramRun(
            output: try streams.text(of: "output"), messages: try streams.text(of: "error"),
            code: process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus)
    }
}

/// A folder that goes away with its owner.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    @discardableResult
    func file(_ name: String, holding data: Data) throws -> URL {
        let file = url.appending(path: name)
        try data.write(to: file)
        return file
    }

    func text(of name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }
}
