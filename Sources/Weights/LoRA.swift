// LoRA adapters: y = W x + s B (A x), from a PEFT folder or a GGUF file. Here is what both have in
// common: which files there are, and that every tensor finds its place in the model. An adapter is
// applied whole or refused; nothing of it is left out.
//   - PEFT writes `MODULE.lora_A.weight` [r, in] and `MODULE.lora_B.weight` [out, r], see `PEFTFiles`;
//   - GGUF has `BASE.weight.lora_a` and `.lora_b`, where B of q and k is in pairs like its weight.
// https://huggingface.co/docs/peft/main/en/developer_guides/checkpoint
internal import Tensors

/// An adapter, read and checked in itself, not yet against a model.
package struct LoRA: Sendable {
    /// The folder or file, as it was named.
    package let path: String
    /// The model that it was made for, where it says so.
    package let madeFor: String?
    /// What it asks for that has no effect on numbers.
    package let warnings: [String]
    /// The architecture of a GGUF adapter.
    let architecture: String?
    let changes: [Change]

    /// A change of one weight.
    struct Change: Sendable {
        let target: TensorName
        /// `[rank, inputs]`; of the token embedding `[rank, ids]`, in GGUF files `[ids, rank]`.
        let down: TensorEntry
        /// `[outputs, rank]`.
        let up: TensorEntry
        let rank: Int
        /// Before the strength that the user gives it.
        let scale: Float
    }

    /// Opens an adapter.
    ///
    /// - Parameter path: a folder with `adapter_config.json` and `adapter_model.safetensors`, one of
    ///   these files, or a GGUF adapter.
    package static func open(_ path: String) throws(WeightsError) -> LoRA {
        switch MappedFile.entry(at: path) {
        case .nothing: throw .notFound(file: path)
        case .folder: return try PEFTFiles(folder: path).adapter()
        case .file:
            let file = try MappedFile(path: path)
            if GGUF.isGGUF(file) { return try LoRA(GGUF(file: file)) }
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            return try PEFTFiles(folder: folder.isEmpty ? "/" : folder).adapter()
        }
    }

    init(
        path: String, madeFor: String?, warnings: [String], architecture: String?,
        changes: [Change]
    ) throws(WeightsError) {
        guard !changes.isEmpty else {
            throw .unsupported(
                file: path, what: "is an adapter that changes nothing",
                advice: "Get the complete adapter.")
        }
        self.path = path
        self.madeFor = madeFor
        self.warnings = warnings
        self.architecture = architecture
        self.changes = changes
    }
}

extension Checkpoint {
    /// The same model, changed by adapters. Their changes add up, in any order.
    ///
    /// - Throws: for an adapter of another model, before anything is computed.
    package func adapted(
        by adapters: [(adapter: LoRA, strength: Float)]
    ) throws(WeightsError) -> Checkpoint {
        var adapted = self
        var shapes: [TensorName: [Int]] = [:]
        for (name, shape) in config.tensors { shapes[name] = shape }
        // A tied head is a layer of its own to adapters.
        shapes[.head] = [config.text.vocabularySize, config.text.hiddenSize]
        for (adapter, strength) in adapters {
            try check(adapter)
            for change in adapter.changes {
                let shape = shapes[change.target]
                let target = try fitted(change, to: shape, of: adapter)
                let scale = change.scale * strength
                if change.target == .tokenEmbedding {
                    adapted.embeddingChanges.append(
                        RowChange(
                            inner: target.inner, up: target.up.floats(), rank: change.rank,
                            scale: scale))
                } else {
                    adapted.changes[change.target, default: []].append(
                        LowRank(down: target.down, up: target.up, scale: scale))
                }
            }
        }
        return adapted
    }

    /// The name that GGUF files have for this model's decoder.
    private var decoderArchitecture: String {
        config.architecture == .smolLM3 ? "smollm3" : "llama"
    }

    private func check(_ adapter: LoRA) throws(WeightsError) {
        guard let architecture = adapter.architecture, architecture != decoderArchitecture else {
            return
        }
        throw .otherModel(
            adapter: adapter.path, detail: "it is for the architecture \(architecture)",
            model: "\(path) is \(decoderArchitecture)", madeFor: adapter.madeFor)
    }

    /// The matrices of a change, once they are known to fit.
    private func fitted(
        _ change: LoRA.Change, to shape: [Int]?, of adapter: LoRA
    ) throws(WeightsError) -> (down: Matrix, up: Matrix, inner: [Float]) {
        guard let shape, shape.count > 1, change.target != .positionEmbedding else {
            throw .otherModel(
                adapter: adapter.path, detail: "it has a tensor \(change.down.name)",
                model: "\(path) has no layer for that", madeFor: adapter.madeFor)
        }
        let isInRows = adapter.architecture != nil && change.target == .tokenEmbedding
        let inputs = change.target == .tokenEmbedding ? [shape[0]] : Array(shape.dropFirst())
        let outputs = change.target == .tokenEmbedding ? shape[1] : shape[0]
        func require(_ entry: TensorEntry, _ wanted: [Int]) throws(WeightsError) {
            // B of a convolution has two more dimensions, of 1.
            let found = Array(entry.shape.prefix(wanted.count))
            guard found == wanted, entry.shape.dropFirst(wanted.count).allSatisfy({ $0 == 1 })
            else {
                throw .otherModel(
                    adapter: adapter.path,
                    detail: "its tensor \(entry.name) is \(WeightsError.shape(entry.shape))",
                    model: "\(path) needs \(WeightsError.shape(wanted))", madeFor: adapter.madeFor)
            }
        }
        try require(change.down, isInRows ? inputs + [change.rank] : [change.rank] + inputs)
        try require(change.up, [outputs, change.rank])
        guard change.rank + outputs <= LowRank.maxWidth, change.rank <= Matrix.maxColumns else {
            throw .wrongValue(
                file: adapter.path, key: "the rank of \(change.down.name)",
                expected: "at most \(LowRank.maxWidth - outputs)", found: "\(change.rank)")
        }
        let down = try change.down.matrix(rowsFrom: 1)
        var up = try change.up.matrix(rowsFrom: 1)
        if adapter.architecture != nil, change.target.isStoredInPairs,
            let ordered = up.ordered(.pairs(headSize: config.text.headSize))
        {
            up = ordered
        }
        guard change.target == .tokenEmbedding else { return (down, up, []) }
        let inner = isInRows ? down.floats() : Self.transposed(down)
        return (down, up, inner)
    }

    private static func transposed(_ matrix: Matrix) -> [Float] {
        let floats = matrix.floats()
        var out: [Float] = []
        out.reserveCapacity(floats.count)
        for column in 0..<matrix.columns {
            for row in 0..<matrix.rows { out.append(floats[row * matrix.columns + column]) }
        }
        return out
    }
}
