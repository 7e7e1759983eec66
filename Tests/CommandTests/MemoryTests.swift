import Foundation
import JSON
import Testing

@Suite struct MemoryTests {
    private static func sample(_ name: String) -> String {
        SmolVLMProgram.root.appending(path: "samples/\(name)").path
    }

    private func ask(_ model: String, _ words: [String]) throws -> ProgramRun {
        try SmolVLMProgram.run(["ask", "-m", AskTests.model(model)] + words)
    }

    /// Planned and actual bytes of a question.
    private func memory(_ model: String, _ words: [String]) throws -> (planned: Int, peak: Int) {
        let run = try ask(model, ["--json"] + words)
        let json = try JSONValue(parsing: run.output)["memory"]
        return (
            try #require(json?["planned_bytes"]?.int), try #require(json?["peak_bytes"]?.int)
        )
    }

    /// The bounds of planned by actual memory; 1.02 to 1.09 were seen.
    private static let closeness = 0.9...1.3

    @Test(
        arguments: [
            ("text", []), ("patch16", []), ("patch16", ["station-sign.jpg"]),
            ("patch14", ["phone-photo.jpg", "receipt.jpg"]), ("tied", ["photo-cat.png"]),
            ("patch16", ["two-page.pdf"]), ("patch16", ["clip.mp4"]),
        ])
    func `the plan is close to what is taken`(model: String, files: [String]) throws {
        let words = ["--max-tokens", "20"] + files.map(Self.sample) + ["What is it?"]
        let (planned, peak) = try memory(model, words)
        let ratio = Double(planned) / Double(peak)
        #expect(Self.closeness.contains(ratio), "\(planned) planned, \(peak) taken")
    }

