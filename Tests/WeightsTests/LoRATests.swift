import Foundation
import Testing
import Weights

/// A copy of a recorded adapter that can be spoiled.
private final class AdapterCopy {
    let url = FileManager.default.temporaryDirectory
        .appending(path: "smolvlm-adapter-\(UUID().uuidString)")
    var path: String { url.path }

    init(of name: String) throws {
        try FileManager.default.copyItem(
            at: Places.root.appending(path: "Tests/Golden/lora/\(name)"), to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Sets a value of the configuration, written as JSON.
    func set(_ key: String, _ json: String) throws {
        let file = url.appending(path: "adapter_config.json")
        var config =
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        config?[key] = try JSONSerialization.jsonObject(
            with: Data(json.utf8), options: .fragmentsAllowed)
        try JSONSerialization.data(withJSONObject: config ?? [:]).write(to: file)
    }

    /// Replaces the tensors by others, all zeros.
    func write(_ tensors: [(String, [Int])]) throws {
        var place = 0
        let entries = tensors.map { name, shape in
            let begin = place
            place += shape.reduce(4, *)
            return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),"
                + "\"data_offsets\":[\(begin),\(place)]}"
        }
        try Data(safetensors("{\(entries.joined(separator: ","))}", data: place))
            .write(to: url.appending(path: "adapter_model.safetensors"))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: name))
    }

    /// The sentence that using it with a model costs.
    func complaint(with model: String) -> String {
        LoRATests.complaint(path, with: model).replacing(path, with: "ADAPTER")
    }
}

@Suite(.serialized) struct LoRATests {
    private static let merge =
        "Merge it into its model with peft (merge_and_unload) and give that with -m."

    static func complaint(_ adapter: String, with model: String) -> String {
        do throws(WeightsError) {
            let checkpoint = try Checkpoint.open(Places.tiny(model), projector: nil)
            _ = try checkpoint.adapted(by: [(try LoRA.open(adapter), 1)])
            return "fits"
        } catch {
            return error.description.replacing(Places.tiny(model), with: "MODEL")
        }
    }

    private static func golden(_ name: String) -> String {
        Places.root.appending(path: "Tests/Golden/lora/\(name)").path
    }

    @Test func `an adapter says which model it was made for`() throws {
        #expect(try LoRA.open(Self.golden("text")).madeFor == "models/tiny/text")
        #expect(try LoRA.open(Self.golden("patch16.gguf")).madeFor == "tiny patch16")
        let file = Self.golden("text/adapter_model.safetensors")
        #expect(try LoRA.open(file).madeFor == "models/tiny/text")
    }

