import Foundation
import Tensors
import Testing
import Weights

/// A folder that goes away with its owner.
private final class Folder {
    let url = FileManager.default.temporaryDirectory
        .appending(path: "smolvlm-new-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }
}

@Suite struct `GGUF headers that are written` {
    @Test func `are read back key by key and tensor by tensor`() throws {
        var writer = GGUFWriter()
        writer.add("general.architecture", "llama")
        writer.add("a.flag", true)
        writer.add("a.count", 49_280)
        writer.add("a.share", Float(0.25))
        writer.add("a.means", [Float(0.5), 1, -2])
        writer.add("a.kinds", [Int32(1), -3])
        let texts = ["one", "", "drei é"]
        writer.add("a.texts", count: texts.count) { index, lend in
            lend(Array(texts[index].utf8).span)
        }
        writer.addTensor("odd", type: .f32, shape: [3])
        writer.addTensor("blocks", type: .q8_0, shape: [2, 64])
        let header = writer.header()
        #expect(header.count % GGUFWriter.alignment == 0)
        let folder = try Folder()
        let data = Data(header + [UInt8](repeating: 0, count: writer.dataByteCount))
        try data.write(to: folder.url.appending(path: "file.gguf"))
        let read = try GGUF(path: folder.path("file.gguf"))
        #expect(read.version == 3)
        #expect(read.keys == writer.keys)
        #expect(try read.string("general.architecture") == "llama")
        #expect(try read.bool("a.flag") == true)
        #expect(try read.integer("a.count") == 49_280)
        #expect(try read.number("a.share") == 0.25)
        #expect(try read.numbers("a.means") == [0.5, 1, -2])
        #expect(try read.integers("a.kinds") == [1, -3])
        var found: [String] = []
        _ = try read.forEachString("a.texts") { _, text in
            found.append(String(decoding: text.indices.map { text[$0] }, as: UTF8.self))
        }
        #expect(found == texts)
        #expect(read.tensorNames == ["odd", "blocks"])
        let blocks = try #require(read.tensors["blocks"])
        #expect(blocks.shape == [2, 64] && blocks.stored == .readable(.q8_0))
        #expect(blocks.offset == header.count + 32)
        #expect(blocks.byteCount == 136)

        var copy = GGUFWriter()
        for key in read.keys { copy.copy(key, of: read) }
        copy.addTensor("odd", type: .f32, shape: [3])
        copy.addTensor("blocks", type: .q8_0, shape: [2, 64])
        #expect(copy.header() == header)
    }
}

@Suite struct `Files that are there whole or not at all` {
    @Test func `nothing stands in the folder before the file is published`() throws {
        let folder = try Folder()
        let path = folder.path("a.gguf")
        var file = try NewFile(path: path, replaces: false, byteCount: 3)
        try file.write([1, 2, 3].span)
        #expect(!FileManager.default.fileExists(atPath: path))
        try file.publish()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
        #expect(folder.names == ["a.gguf"])
    }

    @Test func `what is given up leaves nothing`() throws {
        let folder = try Folder()
        do {
            let file = try NewFile(path: folder.path("a.gguf"), replaces: false, byteCount: 3)
            try file.write([1, 2, 3].span)
        }
        #expect(folder.names == [])
    }

    private func refusal(
        _ path: String, replaces: Bool = false, byteCount: Int = 3
    ) -> NewFileError? {
        do throws(NewFileError) {
            _ = try NewFile(path: path, replaces: replaces, byteCount: byteCount)
            return nil
        } catch { return error }
    }

    @Test func `a file that is there is kept unless it is to be replaced`() throws {
        let folder = try Folder()
        let path = folder.path("a.gguf")
        try Data("before".utf8).write(to: URL(filePath: path))
        #expect(refusal(path) == .exists(file: path))
        var file = try NewFile(path: path, replaces: true, byteCount: 3)
        try file.write([7].span)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("before".utf8))
        try file.publish()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([7]))
        #expect(folder.names == ["a.gguf"])
    }

    @Test func `a file that came into being since is kept too`() throws {
        let folder = try Folder()
        let path = folder.path("a.gguf")
        var file = try NewFile(path: path, replaces: false, byteCount: 3)
        try Data("meanwhile".utf8).write(to: URL(filePath: path))
        var error: NewFileError?
        do throws(NewFileError) { try file.publish() } catch let refused { error = refused }
        #expect(error == .exists(file: path))
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("meanwhile".utf8))
        #expect(folder.names == ["a.gguf"])
    }

    @Test func `through a link the file behind it is replaced`() throws {
        let folder = try Folder()
        try Data("before".utf8).write(to: URL(filePath: folder.path("real.gguf")))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link.gguf"), withDestinationPath: "real.gguf")
        var file = try NewFile(path: folder.path("link.gguf"), replaces: true, byteCount: 3)
        try file.write([7].span)
        try file.publish()
        #expect(try Data(contentsOf: URL(filePath: folder.path("real.gguf"))) == Data([7]))
        #expect(folder.names == ["link.gguf", "real.gguf"])
    }

    @Test func `places where no file can be are refused`() throws {
        let folder = try Folder()
        let missing = folder.path("none/a.gguf")
        #expect(refusal(missing) == .noFolder(file: missing, folder: folder.path("none")))
        #expect(refusal(folder.url.path) == .isFolder(file: folder.url.path))
        #expect(refusal("/dev/null", replaces: true) == .notPlain(file: "/dev/null"))
        try Data().write(to: URL(filePath: folder.path("file")))
        let below = folder.path("file/a.gguf")
        #expect(refusal(below) == .notAFolder(file: below, folder: folder.path("file")))
    }

    @Test func `a disk without room is told of before anything is written`() throws {
        let folder = try Folder()
        let path = folder.path("a.gguf")
        guard case .noRoom(path, .max, let free) = refusal(path, byteCount: .max) else {
            Issue.record("there was room for everything")
            return
        }
        #expect(free > 0)
        #expect(
            NewFileError.noRoom(file: "a.gguf", needed: 175_053_248, free: 2_500_000).description
                == "a.gguf cannot be written: it will have 176 MB, and there is room for 2500 kB. "
                + "Make some, or name a file on another disk.")
    }
}
