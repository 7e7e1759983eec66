import Tensors
import Testing
import Weights

@Suite struct `Safetensors files` {
    static let sound =
        #"{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,2],"#
        + #""data_offsets":[4,20]},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}  "#

    @Test func `tensors are found by name with their types and shapes`() throws {
        let file = try TemporaryFile(safetensors(Self.sound, data: 20), name: "m.safetensors")
        let read = try Safetensors(path: file.path)
        #expect(read.metadata == ["format": "pt"])
        let b = try #require(read.tensors["b"])
        #expect(b.shape == [2, 2] && b.stored == .readable(.f32))
        // The header ends at an odd byte: the floats are not aligned, and read all the same.
        let matrix = try b.matrix(rowsFrom: 1)
        #expect(matrix.floats()[0].bitPattern == 0x0706_0504)
        #expect(matrix.rows == 2 && matrix.columns == 2)
        let a = try #require(read.tensors["a"]).matrix(rowsFrom: 0)
        #expect(a.rows == 1 && a.floats().map(\.bitPattern) == [0x0100_0000, 0x0302_0000])
    }

    @Test func `what is mapped is what is read`() throws {
        let bytes = safetensors(Self.sound, data: 20)
        let stored = try TemporaryFile(bytes, name: "m")
        let file = try withExtendedLifetime(stored) { try MappedFile(path: stored.path) }
        let mapped = file.storage.withBytes(0..<file.byteCount) { copy($0) }
        #expect(mapped == bytes)
    }

    /// A wrong file and what is said of it, after its path.
    struct Wrong: CustomTestStringConvertible {
        let header: String
        let data: Int
        var length: UInt64?
        let sentence: String
        var testDescription: String { sentence }

        init(_ header: String, data: Int = 4, length: UInt64? = nil, _ sentence: String) {
            (self.header, self.data, self.length) = (header, data, length)
            self.sentence = sentence
        }

        /// A single tensor `t` of one float, with one part replaced.
        static func tensor(
            dtype: String = #""F32""#, shape: String = "[1]", offsets: String = "[0,4]"
        ) -> String {
            #"{"t":{"dtype":"# + dtype + #","shape":"# + shape + #","data_offsets":"# + offsets
                + "}}"
        }
    }

    static func broken(_ detail: String) -> String {
        " is a broken safetensors file: \(detail). Download it again."
    }
    static func short(_ actual: Int, of expected: Int) -> String {
        " ends at byte \(actual), but its header promises \(expected): the download was cut short. "
            + "Download it again."
    }

