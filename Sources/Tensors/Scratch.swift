#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Floats of our own to work in: zero at first, on whole pages, and of no cost until touched.
@safe package struct Scratch: ~Copyable, @unchecked Sendable {  // one owner, changed by `mutating`
    let base: UnsafeMutablePointer<Float>
    /// How many floats there are.
    package let count: Int
    private let byteCount: Int

    /// Room for `count` floats.
    package init(count: Int) throws(NoMemory) {
        precondition(count >= 0, "room for \(count) floats")
        guard count <= Int.max / 8 else { throw NoMemory(floatCount: count) }
        let byteCount = max(count, 1) * MemoryLayout<Float>.stride
        let made = unsafe mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, Self.flags, -1, 0)
        guard let made = unsafe made, unsafe made != MAP_FAILED else {
            throw NoMemory(floatCount: count)
        }
        unsafe base = made.bindMemory(to: Float.self, capacity: max(count, 1))
        self.count = count
        self.byteCount = byteCount
    }

    #if os(Linux)
        // Room is counted as it is touched, not as it is asked for.
        private static let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
        private static let flags = MAP_PRIVATE | MAP_ANON
    #endif

    deinit { _ = unsafe munmap(base, byteCount) }

    /// Lends some of the floats for reading.
    ///
    /// - Precondition: the range lies inside.
    package borrowing func withFloats<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
        let floats = unsafe UnsafeBufferPointer(
            start: base + range.lowerBound, count: range.count)
        return try body(unsafe floats.span)
    }

    /// Lends some of the floats for writing.
    ///
    /// - Precondition: the range lies inside.
    package mutating func withMutableFloats<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
        let floats = unsafe UnsafeMutableBufferPointer(
            start: base + range.lowerBound, count: range.count)
        var span = unsafe floats.mutableSpan
        return try body(&span)
    }
}

/// The system has no room for so many floats.
package struct NoMemory: Error, Equatable, CustomStringConvertible {
    package let floatCount: Int
    package var description: String {
        "there is no memory for \(floatCount) floats. Use a smaller model or context, or free memory."
    }
}
