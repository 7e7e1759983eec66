import Foundation
import JSON
import Testing

/// The set that the pocket model is checked with.
@Suite struct `The questions about the samples` {
    private static let folder = SmolVLMProgram.root.appending(path: "samples")
    private static let check = SmolVLMProgram.root.appending(path: "Tests/check-samples")

    private struct Entry {
        let file: String
        let question: String
        let category: String
        /// All texts of one fact.
        let fact: [String]
    }

    private static func entries() throws -> [Entry] {
        let text = try String(
            contentsOf: folder.appending(path: "answers.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let value = try JSONValue(parsing: String(line))
            let first = value["facts"]?.elements.first { _ in true }
            return Entry(
                file: value["file"]?.string ?? "", question: value["question"]?.string ?? "",
                category: value["category"]?.string ?? "",
                fact: first.map { $0.string.map { [$0] } ?? $0.elements.compactMap(\.string) }
                    ?? [])
        }
    }

    @Test func `are all those that stand beside the files`() throws {
        let entries = try Self.entries()
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let texts = names.filter { $0.hasSuffix(".txt") }
        #expect(texts.count >= 14)
        for name in texts {
            let text = try String(
                contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            for block in text.split(separator: "\n\n") {
                let lines = block.split(separator: "\n")
                let question = String(lines[0].dropFirst(3))
                let answers = lines.dropFirst().map { String($0.dropFirst(3)) }
                let found = entries.filter {
                    $0.question == question && $0.fact == answers
                        && $0.file.hasPrefix(name.dropLast(4) + ".")
                }
                #expect(found.count == 1, "\(name): \(question)")
            }
        }
    }

    @Test func `ask something of every file, and require words of some`() throws {
        let entries = try Self.entries()
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let files = Set(
            names.filter { name in
                names.contains(name.prefix { $0 != "." } + ".txt") && !name.hasSuffix(".txt")
            })
        #expect(files.count >= 14)
        #expect(Set(entries.map(\.file)) == files)
        let script = try String(contentsOf: Self.check, encoding: .utf8)
        #expect(script.contains("--at-least 1 ") && script.contains("--only words "))
        #expect(Set(entries.filter { $0.category == "words" }.map(\.file)).count >= 4)
        #expect(
            Set(entries.map(\.category))
                == ["words", "text", "field", "summary", "no text", "photograph"])
    }

    @Test func `are not taken for checked where there are no weights`() throws {
        let scratch = try Scratch()
        let run = try SmolVLMProgram.run(
            Self.check, [SmolVLMProgram.binary.path, scratch.url.path])
        #expect(run.code == 3)
        #expect(
            run.messages
                == "check-samples: NOTHING WAS CHECKED: \(scratch.url.path) has no weights.\n")
        #expect(run.output == "")
    }

    @Test func `are not taken for right where the answers are wrong`() throws {
        let run = try SmolVLMProgram.run(
            Self.check,
            [
                SmolVLMProgram.binary.path, AskTests.model("patch16"), "--limit", "2",
                "--no-split", "--max-tokens", "2",
            ])
        #expect(run.code == 1)
        #expect(run.messages.hasSuffix("fewer than the 100.0 % of --at-least.\n"))
        #expect(run.output.contains("2 questions of "))
    }
}
