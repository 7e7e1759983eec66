import Foundation
import Tensors
import Testing
import Weights

/// A folder that is there while the value lives in the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("smolvlm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
        return path + "/" + name
    }

    func copy(_ file: String, as name: String) throws {
        try FileManager.default.copyItem(atPath: file, toPath: path + "/" + name)
    }
}

/// GGUF files with the numbers of a checkpoint, as converters write them.
enum Converted {
    static func text(
        _ checkpoint: Checkpoint, fused: Bool = false,
        _ change: (inout GGUFBytes) -> Void = { _ in }
    ) -> [UInt8] {
        let config = checkpoint.config.text
        var gguf = GGUFBytes()
        let name = checkpoint.config.architecture == .smolLM3 ? "smollm3" : "llama"
        func number(_ key: String, _ value: Int) {
            gguf.keys.append(("\(name).\(key)", .u32(UInt32(value))))
        }
        gguf.keys = [("general.architecture", .string(name))]
        number("embedding_length", config.hiddenSize)
        number("feed_forward_length", config.innerSize)
        number("block_count", config.layerCount)
        number("attention.head_count", config.heads)
        number("attention.head_count_kv", config.keyValueHeads)
        number("attention.key_length", config.headSize)
        number("context_length", config.maxPositions)
        number("vocab_size", config.vocabularySize)
        gguf.keys.append(("\(name).attention.layer_norm_rms_epsilon", .f32(config.eps)))
        gguf.keys.append(("\(name).rope.freq_base", .f32(Float(config.theta))))
        for (tensor, shape) in checkpoint.config.tensors {
            switch tensor {
            case .text(let layer, .query) where fused:
                let floats = [TensorName.TextPiece.query, .key, .value].flatMap { piece in
                    stored(checkpoint, .text(layer: layer, piece), config)
                }
                gguf.tensor(
                    "blk.\(layer).attn_qkv.weight", [floats.count / shape[1], shape[1]],
                    floats: floats)
            case .text(_, .key) where fused: break
            case .text(_, .value) where fused: break
            case .text, .tokenEmbedding, .textNorm, .head:
                gguf.tensor(tensor.ggufName, shape, floats: stored(checkpoint, tensor, config))
            default: break
            }
        }
        change(&gguf)
        return gguf.built()
    }

    /// Rows of q and k for a rotation of adjacent pairs: row 2i + j of a head is row jd/2 + i.
    private static func stored(
        _ checkpoint: Checkpoint, _ name: TensorName, _ config: TextConfig
    ) -> [Float] {
        let matrix = checkpoint.matrix(name)
        let floats = matrix.floats()
        switch name {
        case .text(_, .query), .text(_, .key):
            let size = config.headSize
            return (0..<matrix.rows).flatMap { stored in
                let (head, place) = stored.quotientAndRemainder(dividingBy: size)
                let row = head * size + place % 2 * (size / 2) + place / 2
                return floats[row * matrix.columns..<(row + 1) * matrix.columns]
            }
        default: return floats
        }
    }

    static func projector(
        _ checkpoint: Checkpoint, swapped: Bool = false, fused: Bool = false,
        _ change: (inout GGUFBytes) -> Void = { _ in }
    ) throws -> [UInt8] {
        let vision = try #require(checkpoint.config.vision)
        var gguf = GGUFBytes()
        gguf.keys = [
            ("general.architecture", .string("clip")), ("general.type", .string("mmproj")),
            ("clip.has_vision_encoder", .bool(1)), ("clip.projector_type", .string("idefics3")),
            ("clip.use_gelu", .bool(1)),
            ("clip.vision.attention.layer_norm_epsilon", .f32(1e-5)),
        ]
        for (key, value) in [
            ("image_size", vision.imageSize), ("patch_size", vision.patchSize),
            ("embedding_length", vision.hiddenSize), ("feed_forward_length", vision.innerSize),
            ("block_count", vision.layerCount), ("attention.head_count", vision.heads),
            ("projection_dim", checkpoint.config.text.hiddenSize),
            ("projector.scale_factor", vision.scaleFactor),
        ] { gguf.keys.append(("clip.vision.\(key)", .u32(UInt32(value)))) }
        for (tensor, shape) in checkpoint.config.tensors {
            let floats = checkpoint.matrix(tensor).floats()
            switch tensor {
            case .vision(let layer, .query, let part) where fused:
                let all = [TensorName.VisionPiece.query, .key, .value].flatMap {
                    checkpoint.matrix(.vision(layer: layer, $0, part)).floats()
                }
                gguf.tensor(
                    "v.blk.\(layer).attn_qkv.\(part.rawValue)",
                    [3 * shape[0]] + shape.dropFirst(), floats: all)
            case .vision(_, .key, _) where fused: break
            case .vision(_, .value, _) where fused: break
            case .vision(let layer, .up, let part) where swapped:
                gguf.tensor("v.blk.\(layer).ffn_down.\(part.rawValue)", shape, floats: floats)
            case .vision(let layer, .down, let part) where swapped:
                gguf.tensor("v.blk.\(layer).ffn_up.\(part.rawValue)", shape, floats: floats)
            case .text, .tokenEmbedding, .textNorm, .head: break
            default: gguf.tensor(tensor.ggufName, shape, floats: floats)
            }
        }
        change(&gguf)
        return gguf.built()
    }
}

