import Foundation
import JSON
import Testing

@Suite struct AskTests {
    /// The folder of a tiny model with random weights: what it says makes no sense, but is always
    /// the same.
    static func model(_ name: String) -> String {
        SmolVLMProgram.root.appending(path: "models/tiny/\(name)").path
    }
    static let sign = SmolVLMProgram.root.appending(path: "samples/station-sign.jpg").path

    private func ask(_ model: String, _ words: [String]) throws -> ProgramRun {
        try SmolVLMProgram.run(["ask", "-m", Self.model(model), "--max-tokens", "20"] + words)
    }

    @Test func `a picture gets the same answer every time, as text and in JSON`() throws {
        let question = [Self.sign, "Which platform is it?"]
        let one = try ask("patch16", question)
        #expect(one.code == 0)
        #expect(one.output.count > 5)
        let two = try ask("patch16", question)
        #expect(one.output == two.output)
        let document = try ask("patch16", ["--json"] + question)
        #expect(document.messages == "")
        let json = try JSONValue(parsing: document.output)
        let answer = try #require(json["answer"]?.string)
        #expect(one.output == answer + "\n")
        #expect(json["stopped"]?.string == "length" || json["stopped"]?.string == "end")
        #expect((json["tokens"]?["vision"]?.int ?? 0) > 0)
        #expect(json["tokens"]?["answer"]?.int == 20 || json["stopped"]?.string == "end")
        #expect(json["files"]?.elements.compactMap(\.string) == [Self.sign])
        #expect(json["model"]?["chat_format"]?.string == "smolvlm")
        #expect(json["settings"]?["temperature"]?.int == 0)
        #expect((json["seconds"]?["prompt"]?.double ?? -1) >= 0)
    }

    @Test func `the picture and the way it is cut matter`() throws {
        let split = try ask("patch16", [Self.sign, "Which platform is it?"])
        let whole = try ask("patch16", ["--no-split", Self.sign, "Which platform is it?"])
        let none = try ask("patch16", ["Which platform is it?"])
        #expect(Set([split.output, whole.output, none.output]).count == 3)
    }

    @Test func `a GGUF copy answers as the folder does`() throws {
        let copy = SmolVLMProgram.root.appending(path: "Tests/Golden/gguf/tiny.gguf").path
        let words = ["--max-tokens", "20", Self.sign, "Which platform is it?"]
        let run = try SmolVLMProgram.run(["ask", "-m", copy] + words)
        #expect(run.code == 0)
        #expect(run.output == (try ask("patch16", words)).output)
        // Its picture half may also be named; another file in its place is refused.
        let half = copy.replacing("tiny.gguf", with: "mmproj-tiny.gguf")
        let named = try SmolVLMProgram.run(["ask", "-m", copy, "--mmproj", half] + words)
        #expect(named.output == run.output)
        let alone = try SmolVLMProgram.run(["ask", "-m", half] + words)
        #expect(
            alone.messages
                == "smolvlm: \(half) is the picture half (mmproj) of a model: it fits a text half "
                + "of width 48. Give the text half with -m and this file with --mmproj.\n")
        #expect(alone.code == 1)
    }

    @Test func `documents and videos are seen whole`() throws {
        func vision(_ file: String) throws -> Int? {
            let path = SmolVLMProgram.root.appending(path: "samples/\(file)").path
            let run = try ask("patch16", ["--json", "--no-split", path, "What is it?"])
            return try JSONValue(parsing: run.output)["tokens"]?["vision"]?.int
        }
        // Four tokens a frame: two pages; as many frames as the clip has seconds.
        #expect(try vision("two-page.pdf") == 8)
        #expect((try vision("clip.mp4") ?? 0) >= 8)
    }

    @Test func `a text model answers without files and refuses pictures`() throws {
        let run = try ask("text", ["--stats", "What is it?"])
        #expect(run.code == 0)
        #expect(run.output.count > 5)
        #expect(run.messages.contains(" opened in "))
        let refused = try ask("text", [Self.sign, "What is it?"])
        #expect(
            refused.messages
                == "smolvlm: \(Self.model("text")) holds a text model only: it cannot see "
                + "pictures. Name a SmolVLM model.\n")
        #expect(refused.output == "")
        #expect(refused.code == 1)
    }

    @Test func `the same seed draws the same text`() throws {
        let words = ["--temperature", "0.9", "--top-p", "0.95", "What is it?"]
        let one = try ask("text", ["--seed", "3"] + words)
        #expect(one.output == (try ask("text", ["--seed", "3"] + words)).output)
        #expect(one.output != (try ask("text", ["--seed", "4"] + words)).output)
        let contrary = try ask("text", ["--temperature", "0", "--seed", "3", "What is it?"])
        #expect(
            contrary.messages
                == "smolvlm: --temperature 0 and --seed cannot be used together: without chance "
                + "there is nothing to draw among.\n")
        #expect(contrary.code == 2)
    }

    @Test func `a model that is not there is named`() throws {
        let run = try SmolVLMProgram.run(["ask", "-m", "nowhere", "What is it?"])
        #expect(run.messages == "smolvlm: nowhere: there is no such file. Check the path.\n")
        #expect(run.code == 1)
        let incomplete = try ask("llama3", ["What is it?"])
        #expect(
            incomplete.messages
                == "smolvlm: \(Self.model("llama3")) has no tokenizer.json, and not both vocab.json "
                + "and merges.txt. Get the tokenizer files that came with the model.\n")
        #expect(incomplete.code == 1)
    }

    @Test func `adapters change the answer, and one of another model is named`() throws {
        let lora = SmolVLMProgram.root.appending(path: "Tests/Golden/lora").path
        let question = ["--no-split", Self.sign, "Which platform is it?"]
        let plain = try ask("patch16", question)
        let changed = try ask("patch16", ["--lora", "\(lora)/patch16"] + question)
        #expect(changed.code == 0 && changed.output != plain.output)
        let none = try ask("patch16", ["--lora", "\(lora)/patch16=0"] + question)
        #expect(none.output == plain.output)
        let both = try ask(
            "patch16",
            ["--json", "--lora", "\(lora)/patch16=0.5", "--lora", "\(lora)/patch16.gguf=0.25"]
                + question)
        let adapters = try JSONValue(parsing: both.output)["model"]?["adapters"]
        #expect(adapters?.elements.compactMap { $0["strength"]?.double } == [0.5, 0.25])
        let bytes = try JSONValue(parsing: both.output)["model"]?["weight_bytes"]?.int ?? 0
        let plainBytes = try JSONValue(parsing: ask("patch16", ["--json"] + question).output)
        // All tensors of the two files, whose headers are what is left over.
        #expect(
            (90_000...105_630).contains(
                bytes - (plainBytes["model"]?["weight_bytes"]?.int ?? 0)))
        let other = try ask("patch16", ["--lora", "\(lora)/text-2"] + question)
        #expect(other.code == 1)
        #expect(other.messages.contains("text-2 is an adapter of another model: its tensor "))
        let alone = try SmolVLMProgram.run(["ask", "-m", "\(lora)/text", "Who?"])
        #expect(
            alone.messages
                == "smolvlm: \(lora)/text is an adapter (LoRA), no model by itself: it changes "
                + "models/tiny/text. Give that model with -m, and the adapter with --lora.\n")
    }
}
