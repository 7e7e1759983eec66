// An adapter as PEFT writes it: `adapter_config.json` and `adapter_model.safetensors`. The names and
// defaults of the fields:
// https://github.com/huggingface/peft/blob/v0.17.0/src/peft/tuners/lora/config.py
internal import JSON
internal import Tensors

/// The files of a PEFT adapter.
struct PEFTFiles {
    private let folder: String
    private let weights: String
    private let config: PEFTConfig

    init(folder: String) throws(WeightsError) {
        let names = MappedFile.names(inFolder: folder)
        self.folder = folder
        guard names.contains("adapter_config.json") else {
            if names.contains("config.json") { throw .modelForAdapter(file: folder) }
            throw .noAdapter(folder: folder, wanted: "adapter_config.json is missing")
        }
        config = try PEFTConfig(path: folder + "/adapter_config.json", folder: folder)
        guard names.contains("adapter_model.safetensors") else {
            if names.contains("adapter_model.bin") {
                throw .unsupported(
                    file: folder,
                    what: "holds its adapter as a .bin file, which can run code when "
                        + "read",
                    advice: "Get or save it as adapter_model.safetensors.")
            }
            throw .noAdapter(folder: folder, wanted: "adapter_model.safetensors is missing")
        }
        weights = folder + "/adapter_model.safetensors"
    }

    func adapter() throws(WeightsError) -> LoRA {
        var halves: [String: (down: TensorEntry?, up: TensorEntry?)] = [:]
        for (name, entry) in try Safetensors(path: weights).tensors.sorted(by: { $0.key < $1.key })
        {
            guard let piece = try piece(name) else { continue }
            var half = halves[piece.module] ?? (nil, nil)
            guard (piece.isDown ? half.down : half.up) == nil else {
                throw .malformed(
                    file: weights, format: "safetensors",
                    detail: "tensor \(name) is there under two names")
            }
            if piece.isDown { half.down = entry } else { half.up = entry }
            halves[piece.module] = half
        }
        var changes: [LoRA.Change] = []
        var targets: Set<TensorName> = []
        for (module, half) in halves.sorted(by: { $0.key < $1.key }) {
            guard let down = half.down, let up = half.up else {
                let missing = half.down == nil ? ".lora_A.weight" : ".lora_B.weight"
                throw .halfMissing(folder, module + missing)
            }
            guard let target = Self.target(of: module) else {
                throw .otherModel(
                    adapter: folder, detail: "it has a tensor \(down.name)",
                    model: "models of this family have no \(module)", madeFor: config.madeFor)
            }
            guard targets.insert(target).inserted else {
                throw .malformed(
                    file: weights, format: "safetensors",
                    detail: "tensor \(down.name) is there under two names")
            }
            let rank = down.shape.first ?? 0
            guard rank > 0, config.rank(of: module).map({ $0 == rank }) ?? true else {
                throw .contradiction(
                    file: config.path, key: "r", value: config.rank(of: module) ?? 0,
                    tensor: down.name, shape: down.shape)
            }
            changes.append(
                LoRA.Change(
                    target: target, down: down, up: up, rank: rank,
                    scale: try config.scale(of: module, rank: rank)))
        }
        return try LoRA(
            path: folder, madeFor: config.madeFor, warnings: [], architecture: nil,
            changes: changes)
    }

    /// The module of a tensor, and which of the two it is; nil for what PEFT ignores as well.
    private func piece(
        _ name: String
    ) throws(WeightsError) -> (module: String, isDown: Bool)? {
        var rest = name[...]
        rest.drop(prefix: "base_model.model.")
        let words = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard let place = words.firstIndex(where: { $0.hasPrefix("lora_") }), place > 0 else {
            if words.contains("base_layer") { return nil }
            throw .wholeTensor(folder, name)
        }
        let module = words[..<place].joined(separator: ".")
        // In memory PEFT names the adapter behind the half; such names have been saved, too.
        let tail = words[(place + 1)...]
        switch words[place] {
        case "lora_A" where tail.last == "weight" && tail.count <= 2: return (module, true)
        case "lora_B" where tail.last == "weight" && tail.count <= 2: return (module, false)
        case "lora_embedding_A" where tail.count <= 1: return (module, true)
        case "lora_embedding_B" where tail.count <= 1: return (module, false)
        case "lora_magnitude_vector": throw .weightDecomposed(folder)
        case "lora_B" where tail.last == "bias":
            throw .unsupported(
                file: folder, what: "has biases in its adapter (\(name))",
                advice: WeightsError.merge)
        default: throw .wholeTensor(folder, name)
        }
    }

    /// The weight that a module's path stands for, however many `model.` it begins with.
    private static func target(of module: String) -> TensorName? {
        var rest = module[...]
        while rest.drop(prefix: "model.") {}
        return TensorName(huggingFace: String(rest) + ".weight")
    }
}
