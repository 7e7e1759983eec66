import Export
import Foundation
import SmolVLM
import Tensors
import Testing
import Weights

/// A folder for what is written, which goes away with its owner.
private final class Workplace {
    let url = FileManager.default.temporaryDirectory
        .appending(path: "smolvlm-export-\(UUID().uuidString)")

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func tiny(_ name: String) -> String {
        root.appending(path: "models/tiny/\(name)").path
    }

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }

    /// A copy of a tiny model, with the tokenizer of another where it has none.
    func copy(of name: String) throws -> String {
        let files = FileManager.default
        let target = url.appending(path: name)
        try files.copyItem(atPath: Self.tiny(name), toPath: target.path)
        let tokenizer = target.appending(path: "tokenizer.json").path
        if !files.fileExists(atPath: tokenizer) {
            try files.copyItem(atPath: Self.tiny("text") + "/tokenizer.json", toPath: tokenizer)
        }
        return target.path
    }

    func wish(
        _ input: String, _ text: Quantisation = .f32, _ vision: Quantisation = .f32,
        output: String = "out.gguf", replaces: Bool = false, threads: Int = 2
    ) -> ModelExport.Wish {
        ModelExport.Wish(
            input: input, projector: nil, output: path(output), text: text, vision: vision,
            replaces: replaces, threadCount: threads)
    }

    @discardableResult
    func export(_ wish: ModelExport.Wish) throws(ExportError) -> ExportReport {
        try ModelExport(wish).run(isWanted: { true }) { _ in }
    }

    func complaint(_ wish: ModelExport.Wish) -> String {
        do throws(ExportError) {
            try export(wish)
            return "written"
        } catch {
            return error.description.replacing(url.path, with: "HERE")
        }
    }
}

@Suite struct `Models written as GGUF` {
    private static let seeing = ["patch16", "patch14", "tied"]

