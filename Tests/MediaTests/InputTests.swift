import Foundation
import Media
import Testing

/// A folder that goes with its owner.
private final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/smolvlm-inputs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) -> String {
        _ = FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(bytes))
        return "\(path)/\(name)"
    }
}

private let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

@Suite struct `Inputs from paths` {
    private let folder: Folder
    init() throws { folder = try Folder() }

    @Test func `are read at any offset`() throws {
        let path = folder.write("a", [1, 2, 3, 4])
        let input = try MediaInput(path: path)
        #expect(input.name == path)
        #expect(input.byteCount == 4)
        #expect(try input.bytes(at: 1, count: 2) == [2, 3])
        #expect(try input.bytes(at: 3, count: 99) == [4])
        #expect(try input.bytes(at: 9, count: 1) == [])
    }

    @Test func `are refused when there is no usable file`() throws {
        let empty = folder.write("empty", [])
        let socket = "\(folder.path)/socket"
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(listen(at: socket))
        func refusal(_ path: String) -> MediaError? {
            error { _ = try MediaInput(path: path).byteCount }
        }
        #expect(refusal(empty) == .empty(name: empty))
        #expect(refusal(folder.path) == .isDirectory(name: folder.path))
        #expect(refusal(pipe) == .isSpecialFile(name: pipe, what: "a named pipe"))
        #expect(refusal(socket) == .isSpecialFile(name: socket, what: "a socket"))
        #expect(refusal("/dev/zero") == .isSpecialFile(name: "/dev/zero", what: "a device"))
        #expect(refusal("\(empty)/x") == .notFound(name: "\(empty)/x"))
        #expect(refusal("") == .notFound(name: ""))
        #expect(refusal("a\0b") == .notFound(name: "a\0b"))
        let loop = "\(folder.path)/loop"
        #expect(symlink(loop, loop) == 0)
        #expect(refusal(loop) == .leadsToItself(name: loop))
        #expect(
            refusal(loop)?.description
                == "\(loop) is a link that leads to itself. Name the file that it should lead to.")
    }

    @Test(arguments: ["file:///a.png", "ftp://a/b.png", "s3+x://a", "FILE://a"])
    func `are refused when they are addresses of another kind`(path: String) {
        let thrown = error { _ = try MediaInput(path: path).byteCount }
        #expect(thrown == .unknownAddress(name: path))
        #expect(
            thrown?.description
                == "\(path) is an address of a kind that is not understood: http, https and data "
                + "addresses are. Name a file by its path alone.")
    }

    @Test(arguments: ["://a", "a b://c", "a:b", "folder/x://a"])
    func `are no addresses without the name of a scheme`(path: String) {
        #expect(error { _ = try MediaInput(path: path).byteCount } == .notFound(name: path))
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
    func `are refused when they may not be read`() throws {
        let path = folder.write("secret", [1])
        #expect(chmod(path, 0) == 0)
        let thrown = error { _ = try MediaInput(path: path).byteCount }
        #expect(thrown == .unreadable(name: path, reason: "permission denied"))
    }

    private func listen(at path: String) -> Bool {
        let descriptor = socket(AF_UNIX, streamSocket, 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

#if canImport(Glibc)
    let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    let streamSocket = SOCK_STREAM
#endif

@Suite struct `Names of files` {
    @Test(
        arguments: [
            (Array("a/é 日本🙂.png".utf8), "a/é 日本🙂.png"),
            (Array("bad".utf8) + [0xFF] + Array(".png".utf8), "bad\u{FFFD}.png"),
            ([0xE6, 0x97, 0x61, 0xC0, 0x80], "\u{FFFD}\u{FFFD}a\u{FFFD}\u{FFFD}"),
            // The character that stands for the byte FF, itself in a name.
            (Array("\u{10FEFF}".utf8), "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            (Array("\u{FFFD}".utf8), "\u{FFFD}"), ([], ""),
        ] as [([UInt8], String)])
    func `keep every byte and are shown as text`(bytes: [UInt8], shown: String) {
        let text = FileName.text(of: bytes)
        #expect(FileName.bytes(of: text) == bytes)
        #expect(FileName.shown(text) == shown)
    }

    @Test func `need not be UTF-8, alone or in a folder`() throws {
        let folder = try Folder()
        let bytes = Array("\(folder.path)/bad".utf8) + [0xFF] + Array(".png".utf8)
        let descriptor = open(bytes.map(CChar.init(bitPattern:)) + [0], O_CREAT | O_WRONLY, 0o600)
        defer { close(descriptor) }
        #expect(png.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == png.count)
        let path = FileName.text(of: bytes)
        let input = try MediaInput(path: path)
        #expect(input.name == "\(folder.path)/bad\u{FFFD}.png")
        #expect(input.byteCount == png.count)
        let source = InputSource.file(path: path)
        #expect(try InputList(of: folder.path).sources == [source])
        #expect(source.name == "\(folder.path)/bad\u{FFFD}.png")
    }
}

@Suite struct `Inputs from standard input` {
    /// A pipe that something has been written into.
    private func piped(_ bytes: [UInt8]) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return -1 }
        _ = bytes.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
        close(ends[1])
        return ends[0]
    }

    @Test func `are gathered until their end`() throws {
        let source = piped([5, 6, 7])
        defer { close(source) }
        let input = try MediaInput(
            standardInput: "-", limits: MediaLimits(), source: source, isWanted: { true })
        #expect(input.byteCount == 3)
        #expect(try input.bytes(at: 0, count: 9) == [5, 6, 7])
    }

    @Test func `may bring no more than the limit`() {
        var limits = MediaLimits()
        limits.maxInputBytes = 2
        let source = piped([5, 6, 7])
        defer { close(source) }
        let thrown = error {
            _ = try MediaInput(
                standardInput: "-", limits: limits, source: source, isWanted: { true }
            ).byteCount
        }
        #expect(thrown == .inputTooLarge(name: "-", limit: 2))
    }

    @Test func `are refused when there is nothing`() {
        let source = piped([])
        defer { close(source) }
        let thrown = error {
            _ = try MediaInput(
                standardInput: "-", limits: MediaLimits(), source: source, isWanted: { true }
            ).byteCount
        }
        #expect(thrown == .empty(name: "-"))
        let closed = error {
            _ = try MediaInput(
                standardInput: "-", limits: MediaLimits(), source: -1, isWanted: { true }
            ).byteCount
        }
        #expect(closed == .inputClosed(name: "-"))
    }

    @Test func `are refused when they are a terminal`() {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        let thrown = error {
            _ = try MediaInput(
                standardInput: "-", limits: MediaLimits(), source: terminal, isWanted: { true }
            )
            .byteCount
        }
        #expect(thrown == .isTerminal(name: "-"))
    }

    @Test func `are used in place when they are a file`() throws {
        let folder = try Folder()
        let source = open(folder.write("a", [1, 2, 3]), O_RDONLY)
        defer { close(source) }
        var limits = MediaLimits()
        limits.maxInputBytes = 1
        let input = try MediaInput(
            standardInput: "-", limits: limits, source: source, isWanted: { true })
        #expect(input.byteCount == 3)
        // A file that somebody has begun to read is what is left of it.
        #expect(lseek(source, 2, SEEK_SET) == 2)
        let rest = try MediaInput(
            standardInput: "-", limits: limits, source: source, isWanted: { true })
        #expect(try rest.bytes(at: 0, count: 9) == [3])
    }
}

@Suite struct `Data addresses` {
    @Test(
        arguments: [
            ("data:;base64,AQID", [1, 2, 3]), ("DATA:image/png;base64,AQI=", [1, 2]),
            ("data:image/png;charset=x;BASE64,AQ==", [1]), ("data:;base64,AQ", [1]),
            ("data:;base64,A Q\nI", [1, 2]), ("data:;base64,%41QI%3D", [1, 2]),
            ("data:;base64,-_8=", [0xFB, 0xFF]), ("data:;base64,+/8=", [0xFB, 0xFF]),
            ("data:,abc", [0x61, 0x62, 0x63]),
            ("data:text/plain,a%20b%ff", [0x61, 0x20, 0x62, 0xFF]),
            ("data:,a,b", [0x61, 0x2C, 0x62]),
        ] as [(String, [UInt8])])
    func `carry their bytes`(text: String, bytes: [UInt8]) throws {
        let address = try #require(DataURL(text))
        #expect(try address.bytes(limits: MediaLimits()) == bytes)
        #expect(try address.input(limits: MediaLimits()).bytes(at: 0, count: 99) == bytes)
    }

    @Test(arguments: [
        ("data:image/png", "it has no comma"),
        ("data:,%4", "the escape at character 1 is broken"),
        ("data:,ab%zz", "the escape at character 3 is broken"),
        ("data:;base64,AQ!=", "character 3 is no base64"),
        ("data:;base64,AQ=A", "character 4 is no base64"),
        ("data:;base64,AQIDA", "its base64 is cut off"),
        ("data:;base64,AQ===", "its base64 ends in 3 signs ="),
    ])
    func `say where they are broken`(text: String, detail: String) throws {
        let address = try #require(DataURL(text))
        let thrown = error { _ = try address.bytes(limits: MediaLimits()) }
        #expect(thrown == .badDataURL(name: address.name, detail: detail))
    }

    @Test func `are refused when they are empty or too large`() throws {
        let empty = try #require(DataURL("data:image/png;base64,"))
        #expect(
            error { _ = try empty.input(limits: MediaLimits()).byteCount }
                == .empty(name: "data: address (image/png)"))
        var limits = MediaLimits()
        limits.maxInputBytes = 2
        let large = try #require(DataURL("data:;base64,AQID"))
        #expect(
            error { _ = try large.bytes(limits: limits) }
                == .inputTooLarge(name: "data: address", limit: 2))
    }
}

