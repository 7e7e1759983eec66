import Foundation
import JSON
import Tokenizer

/// The recorded files, and the genuine ones where they are.
enum Golden {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Files of published models: beside the repository, too large to be in it.
    private static let configs = root.appending(path: "../shared/hf-configs").standardizedFileURL

    static let hasGenuineFiles = FileManager.default.fileExists(atPath: configs.path)
    static let whyNot = "the files of the published models are not at \(configs.path)"

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: "Tests/Golden/tokenizer/\(name)")))
    }

    static func json(_ name: String) throws -> JSONValue {
        let bytes = try bytes(name)
        return try JSONValue(parsing: bytes.span)
    }

    static func genuine(_ name: String, _ file: String) throws -> [UInt8]? {
        let url = configs.appending(path: "\(name)/\(file)")
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        return Array(try Data(contentsOf: url))
    }

    /// A published tokenizer by the name of its model.
    static func tokenizer(_ name: String) throws -> Tokenizer? {
        if let json = try genuine(name, "tokenizer.json") {
            return try Tokenizer(json: json.span, file: "\(name)/tokenizer.json")
        }
        guard let vocabulary = try genuine(name, "vocab.json"),
            let merges = try genuine(name, "merges.txt")
        else { return nil }
        let addedTokens = try genuine(name, "added_tokens.json")
        let config = try genuine(name, "tokenizer_config.json")
        return try Tokenizer(
            vocabulary: vocabulary.span, merges: merges.span, addedTokens: addedTokens,
            config: config, folder: name)
    }

    /// A tokenizer in the tree: a published one with fewer merges.
    static func reduced(_ name: String) throws -> Tokenizer {
        let bytes = try bytes("\(name).json")
        return try Tokenizer(json: bytes.span, file: "\(name).json")
    }

    /// A recorded case by its name, with the tokenizer.json that it was recorded from.
    static func caseFile(_ name: String) throws -> (recorded: JSONValue, file: [UInt8])? {
        let json = try json("cases.json")
        guard let recorded = json["cases"]?.elements.first(where: { $0["name"]?.string == name }),
            let model = recorded["model"]?.string.flatMap({ json["models"]?[$0]?.string }),
            let head = recorded["head"]?.string
        else { return nil }
        return (recorded, Array((head.dropLast() + ",\"model\":" + model + "}").utf8))
    }

    static func caseTokenizer(_ name: String) throws -> Tokenizer {
        let bytes = try caseFile(name)?.file ?? []
        return try Tokenizer(json: bytes.span, file: "tokenizer.json")
    }

    static let caseNames: [String] = {
        let cases = try? json("cases.json")["cases"]
        return cases?.elements.compactMap { $0["name"]?.string } ?? []
    }()

    /// The numbers of the blocks in which two lists of hashes differ.
    static func differingBlocks(_ found: String, _ recorded: String?) -> [Int] {
        let found = Array(found.utf8)
        let recorded = Array((recorded ?? "").utf8)
        guard found.count == recorded.count else { return [-1] }
        return stride(from: 0, to: found.count, by: 8).filter {
            found[$0..<$0 + 8] != recorded[$0..<$0 + 8]
        }.map { $0 / 8 }
    }
}
