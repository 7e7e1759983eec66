import CKernels
import Foundation
import Testing

/// What stands for a variant in the names of test cases.
private let variants = ["generic", "avx2", "avx512"]

/// The table of a variant. Prints why there is none, so that a test that leaves it out says so.
private func table(_ name: String) -> smv_tensor_kernels? {
    guard let found = smv_tensor_kernels_named(name) else {
        print("left out: this processor does not run the \(name) kernels")
        return nil
    }
    return found.pointee
}

/// Inputs of a product as bytes, as the generic kernels make them.
private struct Bytes {
    let blocks: Int
    var bytes: [Int8]
    var scales: [Float]
    var sums: [Int32]

    init(_ rows: [[Float]], by table: smv_tensor_kernels) {
        let count = rows.first?.count ?? 0
        blocks = (count + 31) / 32
        bytes = []
        scales = []
        sums = []
        for row in rows {
            var rowBytes = [Int8](repeating: 99, count: blocks * 32)
            var rowScales = [Float](repeating: .nan, count: blocks)
            var rowSums = [Int32](repeating: 99, count: blocks)
            table.to_bytes(row, count, &rowBytes, &rowScales, &rowSums)
            bytes += rowBytes
            scales += rowScales
            sums += rowSums
        }
    }

    /// The numbers that the bytes stand for.
    func floats(row: Int, count: Int) -> [Double] {
        (0..<count).map { index in
            let place = row * blocks * 32 + index
            return Double(bytes[place]) * Double(scales[place / 32])
        }
    }
}

@Suite struct `Byte kernels` {
    @Test(arguments: variants, [0, 1, 7, 8, 9, 31, 32, 33, 255])
    func `numbers become the same bytes in every variant`(variant: String, count: Int) throws {
        guard let table = table(variant), let generic = table_generic else { return }
        var row = `Tensor kernels`.numbers(count, seed: 11)
        for index in row.indices where index / 32 == 2 { row[index] = 0 }
        let made = Bytes([row], by: table)
        let meant = Bytes([row], by: generic)
        #expect(made.bytes == meant.bytes)
        #expect(made.scales == meant.scales)
        #expect(made.sums == meant.sums)
        // Half a step at most, and the largest number of a block is 127 steps.
        for (index, value) in made.floats(row: 0, count: count).enumerated() {
            #expect(abs(value - Double(row[index])) <= Double(made.scales[index / 32]) * 0.5001)
        }
    }

    private var table_generic: smv_tensor_kernels? { smv_tensor_kernels_named("generic")?.pointee }

    /// Of the sizes added. Worst seen: 1.4e-7.
    static let tolerance = 5.6e-7

