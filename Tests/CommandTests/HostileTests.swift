import Foundation
import Testing

/// A row of `Golden/hostile/README.md`: a bad file and what must happen to it.
private struct HostileFile: CustomTestStringConvertible, Sendable {
    enum Outcome: String { case refuse, damaged, decode, either }

    let name: String
    let outcome: Outcome

    var testDescription: String { name }
    var path: String { HostileFile.folder.appending(path: name).path }

    static let folder = SmolVLMProgram.root.appending(path: "Tests/Golden/hostile")

    static let all: [HostileFile] = {
        let table = folder.appending(path: "README.md")
        guard let text = try? String(contentsOf: table, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| `"), cells.count >= 4,
                let outcome = Outcome(rawValue: cells[1])
            else { return nil }
            let name = cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`"))
            return HostileFile(name: name, outcome: outcome)
        }
    }()
}

/// A sentence of the program about one file: its name, what is wrong, what to do; nothing else.
private func isSentence(_ message: String, about name: String) -> Bool {
    let lines = message.split(separator: "\n")
    return lines.count == 1 && message.hasPrefix("smolvlm: ") && message.contains(name)
        && message.hasSuffix(".\n") && !message.contains("signal")
}

@Suite struct `Hostile files` {
    @Test func `all of them are in the table and there`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: HostileFile.folder.path)
        #expect(Set(HostileFile.all.map(\.name)) == Set(files).subtracting(["README.md"]))
        #expect(HostileFile.all.count > 100)
    }

    @Test(arguments: HostileFile.all)
    private func `each ends as its row says`(file: HostileFile) throws {
        let run = try SmolVLMProgram.run(["inspect", "--decode-timeout", "20", file.path])
        switch file.outcome {
        case .decode:
            #expect(run.code == 0, "\(run.messages)")
        case .refuse, .damaged:
            #expect(run.code == 1)
            #expect(isSentence(run.messages, about: file.name), "\(run.messages)")
        case .either:
            #expect(run.code == 0 || isSentence(run.messages, about: file.name), "\(run.messages)")
        }
    }

    @Test(arguments: HostileFile.all.filter { $0.outcome == .refuse })
    private func `what is refused stays refused with allow-damaged`(file: HostileFile) throws {
        let run = try SmolVLMProgram.run(
            ["inspect", "--allow-damaged", "--decode-timeout", "20", file.path])
        #expect(run.code == 1)
        #expect(isSentence(run.messages, about: file.name), "\(run.messages)")
    }

    @Test func `a folder full of them spoils nothing for the sound file among them`() throws {
        let hostile = HostileFile.all.filter { $0.outcome == .refuse }.prefix(12).map(\.path)
        let sound = SmolVLMProgram.root.appending(path: "samples/chart.png").path
        let run = try SmolVLMProgram.run(["inspect"] + hostile + [sound])
        #expect(run.code == 1)
        #expect(run.output.contains("chart.png"))
        #expect(run.messages.split(separator: "\n").count == hostile.count)
    }
}
