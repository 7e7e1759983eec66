import Tensors
import Testing

@Suite struct `Memory of the process` {
    @Test func `memory that is touched raises the peak, and stays in it`() throws {
        let floats = 16 << 20
        let before = ProcessMemory.byteCount
        #expect(before > 1 << 20)
        do {
            var scratch = try Scratch(count: floats)
            scratch.withMutableFloats(0..<floats) { span in
                for index in span.indices where index % 512 == 0 { span[index] = 1 }
            }
            #expect(ProcessMemory.peakByteCount >= 4 * floats)
        }
        ProcessMemory.giveBack()
        #expect(ProcessMemory.peakByteCount >= 4 * floats)
        #expect(ProcessMemory.pageByteCount >= 4096)
    }

    @Test func `memory of our own is not let go of with the pages of files`() {
        let matrix = Matrix(rows: 64, columns: 64, floats: (0..<4096).map(Float.init))
        matrix.giveBack(matrix.place.bytes)
        #expect(matrix.floats() == (0..<4096).map(Float.init))
    }

    @Test func `a product works in its panel and the copies of both sides`() {
        let plain = Matrix(rows: 100, columns: 500, floats: [Float](repeating: 0, count: 50_000))
        #expect(plain.workByteCount(inputs: 20) == (100 + 20) * 384 * 4)
        // Scores of 128 queries, of fewer where 4 MiB hold no more.
        #expect(Attend.workByteCount(positions: 1000) == 128 * 1000 * 4)
        #expect(Attend.workByteCount(positions: 1 << 20) == 4 << 20)
    }
}
