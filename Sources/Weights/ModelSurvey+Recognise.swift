internal import JSON
internal import Tensors

extension ModelSurvey {
    /// How sure it is that a path stands for a model.
    package enum Recognition: Equatable, Sendable {
        case none
        /// By its name only: its content is nothing that a model begins with.
        case byName
        case byContent
    }

    private static let weightEndings = [".safetensors", ".gguf", ".onnx", ".ckpt", ".pth"]
    private static let modelFiles: Set<String> = [
        "adapter_config.json", "tokenizer.json", "tokenizer_config.json", indexName,
        "model.safetensors",
    ]
    private static let configNames: Set<String> = ["config.json", "adapter_config.json", indexName]

    /// Tells whether there is a model under a path, or what is left of one. Reads no more than the
    /// first bytes of files and, where nothing else tells, a `config.json`.
    package static func recognise(_ path: String) -> Recognition {
        switch MappedFile.entry(at: path) {
        case .nothing: .none
        case .folder: isModelFolder(path) ? .byContent : .none
        case .file: recognise(file: path)
        }
    }

    private static func isModelFolder(_ path: String) -> Bool {
        let names = MappedFile.names(inFolder: path)
        return names.contains { name in
            modelFiles.contains(name) || name.hasPrefix("pytorch_model")
                || weightEndings.contains { name.hasSuffix($0) }
        } || names.contains("config.json") && isModelConfig(path + "/config.json")
    }

    /// Other programs have files of this name too.
    private static func isModelConfig(_ path: String) -> Bool {
        do throws(WeightsError) {
            let config = try JSONFile.read(path)
            return config["model_type"] != nil || config["architectures"] != nil
        } catch {
            return false
        }
    }

    private static func recognise(file path: String) -> Recognition {
        let name = lastPart(path)
        let hasModelName =
            weightEndings.contains { name.hasSuffix($0) } || name.hasPrefix("pytorch_model")
        do throws(WeightsError) {
            let file = try MappedFile(path: path)
            if GGUF.isGGUF(file) || Safetensors.isSafetensors(file) || ForeignModel.isPickle(file) {
                return .byContent
            }
            if configNames.contains(name), isModelFolder(folder(of: path)) { return .byContent }
            return hasModelName ? .byName : .none
        } catch {
            switch error {
            case .pointer, .webPage, .empty, .malformed: return hasModelName ? .byContent : .none
            default: return .none
            }
        }
    }
}
