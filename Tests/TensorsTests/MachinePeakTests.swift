import Tensors
import Testing

@Suite struct `Machine peaks` {
    @Test(arguments: [1, 2, 3])
    func `all work that is counted has been done`(threads: Int) throws {
        let workers = Workers(threadCount: threads)
        let count = workers.threadCount
        let readBytes = 1 << 20
        var loops = try PeakLoops(readByteCount: readBytes)

        // Each of 8 pieces a thread has 192 numbers that all end at 2, told in thousandths.
        #expect(loops.run(.floats, rounds: 100, workers: workers) == Double(8 * count * 100 * 192))
        #expect(loops.checksum == UInt64(8 * count * 192 * 2 * 1000))

        #expect(
            loops.run(.bytes, rounds: 100, workers: workers) == Double(8 * count * 100 * 192 * 4))
        let once = (0..<32).reduce(0) { $0 + ($1 * 4) * ($1 * 8 - 124) }
        let piece = UInt64(UInt32(truncatingIfNeeded: once * 100 * 192 * 4 / 32))
        #expect(loops.checksum == UInt64(8 * count) * piece)

        // Memory holds floats that are 1, two to a word.
        #expect(loops.run(.reading, rounds: 3, workers: workers) == Double(3 * readBytes))
        let word = UInt64(Float(1).bitPattern) << 32 | UInt64(Float(1).bitPattern)
        #expect(loops.checksum == word &* UInt64(readBytes / 8))
    }
}
