#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The bytes behind an `Image`: allocated here, or a piece of memory shared with a decoder process.
///
/// Filled once by its maker, then only read; the last image that uses it frees it.
@safe package final class PixelBuffer: @unchecked Sendable {  // bytes never change after `init`
    private enum Owner {
        case allocated
        /// Mapped by `mmap` with this many bytes from the base on.
        case mapped(byteCount: Int)
    }

    private let base: UnsafeMutableRawPointer
    private let owner: Owner
    package let byteCount: Int

    /// Allocates `byteCount` bytes and lets `fill` write them.
    package init<Failure: Error>(
        byteCount: Int, fill: (inout MutableSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(byteCount >= 0, "a pixel buffer cannot have \(byteCount) bytes")
        unsafe base = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: LargePages.alignment(forBytes: byteCount))
        unsafe LargePages.advise(base, byteCount: byteCount)
        owner = .allocated
        self.byteCount = byteCount
        let bytes = unsafe UnsafeMutableBufferPointer(
            start: base.assumingMemoryBound(to: UInt8.self), count: byteCount)
        var span = unsafe bytes.mutableSpan
        try fill(&span)
    }

    /// Takes over memory that `mmap` gave: it is unmapped when the last image lets go of it.
    ///
    /// - Parameter byteCount: how many of the mapped bytes are pixels.
    @unsafe package init(
        mapped base: UnsafeMutableRawPointer, mappedByteCount: Int, byteCount: Int
    ) {
        precondition(byteCount <= mappedByteCount, "pixels beyond the mapped memory")
        unsafe self.base = base
        owner = .mapped(byteCount: mappedByteCount)
        self.byteCount = byteCount
    }

    deinit {
        switch owner {
        case .allocated: unsafe base.deallocate()
        case .mapped(let byteCount): _ = unsafe munmap(base, byteCount)
        }
    }

    package func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeBufferPointer(
            start: base.assumingMemoryBound(to: UInt8.self), count: byteCount)
        return try body(unsafe bytes.span)
    }
}