    @Test(arguments: seeing + ["text"])
    func `in 32 bits every weight is as it was, in its place`(model: String) throws {
        let place = try Workplace()
        let report = try place.export(place.wish(Workplace.tiny(model)))
        let source = try Checkpoint.open(Workplace.tiny(model), projector: nil)
        let made = try Checkpoint.open(place.path("out.gguf"), projector: nil)
        #expect(made.config.text == source.config.text)
        #expect(made.config.vision == source.config.vision)
        #expect(made.unused == [])
        for (name, _) in source.config.tensors {
            #expect(made.matrix(name).floats() == source.matrix(name).floats(), "\(name)")
        }
        #expect(report.groups.allSatisfy { $0.relativeError == 0 })
        #expect(report.files.count == (source.config.vision == nil ? 1 : 2))
        for file in report.files {
            let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size]
            #expect(size as? Int == file.byteCount)
        }
        #expect(
            place.names
                == (report.files.count == 1 ? ["out.gguf"] : ["mmproj-out.gguf", "out.gguf"]))
    }

    @Test(arguments: ["smollm3", "llama3"])
    func `positions are turned as they were`(model: String) throws {
        let place = try Workplace()
        let folder = try place.copy(of: model)
        try place.export(place.wish(folder))
        let source = try Checkpoint.open(folder, projector: nil).config
        let made = try Checkpoint.open(place.path("out.gguf"), projector: nil).config
        #expect(made.text.isRotated == source.text.isRotated)
        #expect(made.architecture == source.architecture)
        let pairs = zip(made.text.rotation.frequencies, source.text.rotation.frequencies)
        #expect(pairs.allSatisfy { abs($0 - $1) <= 2e-7 * $1 })
    }

    /// The number or the list of numbers under a key.
    private static func numbers(_ gguf: GGUF, _ key: String) -> [Double] {
        if let list = (try? gguf.numbers(key)) ?? nil { return list }
        return [((try? gguf.number(key)) ?? nil) ?? -1]
    }

    @Test func `names, shapes and halves are those of the recorded conversion`() throws {
        let place = try Workplace()
        try place.export(place.wish(Workplace.tiny("patch16"), .f16, .f16))
        for name in ["tiny.gguf", "mmproj-tiny.gguf"] {
            let golden = try GGUF(
                path: Workplace.root.appending(path: "Tests/Golden/gguf/\(name)").path)
            let made = try GGUF(path: place.path(name.replacing("tiny", with: "out")))
            #expect(Set(made.tensorNames) == Set(golden.tensorNames))
            for (name, tensor) in golden.tensors {
                let ours = try #require(made.tensors[name])
                #expect(ours.shape == tensor.shape)
                let (one, other) = (
                    try ours.matrix(rowsFrom: 1).floats(), try tensor.matrix(rowsFrom: 1).floats()
                )
                // Embeddings are kept in 32 bits here, where the golden file has 16.
                #expect(zip(one, other).allSatisfy { abs($0 - $1) <= 0x1p-25 }, "\(name)")
            }
            // What a model is called may differ.
            let kept: Set = ["general.type", "general.name", "general.size_label"]
            let missing = Set(golden.keys).subtracting(made.keys).subtracting(kept)
            #expect(missing == [])
            #expect(try made.string("tokenizer.ggml.pre") == golden.string("tokenizer.ggml.pre"))
            #expect(
                try made.integers("tokenizer.ggml.token_type")
                    == golden.integers("tokenizer.ggml.token_type"))
            for key in golden.keys where key.hasPrefix("llama.") || key.hasPrefix("clip.vision.") {
                #expect(Self.numbers(made, key) == Self.numbers(golden, key), "\(key)")
            }
        }
    }

    @Test(arguments: Quantisation.allCases)
    func `every type is read again, with the loss that was told`(type: Quantisation) throws {
        let place = try Workplace()
        let report = try place.export(place.wish(Workplace.tiny("patch14"), type, type))
        let source = try Checkpoint.open(Workplace.tiny("patch14"), projector: nil)
        let made = try Checkpoint.open(place.path("out.gguf"), projector: nil)
        var errors = (squared: 0.0, squares: 0.0)
        for (name, _) in source.config.tensors {
            guard case .text(_, .gate) = name else { continue }
            for (new, old) in zip(made.matrix(name).floats(), source.matrix(name).floats()) {
                errors.squared += Double(new - old) * Double(new - old)
                errors.squares += Double(old) * Double(old)
            }
        }
        let gate = try #require(report.groups.first { $0.group == .gate })
        let seen = (errors.squared / errors.squares).squareRoot()
        #expect(abs(gate.relativeError - seen) <= 1e-6)
        #expect(seen < 0.15)
        #expect(gate.types.map(\.count).reduce(0, +) == source.config.text.layerCount)
    }

    @Test(arguments: [("patch14", Quantisation.f32), ("patch16", .f16), ("text", .f32)])
    func `answers are those of the model it was made of`(
        model: String, type: Quantisation
    ) throws {
        let place = try Workplace()
        // These weights were made in 16 bits; nothing is lost but the smallest digits.
        try place.export(place.wish(Workplace.tiny(model), type, type))
        var answers: [[Int]] = []
        for path in [Workplace.tiny(model), place.path("out.gguf")] {
            var conversation = try Conversation(
                with: Model.load(from: path), options: ConversationOptions())
            conversation.add("What is it?")
            var options = AnswerOptions()
            options.maxTokens = 8
            answers.append(
                try conversation.answer(options, isWanted: { true }) { _ in }.tokenIDs)
        }
        #expect(answers[0] == answers[1])
    }

    @Test func `the files are the same whatever the number of threads`() throws {
        let place = try Workplace()
        for threads in [1, 3] {
            try place.export(
                place.wish(
                    Workplace.tiny("patch16"), .q4KMedium, .q5_1, output: "\(threads).gguf",
                    threads: threads))
        }
        for prefix in ["", "mmproj-"] {
            let files = try [1, 3].map {
                try Data(contentsOf: place.url.appending(path: "\(prefix)\($0).gguf"))
            }
            #expect(files[0] == files[1])
        }
    }

    @Test func `of a GGUF file the keys are taken over`() throws {
        let place = try Workplace()
        let golden = Workplace.root.appending(path: "Tests/Golden/gguf/tiny.gguf").path
        try place.export(place.wish(golden, .q8_0, .f16))
        let (before, after) = (try GGUF(path: golden), try GGUF(path: place.path("out.gguf")))
        let own: Set = ["general.file_type", "general.quantization_version"]
        #expect(after.keys.filter { !own.contains($0) } == before.keys.filter { !own.contains($0) })
        #expect(try after.integer("general.file_type") == 7)
        let (one, other) = (
            try Checkpoint.open(golden, projector: nil),
            try Checkpoint.open(place.path("out.gguf"), projector: nil)
        )
        #expect(one.config == other.config)
        let query = TensorName.text(layer: 1, .query)
        #expect(one.matrix(query).floats() == other.matrix(query).floats())
    }

    @Test func `a vocabulary of SentencePiece comes through`() throws {
        let place = try Workplace()
        let golden = Workplace.root.appending(path: "Tests/Golden/gguf/llama2.gguf").path
        try place.export(place.wish(golden))
        let (before, after) = (try GGUF(path: golden), try GGUF(path: place.path("out.gguf")))
        #expect(
            try after.numbers("tokenizer.ggml.scores") == before.numbers("tokenizer.ggml.scores"))
        #expect(after.count("tokenizer.ggml.tokens") == before.count("tokenizer.ggml.tokens"))
    }

    @Test func `what is coarser already is said, and so is what is left out`() throws {
        let place = try Workplace()
        try place.export(place.wish(Workplace.tiny("patch14"), .q4_0, .f16))
        let report = try place.export(
            place.wish(place.path("out.gguf"), .f16, .f16, output: "again.gguf"))
        #expect(report.notes.count == 1)
        #expect(report.notes.first?.contains("is quantised already (Q4_0") == true)
    }
}

