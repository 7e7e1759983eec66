#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Bytes that several matrices borrow: a mapped file, or memory of our own.
///
/// They never change after they are made. The last matrix that borrows them lets go of them.
@safe package final class Storage: @unchecked Sendable {  // bytes never change after `init`
    private enum Owner {
        case allocated
        case mapped
    }

    private let base: UnsafeRawPointer
    private let owner: Owner
    /// How many bytes there are.
    package let byteCount: Int

    /// Takes over memory that `mmap` gave, to be unmapped at the end.
    @unsafe package init(mapped base: UnsafeRawPointer, byteCount: Int) {
        unsafe self.base = unsafe base
        self.byteCount = byteCount
        owner = .mapped
    }

    /// A copy of some bytes, aligned as vectors like it.
    package init(copying bytes: Span<UInt8>) {
        byteCount = bytes.count
        owner = .allocated
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe copy.copyMemory(from: start, byteCount: source.count)
            }
        }
        unsafe base = UnsafeRawPointer(copy)
    }

    /// A copy of some floats.
    package convenience init(copying floats: [Float]) {
        let bytes = unsafe floats.withUnsafeBytes { unsafe [UInt8]($0) }
        self.init(copying: bytes.span)
    }

    deinit {
        switch owner {
        case .allocated: unsafe base.deallocate()
        case .mapped: _ = unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
        }
    }

    /// The little-endian number at a byte offset; nil when it does not lie whole inside.
    package func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at offset: Int
    ) -> Number? {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, offset <= byteCount - size else { return nil }
        return Number(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// Where a list of texts ends, each of which is its length (of 8 bytes, or 4) and its bytes; nil
    /// when one would go beyond the end.
    ///
    /// A vocabulary has hundreds of thousands: this is the loop that opening its file waits for.
    package func endOfTexts(count: Int, from offset: Int, hasShortLengths: Bool) -> Int? {
        var place = offset
        for _ in 0..<count {
            let length: UInt64?
            if hasShortLengths {
                length = load(UInt32.self, at: place).map(UInt64.init)
                place += 4
            } else {
                length = load(UInt64.self, at: place)
                place += 8
            }
            guard let length, length <= UInt64(byteCount - place) else { return nil }
            place += Int(length)
        }
        return place
    }

    /// Lends a range of the bytes.
    ///
    /// - Precondition: the range lies inside.
    package func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = unsafe address(range).assumingMemoryBound(to: UInt8.self)
        let bytes = unsafe UnsafeBufferPointer(start: start, count: range.count)
        return try body(unsafe bytes.span)
    }

    /// Lets go of the whole pages in a range of a mapped file; the next read brings them back. Memory
    /// of our own is kept.
    ///
    /// - Precondition: the range lies inside.
    func giveBack(_ range: Range<Int>) {
        guard case .mapped = owner else { return }
        let page = ProcessMemory.pageByteCount
        let start = unsafe address(range)
        let first = unsafe start.alignedUp(toMultipleOf: page)
        let end = unsafe (start + range.count).alignedDown(toMultipleOf: page)
        guard unsafe first < end else { return }
        // A refusal costs memory, not correctness.
        _ = unsafe madvise(
            UnsafeMutableRawPointer(mutating: first), end - first, MADV_DONTNEED)
    }

    /// The address of a range that was checked to lie inside.
    @unsafe func address(_ range: Range<Int>) -> UnsafeRawPointer {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= byteCount,
            "bytes \(range) of \(byteCount)")
        return unsafe base + range.lowerBound
    }
}
