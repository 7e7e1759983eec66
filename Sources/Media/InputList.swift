#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where an input comes from, told by how it is written.
package enum InputSource: Equatable, Sendable {
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
        case .file(let path): path
        case .standardInput: "-"
        case .address(let address): address
        case .data(let text): DataURL(text)?.name ?? text
        }
    }
}

/// The inputs that an argument stands for: itself, or the pictures of a folder.
package enum InputList {
    /// - Throws: `MediaError.isDirectory` for a folder without pictures. Anything else that is wrong
    ///   with a file shows when it is opened.
    package static func sources(of argument: String) throws(MediaError) -> [InputSource] {
        let source = InputSource(argument)
        guard case .file(let path) = source, isFolder(path) else { return [source] }
        let pictures = try names(in: path).sorted(by: isBefore)
            .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
            .filter(isPicture)
        guard !pictures.isEmpty else { throw .isDirectory(name: path) }
        return pictures.map { .file(path: $0) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var about = stat()
        return unsafe stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
    }

    /// Everything in a folder but what is hidden, in no order.
    private static func names(in folder: String) throws(MediaError) -> [String] {
        guard let listing = unsafe opendir(folder) else {
            throw .unreadable(name: folder, reason: systemMessage(errno))
        }
        defer { unsafe closedir(listing) }
        var names: [String] = []
        while let entry = unsafe readdir(listing) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// Whether a file holds a picture, by its first bytes. One that cannot be read counts too: it
    /// may be one, and opening it will say what is wrong.
    private static func isPicture(_ path: String) -> Bool {
        do throws(MediaError) {
            let input = try MediaInput(path: path)
            let start = try input.bytes(at: 0, count: MediaKind.recognisedByteCount)
            switch MediaKind.recognise(firstBytes: start.span) {
            case nil, .pdf, .video: return false
            default: return true
            }
        } catch .unreadable {
            return true
        } catch {
            return false
        }
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