@Suite struct `Models that are not written` {
    @Test func `files that are there are kept, both of them`() throws {
        let place = try Workplace()
        let wish = place.wish(Workplace.tiny("patch16"))
        try Data("mine".utf8).write(to: place.url.appending(path: "mmproj-out.gguf"))
        #expect(
            place.complaint(wish)
                == "HERE/mmproj-out.gguf is there already. Name another file, or replace it with "
                + "--force.")
        #expect(place.names == ["mmproj-out.gguf"])
        var forced = wish
        forced.replaces = true
        try place.export(forced)
        #expect(place.names == ["mmproj-out.gguf", "out.gguf"])
        #expect(try GGUF(path: place.path("mmproj-out.gguf")).has("clip.projector_type"))
    }

    @Test func `a file is not written onto itself`() throws {
        let place = try Workplace()
        try place.export(place.wish(Workplace.tiny("text")))
        #expect(
            place.complaint(place.wish(place.path("out.gguf"), .q8_0, replaces: true))
                == "HERE/out.gguf is both read and to be written. Name another file.")
    }

    @Test func `once it is not wanted any more nothing stays`() throws {
        let place = try Workplace()
        let export = try ModelExport(place.wish(Workplace.tiny("patch16")))
        var calls = 0
        var error: ExportError?
        do throws(ExportError) {
            _ = try export.run(
                isWanted: {
                    calls += 1
                    return calls < 40
                }, progress: { _ in })
        } catch let stopped { error = stopped }
        #expect(error == .cancelled)
        #expect(place.names == [])
    }

    @Test func `a weight that is no number is told of`() throws {
        let place = try Workplace()
        let folder = try place.copy(of: "patch14")
        let file = URL(filePath: folder + "/model.safetensors")
        var bytes = try Data(contentsOf: file)
        let source = try Safetensors(path: file.path)
        let entry = try #require(source.tensors["model.text_model.layers.1.mlp.up_proj.weight"])
        // The last two bytes of a BF16 become one that is not a number.
        bytes[entry.offset + 40] = 0xC0
        bytes[entry.offset + 41] = 0x7F
        try bytes.write(to: file)
        #expect(
            place.complaint(place.wish(folder, .q8_0))
                == "HERE/patch14: tensor blk.1.ffn_up.weight has a weight that is no finite number. "
                + "Download it again, or get the model from elsewhere.")
        bytes[entry.offset + 40] = 0x00
        try bytes.write(to: file)
        bytes[entry.offset + 41] = 0x50
        try bytes.write(to: file)
        #expect(
            place.complaint(place.wish(folder, .f16))
                == "HERE/patch14: tensor blk.1.ffn_up.weight has weights that are too large for F16. "
                + "Store it with --type bf16 or f32 (of a vision encoder: --vision-type).")
        #expect(place.names == ["patch14"])
    }

    @Test func `what is missing is told of as everywhere`() throws {
        let place = try Workplace()
        #expect(
            place.complaint(place.wish(place.path("none")))
                == "HERE/none: there is no such file. Check the path.")
        let folder = try place.copy(of: "text")
        try FileManager.default.removeItem(atPath: folder + "/tokenizer.json")
        #expect(
            place.complaint(place.wish(folder))
                == "HERE/text has no tokenizer.json, of which the vocabulary of a GGUF file is "
                + "made. Get the tokenizer files that came with the model.")
        #expect(place.names == ["text"])
    }
}
