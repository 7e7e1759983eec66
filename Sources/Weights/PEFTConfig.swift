internal import JSON

/// `adapter_config.json`: how strongly an adapter works, once everything that would make it compute
/// something else than plain LoRA has been refused.
struct PEFTConfig {
    let path: String
    /// The model that it was made for, where it says so.
    let madeFor: String?
    private let rank: Int
    private let alpha: Double
    private let dividesByRoot: Bool
    private let ranks: [(pattern: String, rank: Int)]
    private let alphas: [(pattern: String, alpha: Double)]

    /// What may be true without changing what an adapter computes.
    private static let harmless: Set<String> = [
        "inference_mode", "use_rslora", "init_lora_weights", "ensure_weight_tying",
    ]
    /// What changes the computation as soon as it is there at all.
    private static let variants = [
        "modules_to_save", "layer_replication", "trainable_token_indices", "target_parameters",
        "use_bdlora",
    ]
    /// Settings of trainings and of ways to begin one; all other `..._config` are variants.
    private static let harmlessConfigs: Set<String> = [
        "eva_config", "loftq_config", "corda_config", "lora_ga_config", "megatron_config",
        "runtime_config",
    ]
    /// Ways to begin a training that leave the model's own weights alone.
    private static let plainBeginnings: Set<String> = ["gaussian", "eva", "orthogonal"]

    init(path: String, folder: String) throws(WeightsError) {
        let root = try JSONFile.read(path)
        self.path = path
        guard root.kind == .object else {
            throw .malformed(file: path, format: "JSON", detail: "it is no object")
        }
        let kind = root["peft_type"]?.string ?? "none"
        guard kind == "LORA" else {
            throw .unsupported(
                file: folder, what: "is an adapter of the kind \(kind)",
                advice: "smolvlm reads LoRA adapters only.")
        }
        try Self.refuseVariants(root, folder)
        madeFor = root["base_model_name_or_path"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        rank = try Self.positive(root["r"], "r", path) ?? 8
        alpha = try Self.number(root["lora_alpha"], "lora_alpha", path) ?? 8
        dividesByRoot = root["use_rslora"]?.bool ?? false
        var ranks: [(String, Int)] = []
        if let patterns = root["rank_pattern"] {
            for (key, value) in patterns.members {
                let name = key.string ?? ""
                guard let value = try Self.positive(value, "rank_pattern.\(name)", path) else {
                    continue
                }
                ranks.append((name, value))
            }
        }
        self.ranks = ranks
        var alphas: [(String, Double)] = []
        if let patterns = root["alpha_pattern"] {
            for (key, value) in patterns.members {
                let name = key.string ?? ""
                guard let value = try Self.number(value, "alpha_pattern.\(name)", path) else {
                    continue
                }
                alphas.append((name, value))
            }
        }
        self.alphas = alphas
        for pattern in ranks.map(\.0) + alphas.map(\.0)
        where pattern.contains(where: { "*+?()[]{}|^$\\".contains($0) }) {
            throw .unsupported(
                file: path, what: "names modules by a regular expression (\(pattern))",
                advice: WeightsError.merge)
        }
    }

    /// The rank that a module should have.
    func rank(of module: String) -> Int? {
        ranks.first { Self.matches($0.pattern, module) }?.rank ?? rank
    }

    /// What the product of a module's matrices is multiplied by.
    func scale(of module: String, rank: Int) throws(WeightsError) -> Float {
        let alpha = alphas.first { Self.matches($0.pattern, module) }?.alpha ?? alpha
        return Float(alpha / (dividesByRoot ? Double(rank).squareRoot() : Double(rank)))
    }

    /// Whether a pattern is a module's path, or its last parts.
    private static func matches(_ pattern: String, _ module: String) -> Bool {
        module == pattern || module.hasSuffix("." + pattern)
    }

    private static func positive(
        _ value: JSONValue?, _ key: String, _ path: String
    ) throws(WeightsError) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.int, (1...65_536).contains(number) else {
            throw .wrongValue(
                file: path, key: key, expected: "a number from 1 to 65536",
                found: "\(value.int.map(String.init) ?? "something else")")
        }
        return number
    }

    private static func number(
        _ value: JSONValue?, _ key: String, _ path: String
    ) throws(WeightsError) -> Double? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.double ?? value.int.map(Double.init), Float(number).isFinite else {
            throw .wrongValue(file: path, key: key, expected: "a number", found: "something else")
        }
        return number
    }

    private static func refuseVariants(
        _ root: JSONValue, _ folder: String
    ) throws(WeightsError) {
        if root["use_dora"]?.bool == true { throw .weightDecomposed(folder) }
        if let tokens = root["alora_invocation_tokens"], !tokens.isNull { throw .activated(folder) }
        if let name = root["init_lora_weights"]?.string, !plainBeginnings.contains(name) {
            throw .unsupported(
                file: folder, what: "was begun with \(name), which changes the model's own weights",
                advice: "Save it with peft as a plain LoRA adapter first.")
        }
        if let bias = root["bias"]?.string, bias != "none" {
            throw .unsupported(
                file: folder, what: "has biases in its adapter (bias is \(bias))",
                advice: WeightsError.merge)
        }
        for (key, value) in root.members {
            let name = key.string ?? ""
            let isVariant =
                variants.contains(name)
                || name.hasSuffix("_config") && !harmlessConfigs.contains(name)
            let isThere =
                switch value.kind {
                case .null: false
                case .bool: value.bool == true
                case .array, .object: value.count > 0
                default: true
                }
            guard isThere, isVariant || value.kind == .bool && !harmless.contains(name) else {
                continue
            }
            throw .unsupported(
                file: folder, what: "uses \(name), which smolvlm does not apply",
                advice: WeightsError.merge)
        }
    }
}
