import Foundation
import Weights

/// Little-endian bytes of numbers and strings, as the containers have them.
struct Bytes {
    var all: [UInt8] = []

    mutating func number<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.littleEndian) { all += $0 }
    }
    mutating func float(_ value: Float) { number(value.bitPattern) }
    mutating func text(_ value: String) { all += Array(value.utf8) }
    mutating func pad(to alignment: Int) {
        while all.count % alignment != 0 { all.append(0) }
    }
}

/// A file that is there while the value lives in the test.
final class TemporaryFile {
    let path: String
    private let folder: URL

    init(_ bytes: [UInt8], name: String) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("smolvlm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

/// A GGUF file, right or wrong.
struct GGUFBytes {
    enum Value {
        case u8(UInt8), u32(UInt32), u64(UInt64), i32(Int32), f32(Float), bool(UInt8)
        case string(String), strings([String]), bytes([[UInt8]]), numbers([Int32])
        case raw(type: UInt32, [UInt8])
    }
    struct Tensor {
        var name: String
        /// The contiguous dimension first, as in the file.
        var dimensions: [UInt64]
        var type: UInt32 = 0
        var offset: UInt64?
        var byteCount: Int
        var bytes: [UInt8]?
    }

    var magic: [UInt8] = Array("GGUF".utf8)
    var version: UInt32 = 3
    var keys: [(String, Value)] = []
    var tensors: [Tensor] = []
    var tensorCount: UInt64?
    var keyCount: UInt64?
    var alignment = 32
    var data: [UInt8]?

    mutating func tensor(_ name: String, _ shape: [Int], floats: [Float]? = nil) {
        let count = shape.reduce(1, *)
        var bytes: Bytes?
        if let floats {
            bytes = Bytes()
            for float in floats { bytes?.float(float) }
        }
        tensors.append(
            Tensor(
                name: name, dimensions: shape.reversed().map(UInt64.init), byteCount: count * 4,
                bytes: bytes?.all))
    }

    func built() -> [UInt8] {
        var out = Bytes()
        let isShort = version == 1
        func length(_ value: UInt64, _ out: inout Bytes) {
            if isShort { out.number(UInt32(truncatingIfNeeded: value)) } else { out.number(value) }
        }
        func string(_ value: [UInt8], _ out: inout Bytes) {
            length(UInt64(value.count), &out)
            out.all += value
        }
        out.all += magic
        out.number(version)
        length(tensorCount ?? UInt64(tensors.count), &out)
        length(keyCount ?? UInt64(keys.count), &out)
        for (key, value) in keys {
            string(Array(key.utf8), &out)
            switch value {
            case .u8(let value): out.number(UInt32(0)); out.number(value)
            case .u32(let value): out.number(UInt32(4)); out.number(value)
            case .i32(let value): out.number(UInt32(5)); out.number(value)
            case .f32(let value): out.number(UInt32(6)); out.float(value)
            case .bool(let value): out.number(UInt32(7)); out.number(value)
            case .u64(let value): out.number(UInt32(10)); out.number(value)
            case .string(let value):
                out.number(UInt32(8))
                string(Array(value.utf8), &out)
            case .strings(let values):
                out.number(UInt32(9))
                out.number(UInt32(8))
                length(UInt64(values.count), &out)
                for value in values { string(Array(value.utf8), &out) }
            case .bytes(let values):
                out.number(UInt32(9))
                out.number(UInt32(8))
                length(UInt64(values.count), &out)
                for value in values { string(value, &out) }
            case .numbers(let values):
                out.number(UInt32(9))
                out.number(UInt32(5))
                length(UInt64(values.count), &out)
                for value in values { out.number(value) }
            case .raw(let type, let bytes):
                out.number(type)
                out.all += bytes
            }
        }
        var place = 0
        for tensor in tensors {
            string(Array(tensor.name.utf8), &out)
            out.number(UInt32(tensor.dimensions.count))
            for size in tensor.dimensions { length(size, &out) }
            out.number(tensor.type)
            out.number(tensor.offset ?? UInt64(place))
            place += (tensor.byteCount + alignment - 1) / alignment * alignment
        }
        out.pad(to: alignment)
        if tensors.contains(where: { $0.bytes != nil }) {
            for tensor in tensors {
                out.all += tensor.bytes ?? [UInt8](repeating: 0, count: tensor.byteCount)
                out.pad(to: alignment)
            }
            return out.all
        }
        out.all += data ?? (0..<place).map { UInt8(truncatingIfNeeded: $0 / 4 % 7 * ($0 % 4 / 3)) }
        return out.all
    }
}

/// A safetensors file out of its header's text and some data.
func safetensors(_ header: String, data: Int, headerLength: UInt64? = nil) -> [UInt8] {
    var out = Bytes()
    out.number(headerLength ?? UInt64(header.utf8.count))
    out.text(header)
    out.all += (0..<data).map { UInt8(truncatingIfNeeded: $0) }
    return out.all
}
