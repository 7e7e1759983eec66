import Tensors
import Testing
import Weights

@Suite struct `GGUF files` {
    static let sound: GGUFBytes = {
        var gguf = GGUFBytes()
        gguf.keys = [
            ("general.architecture", .string("llama")), ("llama.block_count", .u32(2)),
            ("a.u8", .u8(7)), ("a.u64", .u64(.max)), ("a.i32", .i32(-3)), ("a.f32", .f32(0.5)),
            ("a.bool", .bool(1)), ("a.strings", .strings(["x", "", "東京"])),
            ("a.bytes", .bytes([[0xFF, 0xFE]])), ("a.numbers", .numbers([1, -2])),
        ]
        gguf.tensor("token_embd.weight", [3, 4])
        gguf.tensor("output_norm.weight", [4])
        return gguf
    }()

    static func read(_ bytes: GGUFBytes) throws -> GGUF {
        let file = try TemporaryFile(bytes.built(), name: "m.gguf")
        return try withExtendedLifetime(file) { try GGUF(path: file.path) }
    }

    @Test(arguments: [1, 2, 3])
    func `every version gives the same keys and tensors`(version: UInt32) throws {
        var bytes = Self.sound
        bytes.version = version
        let gguf = try Self.read(bytes)
        #expect(gguf.version == Int(version))
        #expect(gguf.keys.count == 10)
        #expect(try gguf.string("general.architecture") == "llama")
        #expect(try gguf.integer("a.u8") == 7)
        #expect(try gguf.integer("a.i32") == -3)
        #expect(try gguf.number("a.f32") == 0.5)
        #expect(try gguf.number("a.i32") == -3)
        #expect(try gguf.bool("a.bool") == true)
        #expect(try gguf.integers("a.numbers") == [1, -2])
        #expect(try gguf.integer("none") == nil)
        #expect(gguf.count("a.strings") == 3)
        var strings: [[UInt8]] = []
        let hasStrings = try gguf.forEachString("a.strings") { strings.append(copy($1)) }
        #expect(hasStrings)
        #expect(strings == ["x", "", "東京"].map { Array($0.utf8) })
        strings = []
        _ = try gguf.forEachString("a.bytes") { strings.append(copy($1)) }
        #expect(strings == [[0xFF, 0xFE]])
        #expect(gguf.tensorNames == ["token_embd.weight", "output_norm.weight"])
        let table = try #require(gguf.tensors["token_embd.weight"])
        #expect(table.shape == [3, 4] && table.offset % 32 == 0)
        #expect(try table.matrix(rowsFrom: 1).rows == 3)
    }

