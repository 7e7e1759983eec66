import Foundation
import Tensors
import Testing

/// What other programs made of floats (`Tests/Golden/record_encoding.py`).
private struct RecordedBytes {
    private let data: [UInt8]
    private var at = 0

    init(_ name: String) {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/quants/\(name)")
        data = [UInt8]((try? Data(contentsOf: file)) ?? Data())
    }

    var isAtEnd: Bool { at >= data.count }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { at += count }
        return [UInt8](data[at..<at + count])
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
        bytes(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    mutating func floats() -> [Float] {
        let count = Int(number(UInt32.self))
        return (0..<count).map { _ in Float(bitPattern: number(UInt32.self)) }
    }

    /// The numbers that were encoded, and what each type makes of them.
    static let encoded: (numbers: [Float], rows: [(type: ElementType, bytes: [UInt8])]) = {
        var record = RecordedBytes("encoded.bin")
        let numbers = record.floats()
        var rows: [(type: ElementType, bytes: [UInt8])] = []
        while !record.isAtEnd {
            let type = ElementType(rawValue: Int32(record.number(UInt32.self)))
            let bytes = record.bytes(Int(record.number(UInt32.self)))
            if let type { rows.append((type, bytes)) }
        }
        return (numbers, rows)
    }()

    /// Rows, and the squared error that llama.cpp's search leaves in each type.
    static let searched: [(numbers: [Float], errors: [(type: ElementType, squared: Double)])] = {
        var record = RecordedBytes("searched.bin")
        var rows: [(numbers: [Float], errors: [(type: ElementType, squared: Double)])] = []
        while !record.isAtEnd {
            let numbers = record.floats()
            var errors: [(type: ElementType, squared: Double)] = []
            for _ in 0..<3 {
                let type = ElementType(rawValue: Int32(record.number(UInt32.self)))
                let squared = Double(bitPattern: record.number(UInt64.self))
                if let type { errors.append((type, squared)) }
            }
            rows.append((numbers, errors))
        }
        return rows
    }()
}

@Suite struct `Rows written as another type` {
    private func encoded(
        _ matrix: Matrix, as type: ElementType, threads: Int = 1
    ) -> (bytes: [UInt8], loss: EncodingLoss) {
        let encoder = RowEncoder(type: type, workers: Workers(threadCount: threads))
        let size = encoder.rowBytes(of: matrix.columns) ?? 0
        var bytes = [UInt8](repeating: 0xAA, count: matrix.rows * size)
        var loss = EncodingLoss()
        encoder.encode(Array(0..<matrix.rows), of: matrix, into: &bytes, loss: &loss)
        return (bytes, loss)
    }

    @Test func `plain types and blocks of 32 are bit for bit those of the gguf package`() {
        let (numbers, rows) = RecordedBytes.encoded
        let row = Matrix(rows: 1, columns: numbers.count, floats: numbers)
        #expect(rows.map(\.type) == [.f32, .f16, .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0])
        for (type, bytes) in rows {
            let (made, _) = encoded(row, as: type)
            let differing = zip(made, bytes).enumerated().first { $0.element.0 != $0.element.1 }
            #expect(differing == nil && made.count == bytes.count, "\(type.name)")
        }
    }

    /// The share of llama.cpp's error that ours may be. Seen: 0.96 to 0.998 of its root.
    private static let errorShare = 1.01

    @Test func `what is searched for loses no more than what llama.cpp finds`() {
        #expect(RecordedBytes.searched.count == 4)
        for (numbers, errors) in RecordedBytes.searched {
            let row = Matrix(rows: 1, columns: numbers.count, floats: numbers)
            #expect(errors.map(\.type) == [.q4K, .q5K, .q6K])
            for (type, squared) in errors {
                let loss = encoded(row, as: type).loss
                #expect(loss.squaredError <= squared * Self.errorShare, "\(type.name)")
            }
        }
    }

    @Test(arguments: ElementType.allCases.filter(\.canBeWritten))
    func `bytes and losses do not depend on the number of threads`(type: ElementType) {
        var random = SeededNumbers(state: 5)
        let matrix = Matrix(rows: 300, columns: 256, floats: random.floats(300 * 256))
        let alone = encoded(matrix, as: type)
        let together = encoded(matrix, as: type, threads: 3)
        #expect(alone.bytes == together.bytes)
        #expect(alone.loss == together.loss)
        #expect(alone.loss.count == 300 * 256)
    }

