import CKernels
import Testing

/// The loops that find a processor's peaks, on work whose result is known.
@Suite struct `Peak kernels` {
    static var tables: [smv_tensor_kernels] {
        ["generic", "avx2", "avx512"].compactMap { (name: String) in
            smv_tensor_kernels_named(name)?.pointee
        }
    }

    @Test(arguments: [0, 1, 2, 7, 24, 1000])
    func `floats come to what halving and adding comes to`(rounds: Int) {
        let starts = (0..<Int(SMV_PEAK_CHAINS)).map { Float($0 % 8) }
        var sum: Float = 0
        for start in starts {
            var x = start
            for _ in 0..<rounds { x = x * 0.5 + 1 }
            sum += x
        }
        for table in Self.tables {
            #expect(table.peak_floats(starts, 0.5, 1, rounds) == sum)
        }
        // Every number ends at 2, whatever it began as.
        if rounds == 1000 { #expect(sum == 2 * Float(SMV_PEAK_CHAINS)) }
    }

    @Test(arguments: [0, 1, 5, 1000])
    func `bytes come to the sum of all products`(rounds: Int) {
        let weights = (0..<Int(SMV_PEAK_BYTES)).map { UInt8($0 * 4 + 3) }
        let inputs = (0..<Int(SMV_PEAK_BYTES)).map { Int8($0 * 7 - 127) }
        let once = zip(weights, inputs).reduce(0) { $0 + Int($1.0) * Int($1.1) }
        let times = rounds * Int(SMV_PEAK_CHAINS) * 4 / Int(SMV_PEAK_BYTES)
        let sum = UInt32(truncatingIfNeeded: once * times)
        for table in Self.tables {
            #expect(table.peak_bytes(weights, inputs, rounds) == sum)
        }
    }

    @Test func `the largest bytes there may be are summed without loss`() {
        let weights = [UInt8](repeating: 127, count: Int(SMV_PEAK_BYTES))
        let inputs = [Int8](repeating: -127, count: Int(SMV_PEAK_BYTES))
        let sum = UInt32(bitPattern: Int32(-127 * 127 * Int(SMV_PEAK_CHAINS) * 4))
        for table in Self.tables { #expect(table.peak_bytes(weights, inputs, 1) == sum) }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31, 33, 127, 128, 129, 255, 1024])
    func `memory is read to its last byte`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
        var sum: UInt64 = 0
        for word in 0..<count / 8 {
            for place in 0..<8 { sum &+= UInt64(bytes[8 * word + place]) << (8 * UInt64(place)) }
        }
        for byte in bytes[(count / 8 * 8)...] { sum &+= UInt64(byte) }
        for table in Self.tables { #expect(table.peak_read(bytes, count) == sum) }
    }
}