    @Test(arguments: variants, [1, 2, 3, 4, 5, 6, 7, 13])
    func `groups times inputs are the sums of their bytes`(variant: String, inputs: Int) throws {
        guard let table = table(variant) else { return }
        for (groups, count) in [(1, 32), (2, 96), (3, 75), (4, 33)] {
            let rows = (0..<groups * 16).map {
                `Tensor kernels`.numbers(count, seed: UInt32($0 + 1))
            }
            let x = (0..<inputs).map { `Tensor kernels`.numbers(count, seed: UInt32(900 + $0)) }
            let weights = Bytes(rows, by: table)
            let given = Bytes(x, by: table)
            let bias = `Tensor kernels`.numbers(groups * 16, seed: 5)
            let stride = groups * 16 + 3
            var y = [Float](repeating: 1234.5, count: inputs * stride)
            let packed = UnsafeMutableRawBufferPointer.allocate(
                byteCount: groups * weights.blocks * Int(SMV_GROUP_BYTES), alignment: 64)
            defer { packed.deallocate() }
            let start = try #require(packed.baseAddress).assumingMemoryBound(to: UInt8.self)
            var work = [Float](repeating: 0, count: smv_pack_floats(count))
            for (row, floats) in rows.enumerated() {
                withUnsafePointer(to: table) {
                    smv_pack_row(
                        $0, Int32(SMV_F32), floats, count, row % 16, &work,
                        start + row / 16 * weights.blocks * Int(SMV_GROUP_BYTES))
                }
            }
            given.bytes.withUnsafeBufferPointer { bytes in
                given.scales.withUnsafeBufferPointer { scales in
                    given.sums.withUnsafeBufferPointer { sums in
                        guard let bytes = bytes.baseAddress, let scales = scales.baseAddress,
                            let sums = sums.baseAddress
                        else { return }
                        table.multiply_groups(
                            start, groups, weights.blocks,
                            smv_byte_rows(bytes: bytes, scales: scales, sums: sums), inputs, bias,
                            &y, stride)
                    }
                }
            }
            for input in 0..<inputs {
                let numbers = given.floats(row: input, count: count)
                for row in 0..<groups * 16 {
                    let products = zip(weights.floats(row: row, count: count), numbers).map(*)
                    let meant = products.reduce(Double(bias[row]), +)
                    let size = products.reduce(abs(Double(bias[row]))) { $0 + abs($1) }
                    let found = Double(y[input * stride + row])
                    #expect(abs(found - meant) <= Self.tolerance * size, "\(row) x \(input)")
                }
                let behind = y[input * stride + groups * 16..<(input + 1) * stride]
                #expect(behind.allSatisfy { $0 == 1234.5 })
            }
        }
    }

    @Test(arguments: variants)
    func `extreme bytes do not overflow`(variant: String) throws {
        guard let table = table(variant) else { return }
        // Q8_0 files may hold -128, which no conversion makes.
        var block = [UInt8](repeating: 0x80, count: 34)
        (block[0], block[1]) = (0x00, 0x3C)
        for sign in [Int8(127), -127] {
            var bytes = [Int8](repeating: sign, count: 32)
            var scales: [Float] = [1]
            var sums = [Int32(sign) * 32]
            let found = withUnsafePointer(to: table) { table in
                var y: Float = 0
                bytes.withUnsafeMutableBufferPointer { bytes in
                    scales.withUnsafeMutableBufferPointer { scales in
                        sums.withUnsafeMutableBufferPointer { sums in
                            let input = smv_byte_rows(
                                bytes: bytes.baseAddress, scales: scales.baseAddress,
                                sums: sums.baseAddress)
                            smv_matrix_bytes(
                                table, Int32(SMV_Q8_0), block, 34, 1, 32, input, 1, &y, 1)
                        }
                    }
                }
                return y
            }
            #expect(found == Float(-128 * Int(sign) * 32))
        }
    }

    @Test(arguments: variants, [Int8(127), -127])
    func `extreme nibbles do not overflow`(variant: String, sign: Int8) throws {
        guard let table = table(variant) else { return }
        let (rows, blocks) = (17, 25)
        var block = [UInt8](repeating: 0xFF, count: 18)
        (block[0], block[1]) = (0x00, 0x3C)
        let matrix = (0..<rows * blocks).flatMap { _ in block }
        for inputs in [1, 8] {
            let bytes = [Int8](repeating: sign, count: inputs * blocks * 32)
            let scales = [Float](repeating: 1, count: inputs * blocks)
            let sums = [Int32](repeating: Int32(sign) * 32, count: inputs * blocks)
            var y = [Float](repeating: 1234.5, count: inputs * rows)
            withUnsafePointer(to: table) { table in
                bytes.withUnsafeBufferPointer { bytes in
                    scales.withUnsafeBufferPointer { scales in
                        sums.withUnsafeBufferPointer { sums in
                            let given = smv_byte_rows(
                                bytes: bytes.baseAddress, scales: scales.baseAddress,
                                sums: sums.baseAddress)
                            smv_matrix_bytes(
                                table, Int32(SMV_Q4_0), matrix, blocks * 18, rows, blocks * 32,
                                given, inputs, &y, rows)
                        }
                    }
                }
            }
            #expect(y.allSatisfy { $0 == Float(7 * Int(sign) * 32 * blocks) })
        }
    }

