import Foundation
import JSON
import Testing

extension Scratch {
    /// The program in a place of its own, where no model lies beside it.
    func installedProgram() throws -> URL {
        let folder = url.appending(path: "bin")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let copy = folder.appending(path: "smolvlm")
        // Copied by another process: while this one has a file open for writing, a child that is just
        // being started has it open too, and then it cannot be run.
        let source = SmolVLMProgram.binary.resolvingSymlinksInPath().path
        let run = try SmolVLMProgram.run(URL(filePath: "/bin/cp"), [source, copy.path])
        #expect(run.code == 0 && run.messages == "")
        return copy
    }

    /// Puts a tiny model where the pocket model is looked for.
    func putPocketModel(at place: String) throws {
        let folder = url.appending(path: place)
        try FileManager.default.createDirectory(
            at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: SmolVLMProgram.root.appending(path: "models/tiny/patch16"), to: folder)
    }
}

@Suite struct `The pocket model` {
    private static let question = ["--max-tokens", "4", "--no-split", AskTests.sign, "What is it?"]

    @Test(arguments: ["share/smolvlm/models/pocket", "bin/models/pocket"])
    func `answers when no other is named, from where it was installed`(place: String) throws {
        let scratch = try Scratch()
        let program = try scratch.installedProgram()
        try scratch.putPocketModel(at: place)
        let run = try SmolVLMProgram.run(program, ["ask"] + Self.question)
        // In a pipe nothing is said of it; the tiny model's answer is cut short.
        #expect(run.code == 0 && run.messages.hasPrefix("smolvlm: stopped: "))
        #expect(run.messages.split(separator: "\n").count == 1)
        let named = try SmolVLMProgram.run(
            ["ask", "-m", AskTests.model("patch16")] + Self.question)
        #expect(run.output == named.output)
        let json = try SmolVLMProgram.run(program, ["ask", "--json"] + Self.question)
        #expect(
            try JSONValue(parsing: json.output)["model"]?["path"]?.string
                == scratch.url.appending(path: place).path)
        try scratch.file(
            "set.jsonl",
            holding: Data(
                "{\"file\":\"\(AskTests.sign)\",\"question\":\"What?\",\"answers\":\"a\"}".utf8))
        let eval = try SmolVLMProgram.run(
            program, ["eval", "set.jsonl", "--max-tokens", "4", "--no-split"], in: scratch)
        #expect(eval.code == 0 && eval.messages == "")
        let chat = try SmolVLMProgram.run(
            program, ["chat", "--max-tokens", "4", "--no-history"], input: Data("Hello\n".utf8))
        #expect(chat.code == 0)
    }

    @Test func `is found from a checkout's build`() throws {
        let scratch = try Scratch()
        let program = try scratch.installedProgram()
        let release = scratch.url.appending(path: ".build/here/release")
        try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
        let built = release.appending(path: "smolvlm")
        try FileManager.default.moveItem(at: program, to: built)
        try scratch.putPocketModel(at: "models/pocket")
        // As the start script does, by way of a link.
        let link = scratch.url.appending(path: ".build/release")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: release)
        let run = try SmolVLMProgram.run(
            link.appending(path: "smolvlm"), ["ask"] + Self.question)
        #expect(run.code == 0)
        #expect(run.output.count > 1)
    }

    @Test func `is not missed where it is not: it is said how to get one`() throws {
        let scratch = try Scratch()
        let program = try scratch.installedProgram()
        // Also not where its training lies, but no weights.
        try scratch.putPocketModel(at: "share/smolvlm/models/pocket")
        try FileManager.default.removeItem(
            at: scratch.url.appending(path: "share/smolvlm/models/pocket/model.safetensors"))
        for command in [["ask", "What is it?"], ["chat"], ["eval", "set.jsonl"]] {
            let run = try SmolVLMProgram.run(program, command)
            #expect(run.code == 2)
            #expect(run.output == "")
            #expect(run.messages.hasPrefix("smolvlm: say with -m which model is to answer. "))
            #expect(run.messages.contains("HuggingFaceTB/SmolVLM-256M-Instruct"))
            #expect(run.messages.contains("mmproj-SmolVLM-256M-Instruct-Q8_0.gguf"))
            #expect(run.messages.split(separator: "\n").count == 1)
        }
    }

    #if os(Linux)
        @Test func `a person is told which model answers, in one line`() throws {
            let scratch = try Scratch()
            _ = try scratch.installedProgram()
            try scratch.putPocketModel(at: "share/smolvlm/models/pocket")
            let words = "--max-tokens 4 'What is it?'"
            let sentence =
                "smolvlm: pocket model: reads large printed English, with errors; for photographs, "
                + "and to be sure: -m with SmolVLM-256M-Instruct or a larger one from huggingface.co."
            let console = try Console("exec bin/smolvlm ask \(words)", in: scratch)
            let end = try console.end()
            #expect(end.code == 0)
            // The line may be wider than the terminal, which wraps it.
            #expect(end.screen.components(separatedBy: sentence).count == 2)
            let piped = try Console("bin/smolvlm ask \(words) | cat", in: scratch)
            #expect(!(try piped.end().screen.contains("pocket model")))
            let named = try Console(
                "exec bin/smolvlm ask -m share/smolvlm/models/pocket \(words)", in: scratch)
            #expect(!(try named.end().screen.contains("pocket model")))
        }
    #endif
}