@Suite struct `Checkpoints` {
    static let names = ["patch16", "patch14", "tied", "text", "llama3", "smollm3"]

    static func hasSameNumbers(_ one: Checkpoint, _ other: Checkpoint) -> Bool {
        one.config.tensors.allSatisfy { name, _ in
            one.matrix(name).floats() == other.matrix(name).floats()
        }
    }

    @Test(arguments: names)
    func `a folder opens with all its tensors`(name: String) throws {
        let checkpoint = try Checkpoint.open(Places.tiny(name), projector: nil)
        #expect(checkpoint.unused.isEmpty)
        let parameters = checkpoint.config.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        let size = checkpoint.typeCounts.keys.contains(.f32) ? 4 : 2
        #expect(checkpoint.byteCount == parameters * size && checkpoint.typeCounts.count == 1)
        // The file itself names its folder.
        let named = try Checkpoint.open(
            Places.tiny(name) + "/model.safetensors", projector: nil)
        #expect(named.config == checkpoint.config)
    }

    @Test(arguments: names, [false, true])
    func `a GGUF text half gives the same numbers and configuration`(
        name: String, fused: Bool
    ) throws {
        let original = try Checkpoint.open(Places.tiny(name), projector: nil)
        let folder = try TemporaryFolder()
        let path = try folder.write(Converted.text(original, fused: fused), "model.gguf")
        let converted = try Checkpoint.open(path, projector: nil)
        var text = original.config.text
        text.scaling = .none  // not written here
        #expect(converted.config.text == text && converted.config.vision == nil)
        #expect(Self.hasSameNumbers(converted, original))
    }

    @Test(
        arguments: ["patch16", "patch14", "tied"], [(false, false), (true, false), (false, true)])
    func `a GGUF pair gives the same numbers and configuration`(
        name: String, form: (swapped: Bool, fused: Bool)
    ) throws {
        let original = try Checkpoint.open(Places.tiny(name), projector: nil)
        let folder = try TemporaryFolder()
        let text = try folder.write(Converted.text(original), "model.gguf")
        let eyes = try folder.write(
            Converted.projector(original, swapped: form.swapped, fused: form.fused),
            "mmproj-model.gguf")
        for projector in [eyes, nil] {
            // Named, or found beside the model; the folder will do as well.
            let converted = try Checkpoint.open(text, projector: projector)
            #expect(converted.config.vision == original.config.vision)
            #expect(Self.hasSameNumbers(converted, original))
        }
        let found = try Checkpoint.open(folder.path, projector: nil)
        #expect(found.config.vision != nil)
    }

