import CKernels
import Testing

@Suite struct `Resampling kernels` {
    @Test(arguments: [1, 7, 8, 9, 31, 33, 255, 700], [1, 2, 7, 8, 9, 17])
    func `variants agree on rows resampled across`(inWidth: Int, rows: Int) throws {
        let generic = try #require(smv_kernels_named("generic"))
        guard let fast = smv_kernels_named("avx2") else { return }
        for (index, outputs) in [0, 1, 7, 8, 9, 31, 33, 255].enumerated() {
            var noise = Noise(seed: inWidth * 1000 + rows * 10 + index)
            let windows = Windows(inputs: inWidth, outputs: outputs, noise: &noise)
            let stride = inWidth * 3 + noise.below(5)
            let input = noise.bytes((rows - 1) * stride + inWidth * 3)
            let outStride = outputs * 3 + noise.below(5)
            let found = [generic, fast].map { kernels in
                var output = [UInt8](repeating: 0xA5, count: max(rows * outStride, 1))
                windows.withTaps { taps in
                    kernels.pointee.resample_across(
                        input, stride, inWidth, rows, taps, &output, outStride)
                }
                return output
            }
            #expect(found[0] == found[1], "\(outputs) outputs")
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 255, 6144])
    func `variants agree on rows resampled down`(count: Int) throws {
        let generic = try #require(smv_kernels_named("generic"))
        guard let fast = smv_kernels_named("avx2") else { return }
        for rows in [1, 2, 3, 4, 5, 8, 31, 33] {
            var noise = Noise(seed: count * 100 + rows)
            let windows = Windows(inputs: rows, outputs: 3, noise: &noise)
            let stride = count + noise.below(5)
            for output in 0..<3 {
                let rows = Int(windows.counts[output])
                let input = noise.bytes((rows - 1) * stride + max(count, 1))
                let found = [generic, fast].map { kernels in
                    var bytes = [UInt8](repeating: 0xA5, count: max(count, 1))
                    windows.withTaps { taps in
                        kernels.pointee.resample_down(input, stride, count, taps, output, &bytes)
                    }
                    return bytes
                }
                #expect(found[0] == found[1], "\(rows) rows")
            }
        }
    }

    @Test func `a sum is rounded, shifted and clamped as documented`() throws {
        let generic = try #require(smv_kernels_named("generic"))
        // Weights of 1.25 and -0.5, and one that is just below a half step.
        for (weights, bytes, expected) in [
            ([Int32(1.25 * 0x1p22)], [UInt8(255)], UInt8(255)),
            ([-0x20_0000], [9], 0), ([0x20_0000], [9], 5), ([0x1F_FFFF], [1], 0),
            ([0x20_0000], [1], 1), ([0x50_0000, -0x10_0000], [200, 100], 225),
        ] {
            let windows = Windows(weights: weights)
            var output: [UInt8] = [0]
            windows.withTaps { generic.pointee.resample_down(bytes, 1, 1, $0, 0, &output) }
            #expect(output == [expected])
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 10, 17, 31, 33, 255])
    func `variants agree on planes, which are what the tables say`(columns: Int) throws {
        var noise = Noise(seed: columns)
        let stride = columns * 3 + 2
        let rows = 3
        let input = noise.bytes(rows * stride)
        let tables = (0..<768).map { Float($0) * 0.37 }
        for name in ["generic", "avx2"] {
            guard let kernels = smv_kernels_named(name) else { continue }
            var output = [Float](repeating: -1, count: max(3 * rows * columns, 1))
            kernels.pointee.rgb_to_planes(input, stride, rows, columns, tables, &output)
            for row in 0..<rows {
                for column in 0..<columns {
                    for channel in 0..<3 {
                        let byte = input[row * stride + column * 3 + channel]
                        let found = output[(channel * rows + row) * columns + column]
                        #expect(found == tables[channel * 256 + Int(byte)])
                    }
                }
            }
        }
    }
}

/// Windows and weights at random, in the form that the kernels take.
private struct Windows {
    var starts: [Int32] = []
    var counts: [Int32] = []
    var halves: [Int16] = []
    var pairs = 1

    /// One output made of whole weights.
    init(weights: [Int32]) {
        starts = [0]
        counts = [Int32(weights.count)]
        fill([weights])
    }

    init(inputs: Int, outputs: Int, noise: inout Noise) {
        // Some windows are longer than a fast kernel has at hand at one time.
        let longest = noise.below(3) == 0 ? inputs : 40
        starts = (0..<outputs).map { _ in Int32(noise.below(inputs)) & ~1 }.sorted()
        counts = starts.map { Int32(1 + noise.below(min(inputs - Int($0), longest))) }
        fill(
            counts.map { count in
                // All that 24 bits hold: sums wrap around, and must do so alike.
                (0..<count).map { _ in Int32(bitPattern: noise.next()) >> 8 }
            })
    }

    private mutating func fill(_ weights: [[Int32]]) {
        pairs = max((weights.map(\.count).max() ?? 0) + 1, 2) / 2
        halves = [Int16](repeating: 0, count: max(weights.count * pairs * 4, 1))
        for (output, weights) in weights.enumerated() {
            for (tap, weight) in weights.enumerated() {
                let place = output * pairs * 4 + tap / 2 * 4 + tap % 2
                halves[place] = Int16(weight >> 12)
                halves[place + 2] = Int16(weight & 0xFFF)
            }
        }
    }

    func withTaps(_ body: (UnsafePointer<smv_taps>) -> Void) {
        (starts + [0]).withUnsafeBufferPointer { starts in
            (counts + [0]).withUnsafeBufferPointer { counts in
                halves.withUnsafeBufferPointer { halves in
                    guard let start = starts.baseAddress, let count = counts.baseAddress,
                        let half = halves.baseAddress
                    else { return }
                    var taps = smv_taps(
                        starts: start, counts: count, weights: half, outputs: self.counts.count,
                        pairs: pairs)
                    body(&taps)
                }
            }
        }
    }
}
