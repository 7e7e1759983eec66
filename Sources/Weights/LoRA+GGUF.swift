internal import Tensors

extension LoRA {
    /// An adapter in a GGUF file.
    init(_ gguf: GGUF) throws(WeightsError) {
        let path = gguf.file.path
        guard gguf.isAdapter else {
            throw .modelForAdapter(file: path)
        }
        let kind = try gguf.string("adapter.type") ?? "lora"
        guard kind == "lora" else {
            throw .unsupported(
                file: path, what: "is an adapter of the kind \(kind)",
                advice: "smolvlm reads LoRA adapters only.")
        }
        guard !gguf.has("adapter.alora.invocation_tokens") else { throw .activated(path) }
        guard let alpha = try gguf.number("adapter.lora.alpha"), alpha.isFinite else {
            throw .missingKey(
                file: path, key: "adapter.lora.alpha", advice: "Convert the adapter again.")
        }
        guard let architecture = try gguf.string("general.architecture") else {
            throw .missingKey(
                file: path, key: "general.architecture", advice: "Convert the adapter again.")
        }
        var halves: [String: (down: TensorEntry?, up: TensorEntry?)] = [:]
        for (name, entry) in gguf.tensors {
            if name.hasSuffix(".lora_a") {
                halves[String(name.dropLast(7)), default: (nil, nil)].down = entry
            } else if name.hasSuffix(".lora_b") {
                halves[String(name.dropLast(7)), default: (nil, nil)].up = entry
            } else {
                throw .wholeTensor(path, name)
            }
        }
        var changes: [Change] = []
        for (name, half) in halves.sorted(by: { $0.key < $1.key }) {
            guard let down = half.down, let up = half.up else {
                throw .halfMissing(path, name + (half.down == nil ? ".lora_a" : ".lora_b"))
            }
            guard let target = TensorName(gguf: name) else {
                throw .otherModel(
                    adapter: path, detail: "it has a tensor \(down.name)",
                    model: "models of this family have no \(name)",
                    madeFor: try gguf.baseModelName())
            }
            let rank = up.shape.count > 1 ? up.shape[1] : 0
            guard rank > 0 else {
                throw .wrongValue(
                    file: path, key: "the shape of tensor \(up.name)",
                    expected: "outputs x rank", found: WeightsError.shape(up.shape))
            }
            changes.append(
                Change(
                    target: target, down: down, up: up, rank: rank,
                    scale: alpha == 0 ? 1 : Float(alpha / Double(rank))))
        }
        let prefix = try gguf.string("adapter.lora.prompt_prefix")
        try self.init(
            path: path, madeFor: try gguf.baseModelName(),
            warnings: prefix.map { prefix in
                [
                    "\(path) was trained with prompts that begin with \"\(prefix)\". Begin yours so "
                        + "as well."
                ]
            } ?? [],
            architecture: architecture, changes: changes)
    }
}

extension GGUF {
    /// Whether it says of itself that it is an adapter, not a model.
    var isAdapter: Bool {
        ((try? string("general.type")) ?? nil) == "adapter" || has("adapter.type")
    }

    /// The model that an adapter was made for, where it says so: the name that it can be got by, if
    /// there is one.
    func baseModelName() throws(WeightsError) -> String? {
        let hub = "https://huggingface.co/"
        guard let address = try string("general.base_model.0.repo_url") else {
            return try string("general.base_model.0.name")
        }
        return address.hasPrefix(hub) ? String(address.dropFirst(hub.count)) : address
    }
}
