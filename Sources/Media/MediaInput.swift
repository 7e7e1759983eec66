internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An open input: its name for messages, and a descriptor of a regular file or of anonymous memory
/// that can be read at any offset. Closing it is its `deinit`.
@safe package struct MediaInput: ~Copyable, Sendable {
    package let name: String
    package let descriptor: Int32
    package let byteCount: Int

    /// Takes over an open descriptor.
    package init(name: String, descriptor: Int32, byteCount: Int) {
        self.name = name
        self.descriptor = descriptor
        self.byteCount = byteCount
    }

    deinit { close(descriptor) }

    /// Opens a file, its path a text of `FileName`. Anything else at that path is refused before it is opened: opening a device or
    /// a pipe may wait for ever or do something.
    package init(path: String) throws(MediaError) {
        let name = FileName.shown(path)
        guard !path.utf8.contains(0), !path.isEmpty else { throw .notFound(name: name) }
        let bytes = FileName.cString(path)
        var about = stat()
        guard unsafe stat(bytes, &about) == 0 else {
            throw MediaInput.failure(to: name, number: errno)
        }
        try MediaInput.requireFile(about, name: name)
        let descriptor = unsafe open(bytes, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw MediaInput.failure(to: name, number: errno) }
        // From here on `deinit` closes it.
        try self.init(checking: descriptor, name: name)
    }

    /// Takes over a descriptor, which must be that of a file with something in it.
    package init(checking descriptor: Int32, name: String) throws(MediaError) {
        var about = stat()
        guard unsafe fstat(descriptor, &about) == 0 else {
            let number = errno
            close(descriptor)
            throw .unreadable(name: name, reason: systemMessage(number))
        }
        do throws(MediaError) {
            try MediaInput.requireFile(about, name: name)
            guard about.st_size > 0 else { throw .empty(name: name) }
        } catch {
            close(descriptor)
            throw error
        }
        self.init(name: name, descriptor: descriptor, byteCount: Int(about.st_size))
    }

    /// Bytes that are in memory already.
    package init(name: String, bytes: Span<UInt8>) throws(MediaError) {
        guard bytes.count > 0 else { throw .empty(name: name) }
        let descriptor = smv_memory(bytes.count)
        guard descriptor >= 0 else {
            throw .unreadable(name: name, reason: systemMessage(-descriptor))
        }
        if let failure = MediaInput.write(bytes, to: descriptor) {
            close(descriptor)
            throw .unreadable(name: name, reason: systemMessage(failure))
        }
        self.init(name: name, descriptor: descriptor, byteCount: bytes.count)
    }

    /// Writes all bytes from the start of a file on; an errno when that fails.
    private static func write(_ bytes: Span<UInt8>, to descriptor: Int32) -> Int32? {
        var place = 0
        while place < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { bytes in
                unsafe pwrite(
                    descriptor, bytes.baseAddress?.advanced(by: place), bytes.count - place,
                    off_t(place))
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : ENOSPC }
            place += written
        }
        return nil
    }

    /// Everything that comes from standard input: in place where that is a file, else copied until
    /// its end.
    ///
    /// - Parameter isWanted: asked while nothing comes; no ends it with `MediaError.notWanted`.
    package init(
        standardInput name: String, limits: MediaLimits, source: Int32,
        isWanted: @escaping @Sendable () -> Bool
    ) throws(MediaError) {
        var about = stat()
        // A closed one may have been replaced by what can only be written.
        guard unsafe fstat(source, &about) == 0, fcntl(source, F_GETFL) & O_ACCMODE != O_WRONLY
        else {
            throw .inputClosed(name: name)
        }
        if isatty(source) == 1 { throw .isTerminal(name: name) }
        let kind = about.st_mode & S_IFMT
        if kind == S_IFDIR { throw .isDirectory(name: name) }
        if kind == S_IFREG && lseek(source, 0, SEEK_CUR) == 0 {
            let copy = fcntl(source, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else {
                throw .unreadable(name: name, reason: systemMessage(errno))
            }
            try self.init(checking: copy, name: name)
            return
        }
        let spool = try Spool(name: name, limit: limits.maxInputBytes)
        try spool.fill(from: source, isWanted: isWanted)
        self = try spool.input()
    }

    /// Reads up to `count` bytes at an offset; fewer at the end of the input.
    package func bytes(at offset: Int, count: Int) throws(MediaError) -> [UInt8] {
        let wanted = max(0, min(count, byteCount - min(max(0, offset), byteCount)))
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), wanted - filled,
                    off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard failure == 0 else {
            throw .unreadable(name: name, reason: systemMessage(failure))
        }
        return bytes
    }

    private static func requireFile(_ about: stat, name: String) throws(MediaError) {
        switch about.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw .isDirectory(name: name)
        case S_IFIFO: throw .isSpecialFile(name: name, what: "a named pipe")
        case S_IFSOCK: throw .isSpecialFile(name: name, what: "a socket")
        case S_IFBLK, S_IFCHR: throw .isSpecialFile(name: name, what: "a device")
        default: throw .isSpecialFile(name: name, what: "something special")
        }
    }

    private static func failure(to path: String, number: Int32) -> MediaError {
        switch number {
        case ENOENT, ENOTDIR: hasScheme(path) ? .unknownAddress(name: path) : .notFound(name: path)
        case ELOOP: .leadsToItself(name: path)
        default: .unreadable(name: path, reason: systemMessage(number))
        }
    }

    /// Whether a path that leads nowhere is written like an address: `ftp://...`.
    private static func hasScheme(_ path: String) -> Bool {
        guard let colon = path.firstIndex(of: ":"), path[colon...].hasPrefix("://") else {
            return false
        }
        let letters = path[..<colon].utf8
        return !letters.isEmpty
            && letters.allSatisfy { letter in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter)
                    || "+-.".utf8.contains(letter)
            }
    }
}