    /// A block of a type of 32 elements, whose scale is about 0.01 and whose other bytes are anything.
    private func blocks(_ count: Int, byteCount: Int, seed: UInt32) -> [UInt8] {
        let anything = `Tensor kernels`.numbers(count * byteCount, seed: seed)
        var bytes = anything.map { UInt8(truncatingIfNeeded: Int($0 * 16)) }
        for high in stride(from: 1, to: bytes.count, by: byteCount) {
            bytes[high] = 0x21 | bytes[high] & 0x82
        }
        return bytes
    }

    @Test(
        arguments: variants,
        [(Int(SMV_Q8_0), 34), (Int(SMV_Q4_0), 18), (Int(SMV_IQ4_NL), 18)])
    func `rows times bytes are what they mean, and the same to the bit in any company`(
        variant: String, type: (number: Int, byteCount: Int)
    ) throws {
        guard let table = table(variant) else { return }
        let number = Int32(type.number)
        for (rows, blockCount, inputs) in [
            (1, 1, 1), (7, 3, 2), (8, 8, 3), (9, 9, 4), (16, 18, 5), (17, 7, 6), (31, 10, 7),
            (33, 17, 8), (40, 64, 9), (25, 66, 13), (64, 75, 16),
        ] {
            let count = blockCount * 32
            let rowBytes = blockCount * type.byteCount
            let matrix = blocks(rows * blockCount, byteCount: type.byteCount, seed: UInt32(rows))
            let x = (0..<inputs).map { `Tensor kernels`.numbers(count, seed: UInt32(700 + $0)) }
            let given = Bytes(x, by: table)
            let stride = rows + 3
            /// The products of rows with some inputs.
            func products(_ rows: Range<Int>, _ part: Range<Int>) -> [Float] {
                var bytes = Array(given.bytes[part.lowerBound * count..<part.upperBound * count])
                var scales = Array(
                    given.scales[part.lowerBound * blockCount..<part.upperBound * blockCount])
                var sums = Array(
                    given.sums[part.lowerBound * blockCount..<part.upperBound * blockCount])
                var y = [Float](repeating: 1234.5, count: part.count * stride)
                withUnsafePointer(to: table) { table in
                    bytes.withUnsafeMutableBufferPointer { bytes in
                        scales.withUnsafeMutableBufferPointer { scales in
                            sums.withUnsafeMutableBufferPointer { sums in
                                smv_matrix_bytes(
                                    table, number, Array(matrix[(rows.lowerBound * rowBytes)...]),
                                    rowBytes, rows.count, count,
                                    smv_byte_rows(
                                        bytes: bytes.baseAddress, scales: scales.baseAddress,
                                        sums: sums.baseAddress), part.count, &y, stride)
                            }
                        }
                    }
                }
                return y
            }
            let all = products(0..<rows, 0..<inputs)
            for input in 0..<inputs {
                let alone = products(0..<rows, input..<input + 1)
                #expect(all[input * stride..<(input + 1) * stride] == alone[...], "\(rows)")
                #expect(alone[rows...].allSatisfy { $0 == 1234.5 })
                let numbers = given.floats(row: input, count: count)
                for row in 0..<rows {
                    var weights = [Float](repeating: 0, count: count)
                    withUnsafePointer(to: table) {
                        smv_expand(
                            $0, number, Array(matrix[(row * rowBytes)...]), &weights, count)
                    }
                    let parts = zip(weights, numbers).map { Double($0) * $1 }
                    let size = parts.reduce(0) { $0 + abs($1) }
                    let off = abs(Double(alone[row]) - parts.reduce(0, +))
                    #expect(off <= Self.tolerance * size, "\(row) x \(input)")
                }
            }
            // A row's place among others does not count either.
            let last = products(rows - 1..<rows, 0..<1)
            #expect(last[0] == all[rows - 1])
        }
    }
}
