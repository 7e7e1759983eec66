import Foundation
import JSON
import Media
import Testing

@Suite struct `Measuring speed` {
    private static let model = SmolVLMProgram.root.appending(path: "models/tiny/patch16").path
    /// What keeps a run short.
    private static let small = [
        "--runs", "2", "--threads", "1,2", "--contexts", "8,64", "--prompt", "16", "--frames",
        "2,3",
    ]

    private func parsed(_ text: String) throws -> JSONValue {
        let bytes = Array(text.utf8)
        return try JSONValue(parsing: bytes.span)
    }

    /// The elements of a list; none when it is not there.
    private func list(_ value: JSONValue?) -> [JSONValue] {
        value.map { Array($0.elements) } ?? []
    }

    // MARK: Tables

    @Test func `the tables have every part, case and size`() throws {
        let run = try SmolVLMProgram.run(["bench", Self.model] + Self.small)
        #expect(run.code == 0)
        #expect(run.messages == "")
        for heading in [
            "What this machine can do at most", "Tiles of 128 x 128 through the vision encoder",
            "A prompt", "An answer, by the tokens before it",
            "From the program's start to the first token", "Fast against exact",
        ] {
            #expect(run.output.contains("\n\(heading)\n"), "\(heading)")
        }
        #expect(run.output.contains("280 kB of weights: BF16"))
        let rows = run.output.split(separator: "\n").filter {
            $0.hasPrefix("  exact ") || $0.hasPrefix("  fast ")
        }
        // 4 of one tile, 2 of two and of three, 4 prompts, 8 answers, 4 starts.
        #expect(rows.count == 4 + 4 + 4 + 8 + 4)
        #expect(rows.filter { $0.hasSuffix("%") }.count == 20)
        #expect(rows.filter { $0.hasSuffix("MiB") }.count == 4)
    }

    @Test func `only what is named is measured`() throws {
        let run = try SmolVLMProgram.run(
            ["bench", "--only", "decode", "--precision", "fast", "--quick", Self.model])
        #expect(run.code == 0)
        #expect(run.output.contains("An answer, by the tokens before it"))
        for other in ["A prompt\n", "Tiles of", "to the first token", "exact  "] {
            #expect(!run.output.contains(other), "\(other)")
        }
    }

