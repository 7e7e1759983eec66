package import Tensors

/// The weights of one model, found, checked and mapped: which matrix has this name in these files?
///
/// Every tensor that the configuration calls for is there, with the right shape, in a type that can
/// be read: that is what opening one means. Nothing has been copied. Rows are in the reference's
/// order, whatever the files.
package struct Checkpoint: Sendable {
    /// Where it came from, as it was named.
    package enum Source: Sendable {
        /// A folder with `config.json` and safetensors files.
        case folder(String)
        /// GGUF files: the text half (the first of its parts), and perhaps the picture half.
        case gguf(text: GGUF, projector: GGUF?)
    }

    /// The folder or file, as it was named.
    package let path: String
    package let source: Source
    package let config: ModelConfig
    /// Tensors of the files that the model does not have, sorted.
    package let unused: [String]
    private let matrices: [TensorName: Matrix]
    /// The files that weights of the vision encoder lie in, by their bytes.
    let visionFiles: [ObjectIdentifier: MappedFile]
    /// What adapters change in linear layers.
    var changes: [TensorName: [LowRank]] = [:]
    /// What adapters change in the token embedding.
    package internal(set) var embeddingChanges: [RowChange] = []

    init(
        path: String, source: Source, config: ModelConfig, found: [TensorName: TensorSource],
        unknown: [String]
    ) throws(WeightsError) {
        self.path = path
        self.source = source
        self.config = config
        let hasGGUFNames = if case .gguf = source { true } else { false }
        var matrices: [TensorName: Matrix] = [:]
        var visionFiles: [ObjectIdentifier: MappedFile] = [:]
        for (name, shape) in config.tensors {
            guard let tensor = found[name], tensor.shape == shape else {
                throw Self.faults(
                    of: found, for: config, path: path, hasGGUFNames: hasGGUFNames,
                    isComplete: true
                ).first ?? .noModel(folder: path, wanted: "a tensor is missing")
            }
            if name.isOfVision {
                let file = tensor.entry.file
                visionFiles[ObjectIdentifier(file.storage)] = file
            }
            let pairs = hasGGUFNames && name.isStoredInPairs
            matrices[name] = try Self.matrix(
                tensor, order: pairs ? .pairs(headSize: config.text.headSize) : .asStored)
        }
        self.matrices = matrices
        var files: [String: MappedFile] = [:]
        for tensor in found.values { files[tensor.entry.file.path] = tensor.entry.file }
        self.files = files.values.sorted { $0.path < $1.path }
        self.visionFiles = visionFiles
        unused =
            (unknown + found.filter { matrices[$0.key] == nil }.map(\.value.entry.name)).sorted()
    }

    private static func matrix(
        _ tensor: TensorSource, order: Matrix.RowOrder
    ) throws(WeightsError) -> Matrix {
        let entry = tensor.entry
        // A list of numbers is one row; everything else is rows of its first dimension.
        var whole = try entry.matrix(rowsFrom: entry.shape.count > 1 ? 1 : 0)
        guard whole.columns <= Matrix.maxColumns else {
            throw .wrongValue(
                file: entry.file.path, key: "the row length of tensor \(entry.name)",
                expected: "at most \(Matrix.maxColumns)", found: "\(whole.columns)")
        }
        if let rows = tensor.rows {
            guard entry.shape.count > 1 else {
                return Matrix(
                    rows: 1, columns: rows.count, floats: Array(whole.floats()[rows]))
            }
            whole = whole.storedRows(rows)
        }
        guard let ordered = whole.ordered(order) else {
            throw .wrongValue(
                file: entry.file.path, key: "the number of rows of tensor \(entry.name)",
                expected: "a whole number of heads", found: "\(whole.rows)")
        }
        return ordered
    }

    /// A weight, as rows of its first dimension.
    ///
    /// - Precondition: it is among `config.tensors`.
    package func matrix(_ name: TensorName) -> Matrix {
        guard let matrix = matrices[name] else {
            preconditionFailure("\(name) is not of this model")
        }
        return matrix
    }

    /// A bias or the weight of a norm, as floats.
    ///
    /// - Precondition: it is among `config.tensors`.
    package func vector(_ name: TensorName) -> [Float] {
        matrix(name).floats()
    }

    /// A linear layer, with what adapters change in it.
    ///
    /// - Precondition: weight and bias are among `config.tensors`.
    package func linear(_ name: TensorName, bias: TensorName?) -> Linear {
        Linear(
            weight: matrix(name), bias: bias.map { vector($0) }, changes: changes[name] ?? [])
    }

    /// The output head as a layer, with what adapters change in it.
    package var headLinear: Linear {
        Linear(weight: head, bias: nil, changes: changes[.head] ?? [])
    }

    /// The output head: the token embedding itself where they are tied.
    package var head: Matrix {
        matrix(config.text.isTied ? .tokenEmbedding : .head)
    }

    /// All tensors of the model.
    var all: [TensorName: Matrix] { matrices }

    /// The files that its tensors lie in.
    package let files: [MappedFile]

    /// The bytes that the model's tensors take in its files.
    package var byteCount: Int { matrices.values.reduce(0) { $0 + $1.byteCount } }

    /// The bytes that adapters take besides.
    package var adapterByteCount: Int {
        changes.values.joined().reduce(0) { $0 + $1.down.byteCount + $1.up.byteCount }
            + embeddingChanges.reduce(0) { $0 + $1.byteCount }
    }

    /// How many tensors are stored in each type.
    package var typeCounts: [ElementType: Int] {
        matrices.values.reduce(into: [:]) { $0[$1.type, default: 0] += 1 }
    }

    /// Refuses to go on with pictures when there is no vision encoder.
    package func requireVision() throws(WeightsError) -> VisionConfig {
        guard let vision = config.vision else { throw .noVision(file: path) }
        return vision
    }
}