    @Test func `statistics tell both`() throws {
        let run = try ask("text", ["--max-tokens", "3", "--stats", "What is it?"])
        let said = try #require(
            run.messages.firstMatch(of: /; memory: (\d+) MiB planned, (\d+) MiB at the peak\.\n/))
        #expect(try #require(Int(said.1)) > 0)
        #expect(try #require(Int(said.2)) > 0)
    }

    @Test func `the parts of the plan are in the JSON and make up the whole`() throws {
        let words = ["--json", "--max-tokens", "3", AskTests.sign, "What is it?"]
        let memory = try JSONValue(parsing: ask("patch16", words).output)["memory"]
        let parts = [
            "program", "weights", "vocabulary", "keys_and_values", "pictures", "vision_work",
            "decoder_work", "threads",
        ].compactMap { memory?["planned"]?[$0]?.int }
        #expect(parts.count == 8)
        #expect(parts.reduce(0, +) == memory?["planned_bytes"]?.int)
    }

    /// A copy of a tiny model with more tokens in sight, so that settings differ by megabytes. What
    /// programs take of themselves differs by half of one from run to run.
    private func model(contextTokens: Int, in folder: Scratch) throws -> String {
        let copy = folder.url.appending(path: "model")
        try FileManager.default.copyItem(
            at: URL(filePath: AskTests.model("patch16")), to: copy)
        let config = copy.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        let changed = text.replacing(
            "\"max_position_embeddings\": 2048",
            with: "\"max_position_embeddings\": \(contextTokens)")
        #expect(changed != text)
        try changed.write(to: config, atomically: true, encoding: .utf8)
        return copy.path
    }

    /// Asks with too little memory allowed; returns what would fit by the refusal.
    private func suggestion(_ model: String, _ words: [String], limit: Int) throws -> [String] {
        let run = try SmolVLMProgram.run(
            ["ask", "-m", model, "--max-memory", "\(limit)"] + words)
        #expect(run.code == 1)
        #expect(run.output == "")
        let said = try #require(
            run.messages.wholeMatch(
                of:
                    /smolvlm: answering needs (\d+) MiB of memory, more than the (\d+) MiB that --max-memory allows\. It would fit with (.+)\.\n/
            ), "\(run.messages)")
        #expect(try #require(Int(said.1)) > #require(Int(said.2)))
        #expect(Int(said.2) == limit >> 20)
        return said.3.split(separator: " ").map(String.init)
    }

    /// The MiB that a question needs and the least that it can be made to take, and with what.
    private func needs(
        _ model: String, _ words: [String]
    ) throws -> (all: Int, least: Int, settings: String) {
        let run = try SmolVLMProgram.run(["ask", "-m", model, "--max-memory", "2M"] + words)
        #expect(run.code == 1)
        #expect(run.output == "")
        let said = try #require(
            run.messages.wholeMatch(
                of:
                    /smolvlm: answering needs (\d+) MiB of memory, more than the 2 MiB that --max-memory allows\. The least that it can be made to take is (\d+) MiB, with (.+): allow that much, or use a smaller model\.\n/
            ), "\(run.messages)")
        return (try #require(Int(said.1)), try #require(Int(said.2)), String(said.3))
    }

    @Test func `too long an answer is refused with the longest that fits`() throws {
        let folder = try Scratch()
        let model = try model(contextTokens: 30_000, in: folder)
        let words = ["--max-tokens", "29000", "What is it?"]
        let (all, least, settings) = try needs(model, words)
        #expect(settings == "--max-tokens 1")
        // 384 bytes a token.
        #expect((9...12).contains(all - least))
        let limit = (all + least) / 2
        let change = try suggestion(model, words, limit: limit << 20)
        #expect(change.first == "--max-tokens")
        let count = try #require(change.last.flatMap { Int($0) })
        #expect((9_000...20_000).contains(count))
        let fewer = ["--max-memory", "\(limit)M", "--max-tokens", "\(count / 2)"]
        let run = try SmolVLMProgram.run(["ask", "-m", model] + fewer + ["What is it?"])
        #expect(run.code == 0)
    }

    @Test func `too large pictures are refused with the largest that fit`() throws {
        let folder = try Scratch()
        let model = try model(contextTokens: 30_000, in: folder)
        let words = ["--longest-edge", "3072", AskTests.sign, "What is it?"]
        let (all, least, settings) = try needs(model, words)
        #expect(settings == "--longest-edge 128 --max-tokens 1")
        #expect(all - least > 20)
        let limit = (all + least) / 2
        let change = try suggestion(model, words, limit: limit << 20)
        #expect(change.first == "--longest-edge")
        let edge = try #require(change.last.flatMap { Int($0) })
        #expect(edge % 128 == 0 && (1024...2816).contains(edge))
        let smaller = ["--max-tokens", "3", "--longest-edge", "\(edge / 2)", AskTests.sign]
        let run = try SmolVLMProgram.run(
            ["ask", "-m", model, "--max-memory", "\(limit)M"] + smaller + ["What is it?"])
        #expect(run.code == 0)
    }

    @Test func `too many frames are refused with as many as fit`() throws {
        let clip = [Self.sample("clip.mp4"), "What is it?"]
        let (many, _) = try memory("patch16", ["--max-tokens", "3", "--frames", "80"] + clip)
        let (few, _) = try memory("patch16", ["--max-tokens", "3", "--frames", "1"] + clip)
        #expect(many - few > 3 << 20)
        let limit = (many + few) / 2
        let change = try suggestion(
            AskTests.model("patch16"), ["--frames", "80"] + clip, limit: limit)
        #expect(change.first == "--frames")
        #expect((10...75).contains(try #require(change.last.flatMap { Int($0) })))
        let rate = try suggestion(AskTests.model("patch16"), ["--fps", "30"] + clip, limit: limit)
        #expect(rate.suffix(3) == ["instead", "of", "--fps"])
    }

    @Test func `what cannot fit is refused with the least that it takes`() throws {
        let (all, least, settings) = try needs(AskTests.model("text"), ["What is it?"])
        #expect(least <= all)
        #expect(settings == "--max-tokens 1")
        let clip = try needs(AskTests.model("patch16"), [Self.sample("clip.mp4"), "What?"])
        #expect(clip.settings == "--frames 1 --max-tokens 1")
    }

    @Test func `a size that is none is refused`() throws {
        let run = try ask("text", ["--max-memory", "lots", "What is it?"])
        #expect(run.code == 2)
        #expect(
            run.messages.hasPrefix(
                "smolvlm: --max-memory wants a number of bytes from 1 MiB up, such as 256MiB"))
    }

    @Test func `memory enough changes nothing`() throws {
        let words = ["--max-tokens", "5", AskTests.sign, "What is it?"]
        let free = try ask("patch16", words)
        let bound = try ask("patch16", ["--max-memory", "1.5G"] + words)
        #expect(bound.code == 0)
        #expect(bound.output == free.output)
    }
}
