// What GGUF files call the tensors, and what they do to them. All of it is undone here, once: whoever
// holds a matrix of a `Checkpoint` sees the reference's rows, whatever the file.
//   - q and k of the text half are stored for a rotation of adjacent pairs: `Matrix.RowOrder.pairs`.
//   - q, k and v may be fused: their rows follow each other.
//   - early picture halves exchange the names of the two feed-forward layers.
internal import Tensors

extension TensorName {
    /// What one stored tensor holds: a tensor, or three fused ones.
    enum GGUFContent: Equatable {
        case one(TensorName)
        case fusedText(layer: Int)
        case fusedVision(layer: Int, Part)
    }

    private static let textPieces: [String: TextPiece] = [
        "attn_norm": .firstNorm, "ffn_norm": .secondNorm, "attn_q": .query, "attn_k": .key,
        "attn_v": .value, "attn_output": .output, "ffn_gate": .gate, "ffn_up": .up,
        "ffn_down": .down,
    ]

    private static let visionPieces: [String: VisionPiece] = [
        "ln1": .firstNorm, "ln2": .secondNorm, "attn_q": .query, "attn_k": .key, "attn_v": .value,
        "attn_out": .output, "ffn_up": .up, "ffn_down": .down,
    ]

    /// What a name in a GGUF file stands for.
    static func content(ofGGUF name: String) -> GGUFContent? {
        guard let (stem, part) = splitPart(name[...]) else { return nil }
        var rest = stem
        if rest.drop(prefix: "v.blk.") {
            guard let layer = rest.dropNumber() else { return nil }
            if rest == "attn_qkv" { return .fusedVision(layer: layer, part) }
            return visionPieces[String(rest)].map { .one(.vision(layer: layer, $0, part)) }
        }
        switch stem {
        case "v.patch_embd": return .one(.patchEmbedding(part))
        case "v.post_ln": return .one(.visionNorm(part))
        default: break
        }
        guard part == .weight else { return nil }
        if rest.drop(prefix: "blk.") {
            guard let layer = rest.dropNumber() else { return nil }
            if rest == "attn_qkv" { return .fusedText(layer: layer) }
            return textPieces[String(rest)].map { .one(.text(layer: layer, $0)) }
        }
        switch stem {
        case "v.position_embd": return .one(.positionEmbedding)
        case "mm.model.fc", "mm.fc": return .one(.connector)
        case "token_embd": return .one(.tokenEmbedding)
        case "output_norm": return .one(.textNorm)
        case "output": return .one(.head)
        case "rope_freqs": return .one(.rotaryFactors)
        default: return nil
        }
    }

    /// The tensor that a name in a GGUF file stands for; nil for others and for fused ones.
    package init?(gguf name: String) {
        guard case .one(let found) = Self.content(ofGGUF: name) else { return nil }
        self = found
    }

    /// What GGUF files call it.
    package var ggufName: String {
        switch self {
        case .patchEmbedding(let part): "v.patch_embd.\(part.rawValue)"
        case .positionEmbedding: "v.position_embd.weight"
        case .vision(let layer, let piece, let part):
            "v.blk.\(layer).\(Self.key(of: piece, in: Self.visionPieces)).\(part.rawValue)"
        case .visionNorm(let part): "v.post_ln.\(part.rawValue)"
        case .connector: "mm.model.fc.weight"
        case .tokenEmbedding: "token_embd.weight"
        case .text(let layer, let piece):
            "blk.\(layer).\(Self.key(of: piece, in: Self.textPieces)).weight"
        case .textNorm: "output_norm.weight"
        case .head: "output.weight"
        case .rotaryFactors: "rope_freqs.weight"
        }
    }

    private static func key<Piece: Equatable>(of piece: Piece, in names: [String: Piece]) -> String
    {
        names.first { $0.value == piece }?.key ?? ""
    }

    /// Whether GGUF files store the rows for a rotation of adjacent pairs.
    package var isStoredInPairs: Bool {
        switch self {
        case .text(_, .query), .text(_, .key): true
        default: false
        }
    }
}

/// A tensor of a checkpoint: an entry of a file, or some rows of one.
struct TensorSource: Sendable {
    let entry: TensorEntry
    /// Which rows; nil for all.
    let rows: Range<Int>?

    init(_ entry: TensorEntry, rows: Range<Int>? = nil) {
        self.entry = entry
        self.rows = rows
    }

    /// The outermost dimension first.
    var shape: [Int] {
        guard let rows else { return entry.shape }
        return [rows.count] + entry.shape.dropFirst()
    }
}

extension GGUF {
    /// Its tensors by what they are, and the names that stand for none.
    ///
    /// - Parameter keyValueRows: how many rows of a fused tensor are k, and as many v.
    func sources(keyValueRows: Int?) throws(WeightsError) -> (
        found: [TensorName: TensorSource], unknown: [String]
    ) {
        var found: [TensorName: TensorSource] = [:]
        var unknown: [String] = []
        func enter(_ name: TensorName, _ source: TensorSource) throws(WeightsError) {
            guard found.updateValue(source, forKey: name) == nil else {
                throw .malformed(
                    file: file.path, format: "GGUF",
                    detail: "tensor \(source.entry.name) is there under two names")
            }
        }
        for name in tensorNames {
            guard let entry = tensors[name] else { continue }
            switch TensorName.content(ofGGUF: name) {
            case nil: unknown.append(name)
            case .one(let tensor): try enter(tensor, TensorSource(entry))
            case .fusedText(let layer):
                let parts = try split(entry, keyValueRows: keyValueRows)
                try enter(.text(layer: layer, .query), TensorSource(entry, rows: parts[0]))
                try enter(.text(layer: layer, .key), TensorSource(entry, rows: parts[1]))
                try enter(.text(layer: layer, .value), TensorSource(entry, rows: parts[2]))
            case .fusedVision(let layer, let part):
                let parts = try split(entry, keyValueRows: entry.shape[0] / 3)
                try enter(.vision(layer: layer, .query, part), TensorSource(entry, rows: parts[0]))
                try enter(.vision(layer: layer, .key, part), TensorSource(entry, rows: parts[1]))
                try enter(.vision(layer: layer, .value, part), TensorSource(entry, rows: parts[2]))
            }
        }
        Self.exchangeFeedForward(&found)
        return (found, unknown)
    }

    private func split(
        _ entry: TensorEntry, keyValueRows: Int?
    ) throws(WeightsError) -> [Range<Int>] {
        let rows = entry.shape[0]
        guard let keyValueRows, keyValueRows > 0, keyValueRows <= (rows - 1) / 2 else {
            throw .wrongValue(
                file: file.path, key: "the number of rows of tensor \(entry.name)",
                expected: "room for q, k and v", found: "\(rows)")
        }
        let queries = rows - 2 * keyValueRows
        return [0..<queries, queries..<queries + keyValueRows, queries + keyValueRows..<rows]
    }

    /// Early converters called the layer from the hidden width `ffn_down`: seen by its inputs.
    private static func exchangeFeedForward(_ found: inout [TensorName: TensorSource]) {
        guard let width = found[.visionNorm(.weight)]?.shape.first,
            let down = found[.vision(layer: 0, .down, .weight)]?.shape, down.count == 2,
            down[1] == width, down[0] != width
        else { return }
        for name in Array(found.keys) {
            guard case .vision(let layer, .down, let part) = name else { continue }
            let other = TensorName.vision(layer: layer, .up, part)
            (found[name], found[other]) = (found[other], found[name])
        }
    }
}
