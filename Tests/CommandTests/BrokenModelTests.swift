import Foundation
import Testing

/// A way to make a model that cannot be used, with all that is said of it.
struct BrokenModel: Sendable, CustomTestStringConvertible {
    let name: String
    /// What is named on the command line.
    let operand: String
    let sentences: [String]
    /// A line of what is known all the same; nil for nothing.
    let known: String?
    let make: @Sendable (Scratch) throws -> Void

    init(
        _ name: String, _ operand: String, _ sentences: [String], known: String?,
        _ make: @escaping @Sendable (Scratch) throws -> Void
    ) {
        self.name = name
        self.operand = operand
        self.sentences = sentences
        self.known = known
        self.make = make
    }

    var testDescription: String { name }
}

private let pointer = """
    version https://git-lfs.github.com/spec/v1
    oid sha256:8f8a05f3e5c0a5e8c1d6f9d2b7a4e6c3f1b2d4a6c8e0f1a3b5d7c9e1f2a4b6c8
    size 513028808

    """
private let page = "<!DOCTYPE html>\n<html class=\"\">\n<head><title>Models</title></head></html>\n"
private let whole = "Get the model that it was made from, or a .gguf file of it."
private let noTokenizer =
    "model has no tokenizer.json, and not both vocab.json and merges.txt. Get the tokenizer files "
    + "that came with the model."
private let noPreparation =
    "model does not say how pictures are prepared. Get preprocessor_config.json and "
    + "processor_config.json of the model."

extension Scratch {
    fileprivate func rewrite(_ name: String, _ change: (String) -> String) throws {
        let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
        try file(name, holding: Data(change(text).utf8))
    }

    fileprivate func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: name))
    }

    fileprivate func cut(_ name: String, to count: Int) throws {
        let data = try Data(contentsOf: url.appending(path: name))
        try file(name, holding: data.prefix(count))
    }

    /// Puts bytes of the same length in place of others.
    fileprivate func replace(_ name: String, _ old: String, with new: String) throws {
        var data = try Data(contentsOf: url.appending(path: name))
        let range = try #require(data.firstRange(of: Data(old.utf8)))
        data.replaceSubrange(range, with: Data(new.utf8))
        try file(name, holding: data)
    }

    fileprivate func folder(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: url.appending(path: name), withIntermediateDirectories: true)
    }

    fileprivate func addToConfig(_ members: String) throws {
        try rewrite("model/config.json") { "{" + members + "," + $0.dropFirst() }
    }

    /// A safetensors file with one tensor of zeros.
    fileprivate func tensor(_ name: String, in path: String) throws {
        let header = #"{"\#(name)":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#
        var data = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
        data += Data(header.utf8) + Data(count: 32)
        try file(path, holding: data)
    }

    /// A GGUF file with strings under keys, and no tensors.
    fileprivate func gguf(_ keys: [(String, String)], in path: String) throws {
        var data = Data("GGUF".utf8)
        func number<Number: FixedWidthInteger>(_ value: Number) {
            withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
        func text(_ value: String) {
            number(UInt64(value.utf8.count))
            data += Data(value.utf8)
        }
        number(UInt32(3))
        number(UInt64(0))
        number(UInt64(keys.count))
        for (key, value) in keys {
            text(key)
            number(UInt32(8))
            text(value)
        }
        try file(path, holding: data)
    }
}

