import Foundation
import Tensors
import Testing

/// A row of some type as the `gguf` package reads it (`Tests/Golden/record_quants.py`).
struct RecordedRow: CustomTestStringConvertible {
    let type: ElementType
    let bytes: [UInt8]
    let floats: [Float]
    var testDescription: String { "\(type.name), \(bytes.count) bytes" }

    static let all: [RecordedRow] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Golden/quants/rows.bin")
        let data = [UInt8]((try? Data(contentsOf: file)) ?? Data())
        var rows: [RecordedRow] = []
        var at = 0
        func number() -> Int {
            defer { at += 4 }
            return (0..<4).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) }
        }
        while at < data.count {
            let type = ElementType(rawValue: Int32(number()))
            let count = number()
            let byteCount = number()
            let bytes = [UInt8](data[at..<at + byteCount])
            at += byteCount
            let floats = (0..<count).map { _ in Float(bitPattern: UInt32(number())) }
            if let type { rows.append(RecordedRow(type: type, bytes: bytes, floats: floats)) }
        }
        return rows
    }()
}

/// Numbers that are the same on every run.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

@Suite struct `Quantised rows` {
    static let kernels = ["generic", "avx2"].compactMap { Kernels(named: $0) }

    @Test func `every type was recorded`() {
        #expect(Set(RecordedRow.all.map(\.type)) == Set(ElementType.allCases))
    }

    @Test(arguments: RecordedRow.all)
    func `every variant reads a row bit for bit as the gguf package does`(row: RecordedRow) {
        for kernels in Self.kernels {
            let read = kernels.expand(row.bytes.span, type: row.type, count: row.floats.count)
            let differing = zip(read, row.floats).enumerated().first { _, pair in
                pair.0 != pair.1 && !(pair.0.isNaN && pair.1.isNaN)
            }
            #expect(differing == nil, "\(kernels.name)")
        }
    }

    @Test(arguments: RecordedRow.all)
    func `a row at an odd address reads the same`(row: RecordedRow) throws {
        let storage = Storage(copying: ([0xAA] + row.bytes).span)
        let matrix = try #require(
            Matrix(
                rows: 1, columns: row.floats.count, type: row.type, storage: storage, offset: 1,
                rowOrder: .asStored))
        let read = matrix.floats()
        #expect(zip(read, row.floats).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }

    /// Worst seen: 1.2e-7 of the sum of the products' sizes.
    static let dotTolerance = 4.8e-7

    @Test(arguments: RecordedRow.all, [0, 1, 7, 8, 9, 31, 32, 33, 64, 96, 255, 256, 768])
    func `the product of a row equals that of its floats`(row: RecordedRow, count: Int) {
        guard let byteCount = row.type.byteCount(of: count) else { return }
        let bytes = [UInt8](row.bytes[..<byteCount])
        // The order of summing must not matter: no number that swamps the others.
        guard row.floats[..<count].allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else { return }
        var numbers = SeededNumbers(state: UInt64(count))
        let x = numbers.floats(count)
        let products = zip(row.floats, x).map { Double($0) * Double($1) }
        let exact = products.reduce(0, +)
        let size = products.reduce(0) { $0 + abs($1) }
        for kernels in Self.kernels {
            let dot = Double(kernels.dot(bytes.span, type: row.type, x.span))
            let worst = abs(dot - exact) / max(size, 1e-30)
            #expect(worst <= Self.dotTolerance, "\(kernels.name)")
        }
    }

    @Test func `block sizes are those of the format`() {
        let sizes = ElementType.allCases.map { "\($0.name) \($0.blockSize)/\($0.blockBytes)" }
        #expect(
            sizes == [
                "F32 1/4", "F16 1/2", "Q4_0 32/18", "Q4_1 32/20", "Q5_0 32/22", "Q5_1 32/24",
                "Q8_0 32/34", "Q2_K 256/84", "Q3_K 256/110", "Q4_K 256/144", "Q5_K 256/176",
                "Q6_K 256/210", "IQ4_NL 32/18", "IQ4_XS 256/136", "BF16 1/2", "MXFP4 32/17",
            ])
        #expect(ElementType.q4K.byteCount(of: 576) == nil)
        #expect(ElementType.q8_0.byteCount(of: Int.max / 32 * 32) == nil)
        #expect(ElementType.f32.byteCount(of: -1) == nil)
    }
}
