internal import JSON
internal import Tensors

/// Models in forms that are not read, told by what they are.
enum ForeignModel: Equatable {
    /// A pickle of PyTorch: a program for a small machine, which may do anything.
    case pickle
    case onnx
    case mlx
    /// Weights that a method of the configuration has quantised.
    case quantised(String)

    private static let pickleEndings = [".bin", ".pt", ".pth", ".ckpt"]

    /// What a file is.
    init?(file: MappedFile) {
        if Self.isPickle(file) {
            self = .pickle
        } else if file.path.hasSuffix(".onnx") {
            self = .onnx
        } else {
            return nil
        }
    }

    /// What a folder without any other model holds.
    init?(names: [String]) {
        if names.contains(where: { name in Self.pickleEndings.contains { name.hasSuffix($0) } }) {
            self = .pickle
        } else if names.contains(where: { $0 == "onnx" || $0.hasSuffix(".onnx") }) {
            self = .onnx
        } else {
            return nil
        }
    }

    /// What a folder with safetensors files holds, if not what is read.
    init?(config: JSONValue?, entries: [TensorEntry], isOfMLX: Bool) {
        let hasBlocks = config?["quantization"]?["group_size"]?.int != nil
        if hasBlocks || isOfMLX && config?["vision_config"]?.kind == .object {
            self = .mlx
        } else if let method = config?["quantization_config"]?["quant_method"]?.string {
            self = .quantised(method)
        } else {
            return nil
        }
    }

    func refusal(of path: String) -> WeightsError {
        let isFile = MappedFile.entry(at: path) == .file
        let wanted = "Get the model's .safetensors files, or a .gguf file of it."
        switch self {
        case .pickle:
            let endings = Self.pickleEndings.filter { ending in
                MappedFile.names(inFolder: path).contains { $0.hasSuffix(ending) }
            }
            let kind = endings.first ?? ".bin"
            return .unsupported(
                file: path,
                what: isFile
                    ? "is a PyTorch pickle, which can run code when read"
                    : "holds weights as \(kind) files, which can run code when read",
                advice: "Get the model's .safetensors files.")
        case .onnx:
            return .unsupported(
                file: path,
                what: "\(isFile ? "is" : "holds") an ONNX model, which smolvlm does not run",
                advice: wanted)
        case .mlx:
            return .unsupported(
                file: path, what: "holds a model as MLX stores it, which smolvlm does not read",
                advice: "Get the model that it was made from, or a .gguf file of it.")
        case .quantised(let method):
            return .unsupported(
                file: path,
                what: "holds weights quantised by \(method), which smolvlm does not read",
                advice: "Get the model that it was made from, or a .gguf file of it.")
        }
    }

    /// Told by the first name in the archive that a pickle is now, or by its first bytes of old.
    static func isPickle(_ file: MappedFile) -> Bool {
        let bytes = file.storage
        if file.begins(with: "PK\u{3}\u{4}"), let length = bytes.load(UInt16.self, at: 26) {
            let end = 30 + Int(length)
            guard end <= file.byteCount else { return false }
            let name = bytes.withBytes(30..<end) { name in
                String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
            }
            return name.hasSuffix("data.pkl")
        }
        guard bytes.load(UInt8.self, at: 0) == 0x80, let version = bytes.load(UInt8.self, at: 1)
        else { return false }
        return (2...5).contains(version)
            && (pickleEndings + [".pkl"]).contains { file.path.hasSuffix($0) }
    }
}