    @Test func `a machine is measured without a model`() throws {
        let run = try SmolVLMProgram.run(["bench", "--only", "peaks", "--threads", "1"])
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("this machine\n"))
        #expect(run.output.contains("floats, GFLOP/s"))
    }

    @Test func `a model that cannot be asked is measured as far as that goes`() throws {
        let folder = SmolVLMProgram.root.appending(path: "models/tiny/llama3").path
        let run = try SmolVLMProgram.run(
            ["bench", folder, "--quick", "--only", "prefill,start", "--prompt", "8"])
        #expect(run.code == 0)
        #expect(run.output.contains("A prompt"))
        #expect(run.messages.hasPrefix("smolvlm: the start could not be measured: "))
        #expect(run.messages.contains("tokenizer"))
    }

    // MARK: JSON

    @Test func `the JSON has the machine, the command and every single run`() throws {
        let run = try SmolVLMProgram.run(["bench", Self.model, "--json", "-"] + Self.small)
        #expect(run.code == 0)
        let json = try parsed(run.output)
        #expect(json["smolvlm"]?.string == "0.1.0")
        #expect(json["complete"]?.bool == true)
        #expect(
            list(json["command"]).prefix(3).map(\.string) == ["smolvlm", "bench", Self.model])
        #expect((json["machine"]?["cores"]?.int ?? 0) > 0)
        #expect(json["machine"]?["processor"]?.string?.isEmpty == false)
        #expect(
            ["generic", "avx2", "avx512", "neon"].contains(
                json["machine"]?["kernels"]?.string ?? ""))
        #expect(json["model"]?["weight_bytes"]?.int == 280_288)
        #expect(json["model"]?["types"]?["BF16"]?.int == 68)
        #expect(list(json["peaks"]).map { $0["threads"]?.int } == [1, 2])
        for peaks in list(json["peaks"]) {
            for key in ["float_gflops", "byte_gmacs", "memory_gb_per_second"] {
                #expect(list(peaks[key]?["samples"]).count == 5)
                #expect((peaks[key]?["median"]?.double ?? 0) > 0)
            }
        }
        for (part, key, sizes) in [
            ("tile", "tiles", [1]), ("frames", "tiles", [2, 3]), ("prefill", "tokens", [16]),
            ("decode", "context", [8, 64]),
        ] {
            let figures = list(json[part])
            #expect(figures.count == (part == "frames" ? 2 : 4) * sizes.count, "\(part)")
            #expect(Set(figures.compactMap { $0[key]?.int }) == Set(sizes))
            for figure in figures {
                let seconds = figure[part == "decode" ? "seconds_per_token" : "seconds"]
                #expect(list(seconds?["samples"]).count == (part == "frames" ? 1 : 2))
                #expect((figure["share_of_limit"]?.double ?? 0) > 0)
                #expect((figure["per_second"]?.double ?? 0) > 0)
            }
        }
        let starts = list(json["start"])
        #expect(starts.map { $0["precision"]?.string } == ["exact", "fast", "exact", "fast"])
        #expect(starts.allSatisfy { ($0["peak_bytes"]?["median"]?.int ?? 0) > 1 << 20 })
        #expect((json["agreement"]?["tile_cosine"]?.double ?? 0) > 0.99)
        #expect(list(json["notes"]).isEmpty)
    }

    @Test func `every name in the JSON is documented`() throws {
        let page = try String(
            contentsOf: SmolVLMProgram.root.appending(
                path: "Sources/SmolVLM/SmolVLM.docc/Speed.md"), encoding: .utf8)
        let run = try SmolVLMProgram.run(["bench", Self.model, "--json", "-"] + Self.small)
        var names: Set<String> = []
        func walk(_ value: JSONValue, isNamed: Bool) {
            for element in value.elements { walk(element, isNamed: isNamed) }
            for member in value.members {
                let name = member.key.string ?? ""
                if isNamed { names.insert(name) }
                // The members of `types` are names of types.
                walk(member.value, isNamed: name != "types")
            }
        }
        walk(try parsed(run.output), isNamed: true)
        #expect(names.count > 40)
        #expect(names.filter { !page.contains("`\($0)`") } == [])
    }

    @Test func `JSON goes to a file beside the tables`() throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            ["bench", Self.model, "--quick", "--only", "prefill", "--json", "out.json"], in: folder)
        #expect(run.code == 0)
        #expect(run.output.contains("A prompt"))
        let json = try parsed(try folder.text(of: "out.json"))
        #expect(list(json["prefill"]).count == 2)
        #expect(list(json["tile"]).isEmpty)
    }

    // MARK: Drawings

    @Test func `the drawings have a line in each colour and whole numbers at the axes`() throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            ["bench", Self.model, "--only", "tile,frames,decode", "--plot", "plots"] + Self.small,
            in: folder)
        #expect(run.code == 0)
        for name in ["decode.png", "encode.png"] {
            var images: [Image] = []
            let path = folder.url.appending(path: "plots/\(name)").path
            _ = try MediaDecoder.decode(try MediaInput(path: path), options: MediaOptions()) {
                (item) throws(MediaError) in images.append(item.image)
            }
            let image = try #require(images.first)
            #expect(image.width == 1040)
            #expect(image.height == 640)
            var counts: [[UInt8]: Int] = [:]
            image.withPixels { pixels in
                // Below the legend, which has all colours anyway.
                for place in 150 * image.width..<image.height * image.width {
                    let colour = (0..<3).map { pixels[place * 3 + $0] }
                    counts[colour, default: 0] += 1
                }
            }
            #expect((counts[[42, 104, 196]] ?? 0) > 100, "fast in \(name)")
            #expect((counts[[208, 98, 32]] ?? 0) > 100, "exact in \(name)")
            #expect((counts[[104, 106, 114]] ?? 0) > 20, "numbers in \(name)")
            #expect((counts[[250, 250, 248]] ?? 0) > 400_000, "paper in \(name)")
        }
    }

    @Test func `what was not measured is not drawn`() throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            ["bench", Self.model, "--quick", "--only", "prefill", "--plot", "plots"], in: folder)
        #expect(run.code == 0)
        let plots = folder.url.appending(path: "plots").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: plots).isEmpty)
    }

    // MARK: Being stopped

    #if os(Linux)
        @Test func `Ctrl-C ends it with what has been measured, and its temporary files`() throws {
            let folder = try Scratch()
            let console = try Console(
                "export TMPDIR=$PWD; exec \"$P\" bench '\(Self.model)' --runs 1000 --prompt 2000 "
                    + "--threads 1 --only prefill,start", in: folder)
            try console.see("patch16: a prompt of 2000 tokens, ")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(end.screen.contains("What this machine can do at most"))
            #expect(
                end.screen.hasSuffix(
                    "\r\nsmolvlm: it was stopped; what had been measured by then is told.\r\n"))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(!left.contains { $0.hasPrefix("smolvlm-bench") })
        }
    #endif

    // MARK: Random weights

    @Test func `random weights have the published shape and are measured`() throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            [
                "bench", "--shape", "256m", "--keep", "kept", "--only", "decode", "--contexts", "1",
                "--quick", "--precision", "fast",
            ], in: folder)
        #expect(run.code == 0)
        #expect(run.messages == "")
        #expect(run.output.hasPrefix("random 256m\n  513 MB of weights: BF16\n"))
        let look = try SmolVLMProgram.run(["inspect", "--json", "kept"], in: folder)
        #expect(look.code == 0)
        let file = list(try parsed(look.output)["files"]).first
        #expect(file?["model"]?["parameters"]?.int == 256_484_928)
        #expect(file?["error"] == nil)
        let answer = try SmolVLMProgram.run(
            ["ask", "-m", "kept", "--max-tokens", "2", "--json", "What is this?"], in: folder)
        #expect(answer.code == 0)
        #expect(answer.messages == "")
    }

    // MARK: Refusals

    @Test(arguments: [
        (
            [],
            "`smolvlm bench` wants a model, or --shape 256m to measure random weights of that size. "
                + "`smolvlm bench --help` says more."
        ),
        (["a", "b"], "`smolvlm bench` takes one model, so `b` is one too many."),
        (
            ["a", "--threads", "0"],
            "--threads wants whole numbers from 1 to 256 with commas between them, such as 1,2, not "
                + "`0`."
        ),
        (
            ["a", "--threads", "1,,2"],
            "--threads wants whole numbers from 1 to 256 with commas between them, such as 1,2, not "
                + "`1,,2`."
        ),
        (
            ["a", "--only", "tile,speed"],
            "--only wants parts with commas between them, out of peaks, tile, frames, prefill, "
                + "decode, start, not `tile,speed`."
        ),
        (["--shape", "1b"], "--shape wants 256m, 500m or 2.2b, not `1b`."),
        (
            ["a", "--shape", "256m"],
            "--shape 256m and the model a cannot be used together: one model is measured at a time."
        ),
        (["a", "--keep", "b"], "--keep wants --shape as well: only random weights can be kept."),
        (["a", "--runs", "0"], "--runs wants a whole number from 1 to 1000, not `0`."),
    ])
    func `a line that is not understood costs one sentence`(words: [String], sentence: String)
        throws
    {
        let run = try SmolVLMProgram.run(["bench"] + words)
        #expect(run.messages == "smolvlm: \(sentence)\n")
        #expect(run.output == "")
        #expect(run.code == 2)
    }

    @Test func `a model that is not there, or files that cannot be written, are refused first`()
        throws
    {
        let folder = try Scratch()
        try folder.file("file", holding: Data())
        let none = try SmolVLMProgram.run(["bench", "nowhere"], in: folder)
        #expect(none.code == 1)
        #expect(none.messages == "smolvlm: nowhere: there is no such file. Check the path.\n")
        #expect(none.output == "")
        let json = try SmolVLMProgram.run(
            ["bench", Self.model, "--json", "nowhere/a.json"], in: folder)
        #expect(json.code == 1)
        #expect(
            json.messages
                == "smolvlm: nowhere/a.json cannot be written: its folder is not there, or may not "
                + "be written to. Name another file.\n")
        let plots = try SmolVLMProgram.run(["bench", Self.model, "--plot", "file"], in: folder)
        #expect(plots.code == 1)
        #expect(
            plots.messages
                == "smolvlm: the folder file cannot be made. Name one in a place that you may write "
                + "to.\n")
    }
}