@Suite struct `Lists of inputs` {
    @Test(arguments: [
        ("-", InputSource.standardInput), ("./-", .file(path: "./-")),
        ("http://a/b.png", .address("http://a/b.png")), ("HTTPS://a", .address("HTTPS://a")),
        ("data:,x", .data("data:,x")), ("a b.png", .file(path: "a b.png")),
        ("ftp://a", .file(path: "ftp://a")),
    ])
    func `tell sources by how they are written`(argument: String, source: InputSource) throws {
        #expect(try InputList(of: argument).sources == [source])
    }

    @Test func `take the pictures of a folder by content in natural order`() throws {
        let folder = try Folder()
        for name in ["img10.png", "img2.png", "Img1.png", "b.txt", "a", ".hidden.png"] {
            folder.write(name, png)
        }
        folder.write("notes.png", Array("no picture".utf8))
        folder.write("empty.png", [])
        folder.write("page.pdf", PDFBytes.two.bytes)
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/sub.png", withIntermediateDirectories: false)
        #expect(mkfifo("\(folder.path)/pipe.png", 0o600) == 0)
        folder.write("empty.txt", [])
        #expect(symlink("nowhere", "\(folder.path)/img3.JPEG") == 0)
        #expect(symlink("nowhere", "\(folder.path)/img4") == 0)
        let wanted = [
            "a", "b.txt", "empty.png", "Img1.png", "img2.png", "img3.JPEG", "img10.png",
        ]
        #expect(
            try InputList(of: folder.path).sources
                == wanted.map { .file(path: "\(folder.path)/\($0)") })
        #expect(
            try InputList(of: folder.path + "/").sources.first
                == .file(path: "\(folder.path)/a"))
    }

    @Test func `count the videos and documents of a folder that they leave out`() throws {
        let folder = try Folder()
        folder.write("a.png", png)
        folder.write("b.txt", Array("a text".utf8))
        #expect(try InputList(of: folder.path).note == nil)
        folder.write("c.pdf", PDFBytes.two.bytes)
        #expect(try InputList(of: folder.path).note == "left out 1 PDF; name it to use it.")
        folder.write("d.mp4", Array("\0\0\0\u{18}ftypisom\0\0\u{2}\0isomiso2".utf8))
        #expect(
            try InputList(of: folder.path).note
                == "left out 1 video and 1 PDF; name them to use them.")
        folder.write("e.bin", Array("\0\0\0\u{18}ftypisom\0\0\u{2}\0isomiso2".utf8))
        let list = try InputList(of: folder.path)
        #expect(list.note == "left out 2 videos and 1 PDF; name them to use them.")
        #expect(list.sources == [.file(path: "\(folder.path)/a.png")])
    }

    @Test func `refuse a folder without pictures`() throws {
        let folder = try Folder()
        folder.write("notes.txt", [1])
        #expect(
            error { _ = try InputList(of: folder.path) } == .isDirectory(name: folder.path))
    }

    @Test(arguments: [
        ["img1", "img2", "img10"], ["a", "B", "c"], ["2", "10", "a"], ["a", "a1", "a1b", "ab"],
        ["x1y9", "x1y10", "x2y1"], ["A", "a"], ["007", "7"], ["v1.9", "v1.10"],
        ["9", "99999999999999999999998", "99999999999999999999999"],
    ])
    func `order names as people number them`(names: [String]) {
        for shuffled in [names, names.reversed()] {
            #expect(shuffled.sorted(by: InputList.isBefore) == names)
        }
        #expect(!InputList.isBefore(names[0], names[0]))
    }
}
