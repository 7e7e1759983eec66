import Foundation
import Testing
import Weights

@Suite struct `Surveys of models` {
    private func sentences(_ folder: TemporaryFolder, _ name: String) -> [String] {
        ModelSurvey(folder.path + "/" + name, projector: nil).faults.map {
            $0.description.replacing(folder.path + "/", with: "")
        }
    }

    @Test(arguments: Checkpoints.names)
    func `a sound model has no faults, and its tensors are all told`(name: String) throws {
        let survey = ModelSurvey(Places.tiny(name) + "/", projector: nil)
        let checkpoint = try #require(survey.checkpoint)
        #expect(survey.faults.isEmpty && survey.unknown.isEmpty)
        #expect(survey.tensors.count == checkpoint.config.tensors.count)
        #expect(survey.tensors.reduce(0) { $0 + $1.bytes } == checkpoint.byteCount)
        #expect(survey.path == Places.tiny(name))
    }

    @Test func `parts of fused tensors share its bytes`() throws {
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        let folder = try TemporaryFolder()
        let path = try folder.write(Converted.text(original, fused: true), "a.gguf")
        let survey = ModelSurvey(path, projector: nil)
        #expect(survey.tensors.reduce(0) { $0 + $1.bytes } == survey.checkpoint?.byteCount)
    }

    @Test func `all that is wrong is said, not only the first`() throws {
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        let folder = try TemporaryFolder()
        try folder.write(
            Converted.text(original) { gguf in
                gguf.tensors.removeAll { $0.name.hasSuffix("ffn_up.weight") }
                gguf.tensors.removeAll { $0.name.hasSuffix("attn_output.weight") }
                for layer in 0..<2 { gguf.tensor("blk.\(layer).attn_output.weight", [32, 31]) }
                gguf.tensor("blk.9.attn_norm.bias", [32])
            }, "a.gguf")
        #expect(
            sentences(folder, "a.gguf") == [
                "a.gguf: tensor blk.0.attn_output.weight is 32 x 31, where 32 x 32 is needed; 1 other "
                    + "tensor does not fit either. Check that the configuration and the weights are "
                    + "of one model.",
                "a.gguf has no tensor blk.0.ffn_up.weight, nor 1 other, which a model of this shape "
                    + "needs. Download it again, or get the complete model.",
            ])
        let survey = ModelSurvey(folder.path + "/a.gguf", projector: nil)
        #expect(survey.unknown.map(\.name) == ["blk.9.attn_norm.bias"])
        #expect(survey.config?.text.layerCount == 2)
    }

    @Test func `parts that are missing or named in place of the first are said`() throws {
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        let folder = try TemporaryFolder()
        for part in [0, 2] {
            let bytes = Converted.text(original) { gguf in
                gguf.keys += [("split.no", .u32(UInt32(part))), ("split.count", .u32(3))]
                gguf.tensors = gguf.tensors.enumerated().filter { $0.offset % 3 == part }
                    .map(\.element)
            }
            try folder.write(bytes, "m-0000\(part + 1)-of-00003.gguf")
        }
        #expect(
            sentences(folder, "m-00001-of-00003.gguf") == [
                "m-00002-of-00003.gguf is missing: m-00001-of-00003.gguf names it as a part of the "
                    + "model. Download it into the same folder."
            ])
        #expect(
            sentences(folder, "m-00003-of-00003.gguf") == [
                "m-00003-of-00003.gguf is part 3 of the 3 of a model. Name the first of them, "
                    + "m-00001-of-00003.gguf."
            ])
    }

    @Test func `a file cut in its data still says what it was to be`() throws {
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        let folder = try TemporaryFolder()
        let bytes = Converted.text(original)
        try folder.write(Array(bytes.dropLast(64)), "a.gguf")
        let survey = ModelSurvey(folder.path + "/a.gguf", projector: nil)
        #expect(survey.checkpoint == nil && survey.faults.count == 1)
        #expect(survey.config?.text.hiddenSize == 32)
        #expect(survey.tensors.count == original.config.tensors.count)
    }

    @Test func `an adapter tells its rank and strength`() throws {
        let folder = try TemporaryFolder()
        var gguf = GGUFBytes()
        gguf.keys = [
            ("general.type", .string("adapter")), ("general.architecture", .string("llama")),
            ("adapter.lora.alpha", .f32(32)),
        ]
        gguf.tensor("blk.0.attn_q.weight.lora_a", [8, 32])
        gguf.tensor("blk.0.attn_q.weight.lora_b", [32, 8])
        try folder.write(gguf.built(), "a.gguf")
        let adapter = ModelSurvey(folder.path + "/a.gguf", projector: nil).adapter
        #expect(adapter?.rank == 8 && adapter?.alpha == 32)
        #expect(adapter?.changes == "a model of type llama")
    }

    /// Each with what it is recognised by.
    static let recognised: [(name: String, bytes: [UInt8], ModelSurvey.Recognition)] = [
        ("a", Array("GGUF".utf8), .byContent),
        ("a.txt", safetensors("{}", data: 0), .byContent),
        ("a.gguf", [1, 2, 3], .byName),
        ("a.safetensors", [], .byContent),
        ("a.onnx", [8, 7], .byName),
        ("a.bin", [0x80, 2, 0x8A], .byContent),
        ("a.bin", [1, 2, 3], .none),
        ("a.png", [], .none),
        ("a.png", Array("version https://git-lfs.github.com/spec/v1\n".utf8), .none),
        ("a.pth", Array("version https://git-lfs.github.com/spec/v1\n".utf8), .byContent),
        ("config.json", Array("{\"model_type\": \"llama\"}".utf8), .byContent),
        ("config.json", Array("{\"theme\": \"dark\"}".utf8), .none),
        ("tokenizer.json", Array("{}".utf8), .none),
    ]

    @Test(arguments: recognised)
    func `a file is recognised by its content, or its name`(
        name: String, bytes: [UInt8], recognition: ModelSurvey.Recognition
    ) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, name)
        #expect(ModelSurvey.recognise(path) == recognition)
    }

    @Test(arguments: 0..<9)
    func `damaged models are surveyed without harm`(seed: Int) throws {
        let original = try Checkpoint.open(Places.tiny("patch14"), projector: nil)
        let folder = try TemporaryFolder()
        try folder.copy(Places.tiny("patch14") + "/config.json", as: "config.json")
        let weights = try Data(
            contentsOf: URL(fileURLWithPath: Places.tiny("patch14") + "/model.safetensors"))
        let kinds = [
            ("a.gguf", Converted.text(original)),
            ("mmproj-a.gguf", try Converted.projector(original)),
            ("model.safetensors", Array(weights)),
        ]
        let (name, sound) = kinds[seed % 3]
        // What can be wrong stands in the header: only that is damaged.
        try damaged(Array(sound.prefix(6000)), seed: seed, rounds: 100) { path in
            let header = try Data(contentsOf: URL(fileURLWithPath: path))
            let file = try folder.write(Array(header) + sound.dropFirst(6000), name)
            let survey = ModelSurvey(file, projector: nil)
            #expect((survey.checkpoint == nil) == !survey.faults.isEmpty)
            _ = survey.tensors
        }
    }
}
