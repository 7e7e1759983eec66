internal import Foundation

/// The small trained model that comes with the program, which answers when no other is named.
enum PocketModel {
    /// What it can do, in a line.
    static let introduction =
        "pocket model: reads large printed English, with errors; for photographs, and to be sure: -m "
        + "with SmolVLM-256M-Instruct or a larger one from huggingface.co."

    /// Its folder; nil when it did not come along.
    static var folder: String? {
        folder(ofProgram: program) { FileManager.default.fileExists(atPath: $0) }
    }

    /// Where it lies, seen from the program: beside it, in `share/smolvlm` of where it was installed,
    /// or in the checkout that it was built in.
    ///
    /// - Parameter isThere: whether there is a file of this name.
    static func folder(ofProgram path: String, isThere: (String) -> Bool) -> String? {
        let parts = path.split(separator: "/").dropLast()
        func folder(_ count: Int, _ rest: String) -> String {
            "/" + (parts.prefix(count) + [rest[...]]).joined(separator: "/")
        }
        var places = [folder(parts.count, "models/pocket")]
        if parts.last == "bin" {
            places.append(folder(parts.count - 1, "share/smolvlm/models/pocket"))
        }
        if let build = parts.firstIndex(where: { $0.hasPrefix(".build") }) {
            places.append(folder(build, "models/pocket"))
        }
        // How it is trained lies in the folder also where the weights do not.
        return places.first { isThere("\($0)/config.json") && isThere("\($0)/model.safetensors") }
    }

    private static var program: String {
        #if os(Linux)
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        #else
            URL(filePath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath().path
        #endif
    }
}

extension AskFlags {
    /// Which model answers: the one that was named, else the pocket model, which a person at a
    /// terminal is told of. Nil when there is none; then it is said how to get one.
    mutating func chooseModel(_ terminal: inout Terminal) -> String? {
        if let model { return model }
        guard let folder = PocketModel.folder else {
            terminal.complain(Ask.noModel)
            return nil
        }
        if terminal.isInteractive, terminal.showsProgress {
            terminal.complain(PocketModel.introduction)
        }
        model = folder
        return folder
    }
}
