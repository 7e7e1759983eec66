/// Why a model's files could not be used: what was wrong, where, and what to do next.
package enum WeightsError: Error, Equatable, CustomStringConvertible {
    case notFound(file: String)
    case unreadable(file: String, reason: String)
    case notAFile(file: String)
    case empty(file: String)
    /// The text that Git LFS keeps in place of a large file; the size of that file, if it says so.
    case pointer(file: String, byteCount: Int?)
    /// A page of the web that was saved in place of the file.
    case webPage(file: String)
    /// The file is shorter than its own header says.
    case truncated(file: String, expected: Int, actual: Int)
    /// The file breaks the rules of its format (`safetensors`, `GGUF`, `JSON`).
    case malformed(file: String, format: String, detail: String)
    /// The file is sound, but of a kind that is not read.
    case unsupported(file: String, what: String, advice: String)
    /// A folder without the files of a model.
    case noModel(folder: String, wanted: String)
    /// A file that an index, or the first of several parts, names is not there.
    case missingPart(file: String, namedBy: String)
    /// The first of the tensors that are missing, and how many others are.
    case missingTensor(file: String, tensor: String, others: Int)
    /// The first of the tensors that do not fit, and how many others do not.
    case wrongShape(file: String, tensor: String, expected: [Int], found: [Int], others: Int)
    case unreadableType(file: String, tensor: String, type: String)
    case missingKey(file: String, key: String, advice: String)
    case wrongValue(file: String, key: String, expected: String, found: String)
    /// A number of the configuration and the shape of a tensor disagree.
    case contradiction(file: String, key: String, value: Int, tensor: String, shape: [Int])
    /// The picture half of a model was given where the text half belongs.
    case projectorAlone(file: String, width: Int?)
    /// What changes a model was given where a model belongs; the model, if the files say it.
    case adapter(file: String, changes: String?)
    /// A text model was given where a picture half belongs.
    case notAProjector(file: String, architecture: String)
    /// The two halves are of different models.
    case wrongPair(text: String, width: Int, projector: String, projectorWidth: Int)
    /// Pictures were asked about, and the model has text only.
    case noVision(file: String)
    /// A model was given where an adapter belongs.
    case modelForAdapter(file: String)
    /// A folder without the files of an adapter.
    case noAdapter(folder: String, wanted: String)
    /// The adapter does not fit the model.
    case otherModel(adapter: String, detail: String, model: String, madeFor: String?)

    package var description: String {
        switch self {
        case .notFound(let file):
            "\(file): there is no such file. Check the path."
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason). Check its permissions."
        case .notAFile(let file):
            "\(file) is not a file. Name a model folder, a .safetensors or a .gguf file."
        case .empty(let file):
            "\(file) is empty. Download it again."
        case .pointer(let file, let byteCount):
            "\(file) is not the file itself but a Git LFS pointer: a short text in place of "
                + (byteCount.map { "its \($0) bytes" } ?? "what is stored elsewhere")
                + ". Run `git lfs pull` in its folder, or download the file by itself."
        case .webPage(let file):
            "\(file) is a web page (HTML) that was saved in place of the file. Download it again, "
                + "by the address of the file itself: on huggingface.co that has /resolve/ where "
                + "the page has /blob/."
        case .truncated(let file, let expected, let actual):
            "\(file) ends at byte \(actual), but its header promises \(expected): the download was "
                + "cut short. Download it again."
        case .malformed(let file, let format, let detail):
            "\(file) is a broken \(format) file: \(detail). Download it again."
        case .unsupported(let file, let what, let advice):
            "\(file) \(what). \(advice)"
        case .noModel(let folder, let wanted):
            "\(folder) holds no model: \(wanted). Name a folder with config.json and "
                + "model.safetensors, or a .gguf file."
        case .missingPart(let file, let namedBy):
            "\(file) is missing: \(namedBy) names it as a part of the model. Download it into the "
                + "same folder."
        case .missingTensor(let file, let tensor, let others):
            "\(file) has no tensor \(tensor)\(Self.nor(others)), which a model of this shape needs. "
                + "Download it again, or get the complete model."
        case .wrongShape(let file, let tensor, let expected, let found, let others):
            "\(file): tensor \(tensor) is \(Self.shape(found)), where \(Self.shape(expected)) "
                + "is needed\(Self.alike(others)). Check that the configuration and the weights are "
                + "of one model."
        case .unreadableType(let file, let tensor, let type):
            "\(file): tensor \(tensor) is stored as \(type), which smolvlm does not read. Get the "
                + "model in F32, F16, BF16, Q8_0, or one of Q4_0 to Q6_K."
        case .missingKey(let file, let key, let advice):
            "\(file) does not say \(key). \(advice)"
        case .wrongValue(let file, let key, let expected, let found):
            "\(file): \(key) is \(found), where \(expected) is needed. Get the file again, or "
                + "correct it."
        case .contradiction(let file, let key, let value, let tensor, let shape):
            "\(file) says \(key) is \(value), but tensor \(tensor) is \(Self.shape(shape)). Check "
                + "that the configuration and the weights are of one model."
        case .projectorAlone(let file, let width):
            "\(file) is the picture half (mmproj) of a model\(Self.fitting(width)). Give the text "
                + "half with -m and this file with --mmproj."
        case .adapter(let file, let changes):
            "\(file) is an adapter (LoRA), no model by itself: it changes "
                + "\(changes ?? "a model that it does not name"). Give that model with -m, and the "
                + "adapter with --lora."
        case .notAProjector(let file, let architecture):
            "\(file) is a text model (\(architecture)), not a picture half. Give --mmproj a file "
                + "whose name begins with mmproj-."
        case .wrongPair(let text, let width, let projector, let projectorWidth):
            "\(projector) makes picture tokens of width \(projectorWidth)\(Self.likely(projectorWidth)), "
                + "but \(text) is of width \(width)\(Self.likely(width)). Get the mmproj file of the "
                + "same model."
        case .noVision(let file):
            file.hasSuffix(".gguf")
                ? "\(file) holds a text model only: it cannot see pictures. If it is one half of a "
                    + "SmolVLM model, give the other with --mmproj: a file such as "
                    + "mmproj-\(Self.lastPart(file)) of the same download."
                : "\(file) holds a text model only: it cannot see pictures. Name a SmolVLM model."
        case .modelForAdapter(let file):
            "\(file) is a model, not an adapter. Give it with -m, and its adapter with --lora."
        case .noAdapter(let folder, let wanted):
            "\(folder) holds no adapter: \(wanted). Name a folder with adapter_config.json and "
                + "adapter_model.safetensors, or a .gguf adapter."
        case .otherModel(let adapter, let detail, let model, let madeFor):
            "\(adapter) is an adapter of another model: \(detail), but \(model). "
                + (madeFor.map {
                    "It was made for \($0): give that with -m, or get the adapter of this model."
                } ?? "Give the model that it was made for with -m.")
        }
    }

    /// `[49280, 576]` as `49280 x 576`.
    static func shape(_ sizes: [Int]) -> String {
        sizes.isEmpty ? "a single number" : sizes.map(String.init).joined(separator: " x ")
    }

    /// Which model a width of picture tokens is likely of.
    private static func likely(_ width: Int) -> String {
        publishedSize(width: width).map { " (as the \($0) models)" } ?? ""
    }

    /// The size of the published models whose decoder has a width.
    package static func publishedSize(width: Int) -> String? {
        switch width {
        case 576: "256M"
        case 960: "500M"
        case 2048: "2.2B"
        default: nil
        }
    }

    private static func fitting(_ width: Int?) -> String {
        guard let width else { return "" }
        return ": it fits a text half of width \(width)\(likely(width))"
    }

    private static func nor(_ others: Int) -> String {
        others == 0 ? "" : others == 1 ? ", nor 1 other" : ", nor \(others) others"
    }

    private static func alike(_ others: Int) -> String {
        switch others {
        case 0: ""
        case 1: "; 1 other tensor does not fit either"
        default: "; \(others) other tensors do not fit either"
        }
    }

    private static func lastPart(_ path: String) -> Substring {
        path.split(separator: "/").last ?? ""
    }
}

// What adapters may have that is not applied. None of it is left out silently.
extension WeightsError {
    /// How any adapter becomes a model that can be used.
    static let merge = "Merge it into its model with peft (merge_and_unload) and give that with -m."

    static func wholeTensor(_ file: String, _ tensor: String) -> WeightsError {
        .unsupported(
            file: file,
            what: "is an adapter with a tensor \(tensor), which is not one of LoRA's pairs",
            advice: merge)
    }

    static func halfMissing(_ file: String, _ tensor: String) -> WeightsError {
        .unsupported(
            file: file, what: "is an adapter with half a pair: its tensor \(tensor) is missing",
            advice: "Get the complete adapter.")
    }

    static func weightDecomposed(_ file: String) -> WeightsError {
        .unsupported(
            file: file, what: "is a DoRA adapter, which scales the weights as well", advice: merge)
    }

    static func activated(_ file: String) -> WeightsError {
        .unsupported(
            file: file, what: "is an activated adapter, which works from a certain word on only",
            advice: "smolvlm applies adapters to the whole prompt.")
    }
}
