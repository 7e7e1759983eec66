import Tensors
import Testing

@Suite struct `Matrices` {
    @Test func `rows beyond their storage make no matrix`() {
        let storage = Storage(copying: [UInt8](repeating: 0, count: 100).span)
        func made(_ rows: Int, _ columns: Int, _ type: ElementType, _ offset: Int) -> Bool {
            Matrix(
                rows: rows, columns: columns, type: type, storage: storage, offset: offset,
                rowOrder: .asStored) != nil
        }
        #expect(made(5, 5, .f32, 0))
        #expect(!made(5, 5, .f32, 1))
        #expect(made(0, 5, .f32, 100))
        #expect(!made(0, 5, .f32, 101))
        #expect(!made(Int.max, Int.max, .f32, 0))
        #expect(!made(1, 33, .q8_0, 0))
        #expect(!made(1, 32, .q8_0, -1))
        #expect(made(2, 32, .q8_0, 32))
    }

    @Test func `rows stored in pairs are seen in halves`() throws {
        // Two heads of 6: stored row 2i + j is row 3j + i.
        let stored = Matrix(rows: 12, columns: 1, floats: (0..<12).map(Float.init))
        let seen = try #require(stored.ordered(.pairs(headSize: 6)))
        #expect(seen.floats() == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
        #expect(stored.ordered(.pairs(headSize: 5)) == nil)
        #expect(stored.ordered(.pairs(headSize: 8)) == nil)
    }

    @Test func `a part of the rows is a matrix`() {
        let whole = Matrix(rows: 4, columns: 2, floats: (0..<8).map(Float.init))
        #expect(whole.storedRows(1..<3).floats() == [2, 3, 4, 5])
    }
}
