import Foundation
import Testing

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A block of Swift in a page or in the comment of a declaration.
private struct ShownExample: CustomTestStringConvertible {
    let file: String
    let line: Int
    let code: String
    var testDescription: String { "\(file), line \(line)" }

    /// The blocks of a file that begin with ```swift, `///` before each line of comments left out.
    static func all(in file: URL) -> [ShownExample] {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        let isSource = file.pathExtension == "swift"
        var found: [ShownExample] = []
        var block: (line: Int, lines: [String])?
        for (number, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            var line = raw
            if isSource {
                line = raw.drop { $0 == " " }
                guard line.hasPrefix("///") else {
                    block = nil
                    continue
                }
                line = line.dropFirst(3)
                if line.hasPrefix(" ") { line = line.dropFirst() }
            }
            if let open = block {
                if line == "```" {
                    found.append(
                        ShownExample(
                            file: file.lastPathComponent, line: open.line,
                            code: open.lines.joined(separator: "\n")))
                    block = nil
                } else {
                    block = (open.line, open.lines + [String(line)])
                }
            } else if line == "```swift" {
                block = (number + 1, [])
            }
        }
        return found
    }

    static let all: [ShownExample] = {
        let folders = ["Sources/SmolVLM", "Sources/Media"].map { root.appending(path: $0) }
        var files = ["README.md", "samples/README.md", "models/README.md"].map {
            root.appending(path: $0)
        }
        for folder in folders {
            let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            files += (found?.allObjects ?? []).compactMap { $0 as? URL }
                .filter { ["md", "swift"].contains($0.pathExtension) }
        }
        return files.sorted { $0.path < $1.path }.flatMap(ShownExample.all(in:))
    }()
}

/// The compiled examples by their names, moved to the left edge.
private let compiled: [String: String] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Examples.swift")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    var found: [String: String] = [:]
    var open: (name: String, lines: [Substring])?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let words = line.drop { $0 == " " }
        if words.hasPrefix("// example: ") {
            open = (String(words.dropFirst("// example: ".count)), [])
        } else if words == "// end", let example = open {
            found[example.name] = example.lines.map { String($0.dropFirst(4)) }
                .joined(separator: "\n")
            open = nil
        } else if let example = open {
            open = (example.name, example.lines + [line])
        }
    }
    return found
}()

@Suite struct `Examples of the documentation` {
    @Test func `there are some`() {
        #expect(ShownExample.all.count >= 9)
        #expect(Set(ShownExample.all.map(\.file)).count >= 6)
    }

    @Test(arguments: ShownExample.all)
    private func `each is one that was compiled`(example: ShownExample) {
        #expect(
            compiled.values.contains(example.code),
            "put it into Tests/ExamplesTests/Examples.swift between two marks")
    }

    @Test(arguments: compiled.keys.sorted())
    func `each that was compiled is shown`(name: String) {
        #expect(ShownExample.all.contains { $0.code == compiled[name] })
    }

    @Test func `the manifest shown is the sample's`() throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        let manifest = try text("samples/answering-app/Package.swift")
        let page = try text("Sources/SmolVLM/SmolVLM.docc/UseFromSwift.md")
        let shown = page.split(separator: "\n").filter { $0.hasPrefix("    ") }
            .drop { !$0.hasPrefix("    dependencies:") }.prefix(4)
        #expect(shown.count == 4)
        #expect(manifest.contains(shown.joined(separator: "\n")))
    }
}
