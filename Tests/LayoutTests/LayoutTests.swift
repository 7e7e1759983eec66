import Foundation
import Testing

/// The import table: what each target may import of this package and of the system.
/// A new target, or a new arrow, is a new row here and in the Architecture page.
private let mayImport: [String: Set<String>] = [
    "JSON": ["CJSON"],
    "Media": ["CCodecs", "CPlugin", "CSandbox", "CKernels", "JSON"],
    "Tensors": ["CKernels", "CBLAS"],
    "Store": ["CDigest"],
    "Weights": ["Tensors", "Store", "JSON"],
    "Vision": ["Media", "Weights", "Tensors"],
    "Tokenizer": ["JSON"],
    "Language": ["Weights", "Tensors", "Tokenizer", "JSON"],
    "SmolVLM": [
        "Vision", "Language", "Tokenizer", "Weights", "Store", "Tensors", "Media", "JSON",
    ],
    "Export": ["SmolVLM", "Tokenizer", "Weights", "Tensors", "JSON"],
    "Measure": ["SmolVLM", "Vision", "Language", "Weights", "Tensors"],
    "Evaluate": ["JSON"],
    "Hub": ["CTransfer", "JSON"],
    "Command": [
        "SmolVLM", "Measure", "Evaluate", "Vision", "Media", "Weights", "Export", "Hub", "JSON",
        "CTerminal",
    ],
    "Bench": [
        "SmolVLM", "Measure", "Vision", "Language", "Tokenizer", "Weights", "Tensors", "Media",
        "JSON",
    ],
]

/// What any Swift target may import of the system.
private let systemModules: Set<String> = ["Glibc", "Darwin", "Synchronization", "Dispatch"]

/// Where Foundation is allowed besides: it costs start-up, and hot paths have no use for it.
private let mayUseFoundation: Set<String> = ["Command", "Hub", "Server", "Bench"]

/// What the C targets may include with quotes: their own headers and those of these targets.
private let mayInclude: [String: Set<String>] = [
    "CCodecs": ["CPlugin"], "CVideo": ["CPlugin", "CCodecs"], "CHEIFStill": ["CPlugin"],
]

/// Where the word `unsafe` may stand. JSON reads simdjson's tape.
private let mayBeUnsafe = [
    "Sources/Tensors/", "Sources/Store/", "Sources/Weights/MappedFile.swift",
    "Sources/Weights/NewFile.swift", "Sources/Media/", "Sources/Hub/",
    "Sources/Server/Daemon.swift", "Sources/JSON/JSONDocument.swift",
    "Sources/JSON/JSONValue.swift",
]

private let bannedNameParts = [
    "Utils", "Helpers", "Common", "Manager", "Misc", "Base", "Extensions", "Core", "Shared",
]

private let accessWords: Set<Substring> = ["internal", "public", "package", "private"]

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A source file by its path from the root, with its lines.
private struct SourceFile: CustomTestStringConvertible {
    let path: String
    let lines: [Substring]

    var testDescription: String { path }
    var target: String { String(path.split(separator: "/")[1]) }
    var name: String { String(path.split(separator: "/").last ?? "") }

    static func all(under folder: String, endings: Set<String>) -> [SourceFile] {
        let start = root.appending(path: folder)
        guard let found = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
        else { return [] }
        return found.compactMap { $0 as? URL }
            .filter { endings.contains($0.pathExtension) }
            .compactMap { url in
                guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
                let path = url.path.dropFirst(root.path.count).drop { $0 == "/" }
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                return SourceFile(path: String(path), lines: lines)
            }
            .sorted { $0.path < $1.path }
    }
}

private let swiftSources = SourceFile.all(under: "Sources", endings: ["swift"])
private let cSources = SourceFile.all(under: "Sources", endings: ["c", "h", "cpp"])
private let testSources = SourceFile.all(under: "Tests", endings: ["swift"])

@Suite struct Layout {
    @Test func `the sources are found`() {
        #expect(swiftSources.count > 20)
        #expect(cSources.count > 10)
        #expect(testSources.count > 5)
    }

    @Test func `every Swift target has a row in the import table`() {
        let targets = Set(swiftSources.map(\.target))
        #expect(targets.subtracting(mayImport.keys).isEmpty)
    }

    @Test(arguments: swiftSources)
    private func `a file imports only what its target's row names`(file: SourceFile) {
        var allowed = (mayImport[file.target] ?? []).union(systemModules)
        if mayUseFoundation.contains(file.target) { allowed.insert("Foundation") }
        for line in file.lines {
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at <= 2, words.count > at + 1,
                words[..<at].allSatisfy({ accessWords.contains($0) })
            else { continue }
            let module = words[at + 1].prefix { $0 != "." }
            #expect(allowed.contains(String(module)), "\(file.path): \(line)")
        }
    }

    @Test(arguments: cSources.filter { !$0.path.hasPrefix("Sources/System/") })
    private func `a C file includes only its own headers and those of its row`(file: SourceFile) {
        let targets = (mayInclude[file.target] ?? []).union([file.target])
        for line in file.lines where line.hasPrefix("#include \"") {
            let header = line.dropFirst("#include \"".count).prefix { $0 != "\"" }
            let known = targets.contains { target in
                ["", "include/"].contains { folder in
                    FileManager.default.fileExists(
                        atPath: root.appending(path: "Sources/\(target)/\(folder)\(header)").path)
                }
            }
            #expect(known, "\(file.path): \(line)")
        }
    }

    @Test(arguments: swiftSources)
    private func `unsafe stands only where it may`(file: SourceFile) {
        guard !mayBeUnsafe.contains(where: { file.path.hasPrefix($0) }) else { return }
        for line in file.lines where !line.drop(while: { $0 == " " }).hasPrefix("//") {
            let words = line.split { !$0.isLetter && $0 != "_" }
            #expect(!words.contains("unsafe"), "\(file.path): \(line)")
        }
    }

    @Test(arguments: swiftSources + cSources + testSources)
    private func `a file is short enough to be read and named for what it holds`(file: SourceFile) {
        let isTestOrC = file.path.hasPrefix("Tests/") || !file.path.hasSuffix(".swift")
        #expect(file.lines.count <= (isTestOrC ? 701 : 501), "\(file.path) is too long")
        let stem = file.name.prefix { $0 != "." }
        for part in bannedNameParts {
            #expect(!stem.contains(part), "\(file.path): a name that says nothing")
        }
    }

    @Test(arguments: swiftSources)
    private func `nothing in the sources traps on purpose or looks away`(file: SourceFile) {
        for line in file.lines where !line.drop(while: { $0 == " " }).hasPrefix("//") {
            for banned in ["fatalError(", "try!", "as!", "Task.detached", "@testable"] {
                #expect(!line.contains(banned), "\(file.path): \(line)")
            }
        }
    }

    @Test(arguments: swiftSources)
    private func `every type that others see is documented`(file: SourceFile) {
        // A type is what a reader meets first; members may be told by their names alone.
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol"]
        for (index, line) in file.lines.enumerated() {
            let words = line.split { !$0.isLetter }
            guard let first = words.first, first == "package" || first == "public",
                words.dropFirst().contains(where: { kinds.contains($0) })
            else { continue }
            var above = index - 1
            while above >= 0, file.lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
                above -= 1
            }
            let documented =
                above >= 0 && file.lines[above].drop(while: { $0 == " " }).hasPrefix("///")
            #expect(documented, "\(file.path):\(index + 1) says nothing of \(line)")
        }
    }
}