    @Test(arguments: ElementType.allCases.filter(\.canBeWritten))
    func `the loss is that of reading the row back`(type: ElementType) throws {
        var random = SeededNumbers(state: 6)
        let numbers = random.floats(512)
        let (bytes, loss) = encoded(Matrix(rows: 1, columns: 512, floats: numbers), as: type)
        let read = Kernels.chosen.expand(bytes.span, type: type, count: 512)
        let squared = zip(read, numbers).reduce(0.0) {
            $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
        }
        #expect(abs(loss.squaredError - squared) <= 1e-9 * max(squared, 1e-9))
        #expect(loss.relative < 0.12)
    }

    @Test(arguments: ElementType.allCases.filter(\.canBeWritten))
    func `zeros stay zeros, and so do numbers too small to scale`(type: ElementType) {
        let zeros = Matrix(rows: 1, columns: 256, floats: [Float](repeating: 0, count: 256))
        #expect(encoded(zeros, as: type).loss.squaredError == 0)
        let least = [Float](repeating: .leastNonzeroMagnitude, count: 256)
        let loss = encoded(Matrix(rows: 1, columns: 256, floats: least), as: type).loss
        #expect(loss.tooLarge == 0 && loss.squaredError < 1e-80)
    }

    @Test func `rows that are of the type already are copied`() throws {
        var random = SeededNumbers(state: 7)
        let source = Matrix(rows: 4, columns: 64, floats: random.floats(256))
        let (bytes, _) = encoded(source, as: .q4_0)
        let matrix = try #require(
            Matrix(
                rows: 4, columns: 64, type: .q4_0, storage: Storage(copying: bytes.span),
                offset: 0, rowOrder: .asStored))
        let again = encoded(matrix, as: .q4_0)
        #expect(again.bytes == bytes)
        #expect(again.loss.squaredError == 0)
        // Eight bits hold them, but not as they were.
        #expect(encoded(matrix, as: .q8_0).loss.squaredError > 0)
    }

    @Test func `rows come in the order that is asked for, whatever theirs`() throws {
        let floats = (0..<8).map { Float($0) }
        let stored = Matrix(rows: 8, columns: 1, floats: floats)
        let paired = try #require(stored.ordered(.pairs(headSize: 4)))
        let encoder = RowEncoder(type: .f32, workers: Workers(threadCount: 1))
        var bytes = [UInt8](repeating: 0, count: 32)
        var loss = EncodingLoss()
        encoder.encode(Array(0..<8), of: paired, into: &bytes, loss: &loss)
        let read = Kernels.chosen.expand(bytes.span, type: .f32, count: 8)
        #expect(read == [0, 2, 1, 3, 4, 6, 5, 7])
    }

    @Test func `numbers that are none, and numbers beyond a type, are counted`() {
        var numbers = [Float](repeating: 1, count: 64)
        numbers[3] = .nan
        numbers[40] = 1e6
        let matrix = Matrix(rows: 2, columns: 32, floats: numbers)
        let halves = encoded(matrix, as: .f16).loss
        #expect(halves.notFinite == 1 && halves.tooLarge == 1)
        #expect(encoded(matrix, as: .bf16).loss.tooLarge == 0)
        numbers[3] = 3e38
        let giant = Matrix(rows: 1, columns: 64, floats: numbers)
        for type in ElementType.allCases where type.canBeWritten && type.blockSize == 32 {
            #expect(encoded(giant, as: type).loss.tooLarge > 0, "\(type.name)")
        }
    }

    @Test func `every half comes back as it was`() {
        let halves = (0..<65_536).map { UInt16($0) }.filter { $0 & 0x7C00 != 0x7C00 }
        let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let floats = Kernels.chosen.expand(bytes.span, type: .f16, count: halves.count)
        let matrix = Matrix(rows: 1, columns: floats.count, floats: floats)
        #expect(encoded(matrix, as: .f16).bytes == bytes)
    }
}
