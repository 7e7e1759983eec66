import Foundation
import Media
import SmolVLM
import Testing

/// A folder for stores that goes away with its owner, and questions that use them.
private final class StorePlace {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "smolvlm-vision-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: url.appending(path: "vision").path)
        try? FileManager.default.removeItem(at: url)
    }

    var store: VisionTokenStore {
        VisionTokenStore(folder: url.appending(path: "vision").path, byteLimit: 1 << 20)
    }

    /// The names of what lies in the store.
    var names: Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: store.folder)) ?? [])
    }

    struct Asked: Equatable {
        var bits: [UInt32]
        var encoded: Int
        var stored: Int
        var failure: String?
    }

    /// Opens a model, as a new process would, and shows it a picture.
    func ask(
        _ picture: Image = RecordedConversation.picture(width: 300, height: 200, seed: 1),
        model: String = RecordedConversation.folder("patch16"), adapters: [Adapter] = [],
        store: VisionTokenStore?, precision: Precision = .exact
    ) throws -> Asked {
        let model = try Model.load(
            from: model, projector: nil, chatFormat: nil, adapters: adapters)
        var options = ConversationOptions()
        options.visionStore = store
        options.precision = precision
        var conversation = try Conversation(with: model, options: options)
        try conversation.add(picture)
        conversation.add("What?")
        var wanted = AnswerOptions()
        wanted.maxTokens = 1
        let answer = try conversation.answer(wanted)
        return Asked(
            bits: conversation.tokenFloats(of: 0).map(\.bitPattern),
            encoded: answer.encodedTileCount, stored: answer.storedTileCount,
            failure: answer.storeFailure)
    }

    /// A copy of a tiny model, with something done to its weights.
    func copy(_ name: String, _ change: (inout Data) -> Void) throws -> String {
        let copy = url.appending(path: name)
        try FileManager.default.copyItem(
            at: URL(filePath: RecordedConversation.folder("patch16")), to: copy)
        let weights = copy.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: weights)
        change(&bytes)
        try bytes.write(to: weights)
        return copy.path
    }

    /// Where the numbers of a tensor lie in a file.
    static func bytes(of tensor: String, in file: Data) throws -> Range<Int> {
        let length = (0..<8).reduce(0) { $0 | Int(file[$1]) << (8 * $1) }
        let header = try JSONSerialization.jsonObject(with: file[8..<8 + length])
        let entry = (header as? [String: Any])?[tensor] as? [String: Any]
        let places = try #require(entry?["data_offsets"] as? [Int])
        return 8 + length + places[0]..<8 + length + places[1]
    }
}

@Suite struct `Picture tokens on disk` {
    @Test(arguments: Precision.allCases)
    func `are those of encoding, bit by bit`(precision: Precision) throws {
        let place = try StorePlace()
        let without = try place.ask(store: nil, precision: precision)
        #expect(without.encoded > 1)
        #expect(without.stored == 0)
        let first = try place.ask(store: place.store, precision: precision)
        #expect(first == without)
        let second = try place.ask(store: place.store, precision: precision)
        #expect(second.bits == without.bits)
        #expect(second.encoded == 0)
        #expect(second.stored == first.encoded)
        #expect(second.failure == nil)
    }

    @Test func `are not there for another precision`() throws {
        let place = try StorePlace()
        let exact = try place.ask(store: place.store, precision: .exact)
        let fast = try place.ask(store: place.store, precision: .fast)
        #expect(fast.stored == 0)
        #expect(fast.encoded == exact.encoded)
    }

    @Test func `are not there for a picture that differs in one pixel, and for others in part`()
        throws
    {
        let place = try StorePlace()
        func picture(_ value: UInt8) -> Image {
            var rgb = [UInt8](repeating: 200, count: 256 * 256 * 3)
            rgb[0] = value
            return Image(width: 256, height: 256, rgb: rgb)
        }
        let first = try place.ask(picture(10), store: place.store)
        // White tiles, the one with the pixel, and the whole picture, in which it shows.
        let second = try place.ask(picture(250), store: place.store)
        #expect(first.stored == 0)
        #expect(second.stored > 0)
        #expect(second.encoded > 0)
        #expect(second.bits == (try place.ask(picture(250), store: nil)).bits)
        #expect(second.bits != first.bits)
    }

    @Test func `are of the numbers of a model, whatever its file and other parts`() throws {
        let place = try StorePlace()
        let first = try place.ask(store: place.store)
        let same = try place.copy("same") { _ in }
        #expect(try place.ask(model: same, store: place.store).encoded == 0)

        var failed = false
        func changed(_ name: String, _ tensor: String) throws -> StorePlace.Asked {
            let model = try place.copy(name) { bytes in
                guard let range = try? StorePlace.bytes(of: tensor, in: bytes) else {
                    failed = true
                    return
                }
                bytes[range.lowerBound + 1] ^= 0x40
            }
            return try place.ask(model: model, store: place.store)
        }
        let text = try changed("text", "model.text_model.norm.weight")
        #expect(text.encoded == 0)
        for (index, tensor) in [
            "model.vision_model.post_layernorm.bias",
            "model.vision_model.encoder.layers.0.self_attn.q_proj.weight",
            "model.connector.modality_projection.proj.weight",
        ].enumerated() {
            let vision = try changed("vision\(index)", tensor)
            #expect(vision.stored == 0)
            #expect(vision.bits != first.bits)
        }
        #expect(!failed)
    }

