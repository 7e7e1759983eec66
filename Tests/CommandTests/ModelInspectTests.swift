import Foundation
import JSON
import Testing

extension Scratch {
    /// A link to a tiny model, or a copy of it whose files can be changed.
    @discardableResult
    func tinyModel(_ name: String, as copy: String, isLink: Bool = false) throws -> URL {
        let model = SmolVLMProgram.root.appending(path: "models/tiny/\(name)")
        let place = url.appending(path: copy)
        if isLink {
            try FileManager.default.createSymbolicLink(at: place, withDestinationURL: model)
        } else {
            try FileManager.default.copyItem(at: model, to: place)
        }
        return place
    }

    /// A copy of one of the recorded GGUF files.
    @discardableResult
    func recordedGGUF(_ name: String, as copy: String) throws -> URL {
        let file = SmolVLMProgram.root.appending(path: "Tests/Golden/gguf/\(name)")
        try FileManager.default.copyItem(at: file, to: url.appending(path: copy))
        return url.appending(path: copy)
    }
}

@Suite struct `Inspecting models` {
    private func recorded(_ name: String) throws -> String {
        let file = SmolVLMProgram.root.appending(path: "Tests/Golden/inspect/\(name)")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test(arguments: ["patch14", "patch16", "text", "tied"])
    func `a sound model is described to the letter`(name: String) throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "tiny"), withIntermediateDirectories: false)
        try folder.tinyModel(name, as: "tiny/\(name)", isLink: true)
        let run = try SmolVLMProgram.run(["inspect", "tiny/\(name)"], in: folder)
        #expect(run.output == (try recorded("\(name).txt")))
        #expect(run.messages == "")
        #expect(run.code == 0)
        // A stroke at the end, or a file of it, names the same model.
        #expect(
            try SmolVLMProgram.run(["inspect", "tiny/\(name)/"], in: folder).output == run.output)
        let file = try SmolVLMProgram.run(
            ["inspect", "tiny/\(name)/model.safetensors"], in: folder)
        #expect(file.output == "tiny/\(name)/model.safetensors" + run.output.drop { $0 != "\n" })
        #expect(file.code == 0)
    }

    @Test(arguments: ["llama3", "smollm3"])
    func `a model without a tokenizer is described all the same`(name: String) throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "tiny"), withIntermediateDirectories: false)
        try folder.tinyModel(name, as: "tiny/\(name)", isLink: true)
        let run = try SmolVLMProgram.run(["inspect", "tiny/\(name)"], in: folder)
        #expect(run.output == (try recorded("\(name).txt")))
        #expect(
            run.messages
                == "smolvlm: tiny/\(name) has no tokenizer.json, and not both vocab.json and "
                + "merges.txt. Get the tokenizer files that came with the model.\n")
        #expect(run.code == 1)
    }

    @Test func `a GGUF file is described with the picture half beside it`() throws {
        let folder = try Scratch()
        try folder.recordedGGUF("tiny.gguf", as: "tiny.gguf")
        let half = try folder.recordedGGUF("mmproj-tiny.gguf", as: "mmproj-tiny.gguf")
        let run = try SmolVLMProgram.run(["inspect", "tiny.gguf"], in: folder)
        #expect(run.output == (try recorded("tiny.txt")))
        #expect(run.messages == "")
        #expect(run.code == 0)
        // The folder of one model stands for it; a picture half may lie elsewhere.
        let whole = try SmolVLMProgram.run(["inspect", "."], in: folder)
        #expect(whole.output == "." + run.output.drop { $0 != "\n" })
        let elsewhere = try Scratch()
        let text = try elsewhere.recordedGGUF("tiny.gguf", as: "tiny.gguf")
        let named = try SmolVLMProgram.run(
            ["inspect", "--mmproj", half.path, "tiny.gguf"], in: elsewhere)
        #expect(named.output == run.output)
        let alone = try SmolVLMProgram.run(["inspect", text.lastPathComponent], in: elsewhere)
        #expect(alone.output.hasPrefix("tiny.gguf\n  Llama model: text only\n"))
        #expect(alone.output.contains("note: The vocabulary has a token for pictures"))
        #expect(alone.code == 0)
    }

    @Test func `a picture half alone says what it fits`() throws {
        let folder = try Scratch()
        try folder.recordedGGUF("mmproj-tiny.gguf", as: "mmproj-tiny.gguf")
        for operand in ["mmproj-tiny.gguf", "."] {
            let run = try SmolVLMProgram.run(["inspect", operand], in: folder)
            #expect(
                run.output == operand + (try recorded("mmproj-tiny.txt")).drop { $0 != "\n" })
            let file = operand == "." ? "./mmproj-tiny.gguf" : operand
            #expect(
                run.messages
                    == "smolvlm: \(file) is the picture half (mmproj) of a model: it fits a text "
                    + "half of width 48. Give the text half with -m and this file with "
                    + "--mmproj.\n")
            #expect(run.code == 1)
        }
    }

    @Test func `JSON says the same, beside pictures in one document`() throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "tiny"), withIntermediateDirectories: false)
        try folder.tinyModel("patch16", as: "tiny/patch16", isLink: true)
        try folder.tinyModel("llama3", as: "tiny/llama3", isLink: true)
        let run = try SmolVLMProgram.run(["inspect", "--json", "tiny/patch16"], in: folder)
        #expect(run.output == (try recorded("patch16.json")))
        #expect(run.code == 0)
        try folder.picture("a.png", width: 64, height: 48)
        let mixed = try SmolVLMProgram.run(
            ["inspect", "--json", "tiny/llama3", "a.png"], in: folder)
        let files = Array(try #require(try JSONValue(parsing: mixed.output)["files"]).elements)
        try #require(files.count == 2)
        #expect(files[0]["kind"]?.string == "model")
        #expect(files[0]["errors"]?.count == 1)
        #expect(
            files[0]["error"]?.string == files[0]["errors"]?.elements.first { _ in true }?.string)
        #expect(
            files[0]["model"]?["text"]?["rope_scaling"]?.string == "as Llama 3, by 8 from 64 tokens"
        )
        #expect(files[1]["kind"]?.string == "png")
        #expect(mixed.code == 1)
    }

    @Test func `a folder with a model and pictures is a model`() throws {
        let folder = try Scratch()
        try folder.tinyModel("text", as: "model")
        try folder.picture("model/photo.png", width: 30, height: 20)
        let run = try SmolVLMProgram.run(["inspect", "model"], in: folder)
        #expect(run.output.hasPrefix("model\n  Llama model: text only\n"))
        #expect(!run.output.contains("photo.png"))
        #expect(run.code == 0)
        let help = try SmolVLMProgram.run(["help", "inspect"], environment: ["COLUMNS": "400"])
        #expect(
            help.output.replacing("\n", with: " ")
                .contains("A folder that has the files of a model is one, whatever pictures"))
    }

    @Test func `a folder of pictures stays one, whatever their names`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 30, height: 20)
        try folder.picture("picture.gguf", width: 30, height: 20)
        try folder.file("config.json", holding: Data(#"{"theme": "dark"}"#.utf8))
        let named = try SmolVLMProgram.run(["inspect", "picture.gguf"], in: folder)
        #expect(named.output.hasPrefix("picture.gguf\n  PNG picture, "))
        try FileManager.default.removeItem(at: folder.url.appending(path: "picture.gguf"))
        let all = try SmolVLMProgram.run(["inspect", "."], in: folder)
        #expect(all.output.hasPrefix("./photo.png\n  PNG picture, "))
        #expect(all.code == 0)
    }

    @Test func `what is odd but harmless is noted`() throws {
        let folder = try Scratch()
        let model = try folder.tinyModel("patch16", as: "model")
        let config = model.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try Data(text.replacing("\"image_token_id\": 190", with: "\"image_token_id\": 90").utf8)
            .write(to: config)
        let run = try SmolVLMProgram.run(["inspect", "model"], in: folder)
        #expect(run.output.contains("note: "))
        #expect(run.code == 0)
        try folder.recordedGGUF("tiny.gguf", as: "tiny.gguf")
        try folder.file("mmproj-other.gguf", holding: Data("GGUF".utf8))
        let pair = try SmolVLMProgram.run(
            ["inspect", "tiny.gguf"], environment: ["COLUMNS": "400"], in: folder)
        #expect(
            pair.output.contains(
                "note: mmproj-other.gguf, which lies beside it, is not taken for its picture half"),
            "\(pair.output)")
    }
}
