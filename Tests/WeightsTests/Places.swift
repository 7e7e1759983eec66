import Foundation

/// Where files that tests read lie, whatever the working directory.
enum Places {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL

    /// One of the tiny models.
    static func tiny(_ name: String) -> String {
        root.appendingPathComponent("models/tiny/\(name)").path
    }

    /// A configuration as it was published; nil where they are not at hand.
    static func genuine(_ name: String) -> String? {
        let path = root.appendingPathComponent("../shared/hf-configs/\(name)").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    static let hasGenuine = genuine("SHA256SUMS") != nil
}
