// What matrices and their products take of memory, and how mapped bytes are let go of.

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Matrix {
    /// Where its bytes lie: which storage, and which of its bytes.
    package var place: (storage: ObjectIdentifier, bytes: Range<Int>) {
        (ObjectIdentifier(storage), offset..<offset + byteCount)
    }

    /// Lends its bytes, as they are stored.
    package func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withBytes(offset..<offset + byteCount, body)
    }

    /// The bytes of one thread's memory that its product with `inputs` inputs works in: rows as
    /// floats, and the library's copies of both sides in the order in which it reads them.
    package func workByteCount(inputs: Int) -> Int {
        let panel = min(rowsPerPanel, rows)
        let copied = (panel + inputs) * min(columns, Self.libraryColumns)
        return ((plainFloatsAreThere ? 0 : panel * columns) + copied) * MemoryLayout<Float>.size
    }

    /// Columns that OpenBLAS copies at a time.
    private static let libraryColumns = 384

    /// Lets go of all pages of its storage in a range, where they are those of a mapped file: they
    /// are read again once they are needed.
    package func giveBack(_ bytes: Range<Int>) { storage.giveBack(bytes) }
}

extension Attend {
    /// The bytes of one thread's memory that many queries over `positions` work in.
    package static func workByteCount(positions: Int) -> Int {
        let fitting = Workbench.panelFloats / max(positions, 1)
        return max(1, min(blockQueries, fitting)) * positions * MemoryLayout<Float>.size
    }
}
