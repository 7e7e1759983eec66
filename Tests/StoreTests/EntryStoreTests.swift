import Foundation
import Store
import Testing

/// A store in a folder that goes away with its owner.
private final class Place {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var folder: String { url.appending(path: "a/b/store").path }

    func store(_ byteLimit: Int = 1 << 20) -> EntryStore {
        EntryStore(folder: folder, byteLimit: byteLimit)
    }

    /// The names of all that lies there.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    /// Says that a file was last used so many seconds ago.
    func age(_ name: String, seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path(name))
    }
}

private func key(_ number: Int) -> Digest {
    var maker = DigestMaker()
    maker.add(number)
    return maker.digest()
}

private let content = (0..<300).map { UInt8($0 % 256) }

/// What an entry's file may be damaged by.
private enum Damage: CaseIterable {
    case cut, emptied, longer, bit, mark, seal, otherKey, zeros, folder, link, pipe
}

@Suite struct `Entries on disk` {
    @Test func `come back as they were kept`() throws {
        let place = try Place()
        let store = place.store()
        #expect(store.entry(key(1), byteCount: 300) == nil)
        #expect(try store.contents().count == 0)
        try store.keep(content, under: key(1))
        #expect(store.entry(key(1), byteCount: 300) == content)
        #expect(store.entry(key(2), byteCount: 300) == nil)
        // What has another length is something else.
        #expect(store.entry(key(1), byteCount: 299) == nil)
        let contents = try store.contents()
        #expect(contents.count == 1)
        #expect(contents.byteCount == 300 + EntryStore.overhead)
    }

    @Test func `of floats keep every bit`() throws {
        let store = try Place().store()
        let floats: [Float] = [0, -0, .nan, .infinity, -1.5, .leastNonzeroMagnitude, 3e38]
        try store.keep(floats, under: key(1))
        let found = try #require(store.floats(key(1), count: floats.count))
        #expect(found.map(\.bitPattern) == floats.map(\.bitPattern))
    }

    @Test func `are for the user alone, and nothing is there before`() throws {
        let place = try Place()
        let store = place.store()
        _ = store.entry(key(1), byteCount: 300)
        store.trim()
        #expect(try store.clear().count == 0)
        #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "a").path))
        try store.keep(content, under: key(1))
        #expect(try place.mode(place.folder) == 0o700)
        #expect(try place.mode(place.url.appending(path: "a").path) == 0o700)
        #expect(try place.mode(place.path(place.names[0])) == 0o600)
    }

    @Test(arguments: Damage.allCases)
    private func `that are not as they were written are not there, and are replaced`(
        damage: Damage
    ) throws {
        let place = try Place()
        let store = place.store()
        try store.keep(content, under: key(1))
        let file = place.path(place.names[0])
        var bytes = try Data(contentsOf: URL(filePath: file))
        let files = FileManager.default
        switch damage {
        case .cut: bytes.removeLast()
        case .emptied: bytes = Data()
        case .longer: bytes.append(0)
        case .bit: bytes[200] ^= 1
        case .mark: bytes[14] += 1
        case .seal: bytes[bytes.count - 1] ^= 1
        case .otherKey:
            try store.keep(content, under: key(2))
            let other = try #require(place.names.first { place.path($0) != file })
            bytes = try Data(contentsOf: URL(filePath: place.path(other)))
        case .zeros: bytes = Data(count: bytes.count)
        case .folder, .link, .pipe: break
        }
        try files.removeItem(atPath: file)
        switch damage {
        case .folder: try files.createDirectory(atPath: file, withIntermediateDirectories: false)
        case .link:
            let target = place.url.appending(path: "target")
            try bytes.write(to: target)
            try files.createSymbolicLink(atPath: file, withDestinationPath: target.path)
        case .pipe: #expect(mkfifo(file, 0o600) == 0)
        default: try bytes.write(to: URL(filePath: file))
        }
        #expect(store.entry(key(1), byteCount: 300) == nil)
        if damage == .folder {
            // Nothing of anyone else's is removed for it.
            #expect(throws: StoreError.self) { try store.keep(content, under: key(1)) }
            #expect(place.names.count == 1)
        } else {
            try store.keep(content, under: key(1))
            #expect(store.entry(key(1), byteCount: 300) == content)
        }
        if damage == .link {
            let target = place.url.appending(path: "target")
            #expect(try Data(contentsOf: target) == bytes)
        }
    }

