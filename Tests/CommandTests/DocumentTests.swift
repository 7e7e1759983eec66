import Foundation
import JSON
import Testing

@Suite struct `What the documents promise` {
    /// The lines of the README that run the program.
    static let examples: [String] = {
        let file = SmolVLMProgram.root.appending(path: "README.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { $0.drop { $0 == " " } }
            .filter { $0.contains("./smolvlm ") && !$0.contains("`") && !$0.contains("https:") }
            .map { line in
                // What stands behind several blanks says what the line does.
                String(line.firstRange(of: "   ").map { line[..<$0.lowerBound] } ?? line)
            }
    }()

    @Test func `the README has examples`() {
        #expect(Self.examples.count >= 5)
    }

    @Test(arguments: examples)
    func `every example of the README runs`(line: String) throws {
        let folder = try Scratch()
        let files = FileManager.default
        let samples = SmolVLMProgram.root.appending(path: "samples")
        try files.createSymbolicLink(
            at: folder.url.appending(path: "samples"), withDestinationURL: samples)
        try files.createSymbolicLink(
            at: folder.url.appending(path: "smolvlm"), withDestinationURL: SmolVLMProgram.binary)
        // Tiny models stand for the published ones; what these say may well be cut short.
        for (name, model) in [
            ("SmolVLM-256M-Instruct", "models/tiny/patch16"),
            ("SmolVLM2-500M-Video-Instruct", "models/tiny/patch16"),
            ("SmolVLM-256M-Instruct-Q8_0.gguf", "Tests/Golden/gguf/tiny.gguf"),
            ("mmproj-SmolVLM-256M-Instruct-Q8_0.gguf", "Tests/Golden/gguf/mmproj-tiny.gguf"),
        ] {
            try files.createSymbolicLink(
                at: folder.url.appending(path: name),
                withDestinationURL: SmolVLMProgram.root.appending(path: model))
        }
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"), ["-c", line], input: Data("What is it?\n".utf8), in: folder)
        // A folder says what it leaves out; nothing else is worth a message.
        let note = "smolvlm: samples: left out 1 video and 1 PDF; name them to use them."
        let messages = run.messages.split(separator: "\n")
            .filter { !$0.hasPrefix("smolvlm: stopped: ") }
        #expect(messages == (line.contains(" inspect samples ") ? [note[...]] : []))
        #expect(run.output != "")
        #expect(run.code == 0)
    }

    @Test func `every name in the JSON of ask is documented`() throws {
        let page = try String(
            contentsOf: SmolVLMProgram.root.appending(
                path: "Sources/SmolVLM/SmolVLM.docc/Ask.md"), encoding: .utf8)
        let run = try SmolVLMProgram.run([
            "ask", "-m", AskTests.model("text"), "--json", "--max-tokens", "3", "--system", "Hi",
            "--seed", "1", "--top-k", "5", "--top-p", "0.9", "--min-p", "0.1", "--stop", "zzz",
            "What is it?",
        ])
        var names: Set<String> = []
        func walk(_ value: JSONValue) {
            for member in value.members {
                names.insert(member.key.string ?? "")
                walk(member.value)
            }
        }
        walk(try JSONValue(parsing: run.output))
        #expect(names.count > 20)
        #expect(names.filter { !page.contains("`\($0)`") } == [])
    }

    @Test func `every name in the JSON of eval is documented`() throws {
        let page = try String(
            contentsOf: SmolVLMProgram.root.appending(
                path: "Sources/SmolVLM/SmolVLM.docc/Evaluate.md"), encoding: .utf8)
        let folder = try Scratch()
        let set = """
            {"file": "\(AskTests.sign)", "question": "What?", "answers": "a", "category": "b"}
            {"file": "\(AskTests.sign)", "question": "What?", "facts": ["a"], "in_order": true}
            {"file": "gone.png", "question": "What?", "answers": "a"}
            """
        try folder.file("set.jsonl", holding: Data(set.utf8))
        let run = try SmolVLMProgram.run(
            [
                "eval", "set.jsonl", "-m", AskTests.model("patch16"), "--no-split",
                "--max-tokens", "2", "--json", "-o", "out.jsonl",
            ], in: folder)
        var names = names(in: try JSONValue(parsing: run.output))
        for line in try folder.text(of: "out.jsonl").split(separator: "\n") {
            names.formUnion(self.names(in: try JSONValue(parsing: String(line))))
        }
        #expect(names.count > 45)
        #expect(names.filter { !page.contains("`\($0)`") } == [])
    }

    @Test func `every name in the JSON is documented`() throws {
        let page = try String(
            contentsOf: SmolVLMProgram.root.appending(
                path: "Sources/SmolVLM/SmolVLM.docc/Inspect.md"), encoding: .utf8)
        let samples = ["phone-photo.jpg", "two-page.pdf", "clip.mp4"]
            .map { SmolVLMProgram.root.appending(path: "samples/\($0)").path }
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            ["inspect", "--json", "--tiles", "sheet.png", "nowhere"] + samples, in: folder)
        let names = names(in: try JSONValue(parsing: run.output))
        #expect(names.count > 30)
        #expect(names.filter { !page.contains("`\($0)`") } == [])
    }

    /// The names of all members, however deep.
    private func names(in value: JSONValue) -> Set<String> {
        var names: Set<String> = []
        for member in value.members {
            names.insert(member.key.string ?? "")
            names.formUnion(self.names(in: member.value))
        }
        for element in value.elements { names.formUnion(self.names(in: element)) }
        return names
    }
}