private let cutModels: [BrokenModel] = [
    BrokenModel(
        "safetensors cut in the data", "model",
        [
            "model/model.safetensors ends at byte 200000, but its header promises 288216: the "
                + "download was cut short. Download it again."
        ], known: "  SmolVLM model: sees pictures"
    ) {
        try $0.tinyModel("patch16", as: "model")
        try $0.cut("model/model.safetensors", to: 200_000)
    },
    BrokenModel(
        "safetensors cut in the header", "model",
        [
            "model/model.safetensors ends at byte 1000, but its header promises 7928: the "
                + "download was cut short. Download it again."
        ], known: "  SmolVLM model: sees pictures"
    ) {
        try $0.tinyModel("patch16", as: "model")
        try $0.cut("model/model.safetensors", to: 1000)
    },
    BrokenModel(
        "an empty file", "model", ["model/model.safetensors is empty. Download it again."],
        known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.cut("model/model.safetensors", to: 0)
    },
    BrokenModel(
        "GGUF cut in the data", "a.gguf",
        [
            "a.gguf ends at byte 100000, but its header promises 150848: the download was cut "
                + "short. Download it again."
        ], known: "  tokenizer: byte-level BPE, 192 tokens, 9 matched as written, 9 of them special"
    ) {
        try $0.recordedGGUF("tiny.gguf", as: "a.gguf")
        try $0.cut("a.gguf", to: 100_000)
    },
    BrokenModel(
        "a missing shard", "model",
        [
            "model/model-00002-of-00002.safetensors is missing: model.safetensors.index.json "
                + "names it as a part of the model. Download it into the same folder."
        ], known: "  note: Only the tensors of files that could be read are counted."
    ) {
        try $0.tinyModel("text", as: "model")
        try FileManager.default.moveItem(
            at: $0.url.appending(path: "model/model.safetensors"),
            to: $0.url.appending(path: "model/model-00001-of-00002.safetensors"))
        try $0.file(
            "model/model.safetensors.index.json",
            holding: Data(
                """
                {"weight_map": {
                  "model.embed_tokens.weight": "model-00001-of-00002.safetensors",
                  "model.norm.weight": "model-00002-of-00002.safetensors"}}
                """.utf8))
    },
    BrokenModel(
        "missing tensors", "a.gguf",
        [
            "a.gguf has no tensor blk.2.ffn_up.weight, which a model of this shape needs. Download "
                + "it again, or get the complete model."
        ], known: "  feed-forward  F16         8       30720   61 kB"
    ) {
        try $0.recordedGGUF("tiny.gguf", as: "a.gguf")
        try $0.replace("a.gguf", "blk.2.ffn_up.weight", with: "blk.2.ffn_xx.weight")
    },
    BrokenModel(
        "weights of another model", "model",
        [
            "model/config.json says the width of all key heads is 8, but tensor "
                + "model.layers.0.self_attn.k_proj.weight is 16 x 32. Check that the configuration "
                + "and the weights are of one model.",
            "model/model.safetensors: tensor model.layers.0.self_attn.k_proj.weight is 16 x 32, "
                + "where 8 x 32 is needed; 3 other tensors do not fit either. Check that the "
                + "configuration and the weights are of one model.",
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.remove("model/model.safetensors")
        try FileManager.default.copyItem(
            at: SmolVLMProgram.root.appending(path: "models/tiny/llama3/model.safetensors"),
            to: $0.url.appending(path: "model/model.safetensors"))
    },
    BrokenModel(
        "nothing beside the weights", "model", [noPreparation, noTokenizer],
        known: "  context: 2048 tokens, rotary base 100000"
    ) {
        try $0.tinyModel("patch16", as: "model")
        for name in ["tokenizer.json", "preprocessor_config.json", "processor_config.json"] {
            try $0.remove("model/\(name)")
        }
    },
    BrokenModel(
        "no configuration", "model",
        [
            "model holds no model: config.json is missing. Name a folder with config.json and "
                + "model.safetensors, or a .gguf file."
        ], known: "  weights of an unknown model"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.remove("model/config.json")
    },
    BrokenModel(
        "a lone safetensors file", "a.weights",
        [
            "a.weights has no config.json beside it, which says its sizes. Name the folder of the "
                + "whole model."
        ], known: "  safetensors, 1 file, 46 kB, 22176 parameters"
    ) {
        try FileManager.default.copyItem(
            at: SmolVLMProgram.root.appending(path: "models/tiny/text/model.safetensors"),
            to: $0.url.appending(path: "a.weights"))
    },
    BrokenModel(
        "a tokenizer of another model", "model",
        [
            "The tokenizer of model has ids up to 192, but the model's table has only 192 rows. "
                + "Use the tokenizer files that came with the model."
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.rewrite("model/tokenizer.json") {
            $0.replacing(
                "\"added_tokens\": [",
                with:
                    "\"added_tokens\": [{\"id\": 192, \"content\": \"<more>\", \"special\": true, "
                    + "\"single_word\": false, \"lstrip\": false, \"rstrip\": false, "
                    + "\"normalized\": false},")
        }
    },
]

private let otherThings: [BrokenModel] = [
    BrokenModel(
        "pointers of Git LFS", "model",
        [
            "model/model.safetensors is not the file itself but a Git LFS pointer: a short text in "
                + "place of its 513028808 bytes. Run `git lfs pull` in its folder, or download the "
                + "file by itself.",
            "model/tokenizer.json is not the file itself but a Git LFS pointer: a short text in "
                + "place of its 513028808 bytes. Run `git lfs pull` in its folder, or download the "
                + "file by itself.",
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        for name in ["model.safetensors", "tokenizer.json"] {
            try $0.file("model/\(name)", holding: Data(pointer.utf8))
        }
    },
    BrokenModel(
        "a pointer in place of a GGUF file", "a.gguf",
        [
            "a.gguf is not the file itself but a Git LFS pointer: a short text in place of its "
                + "513028808 bytes. Run `git lfs pull` in its folder, or download the file by "
                + "itself."
        ], known: nil
    ) { try $0.file("a.gguf", holding: Data(pointer.utf8)) },
    BrokenModel(
        "a web page", "a.safetensors",
        [
            "a.safetensors is a web page (HTML) that was saved in place of the file. Download it "
                + "again, by the address of the file itself: on huggingface.co that has /resolve/ "
                + "where the page has /blob/."
        ], known: nil
    ) { try $0.file("a.safetensors", holding: Data(page.utf8)) },
    BrokenModel(
        "what a server said", "a.safetensors",
        [
            "a.safetensors is a broken safetensors file: it holds nothing but the text \"Entry not "
                + "found\". Download it again."
        ], known: nil
    ) { try $0.file("a.safetensors", holding: Data("Entry not found\n".utf8)) },
    BrokenModel(
        "a web page in place of the configuration", "model",
        [
            "model/config.json is a web page (HTML) that was saved in place of the file. Download "
                + "it again, by the address of the file itself: on huggingface.co that has "
                + "/resolve/ where the page has /blob/."
        ], known: "  weights of an unknown model"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.file("model/config.json", holding: Data(page.utf8))
    },
    BrokenModel(
        "an unknown architecture", "model",
        [
            "model/config.json describes a model of type qwen2_vl. smolvlm runs SmolVLM, Idefics3, "
                + "Llama and SmolLM3 models."
        ], known: "  model of type qwen2_vl, which is not known"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.rewrite("model/config.json") {
            $0.replacing("\"model_type\": \"llama\"", with: "\"model_type\": \"qwen2_vl\"")
        }
    },
    BrokenModel(
        "a GGUF file of another architecture", "a.gguf",
        [
            "a.gguf holds a model of type qwen2. smolvlm runs SmolVLM, Idefics3, Llama and SmolLM3 "
                + "models."
        ], known: "  model of type qwen2, which is not known"
    ) {
        try $0.recordedGGUF("tiny.gguf", as: "a.gguf")
        try $0.replace("a.gguf", "llama", with: "qwen2")
    },
    BrokenModel(
        "an adapter folder", "model",
        [
            "model is an adapter (LoRA), no model by itself: it changes "
                + "HuggingFaceTB/SmolVLM-256M-Instruct. Give that model with -m, and the adapter with "
                + "--lora."
        ], known: "  LoRA adapter for HuggingFaceTB/SmolVLM-256M-Instruct, rank 16, alpha 32"
    ) {
        try $0.folder("model")
        try $0.file(
            "model/adapter_config.json",
            holding: Data(
                """
                {"peft_type": "LORA", "r": 16, "lora_alpha": 32,
                 "base_model_name_or_path": "HuggingFaceTB/SmolVLM-256M-Instruct"}
                """.utf8))
        try $0.tensor("x.lora_A.weight", in: "model/adapter_model.safetensors")
    },
    BrokenModel(
        "an adapter in a GGUF file", "a.gguf",
        [
            "a.gguf is an adapter (LoRA), no model by itself: it changes some/model. Give that "
                + "model with -m, and the adapter with --lora."
        ], known: "  LoRA adapter for some/model"
    ) {
        try $0.gguf(
            [
                ("general.type", "adapter"), ("general.architecture", "llama"),
                ("general.base_model.0.repo_url", "https://huggingface.co/some/model"),
            ], in: "a.gguf")
    },
    BrokenModel(
        "a GGUF file that says nothing", "a.gguf",
        [
            "a.gguf does not say general.architecture. Download it again."
        ], known: "  weights of an unknown model"
    ) { try $0.gguf([], in: "a.gguf") },
    BrokenModel(
        "a folder of pickles", "model",
        [
            "model holds weights as .bin files, which can run code when read. Get the model's "
                + ".safetensors files."
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.remove("model/model.safetensors")
        try $0.file("model/pytorch_model.bin", holding: Data([0x80, 2, 0x8A, 0x0A]))
    },
    BrokenModel(
        "an old pickle", "weights.pt",
        [
            "weights.pt is a PyTorch pickle, which can run code when read. Get the model's "
                + ".safetensors files."
        ], known: nil
    ) { try $0.file("weights.pt", holding: Data([0x80, 2, 0x8A, 0x0A])) },
    BrokenModel(
        "a pickle in an archive", "weights.ckpt",
        [
            "weights.ckpt is a PyTorch pickle, which can run code when read. Get the model's "
                + ".safetensors files."
        ], known: nil
    ) {
        let name = Data("archive/data.pkl".utf8)
        var data = Data("PK\u{3}\u{4}".utf8) + Data(count: 22)
        data += Data([UInt8(name.count), 0, 0, 0]) + name
        try $0.file("weights.ckpt", holding: data)
    },
    BrokenModel(
        "an ONNX file", "model.onnx",
        [
            "model.onnx is an ONNX model, which smolvlm does not run. Get the model's .safetensors "
                + "files, or a .gguf file of it."
        ], known: nil
    ) { try $0.file("model.onnx", holding: Data([8, 7])) },
    BrokenModel(
        "an ONNX folder", "model",
        [
            "model holds an ONNX model, which smolvlm does not run. Get the model's .safetensors "
                + "files, or a .gguf file of it."
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.remove("model/model.safetensors")
        try $0.folder("model/onnx")
    },
    BrokenModel(
        "an MLX folder", "model",
        ["model holds a model as MLX stores it, which smolvlm does not read. \(whole)"],
        known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.addToConfig(#""quantization": {"group_size": 64, "bits": 4}"#)
    },
    BrokenModel(
        "weights quantised in another way", "model",
        [
            "model holds weights quantised by bitsandbytes, which smolvlm does not read. \(whole)"
        ], known: "  Llama model: text only"
    ) {
        try $0.tinyModel("text", as: "model")
        try $0.addToConfig(#""quantization_config": {"quant_method": "bitsandbytes"}"#)
    },
    BrokenModel(
        "several models in a folder", "model",
        ["model holds several models: a.gguf, b.gguf. Name one of them."], known: nil
    ) {
        try $0.folder("model")
        for name in ["a", "b"] { try $0.recordedGGUF("tiny.gguf", as: "model/\(name).gguf") }
    },
]

@Suite struct `Models that cannot be used` {
    @Test(arguments: cutModels + otherThings)
    func `are refused with a reason, and what is known is shown`(broken: BrokenModel) throws {
        let folder = try Scratch()
        try broken.make(folder)
        let run = try SmolVLMProgram.run(
            ["inspect", broken.operand], environment: ["COLUMNS": "400"], in: folder)
        #expect(run.messages == broken.sentences.map { "smolvlm: \($0)\n" }.joined())
        if let known = broken.known {
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines.first == broken.operand)
            #expect(lines.contains(known), "\(run.output)")
        } else {
            #expect(run.output == "")
        }
        #expect(run.code == 1)
        // A question to it is refused with the first of these sentences.
        let ask = try SmolVLMProgram.run(["ask", "-m", broken.operand, "What is it?"], in: folder)
        #expect(ask.messages == broken.sentences.prefix(1).map { "smolvlm: \($0)\n" }.joined())
        #expect(ask.output == "")
        #expect(ask.code == 1)
    }

    @Test func `a pipe with the name of a model keeps nobody waiting`() throws {
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            [
                "-c", "mkfifo pipe.gguf && \"$0\" ask -m pipe.gguf 'What is it?'",
                SmolVLMProgram.binary.path,
            ], in: try Scratch())
        #expect(
            run.messages
                == "smolvlm: pipe.gguf is not a file. Name a model folder, a .safetensors or a .gguf "
                + "file.\n")
        #expect(run.code == 1)
    }
}
