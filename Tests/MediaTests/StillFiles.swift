import JSON
import Media
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The small files of Tests/Golden/stills, and what record_stills.py wrote about them.
enum StillFiles {
    /// A picture as the reference sees it.
    struct Expected: Sendable {
        let width: Int, height: Int
        /// Of the RGB bytes; nil where a rule says how far they may be off.
        let sha256: String?
        /// The name of the rule, and of the PNG that shows what the reference sees.
        let rule: String?, picture: String?
    }

    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let orientation: Int
        let pages: [Expected]
        var testDescription: String { name }
        var ending: String { String(name.split(separator: ".").last ?? "") }
    }

    static let folder = directory(of: #filePath) + "/../Golden/stills/"

    static let all: [File] = {
        let text = (try? contents(of: folder + "../stills.json")) ?? []
        guard let record = try? JSONValue(parsing: text.span), let files = record["files"] else {
            return []
        }
        return files.members.compactMap { key, value in
            key.string.map { name in
                File(
                    name: name, orientation: value["orientation"]?.int ?? 1,
                    pages: value["pages"].map { $0.elements.map(expected) } ?? [expected(value)])
            }
        }
    }()

    private static func expected(_ value: JSONValue) -> Expected {
        Expected(
            width: value["width"]?.int ?? 0, height: value["height"]?.int ?? 0,
            sha256: value["sha256"]?.string, rule: value["rule"]?.string,
            picture: value["expected"]?.string)
    }

    static func bytes(of name: String) throws -> [UInt8] { try contents(of: folder + name) }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    struct Unreadable: Error { let path: String }

    private static func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}

/// An input over bytes, in a file that has no name any more.
func input(_ bytes: [UInt8], name: String) throws -> MediaInput {
    guard let file = tmpfile() else { throw StillFiles.Unreadable(path: name) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0 else {
        throw StillFiles.Unreadable(path: name)
    }
    return MediaInput(name: name, descriptor: dup(fileno(file)), byteCount: bytes.count)
}

/// Everything that a file gives.
func decoded(
    _ bytes: [UInt8], name: String = "file", options: MediaOptions = MediaOptions()
) throws -> (items: [MediaItem], description: MediaDescription) {
    var items: [MediaItem] = []
    let description = try MediaDecoder.decode(input(bytes, name: name), options: options) {
        items.append($0)
    }
    return (items, description)
}

/// The sentence with which a file is refused; nil if it is not.
func refusal(
    _ bytes: [UInt8], name: String = "file", options: MediaOptions = MediaOptions()
) throws -> String? {
    do {
        _ = try decoded(bytes, name: name, options: options)
        return nil
    } catch let error as MediaError {
        return error.description
    }
}

extension Image {
    var rgb: [UInt8] { withPixels { pixels in pixels.indices.map { pixels[$0] } } }
}
