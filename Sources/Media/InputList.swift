#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where an input comes from, told by how it is written.
package enum InputSource: Equatable, Sendable {
    /// The path as a text of `FileName`.
    case file(path: String)
    /// Written `-`.
    case standardInput
    /// An address of the web, to be fetched first.
    case address(String)
    /// A `data:` address.
    case data(String)

    package init(_ argument: String) {
        let start = argument.prefix(8).lowercased()
        if argument == "-" {
            self = .standardInput
        } else if start.hasPrefix("http://") || start.hasPrefix("https://") {
            self = .address(argument)
        } else if start.hasPrefix("data:") {
            self = .data(argument)
        } else {
            self = .file(path: argument)
        }
    }

    /// What it is called in messages.
    package var name: String {
        switch self {
        case .file(let path): FileName.shown(path)
        case .standardInput: "-"
        case .address(let address): address
        case .data(let text): DataURL(text)?.name ?? text
        }
    }
}

/// The inputs that an argument stands for: itself, or the pictures of a folder.
package struct InputList: Equatable, Sendable {
    package private(set) var sources: [InputSource] = []
    /// Of a folder: what is in it besides pictures, and can be used only by name.
    package private(set) var videoCount = 0
    package private(set) var documentCount = 0

    /// - Throws: `MediaError.isDirectory` for a folder without pictures. Anything else that is wrong
    ///   with a file shows when it is opened.
    package init(of argument: String) throws(MediaError) {
        let source = InputSource(argument)
        guard case .file(let path) = source, InputList.isFolder(path) else {
            sources = [source]
            return
        }
        let names = try InputList.names(in: path).sorted(by: InputList.isBefore)
        for name in names {
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            switch InputList.place(of: file) {
            case .picture: sources.append(.file(path: file))
            case .video: videoCount += 1
            case .document: documentCount += 1
            case .other: break
            }
        }
        guard !sources.isEmpty else { throw .isDirectory(name: source.name) }
    }

    /// What is said of the videos and documents of a folder; nil when there are none.
    package var note: String? {
        var kinds: [String] = []
        if videoCount > 0 { kinds.append(videoCount == 1 ? "1 video" : "\(videoCount) videos") }
        if documentCount > 0 {
            kinds.append(documentCount == 1 ? "1 PDF" : "\(documentCount) PDFs")
        }
        guard !kinds.isEmpty else { return nil }
        let them = videoCount + documentCount == 1 ? "it" : "them"
        return "left out \(kinds.joined(separator: " and ")); name \(them) to use \(them)."
    }

    private static func isFolder(_ path: String) -> Bool {
        var about = stat()
        return unsafe stat(FileName.cString(path), &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
    }

    /// Everything in a folder but what is hidden, in no order.
    private static func names(in folder: String) throws(MediaError) -> [String] {
        guard let listing = unsafe opendir(FileName.cString(folder)) else {
            throw .unreadable(name: FileName.shown(folder), reason: systemMessage(errno))
        }
        defer { unsafe closedir(listing) }
        var names: [String] = []
        while let entry = unsafe readdir(listing) {
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe Array(name.prefix { $0 != 0 })
            }
            let name = FileName.text(of: bytes)
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// What a file of a folder is taken for.
    private enum Place { case picture, video, document, other }

    /// Tells a file by its first bytes. One that cannot be read counts as a picture: it may be one,
    /// and opening it will say what is wrong. So does one that is empty or leads nowhere but has
    /// the name of a picture.
    private static func place(of path: String) -> Place {
        do throws(MediaError) {
            let input = try MediaInput(path: path)
            let start = try input.bytes(at: 0, count: MediaKind.recognisedByteCount)
            return switch MediaKind.recognise(firstBytes: start.span) {
            case nil: .other
            case .pdf: .document
            case .video: .video
            default: .picture
            }
        } catch {
            return switch error {
            case .unreadable, .leadsToItself: .picture
            case .empty, .notFound: isPictureName(path) ? .picture : .other
            default: .other
            }
        }
    }

    private static let pictureEndings: Set<String> = [
        "png", "jpg", "jpeg", "webp", "heic", "heif", "avif", "tif", "tiff", "gif", "bmp",
    ]

    private static func isPictureName(_ path: String) -> Bool {
        guard let dot = path.lastIndex(of: ".") else { return false }
        return pictureEndings.contains(path[path.index(after: dot)...].lowercased())
    }

    /// The order in which people number things: img2 before img10. Letters are compared without
    /// regard to case; names that differ in nothing else go by their bytes.
    package static func isBefore(_ one: String, _ other: String) -> Bool {
        let a = Array(one.utf8)
        let b = Array(other.utf8)
        var i = 0
        var j = 0
        while i < a.count && j < b.count {
            if isDigit(a[i]) && isDigit(b[j]) {
                let first = number(in: a, from: &i)
                let second = number(in: b, from: &j)
                if first.count != second.count { return first.count < second.count }
                if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
            } else {
                let first = lowercased(a[i])
                let second = lowercased(b[j])
                if first != second { return first < second }
                i += 1
                j += 1
            }
        }
        if i < a.count || j < b.count { return j < b.count }
        return a.lexicographicallyPrecedes(b)
    }

    /// The digits from a place on, without leading zeros, so that of two the longer is larger.
    private static func number(in bytes: [UInt8], from place: inout Int) -> ArraySlice<UInt8> {
        let start = place
        while place < bytes.count && isDigit(bytes[place]) { place += 1 }
        return bytes[start..<place].drop { $0 == UInt8(ascii: "0") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