    static let wrong: [Wrong] = [
        Wrong("{}", data: 0, length: 3, short(10, of: 11)),
        Wrong("{}", length: 100_000_001, broken("its header would be 100000001 bytes long")),
        Wrong("{}", length: .max, broken("its header would be 18446744073709551615 bytes long")),
        Wrong("{", data: 0, broken("its header is not valid JSON")),
        Wrong("[]", data: 0, broken("its header is no JSON object")),
        Wrong("{}", data: 4, broken("4 bytes after the last tensor are unused")),
        Wrong(#"{"__metadata__":1}"#, broken("__metadata__ is no object")),
        Wrong(
            #"{"__metadata__":{"a":1}}"#,
            broken("__metadata__ holds something other than strings")),
        Wrong(
            #"{"t":1}"#, broken("the entry of tensor t is not a dtype, a shape and two offsets")),
        Wrong(
            #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#,
            broken("the entry of tensor t is not a dtype, a shape and two offsets")),
        Wrong(
            Wrong.tensor(dtype: "3"),
            broken("the entry of tensor t is not a dtype, a shape and two offsets")),
        Wrong(
            Wrong.tensor(shape: "[-1]"), broken("the shape of tensor t is not a list of sizes")),
        Wrong(
            Wrong.tensor(shape: "[1.5]"), broken("the shape of tensor t is not a list of sizes")),
        Wrong(
            Wrong.tensor(shape: "[1,1,1,1,1,1,1,1,1]"),
            broken("the shape of tensor t is not a list of sizes")),
        Wrong(
            Wrong.tensor(shape: "[4294967296,4294967296]"),
            broken("tensor t is too large to count its bytes")),
        Wrong(
            Wrong.tensor(offsets: "[4,0]"),
            broken("the offsets of tensor t are not a range of bytes")),
        Wrong(
            Wrong.tensor(offsets: "[0,4,8]"),
            broken("the offsets of tensor t are not a range of bytes")),
        Wrong(
            Wrong.tensor(offsets: "[-4,0]"),
            broken("the offsets of tensor t are not a range of bytes")),
        Wrong(
            Wrong.tensor(shape: "[2]"),
            broken("tensor t needs 8 bytes, but its offsets span 4")),
        Wrong(
            Wrong.tensor(offsets: "[4,8]"), data: 8,
            broken("4 bytes before tensor t are unused")),
        Wrong(
            Wrong.tensor(offsets: "[9223372036854775803,9223372036854775807]"),
            broken("9223372036854775803 bytes before tensor t are unused")),
        Wrong(Wrong.tensor(), data: 3, short(65, of: 66)),
        Wrong(
            #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            broken("tensor t is listed twice")),
        Wrong(
            #"{"s":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""t":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, data: 6,
            broken("tensor t overlaps the one before it")),
    ]

    @Test(arguments: wrong)
    func `a wrong header is refused with its sentence`(wrong: Wrong) throws {
        let bytes = safetensors(wrong.header, data: wrong.data, headerLength: wrong.length)
        let file = try TemporaryFile(bytes, name: "m.safetensors")
        let error = #expect(throws: WeightsError.self) { try Safetensors(path: file.path) }
        #expect(error?.description == file.path + wrong.sentence)
    }

    @Test func `a file without a header is refused`() throws {
        let file = try TemporaryFile([1, 2, 3], name: "m.safetensors")
        let error = #expect(throws: WeightsError.self) { try Safetensors(path: file.path) }
        #expect(
            error?.description
                == file.path + Self.broken("it has 3 bytes, fewer than the first number"))
        let empty = try TemporaryFile([], name: "m.safetensors")
        #expect(throws: WeightsError.empty(file: empty.path)) { try Safetensors(path: empty.path) }
        #expect(throws: WeightsError.notFound(file: "/nowhere")) {
            try Safetensors(path: "/nowhere")
        }
        #expect(throws: WeightsError.notAFile(file: "/")) { try Safetensors(path: "/") }
    }

    @Test func `types that are not read are known until they are needed`() throws {
        let header = #"{"t":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#
        let file = try TemporaryFile(safetensors(header, data: 4), name: "m.safetensors")
        let entry = try #require(try Safetensors(path: file.path).tensors["t"])
        let error = #expect(throws: WeightsError.self) { try entry.matrix(rowsFrom: 1) }
        #expect(
            error?.description
                == "\(file.path): tensor t is stored as F8_E4M3, which smolvlm does not read. Get "
                + "the model in F32, F16, BF16, Q8_0, or one of Q4_0 to Q6_K.")
    }

    /// Every file that is cut or has bits turned over is read or refused; none is read beyond.
    @Test(arguments: 0..<8)
    func `damage of any kind ends in a value or a sentence`(seed: Int) throws {
        let sound = safetensors(Self.sound, data: 20)
        try damaged(sound, seed: seed, rounds: 200) { file in
            for entry in try Safetensors(path: file).tensors.values {
                _ = try entry.matrix(rowsFrom: 1).floats()
            }
        }
    }
}

@Suite struct `Shard indices` {
    static func index(_ text: String) throws -> ShardIndex {
        let file = try TemporaryFile(Array(text.utf8), name: "model.safetensors.index.json")
        return try ShardIndex(path: file.path)
    }

    @Test func `tensors are found in their files`() throws {
        let index = try Self.index(
            #"{"metadata":{},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#)
        #expect(index.files == ["a": "1.safetensors", "b": "2.safetensors"])
        #expect(index.shardNames == ["1.safetensors", "2.safetensors"])
    }

    @Test(arguments: [
        ("[1", "it is not valid JSON"),
        ("{}", "weight_map, the list of tensors, is missing"),
        (#"{"weight_map":{}}"#, "weight_map lists no tensor"),
        (
            #"{"weight_map":{"a":"../x.safetensors"}}"#,
            "tensor a is not in a .safetensors file of the same folder"
        ),
        (
            #"{"weight_map":{"a":"/etc/passwd"}}"#,
            "tensor a is not in a .safetensors file of the same folder"
        ),
        (
            #"{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}"#,
            "tensor a is listed twice"
        ),
    ])
    func `a wrong index is refused`(text: String, detail: String) throws {
        let error = #expect(throws: WeightsError.self) { try Self.index(text) }
        #expect(error?.description.contains("is a broken JSON file: \(detail)") == true)
    }
}
