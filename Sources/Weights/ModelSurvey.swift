// In: a path that is named as a model. Out: all that its files say, and all that is wrong with them.
// A sound model is opened from a survey, so that a look at a broken one and the attempt to use it say
// the same.
internal import Tensors

/// The files of a model, read as far as they can be.
package struct ModelSurvey: Sendable {
    /// What an adapter's files say of it.
    package struct Adapter: Equatable, Sendable {
        /// The model that it changes.
        package var changes: String?
        package var rank: Int?
        package var alpha: Double?
    }

    /// The folder or file, as it was named, without a stroke at its end.
    package let path: String
    /// Where a tokenizer and the like are to be sought; nil when there is no such place.
    package internal(set) var source: Checkpoint.Source?
    /// As far as the files say it; checked against the tensors where nothing is wrong.
    package internal(set) var config: ModelConfig?
    /// Of a picture half alone.
    package internal(set) var projectorVision: VisionConfig?
    /// Of a picture half alone: the width of the text half that it fits.
    package internal(set) var projectorWidth: Int?
    package internal(set) var adapter: Adapter?
    /// The architecture, by the files' own word for it, known here or not.
    package internal(set) var architecture: String?
    /// The files with weights that could be opened.
    package internal(set) var files: [MappedFile] = []
    /// Picture halves that lie beside a text half and are not of it.
    package internal(set) var strangers: [String] = []
    /// Every tensor with a place in a model, by what it is.
    var found: [TensorName: TensorSource] = [:]
    /// Tensors of the files that no model of these families has.
    package internal(set) var unknown: [TensorEntry] = []
    /// What is wrong: the first is what an attempt to open the model throws.
    package internal(set) var faults: [WeightsError] = []
    /// The model itself, when nothing is wrong.
    package internal(set) var checkpoint: Checkpoint?
    /// Whether all files of weights that there should be could be read.
    package internal(set) var hasAllFiles = true
    /// Whether the weights are in a form that is not read: their parts need no words then.
    var isForeign = false

    /// Reads what there is under a path.
    ///
    /// - Parameters:
    ///   - path: what `Checkpoint.open` takes.
    ///   - projector: the GGUF file of the picture half. Nil takes the one beside a GGUF model that
    ///     fits it, if there is just one.
    package init(_ path: String, projector: String?) {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.path = String(trimmed)
        switch MappedFile.entry(at: path) {
        case .nothing: note(.notFound(file: self.path))
        case .folder: readFolder(self.path, file: nil, projector: projector)
        case .file: readFile(projector: projector)
        }
        if faults.isEmpty, let source, let config {
            let (path, found, unknown) = (modelPath, found, unknown.map(\.name))
            checkpoint = attempt { () throws(WeightsError) in
                try Checkpoint(
                    path: path, source: source, config: config, found: found, unknown: unknown)
            }
        }
    }

    private mutating func readFile(projector: String?) {
        let path = path
        let name = Self.lastPart(path)
        let hasTensors = path.hasSuffix(".safetensors")
        let file: MappedFile
        do throws(WeightsError) {
            file = try MappedFile(path: path)
        } catch {
            note(error)
            // What lies beside it can be told all the same.
            if hasTensors { readFolder(Self.folder(of: path), file: name, projector: projector) }
            return
        }
        if GGUF.isGGUF(file) || path.hasSuffix(".gguf") && !Safetensors.isSafetensors(file) {
            readGGUF(file, projector: projector)
        } else if hasTensors || Safetensors.isSafetensors(file) {
            readFolder(Self.folder(of: path), file: name, projector: projector)
        } else if path.hasSuffix(".json") {
            readFolder(Self.folder(of: path), file: nil, projector: projector)
        } else {
            note(ForeignModel(file: file)?.refusal(of: path) ?? Self.neither(path))
        }
    }

    private static func neither(_ path: String) -> WeightsError {
        .unsupported(
            file: path, what: "is neither a GGUF nor a safetensors file",
            advice: "Name a model folder, a .safetensors or a .gguf file.")
    }

    // MARK: Notes

    /// Keeps a fault, once.
    mutating func note(_ fault: WeightsError) {
        if !faults.contains(fault) { faults.append(fault) }
    }

    /// Does something, and keeps why it could not be done.
    mutating func attempt<Result>(_ body: () throws(WeightsError) -> Result) -> Result? {
        do throws(WeightsError) {
            return try body()
        } catch {
            note(error)
            return nil
        }
    }

    /// Reads the header of a safetensors file; of one that was cut short too, with a note.
    mutating func safetensors(_ path: String) -> Safetensors? {
        do throws(WeightsError) {
            return try Safetensors(path: path)
        } catch {
            note(error)
            guard case .truncated = error, let file = try? MappedFile(path: path) else {
                return nil
            }
            return try? Safetensors(file: file, mayBeCut: true)
        }
    }

    /// Reads the header of a GGUF file; of one that was cut short too, with a note.
    mutating func gguf(_ file: MappedFile) -> GGUF? {
        do throws(WeightsError) {
            return try GGUF(file: file)
        } catch {
            note(error)
            guard case .truncated = error else { return nil }
            return try? GGUF(file: file, mayBeCut: true)
        }
    }

    /// Notes what the tensors lack that the configuration calls for.
    mutating func checkTensors() {
        guard let config, let source else { return }
        let isGGUF = if case .gguf = source { true } else { false }
        for fault in Checkpoint.faults(
            of: found, for: config, path: modelPath, hasGGUFNames: isGGUF, isComplete: hasAllFiles)
        {
            note(fault)
        }
    }

    // MARK: Paths

    /// What messages call the model: the folder with its files, or the GGUF file.
    package var modelPath: String {
        switch source {
        case .folder(let folder): folder
        case .gguf(let text, _): text.file.path
        case nil: path
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func lastPart(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension ModelSurvey {
    /// Every tensor that was found: what it is, where that is known, and its own entry; parts of fused
    /// tensors each by itself. In no order.
    package var tensors: [(name: TensorName?, stored: TensorEntry.Stored, shape: [Int], bytes: Int)]
    {
        found.map { name, tensor in
            (name, tensor.entry.stored, tensor.shape, tensor.byteCount)
        } + unknown.map { entry in (nil, entry.stored, entry.shape, entry.byteCount) }
    }

    /// The names of tensors that the model has no use for, sorted.
    package var unusedNames: [String] { checkpoint?.unused ?? [] }
}

extension TensorSource {
    /// The bytes of its rows.
    var byteCount: Int {
        guard let rows, let all = entry.shape.first, all > 0 else { return entry.byteCount }
        return entry.byteCount / all * rows.count
    }
}
