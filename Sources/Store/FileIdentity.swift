#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What tells a file from every other, and from itself once it has been changed, without reading it.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64
    private let byteCount: Int
    /// When its bytes were changed, and when anything about it was, in nanoseconds. The latter
    /// nobody can set.
    private let written: Int
    private let changed: Int
    /// Whether it had been left alone for so long before it was opened that any change after that
    /// has another time.
    package let isSettled: Bool

    /// Coarse file systems have whole seconds.
    private static let settledAfter = 3_000_000_000

    /// The identity of an open file; nil when the system does not tell it.
    package init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        #if canImport(Glibc)
            let (written, changed) = (status.st_mtim, status.st_ctim)
        #else
            let (written, changed) = (status.st_mtimespec, status.st_ctimespec)
        #endif
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
        byteCount = Int(status.st_size)
        self.written = written.tv_sec &* 1_000_000_000 &+ written.tv_nsec
        self.changed = changed.tv_sec &* 1_000_000_000 &+ changed.tv_nsec
        isSettled = self.changed < StoreFolder.now - Self.settledAfter
    }
}

extension DigestMaker {
    /// Adds what tells a file from others.
    package mutating func add(_ identity: FileIdentity) {
        for number in identity.numbers { add(number) }
    }
}

extension FileIdentity {
    fileprivate var numbers: [Int] {
        [
            Int(truncatingIfNeeded: device), Int(truncatingIfNeeded: number), byteCount, written,
            changed,
        ]
    }
}

/// The file of the running program.
package enum ProgramFile {
    /// Its content; what it was once found to be is remembered in a store.
    ///
    /// - Returns: nil where the program cannot find itself.
    package static func digest(remembering store: EntryStore) -> Digest? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        guard let identity = FileIdentity(descriptor: file) else { return nil }
        var maker = DigestMaker()
        maker.add("program")
        maker.add(identity)
        return store.remembered(maker.digest(), isLasting: identity.isSettled) {
            content(of: file)
        }
    }

    /// Read piece by piece: mapped, all of it would be memory of the process.
    private static func content(of file: Int32) -> Digest? {
        var maker = DigestMaker()
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { piece in
                unsafe read(file, piece.baseAddress, piece.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return maker.digest() }
            maker.add(piece.span.extracting(0..<count))
        }
    }

    private static var path: String {
        #if canImport(Glibc)
            return "/proc/self/exe"
        #else
            var path = [CChar](repeating: 0, count: Int(PATH_MAX))
            var size = UInt32(path.count)
            guard unsafe _NSGetExecutablePath(&path, &size) == 0 else { return "" }
            return unsafe String(cString: path)
        #endif
    }
}

extension EntryStore {
    /// What was worked out once, if it is to be worked out the same again.
    ///
    /// - Parameters:
    ///   - key: all that it depends on.
    ///   - isLasting: whether it does so for good; if not, it is worked out each time.
    package func remembered(
        _ key: Digest, isLasting: Bool, _ workOut: () -> Digest?
    ) -> Digest? {
        guard isLasting else { return workOut() }
        if let known = entry(key, byteCount: Digest.byteCount) { return Digest(bytes: known.span) }
        guard let found = workOut() else { return nil }
        // Where that is refused, it is worked out again.
        try? keep(found.bytes, under: key)
        return found
    }
}