    @Test func `a value of another type is refused by its key`() throws {
        let gguf = try Self.read(Self.sound)
        func sentence(_ key: String, _ read: () throws -> Void) -> String {
            let error = #expect(throws: WeightsError.self) { try read() }
            return error.map { "\($0)".replacing(gguf.file.path, with: "F") } ?? ""
        }
        #expect(
            sentence("a.u64") { _ = try gguf.integer("a.u64") }
                == "F: a.u64 is a whole number, where a smaller whole number is needed. Get the "
                + "file again, or correct it.")
        #expect(
            sentence("a.bool") { _ = try gguf.string("a.bool") }
                == "F: a.bool is true or false, where a string is needed. Get the file again, or "
                + "correct it.")
        #expect(
            sentence("a.strings") { _ = try gguf.numbers("a.strings") }
                == "F: a.strings is a list, where a list of numbers is needed. Get the file again, "
                + "or correct it.")
        #expect(
            sentence("a.numbers") { _ = try gguf.forEachString("a.numbers") { _, _ in } }
                == "F: a.numbers is a list, where a list of strings is needed. Get the file again, "
                + "or correct it.")
    }

    /// A change that makes a sound file wrong, and what is said of it after its path.
    struct Wrong: CustomTestStringConvertible {
        let sentence: String
        let change: @Sendable (inout GGUFBytes) -> Void
        var testDescription: String { sentence }
        init(_ sentence: String, _ change: @escaping @Sendable (inout GGUFBytes) -> Void) {
            (self.sentence, self.change) = (sentence, change)
        }
        static func broken(
            _ detail: String, _ change: @escaping @Sendable (inout GGUFBytes) -> Void
        ) -> Wrong {
            Wrong(" is a broken GGUF file: \(detail). Download it again.", change)
        }
    }

    static let wrong: [Wrong] = [
        .broken("it does not begin with the letters GGUF") { $0.magic = Array("GGML".utf8) },
        Wrong(
            " is a GGUF file for big-endian machines. Get the little-endian file that most "
                + "downloads offer."
        ) { $0.version = 0x0300_0000 },
        Wrong(
            " is a GGUF file of version 4, newer than the 3 that smolvlm knows. Get a file of "
                + "version 3, or a newer smolvlm."
        ) { $0.version = 4 },
        .broken(
            "the number of tensors would be 18446744073709551615, more than the rest of the file "
                + "has room for"
        ) { $0.tensorCount = .max },
        .broken(
            "the number of keys would be 1152921504606846976, more than the rest of the file has "
                + "room for"
        ) { $0.keyCount = 1 << 60 },
        .broken("the name of key 10 has 0 bytes, where 1 to 65535 are allowed") {
            $0.keys.append(("", .u32(1)))
        },
        .broken("key a.u8 is there twice") { $0.keys.append(("a.u8", .u32(1))) },
        .broken("k has value type 13, which does not exist") {
            $0.keys.append(("k", .raw(type: 13, [])))
        },
        .broken("k is neither true nor false") { $0.keys.append(("k", .bool(2))) },
        .broken(
            "the length of the value of k would be 9223372036854775807, more than the rest of the "
                + "file has room for"
        ) {
            $0.keys.append(
                ("k", .raw(type: 8, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])))
        },
        .broken(
            "the length of k would be 2305843009213693952, more than the rest of the file has "
                + "room for"
        ) { $0.keys.append(("k", .raw(type: 9, [10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20]))) },
        .broken("a string of k goes beyond the end of the file") {
            // Strings, two of them, the first longer than any file.
            let list = [UInt8]([8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
            $0.keys.append(("k", .raw(type: 9, list + [UInt8](repeating: 0xFF, count: 8))))
        },
        .broken("k is a list of lists more than 4 deep") {
            // Each: elements are lists, one of them.
            let nested = [UInt8]([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
            $0.keys.append(("k", .raw(type: 9, nested + nested + nested + nested + nested)))
        },
        .broken("general.alignment is no power of two") {
            $0.keys.append(("general.alignment", .u32(0)))
        },
        .broken("general.alignment is no power of two") {
            $0.keys.append(("general.alignment", .u32(48)))
        },
        .broken("the name of tensor 2 has 64 bytes, where 1 to 63 are allowed") {
            $0.tensor(String(repeating: "x", count: 64), [1])
        },
        .broken("tensor t has 0 dimensions, where 1 to 4 are allowed") {
            $0.tensors.append(.init(name: "t", dimensions: [], byteCount: 0))
        },
        .broken("tensor t has 5 dimensions, where 1 to 4 are allowed") {
            $0.tensor("t", [1, 1, 1, 1, 1])
        },
        .broken("tensor t has a dimension of 0") { $0.tensor("t", [4, 0]) },
        .broken("tensor t is too large to count its bytes") {
            $0.tensors.append(.init(name: "t", dimensions: [1 << 40, 1 << 40], byteCount: 0))
        },
        .broken("tensor t is too large to count its bytes") {
            $0.tensors.append(.init(name: "t", dimensions: [.max], byteCount: 0))
        },
        .broken("tensor t has element type 4, which does not exist") {
            $0.tensors.append(.init(name: "t", dimensions: [32], type: 4, byteCount: 18))
        },
        .broken("tensor t has element type 4294967295, which does not exist") {
            $0.tensors.append(.init(name: "t", dimensions: [32], type: .max, byteCount: 18))
        },
        .broken("rows of tensor t have 576 elements, no multiple of the 256 of Q4_K") {
            $0.tensors.append(.init(name: "t", dimensions: [576], type: 12, byteCount: 324))
        },
        .broken("tensor t begins at 72, no multiple of the alignment 32") {
            $0.tensors.append(.init(name: "t", dimensions: [1], offset: 72, byteCount: 4))
        },
        .broken("tensor t begins at 18446744073709551584, beyond any file") {
            $0.tensors.append(
                .init(name: "t", dimensions: [1], offset: .max - 31, byteCount: 4))
        },
        .broken("tensor t overlaps the one before it") {
            $0.tensors.append(.init(name: "t", dimensions: [1], offset: 32, byteCount: 4))
        },
        .broken("tensor token_embd.weight is listed twice") {
            $0.tensor("token_embd.weight", [1])
        },
    ]

    @Test(arguments: wrong)
    func `a wrong header is refused with its sentence`(wrong: Wrong) throws {
        var bytes = Self.sound
        wrong.change(&bytes)
        let file = try TemporaryFile(bytes.built(), name: "m.gguf")
        let error = #expect(throws: WeightsError.self) { try GGUF(path: file.path) }
        #expect(error?.description == file.path + wrong.sentence)
    }

    @Test func `a key that is no UTF-8 is refused`() throws {
        var bytes = Self.sound.built()
        // The first key begins after 24 bytes of header and its length.
        bytes[32] = 0xFF
        let file = try TemporaryFile(bytes, name: "m.gguf")
        let error = #expect(throws: WeightsError.self) { try GGUF(path: file.path) }
        #expect(error?.description.contains("the name of key 0 is not valid UTF-8") == true)
    }

    @Test func `a file that was cut short says so`() throws {
        let bytes = Self.sound.built()
        let file = try TemporaryFile(Array(bytes.dropLast(32)), name: "m.gguf")
        #expect(
            throws: WeightsError.truncated(
                file: file.path, expected: bytes.count - 16, actual: bytes.count - 32)
        ) { try GGUF(path: file.path) }
    }

    @Test func `a header cut at any byte is refused`() throws {
        let bytes = Self.sound.built()
        for length in stride(from: 1, to: bytes.count - 64, by: 7) {
            let file = try TemporaryFile(Array(bytes[..<length]), name: "m.gguf")
            #expect(throws: WeightsError.self) { try GGUF(path: file.path) }
        }
    }

    @Test func `types that are not read are known until they are needed`() throws {
        var bytes = Self.sound
        bytes.tensors.append(.init(name: "t", dimensions: [256], type: 17, byteCount: 74))
        let entry = try #require(try Self.read(bytes).tensors["t"])
        #expect(entry.stored == .other("IQ2_XS") && entry.byteCount == 74)
        #expect(throws: WeightsError.self) { try entry.matrix(rowsFrom: 1) }
    }

    /// Every file that is cut or has bits turned over is read or refused; none is read beyond.
    @Test(arguments: 0..<16)
    func `damage of any kind ends in a value or a sentence`(seed: Int) throws {
        try damaged(Self.sound.built(), seed: seed, rounds: 200) { path in
            let gguf = try GGUF(path: path)
            for key in gguf.keys {
                _ = try? gguf.integers(key)
                _ = try? gguf.string(key)
                _ = try? gguf.forEachString(key) { _, _ in }
            }
            for entry in gguf.tensors.values { _ = try entry.matrix(rowsFrom: 1).floats() }
        }
    }
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    bytes.indices.map { bytes[$0] }
}