    @Test func `are those of an adapter and its strength`() throws {
        let place = try StorePlace()
        let plain = try place.ask(store: place.store)
        let path = RecordedConversation.root.appending(path: "Tests/Golden/lora/patch16").path
        var seen = [plain.bits]
        for strength: Float in [1, 0.5] {
            let adapters = [Adapter(path: path, strength: strength)]
            let first = try place.ask(adapters: adapters, store: place.store)
            #expect(first.stored == 0)
            #expect(!seen.contains(first.bits))
            seen.append(first.bits)
            let second = try place.ask(adapters: adapters, store: place.store)
            #expect(second.encoded == 0)
            #expect(second.bits == first.bits)
        }
    }

    @Test func `are not those of a file that was changed where it lies`() throws {
        let place = try StorePlace()
        let model = try place.copy("model") { _ in }
        let first = try place.ask(model: model, store: place.store)
        let file = URL(filePath: model + "/model.safetensors")
        var bytes = try Data(contentsOf: file)
        let range = try StorePlace.bytes(
            of: "model.vision_model.post_layernorm.bias", in: bytes)
        bytes[range.lowerBound + 1] ^= 0x40
        let date = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: bytes)
        try handle.close()
        // The time of a change can be made to look as before, as unpackers do.
        try FileManager.default.setAttributes(
            [.modificationDate: try #require(date)], ofItemAtPath: file.path)
        let second = try place.ask(model: model, store: place.store)
        #expect(second.stored == 0)
        #expect(second.bits != first.bits)
    }

    @Test func `that are damaged are made again`() throws {
        let place = try StorePlace()
        let first = try place.ask(store: place.store)
        for name in place.names {
            let file = URL(filePath: place.store.folder + "/" + name)
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: file)
        }
        #expect(try place.ask(store: place.store) == first)
        #expect(try place.ask(store: place.store).encoded == 0)
    }

    @Test func `take no more than they may`() throws {
        let place = try StorePlace()
        let tile = try place.ask(store: nil)
        let bytes = tile.bits.count * 4 / tile.encoded
        let small = VisionTokenStore(folder: place.store.folder, byteLimit: 3 * bytes)
        let first = try place.ask(store: small)
        #expect(first == tile)
        #expect(try small.contents().byteCount <= 3 * bytes)
        #expect(try small.contents().entryCount > 0)
        #expect(try place.ask(store: small).bits == tile.bits)
        let none = VisionTokenStore(folder: place.url.path + "/none", byteLimit: 0)
        #expect(try place.ask(store: none) == tile)
        #expect(!FileManager.default.fileExists(atPath: none.folder))
    }

    @Test func `are shown and cleared`() throws {
        let place = try StorePlace()
        #expect(try place.store.contents().entryCount == 0)
        let asked = try place.ask(store: place.store)
        let contents = try place.store.contents()
        #expect(contents.entryCount >= asked.encoded)
        #expect(contents.byteCount > asked.bits.count * 4)
        #expect(try place.store.clear() == contents)
        #expect(try place.store.contents().entryCount == 0)
        #expect(place.names == [])
        #expect(try place.ask(store: place.store).stored == 0)
    }

    @Test func `that cannot be kept cost nothing but a note`() throws {
        let place = try StorePlace()
        let file = place.url.appending(path: "file")
        try Data([1]).write(to: file)
        let store = VisionTokenStore(folder: file.path + "/vision", byteLimit: 1 << 20)
        let asked = try place.ask(store: store)
        #expect(asked.failure == "\(store.folder): Not a directory")
        #expect(asked.bits == (try place.ask(store: nil)).bits)
        // What is there is still found where nothing can be added.
        _ = try place.ask(store: place.store)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o500], ofItemAtPath: place.store.folder)
        #expect(try place.ask(store: place.store).encoded == 0)
    }

    @Test func `of a question that was stopped are kept as far as they were made`() throws {
        let place = try StorePlace()
        let model = try Model.load(from: RecordedConversation.folder("patch16"))
        var options = ConversationOptions()
        options.visionStore = place.store
        var conversation = try Conversation(with: model, options: options)
        try conversation.add(RecordedConversation.picture(width: 300, height: 200, seed: 1))
        conversation.add("What?")
        var done = 0
        let answer = try conversation.answer(AnswerOptions(), isWanted: { done < 2 }) { event in
            if case .progress(.pictures, let count, _) = event { done = count }
        }
        #expect(answer.stopped == .cancelled)
        #expect(answer.encodedTileCount == 2)
        #expect(try place.ask(store: place.store).stored == 2)
    }
}
