import Foundation
import JSON
import Testing

@Suite struct `smolvlm quantize` {
    private static let model = SmolVLMProgram.root.appending(path: "models/tiny/patch14").path

    private func names(_ folder: Scratch) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test(arguments: ["quantize", "quantise"])
    func `writes both halves and tells what was lost`(spelling: String) throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run([spelling, Self.model, "small.gguf"], in: folder)
        #expect(run.code == 0)
        #expect(run.messages == "")
        #expect(try names(folder) == ["mmproj-small.gguf", "small.gguf"])
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("small.gguf: q8_0, "))
        #expect(lines[1].hasPrefix("mmproj-small.gguf: q8_0, "))
        for group in [
            "token embedding", "attention q", "attention k", "attention v", "attention out",
            "mlp gate", "mlp up", "mlp down", "output head", "norms", "vision attention",
            "vision mlp", "projector",
        ] {
            #expect(lines.contains { $0.hasPrefix("  \(group) ") }, "\(group)")
        }
        let inspected = try SmolVLMProgram.run(["inspect", "small.gguf"], in: folder)
        #expect(inspected.code == 0)
        #expect(inspected.output.contains("Q8_0"))
        let answered = try SmolVLMProgram.run(
            ["ask", "-m", "small.gguf", "--max-tokens", "2", "What is it?"], in: folder)
        #expect(answered.code == 0)
    }

    @Test func `tells the same as JSON`() throws {
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            [
                "quantize", "--json", "--type", "Q4_0", "--vision-type", "f16", Self.model,
                "a.gguf",
            ], in: folder)
        #expect(run.code == 0)
        let json = try JSONValue(parsing: run.output)
        let files = json["files"].map { Array($0.elements) } ?? []
        #expect(files.compactMap { $0["path"]?.string } == ["a.gguf", "mmproj-a.gguf"])
        #expect(files.compactMap { $0["type"]?.string } == ["q4_0", "f16"])
        for file in files {
            let path = folder.url.appending(path: file["path"]?.string ?? "").path
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(file["bytes"]?.int == size)
        }
        let groups = json["groups"].map { Array($0.elements) } ?? []
        let gate = try #require(groups.first { $0["tensors"]?.string == "mlp gate" })
        #expect(gate["types"]?["Q4_0"]?.int == gate["count"]?.int)
        #expect((0.02...0.15).contains(gate["relativeError"]?.double ?? 0))
        let norms = try #require(groups.first { $0["tensors"]?.string == "norms" })
        #expect(norms["relativeError"]?.double == 0)
    }

    @Test func `every name in the JSON is documented`() throws {
        let page = try String(
            contentsOf: SmolVLMProgram.root.appending(
                path: "Sources/SmolVLM/SmolVLM.docc/Quantise.md"), encoding: .utf8)
        let folder = try Scratch()
        let run = try SmolVLMProgram.run(
            ["quantize", "--json", Self.model, "a.gguf"], in: folder)
        var names: Set<String> = []
        func walk(_ value: JSONValue) {
            for member in value.members {
                names.insert(member.key.string ?? "")
                if member.key.string != "types" { walk(member.value) }
            }
            for element in value.elements { walk(element) }
        }
        walk(try JSONValue(parsing: run.output))
        #expect(names.count > 12)
        #expect(names.filter { !page.contains("`\($0)`") } == [])
    }

    @Test func `refuses what it cannot do, in a sentence`() throws {
        let folder = try Scratch()
        try folder.file("old.gguf", holding: Data("mine".utf8))
        func complaint(_ words: String...) throws -> String {
            let run = try SmolVLMProgram.run(["quantize"] + words, in: folder)
            #expect(run.code != 0 && run.output == "")
            return run.messages
        }
        #expect(
            try complaint(Self.model, "old.gguf")
                == "smolvlm: old.gguf is there already. Name another file, or replace it with "
                + "--force.\n")
        #expect(
            try complaint(Self.model, "none/a.gguf")
                == "smolvlm: none/a.gguf cannot be written: there is no folder none. Create it, or "
                + "name another.\n")
        #expect(
            try complaint(Self.model, "a.bin")
                == "smolvlm: the file to write must end in .gguf, not `a.bin`.\n")
        #expect(
            try complaint(Self.model)
                == "smolvlm: `smolvlm quantize` wants the name of the file to write. `smolvlm "
                + "quantize --help` says more.\n")
        #expect(
            try complaint("--type", "q3", Self.model, "a.gguf")
                == "smolvlm: --type wants one of q8_0, q4_0, q4_1, q5_0, q5_1, q4_k_m, q4_k_s, "
                + "q5_k_m, q5_k_s, q6_k, f16, bf16, f32, not `q3`.\n")
        #expect(try complaint("old.gguf", "a.gguf").hasPrefix("smolvlm: old.gguf "))
        #expect(try names(folder) == ["old.gguf"])
        #expect(try folder.text(of: "old.gguf") == "mine")
    }

    /// A file may be larger than the system lets it be: whoever is told of that says so, and whoever
    /// is ended by it leaves nothing.
    @Test(arguments: [true, false])
    func `on a disk that is full nothing is left`(isTold: Bool) throws {
        let folder = try Scratch()
        let start = isTold ? "trap '' XFSZ; exec" : "ulimit -c 0; exec env --default-signal=XFSZ"
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/bash"),
            [
                "-c", "ulimit -f 64; \(start) \"$0\" quantize --type f32 \"$1\" a.gguf",
                SmolVLMProgram.binary.path, Self.model,
            ],
            in: folder)
        #expect(try names(folder) == [])
        if isTold {
            #expect(run.code == 1)
            #expect(
                run.messages
                    == "smolvlm: a.gguf cannot be written: there is no room left. Make some, or "
                    + "name a file on another disk. Nothing of it was kept.\n")
        } else {
            #expect(run.code == 128 + SIGXFSZ)
        }
    }
}