    @Test func `an adapter of another model is told with sizes and names`() {
        #expect(
            Self.complaint(Self.golden("text-2"), with: "patch16")
                .replacing(Self.golden("text-2"), with: "ADAPTER")
                == "ADAPTER is an adapter of another model: its tensor "
                + "base_model.model.lm_head.lora_A.weight is 2 x 32, but MODEL needs 2 x 48. It was "
                + "made for models/tiny/text: give that with -m, or get the adapter of this model.")
        #expect(
            Self.complaint(Self.golden("patch16"), with: "text")
                .replacing(Self.golden("patch16"), with: "ADAPTER")
                == "ADAPTER is an adapter of another model: its tensor "
                + "base_model.model.lm_head.lora_A.weight is 4 x 48, but MODEL needs 4 x 32. It was "
                + "made for models/tiny/patch16: give that with -m, or get the adapter of this "
                + "model.")
        #expect(
            Self.complaint(Self.golden("patch16.gguf"), with: "smollm3")
                .replacing(Self.golden("patch16.gguf"), with: "ADAPTER")
                == "ADAPTER is an adapter of another model: it is for the architecture llama, but "
                + "MODEL is smollm3. It was made for tiny patch16: give that with -m, or get the "
                + "adapter of this model.")
    }

    @Test func `what a model has no place for is never left out`() throws {
        let copy = try AdapterCopy(of: "text-2")
        func pair(_ module: String, _ inputs: Int, _ outputs: Int) -> [(String, [Int])] {
            [
                ("base_model.model.\(module).lora_A.weight", [2, inputs]),
                ("base_model.model.\(module).lora_B.weight", [outputs, 2]),
            ]
        }
        let other = "ADAPTER is an adapter of another model: it has a tensor base_model.model."
        let made =
            " It was made for models/tiny/text: give that with -m, or get the adapter of this model."
        try copy.write(pair("model.layers.9.self_attn.q_proj", 32, 32))
        #expect(
            copy.complaint(with: "text") == other
                + "model.layers.9.self_attn.q_proj.lora_A.weight, "
                + "but MODEL has no layer for that." + made)
        try copy.write(pair("model.vision_model.encoder.layers.0.mlp.fc1", 32, 64))
        #expect(
            copy.complaint(with: "text")
                == other + "model.vision_model.encoder.layers.0.mlp.fc1.lora_A.weight, but MODEL "
                + "has no layer for that." + made)
        try copy.write(pair("model.layers.0.experts.gate", 32, 32))
        #expect(
            copy.complaint(with: "text") == other + "model.layers.0.experts.gate.lora_A.weight, "
                + "but models of this family have no model.layers.0.experts.gate." + made)
        try copy.set("base_model_name_or_path", "null")
        #expect(
            copy.complaint(with: "text") == other + "model.layers.0.experts.gate.lora_A.weight, "
                + "but models of this family have no model.layers.0.experts.gate. Give the model "
                + "that it was made for with -m.")
        // One `model.` more or less, and the name of the adapter in memory.
        for module in ["layers.0.self_attn.q_proj", "model.model.layers.0.self_attn.q_proj"] {
            try copy.write(pair(module, 32, 32))
            #expect(copy.complaint(with: "text") == "fits")
        }
        try copy.write([
            ("base_model.model.model.layers.0.mlp.up_proj.lora_A.default.weight", [2, 32]),
            ("base_model.model.model.layers.0.mlp.up_proj.lora_B.default.weight", [56, 2]),
            ("base_model.model.model.layers.0.mlp.up_proj.base_layer.weight", [56, 32]),
        ])
        #expect(copy.complaint(with: "text") == "fits")
    }

    @Test(arguments: [
        (
            "peft_type", "\"LOHA\"",
            "is an adapter of the kind LOHA. smolvlm reads LoRA adapters only."
        ),
        ("use_dora", "true", "is a DoRA adapter, which scales the weights as well. \(merge)"),
        (
            "alora_invocation_tokens", "[1, 2]",
            "is an activated adapter, which works from a certain word on only. smolvlm applies "
                + "adapters to the whole prompt."
        ),
        (
            "init_lora_weights", "\"pissa_niter_16\"",
            "was begun with pissa_niter_16, which changes the model's own weights. Save it with "
                + "peft as a plain LoRA adapter first."
        ),
        ("bias", "\"all\"", "has biases in its adapter (bias is all). \(merge)"),
        (
            "modules_to_save", "[\"lm_head\"]",
            "uses modules_to_save, which smolvlm does not apply. \(merge)"
        ),
        ("use_qalora", "true", "uses use_qalora, which smolvlm does not apply. \(merge)"),
        ("use_new_thing", "true", "uses use_new_thing, which smolvlm does not apply. \(merge)"),
        ("fan_in_fan_out", "true", "uses fan_in_fan_out, which smolvlm does not apply. \(merge)"),
        (
            "velora_config", "{\"a\": 1}",
            "uses velora_config, which smolvlm does not apply. \(merge)"
        ),
        (
            "alpha_pattern", "{\"layers.[01].mlp\": 4}",
            "/adapter_config.json names modules by a regular expression (layers.[01].mlp). \(merge)"
        ),
        (
            "r", "3",
            "/adapter_config.json says r is 3, but tensor base_model.model.lm_head.lora_A.weight "
                + "is 2 x 32. Check that the configuration and the weights are of one model."
        ),
        (
            "r", "0",
            "/adapter_config.json: r is 0, where a number from 1 to 65536 is needed. Get the file "
                + "again, or correct it."
        ),
        (
            "lora_alpha", "\"x\"",
            "/adapter_config.json: lora_alpha is something else, where a number is needed. Get the "
                + "file again, or correct it."
        ),
    ])
    func `what would compute something else is refused`(
        key: String, value: String, sentence: String
    ) throws {
        let copy = try AdapterCopy(of: "text-2")
        #expect(copy.complaint(with: "text") == "fits")
        try copy.set(key, value)
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER\(sentence.hasPrefix("/") ? "" : " ")\(sentence)")
    }

    @Test(arguments: [
        (
            "lm_head.weight",
            "is an adapter with a tensor base_model.model.lm_head.weight, which is not one of LoRA's "
                + "pairs. \(merge)"
        ),
        (
            "lm_head.lora_magnitude_vector.default.weight",
            "is a DoRA adapter, which scales the weights as well. \(merge)"
        ),
        (
            "lm_head.lora_B.bias",
            "has biases in its adapter (base_model.model.lm_head.lora_B.bias). \(merge)"
        ),
        (
            "lm_head.lora_A.weight",
            "is an adapter with half a pair: its tensor lm_head.lora_B.weight is missing. Get the "
                + "complete adapter."
        ),
    ])
    func `a tensor that is no half of a pair is refused`(name: String, sentence: String) throws {
        let copy = try AdapterCopy(of: "text-2")
        try copy.write([("base_model.model.\(name)", [2, 32])])
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER\(sentence.hasPrefix("/") ? "" : " ")\(sentence)")
    }

    @Test func `folders without an adapter say what is missing`() throws {
        let copy = try AdapterCopy(of: "text-2")
        let ask =
            " Name a folder with adapter_config.json and adapter_model.safetensors, or a .gguf "
            + "adapter."
        try copy.write([])
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER is an adapter that changes nothing. Get the complete adapter.")
        try copy.remove("adapter_model.safetensors")
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER holds no adapter: adapter_model.safetensors is missing." + ask)
        try Data([1]).write(to: copy.url.appending(path: "adapter_model.bin"))
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER holds its adapter as a .bin file, which can run code when read. Get or "
                + "save it as adapter_model.safetensors.")
        try copy.remove("adapter_config.json")
        #expect(
            copy.complaint(with: "text")
                == "ADAPTER holds no adapter: adapter_config.json is missing." + ask)
    }

    @Test func `a model given as an adapter and an adapter given as a model are told so`() throws {
        #expect(
            Self.complaint(Places.tiny("tied"), with: "text")
                == Places.tiny("tied") + " is a model, not an adapter. Give it with -m, and its "
                + "adapter with --lora.")
        let model = Places.root.appending(path: "Tests/Golden/gguf/tiny.gguf").path
        #expect(
            Self.complaint(model, with: "text")
                == model + " is a model, not an adapter. Give it with -m, and its adapter with "
                + "--lora.")
        for (name, changes) in [("text", "models/tiny/text"), ("patch16.gguf", "tiny patch16")] {
            let path = Self.golden(name)
            let error = WeightsError.adapter(file: path, changes: changes)
            #expect(throws: error) { try Checkpoint.open(path, projector: nil) }
            #expect(
                error.description
                    == "\(path) is an adapter (LoRA), no model by itself: it changes \(changes). Give "
                    + "that model with -m, and the adapter with --lora.")
        }
    }

    private static func gguf(_ change: (inout GGUFBytes) -> Void) throws -> String {
        var bytes = GGUFBytes()
        bytes.keys = [
            ("general.type", .string("adapter")), ("general.architecture", .string("llama")),
            ("adapter.type", .string("lora")), ("adapter.lora.alpha", .f32(4)),
        ]
        change(&bytes)
        let file = try TemporaryFile(bytes.built(), name: "a.gguf")
        return complaint(file.path, with: "text").replacing(file.path, with: "A")
    }

    @Test func `a GGUF adapter is held to the same`() throws {
        func pair(_ bytes: inout GGUFBytes, _ name: String, _ inputs: Int, _ outputs: Int) {
            bytes.tensor("\(name).lora_a", [2, inputs])
            bytes.tensor("\(name).lora_b", [outputs, 2])
        }
        #expect(try Self.gguf { pair(&$0, "blk.0.attn_q.weight", 32, 32) } == "fits")
        #expect(try Self.gguf { pair(&$0, "token_embd.weight", 192, 32) } != "fits")
        #expect(
            try Self.gguf {
                $0.tensor("token_embd.weight.lora_a", [192, 2])
                $0.tensor("token_embd.weight.lora_b", [32, 2])
            } == "fits")
        #expect(
            try Self.gguf { $0.tensor("blk.0.attn_q.weight.lora_a", [2, 32]) }
                == "A is an adapter with half a pair: its tensor blk.0.attn_q.weight.lora_b is "
                + "missing. Get the complete adapter.")
        #expect(
            try Self.gguf { pair(&$0, "blk.0.attn_q.weight", 32, 48) }
                == "A is an adapter of another model: its tensor blk.0.attn_q.weight.lora_b is "
                + "48 x 2, but MODEL needs 32 x 2. Give the model that it was made for with -m.")
        #expect(
            try Self.gguf { pair(&$0, "blk.0.ffn_exp.weight", 32, 48) }
                == "A is an adapter of another model: it has a tensor blk.0.ffn_exp.weight.lora_a, "
                + "but models of this family have no blk.0.ffn_exp.weight. Give the model that it "
                + "was made for with -m.")
        #expect(
            try Self.gguf { $0.tensor("output_norm.weight", [32]) }
                == "A is an adapter with a tensor output_norm.weight, which is not one of LoRA's "
                + "pairs. " + Self.merge)
        #expect(
            try Self.gguf { $0.keys[2].1 = .string("control") }
                == "A is an adapter of the kind control. smolvlm reads LoRA adapters only.")
        #expect(
            try Self.gguf { $0.keys.append(("adapter.alora.invocation_tokens", .numbers([1]))) }
                == "A is an activated adapter, which works from a certain word on only. smolvlm "
                + "applies adapters to the whole prompt.")
        #expect(
            try Self.gguf { $0.keys.removeLast() }
                == "A does not say adapter.lora.alpha. Convert the adapter again.")
        #expect(
            try Self.gguf { _ in }
                == "A is an adapter that changes nothing. Get the complete adapter.")
    }

    @Test(arguments: 0..<4)
    func `damage of any kind ends in a value or a sentence`(seed: Int) throws {
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            let copy = try AdapterCopy(of: "text-2")
            let place = copy.url.appending(path: name)
            let model = try Checkpoint.open(Places.tiny("text"), projector: nil)
            try damaged(Array(try Data(contentsOf: place)), seed: seed, rounds: 100) { file in
                try Data(contentsOf: URL(filePath: file)).write(to: place)
                _ = try model.adapted(by: [(try LoRA.open(copy.path), 1)])
            }
        }
    }
}