    @Test func `go when there is too much, the longest unused first`() throws {
        let place = try Place()
        let size = 300 + EntryStore.overhead
        let store = place.store(3 * size)
        for number in 0..<5 {
            let before = Set(place.names)
            try store.keep(content, under: key(number))
            let name = try #require(Set(place.names).subtracting(before).first)
            try place.age(name, seconds: Double(100 - number))
        }
        // Being used makes it young.
        #expect(store.entry(key(0), byteCount: 300) != nil)
        store.trim()
        let left = (0..<5).filter { store.entry(key($0), byteCount: 300) != nil }
        #expect(left == [0, 3, 4])
        #expect(try store.contents().byteCount == 3 * size)
    }

    @Test func `larger than the whole store are not kept`() throws {
        let place = try Place()
        try place.store(300).keep(content, under: key(1))
        try place.store(0).keep([UInt8](), under: key(2))
        #expect(place.names == [])
    }

    @Test func `are all that clearing removes`() throws {
        let place = try Place()
        let store = place.store()
        for number in 0..<3 { try store.keep(content, under: key(number)) }
        let strange = String(repeating: "G", count: 64) + ".entry"
        let other = ["notes.txt", "abc.entry", "x.part", strange]
        for name in other { try Data([1]).write(to: URL(filePath: place.path(name))) }
        try Data([1]).write(to: URL(filePath: place.path("123.part")))
        let gone = try store.clear()
        #expect(gone.count == 3)
        #expect(place.names == other.sorted())
        #expect(try store.contents().count == 0)
    }

    @Test func `that were left half written go after a while`() throws {
        let place = try Place()
        let store = place.store()
        try store.keep(content, under: key(1))
        for name in ["1.part", "2.part"] {
            try Data([1]).write(to: URL(filePath: place.path(name)))
        }
        try place.age("1.part", seconds: 7200)
        store.trim()
        #expect(place.names.filter { $0.hasSuffix(".part") } == ["2.part"])
    }

    @Test func `are not kept behind a link, nor where others may write`() throws {
        let place = try Place()
        let files = FileManager.default
        let target = place.url.appending(path: "target")
        try files.createDirectory(at: target, withIntermediateDirectories: false)
        try files.createDirectory(
            at: place.url.appending(path: "a/b"), withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: place.folder, withDestinationPath: target.path)
        #expect(throws: StoreError.self) { try place.store().keep(content, under: key(1)) }
        #expect(try files.contentsOfDirectory(atPath: target.path) == [])

        try files.removeItem(atPath: place.folder)
        try files.createDirectory(atPath: place.folder, withIntermediateDirectories: false)
        try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.folder)
        #expect {
            try place.store().keep(content, under: key(1))
        } throws: {
            "\($0)" == "others may write to \(place.folder)"
        }
        #expect(place.names == [])
    }

    @Test func `of many threads at once are whole`() async throws {
        let place = try Place()
        let store = place.store()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    try? store.keep(content, under: key(number % 4))
                    #expect(store.entry(key(number % 4), byteCount: 300) == content)
                    store.trim()
                }
            }
        }
        #expect(try store.contents().count == 4)
        #expect(place.names.count == 4)
    }

    @Test func `remember what was worked out, if it lasts`() throws {
        let place = try Place()
        let store = place.store()
        var count = 0
        func remembered(_ isLasting: Bool) -> Digest? {
            store.remembered(key(1), isLasting: isLasting) {
                count += 1
                return key(7)
            }
        }
        #expect(remembered(false) == key(7))
        #expect(remembered(false) == key(7))
        #expect(count == 2)
        #expect(remembered(true) == key(7))
        #expect(remembered(true) == key(7))
        #expect(count == 3)
    }

    @Test func `know the program that runs`() throws {
        let place = try Place()
        let first = try #require(ProgramFile.digest(remembering: place.store()))
        #expect(ProgramFile.digest(remembering: place.store()) == first)
        var maker = DigestMaker()
        maker.add(Array(try Data(contentsOf: URL(filePath: "/proc/self/exe"))).span)
        #expect(maker.digest() == first)
    }
}