    @Test func `sharded folders and models in parts open as one`() throws {
        let folder = try TemporaryFolder()
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        try folder.copy(Places.tiny("text") + "/config.json", as: "config.json")
        try folder.copy(Places.tiny("text") + "/model.safetensors", as: "a.safetensors")
        let names = try Safetensors(path: folder.path + "/a.safetensors").tensors.keys
        let map = names.sorted().map { "\"\($0)\":\"a.safetensors\"" }.joined(separator: ",")
        try folder.write(
            Array("{\"weight_map\":{\(map)}}".utf8), "model.safetensors.index.json")
        let sharded = try Checkpoint.open(folder.path, projector: nil)
        #expect(Self.hasSameNumbers(sharded, original))

        let parts = try TemporaryFolder()
        for part in 0..<2 {
            let bytes = Converted.text(original) { gguf in
                gguf.keys += [("split.no", .u32(UInt32(part))), ("split.count", .u32(2))]
                gguf.tensors = gguf.tensors.enumerated().filter { $0.offset % 2 == part }
                    .map(\.element)
            }
            try parts.write(bytes, "m-0000\(part + 1)-of-00002.gguf")
        }
        let first = parts.path + "/m-00001-of-00002.gguf"
        #expect(Self.hasSameNumbers(try Checkpoint.open(first, projector: nil), original))
        #expect(Self.hasSameNumbers(try Checkpoint.open(parts.path, projector: nil), original))
    }

    @Test func `factors of a Llama 3 file become its scaling`() throws {
        let original = try Checkpoint.open(Places.tiny("llama3"), projector: nil)
        let folder = try TemporaryFolder()
        let path = try folder.write(
            Converted.text(original) {
                $0.tensor("rope_freqs.weight", [4], floats: [1, 1, 4, 8])
            }, "model.gguf")
        let text = try Checkpoint.open(path, projector: nil).config.text
        #expect(text.scaling == .divided(by: [1, 1, 4, 8]))
    }