#if os(Linux)
    extension Scratch {
        /// A model whose tables take seconds to write and no room on the disk: holes in the file.
        fileprivate func giantModel() throws {
            let files = FileManager.default
            let copy = url.appending(path: "giant")
            try files.copyItem(
                at: SmolVLMProgram.root.appending(path: "models/tiny/text"), to: copy)
            let config = copy.appending(path: "config.json")
            let rows = 4_000_000
            try String(contentsOf: config, encoding: .utf8)
                .replacing("\"vocab_size\": 192", with: "\"vocab_size\": \(rows)")
                .write(to: config, atomically: false, encoding: .utf8)
            let weights = copy.appending(path: "model.safetensors")
            let bytes = try Data(contentsOf: weights)
            let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
            let text = try JSONSerialization.jsonObject(with: bytes[8..<8 + length])
            var header = text as? [String: [String: Any]] ?? [:]
            var end = bytes.count - 8 - length
            for name in ["model.embed_tokens.weight", "lm_head.weight"] where header[name] != nil {
                let size = rows * 32 * 2
                header[name]?["shape"] = [rows, 32]
                header[name]?["data_offsets"] = [end, end + size]
                end += size
            }
            // What the tables had before is a gap now, which some readers mind: it goes to a tensor
            // that the model has no use for.
            let ranges = header.values.compactMap { $0["data_offsets"] as? [Int] }
                .sorted { $0[0] < $1[0] }
            var place = 0
            for range in ranges {
                if range[0] > place {
                    header["gap\(place)"] = [
                        "dtype": "U8", "shape": [range[0] - place],
                        "data_offsets": [place, range[0]],
                    ]
                }
                place = range[1]
            }
            let made = try JSONSerialization.data(withJSONObject: header)
            var out = Data()
            for byte in 0..<8 { out.append(UInt8(truncatingIfNeeded: made.count >> (8 * byte))) }
            out.append(made)
            out.append(bytes[(8 + length)...])
            try out.write(to: weights)
            let handle = try FileHandle(forWritingTo: weights)
            try handle.truncate(atOffset: UInt64(8 + made.count + end))
            try handle.close()
        }
    }

    @Suite struct `Writing a model, watched` {
        @Test func `a bar shows how far it is, and Ctrl-C leaves nothing behind`() throws {
            let folder = try Scratch()
            try folder.giantModel()
            let console = try Console(
                "exec \"$P\" quantize --type q5_1 giant a.gguf", in: folder)
            try console.see("a.gguf: [")
            try console.see(" %")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(end.screen.hasSuffix("smolvlm: stopped. Nothing was written.\r\n"))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(!names.contains { $0.hasSuffix(".gguf") || $0.hasSuffix(".part") })
        }
    }
#endif