    /// What is said when something is wrong, with the folder's name taken out.
    static func sentence(
        _ folder: TemporaryFolder, _ name: String, projector: String? = nil
    ) -> String {
        let path = name.isEmpty ? folder.path : folder.path + "/" + name
        let named = projector.map { folder.path + "/" + $0 }
        let error = #expect(throws: WeightsError.self) {
            try Checkpoint.open(path, projector: named)
        }
        return error.map { "\($0)".replacing(folder.path + "/", with: "") } ?? ""
    }

    @Test func `halves of different models are told apart`() throws {
        let folder = try TemporaryFolder()
        let wide = try Checkpoint.open(Places.tiny("patch16"), projector: nil)
        let narrow = try Checkpoint.open(Places.tiny("patch14"), projector: nil)
        try folder.write(Converted.text(wide), "a.gguf")
        try folder.write(Converted.projector(narrow), "mmproj-b.gguf")
        try folder.write(Converted.projector(narrow) { _ in }, "mmproj-c.gguf")
        #expect(
            Self.sentence(folder, "a.gguf", projector: "mmproj-b.gguf")
                == "mmproj-b.gguf makes picture tokens of width 32, but a.gguf is of width 48. Get "
                + "the mmproj file of the same model.")
        #expect(
            Self.sentence(folder, "mmproj-b.gguf")
                == "mmproj-b.gguf is the picture half (mmproj) of a model: it fits a text half of "
                + "width 32. Give the text half with -m and this file with --mmproj.")
        #expect(
            Self.sentence(folder, "a.gguf", projector: "a.gguf")
                == "a.gguf is a text model (llama), not a picture half. Give --mmproj a file whose "
                + "name begins with mmproj-.")
        // Neither beside it fits: it opens as a text model, and says so when it is to see.
        let text = try Checkpoint.open(folder.path + "/a.gguf", projector: nil)
        let error = #expect(throws: WeightsError.self) { _ = try text.requireVision() }
        #expect(
            error?.description
                == "\(folder.path)/a.gguf holds a text model only: it cannot see pictures. If it "
                + "is one half of a SmolVLM model, give the other with --mmproj: a file such as "
                + "mmproj-a.gguf of the same download.")
        #expect(
            WeightsError.projectorAlone(file: "a", width: 960).description
                == "a is the picture half (mmproj) of a model: it fits a text half of width 960 (as "
                + "the 500M models). Give the text half with -m and this file with --mmproj.")
        #expect(
            WeightsError.wrongPair(text: "a", width: 960, projector: "b", projectorWidth: 576)
                .description
                == "b makes picture tokens of width 576 (as the 256M models), but a is of width "
                + "960 (as the 500M models). Get the mmproj file of the same model.")
    }

    @Test func `what a file lacks or has too much of is named`() throws {
        let folder = try TemporaryFolder()
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        try folder.write(
            Converted.text(original) { gguf in
                gguf.tensors.removeAll { $0.name == "blk.1.ffn_up.weight" }
            }, "lacks.gguf")
        #expect(
            Self.sentence(folder, "lacks.gguf")
                == "lacks.gguf has no tensor blk.1.ffn_up.weight, which a model of this shape "
                + "needs. Download it again, or get the complete model.")
        try folder.write(
            Converted.text(original) { gguf in
                gguf.keys = gguf.keys.map { key, value in
                    key == "llama.block_count" ? (key, .u32(1)) : (key, value)
                }
            }, "more.gguf")
        #expect(
            Self.sentence(folder, "more.gguf")
                == "more.gguf says llama.block_count is 1, but tensor blk.1.attn_norm.weight is "
                + "32. Check that the configuration and the weights are of one model.")
        try folder.write(
            Converted.text(original) { gguf in
                gguf.keys.removeAll { $0.0 == "llama.rope.freq_base" }
            }, "theta.gguf")
        #expect(
            Self.sentence(folder, "theta.gguf")
                == "theta.gguf does not say llama.rope.freq_base. Positions cannot be computed "
                + "without it. Get the model's own configuration; for a first or second Llama the "
                + "value is 10000.")
        try folder.write(
            Converted.text(original) { gguf in
                gguf.tensors.removeAll { $0.name == "blk.0.ffn_down.weight" }
                gguf.tensor("blk.0.ffn_down.weight", [32, 57])
            }, "shape.gguf")
        #expect(
            Self.sentence(folder, "shape.gguf")
                == "shape.gguf: tensor blk.0.ffn_down.weight is 32 x 57, where 32 x 56 is needed. "
                + "Check that the configuration and the weights are of one model.")
        try folder.write(
            Converted.text(original) { $0.keys[0].1 = .string("qwen2") }, "other.gguf")
        #expect(
            Self.sentence(folder, "other.gguf")
                == "other.gguf holds a model of type qwen2. smolvlm runs SmolVLM, Idefics3, Llama "
                + "and SmolLM3 models.")
    }

    @Test func `folders without a model say what is missing`() throws {
        let folder = try TemporaryFolder()
        let end = " Name a folder with config.json and model.safetensors, or a .gguf file."
        #expect(
            Self.sentence(folder, "").hasSuffix(" holds no model: config.json is missing." + end))
        try folder.copy(Places.tiny("text") + "/config.json", as: "config.json")
        #expect(
            Self.sentence(folder, "")
                .hasSuffix(" holds no model: model.safetensors is missing." + end))
        try folder.write([0], "pytorch_model.bin")
        #expect(
            Self.sentence(folder, "").hasSuffix(
                " holds weights as .bin files, which can run code when read. Get the model's "
                    + ".safetensors files."))
        try folder.write([1], "notes.txt")
        #expect(
            Self.sentence(folder, "notes.txt")
                == "notes.txt is neither a GGUF nor a safetensors file. Name a model folder, a "
                + ".safetensors or a .gguf file.")
        #expect(
            Self.sentence(folder, "none.gguf")
                == "none.gguf: there is no such file. Check the path.")
        let original = try Checkpoint.open(Places.tiny("text"), projector: nil)
        try folder.write(Converted.text(original), "a.gguf")
        try folder.write(Converted.text(original), "b.gguf")
        #expect(
            Self.sentence(folder, "").hasSuffix(
                " holds several models: a.gguf, b.gguf. Name one of them."))
    }

    @Test func `a configuration of another model is noticed`() throws {
        let folder = try TemporaryFolder()
        try folder.copy(Places.tiny("text") + "/config.json", as: "config.json")
        try folder.copy(Places.tiny("llama3") + "/model.safetensors", as: "model.safetensors")
        #expect(
            Self.sentence(folder, "")
                == "config.json says the width of all key heads is 8, but tensor "
                + "model.layers.0.self_attn.k_proj.weight is 16 x 32. Check that the configuration "
                + "and the weights are of one model.")
    }
}
