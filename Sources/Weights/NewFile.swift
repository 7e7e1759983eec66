// A file that is there whole or not at all. What is written has no name until all of it is there, so
// that nothing is left behind whatever ends the program; where the system has no such files, it has
// a hidden name beside its place.

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file being written. Without `publish` nothing of it stays.
@safe package struct NewFile: ~Copyable {
    /// The path as it was given.
    package let path: String
    /// Where the file goes: what the path leads to, where it is a link.
    private let place: String
    private let replaces: Bool
    private let descriptor: Int32
    /// The hidden name; nil for a file without a name.
    private var part: String?

    /// Makes an empty file and looks whether all of it will have room.
    ///
    /// - Parameter replaces: whether a file that is there already is replaced at the end.
    package init(path: String, replaces: Bool, byteCount: Int) throws(NewFileError) {
        self.path = path
        self.replaces = replaces
        var facts = stat()
        var place = path
        if unsafe lstat(path, &facts) == 0 {
            guard unsafe stat(path, &facts) != 0 || facts.st_mode & S_IFMT != S_IFDIR else {
                throw .isFolder(file: path)
            }
            guard replaces else { throw .exists(file: path) }
            guard facts.st_mode & S_IFMT == S_IFREG else { throw .notPlain(file: path) }
            if let resolved = unsafe realpath(path, nil) {
                unsafe place = String(cString: resolved)
                unsafe free(resolved)
            }
        }
        let folder = Self.folder(of: place)
        // Throwing before all is set would leave the descriptor open: it is opened last.
        try Self.checkRoom(in: folder, for: byteCount, path: path)
        (descriptor, part) = try Self.open(in: folder, path: path)
        self.place = place
    }

    deinit {
        _ = close(descriptor)
        if let part { _ = unsafe unlink(part) }
    }

    /// Writes bytes behind those before them.
    package func write(_ bytes: Span<UInt8>) throws(NewFileError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Self.system(descriptor, bytes.baseAddress, written, bytes.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, errno)
            }
            written += count
        }
    }

    @unsafe private static func system(
        _ descriptor: Int32, _ base: UnsafeRawPointer?, _ offset: Int, _ count: Int
    ) -> Int {
        guard let base = unsafe base else { return 0 }
        #if canImport(Glibc)
            return unsafe Glibc.write(descriptor, base + offset, count)
        #else
            return unsafe Darwin.write(descriptor, base + offset, count)
        #endif
    }

    /// Puts the file in its place, once all of it is on the disk.
    package mutating func publish() throws(NewFileError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
        if let part, !replaces {
            // Unlike a rename this never replaces what has come into being since.
            guard unsafe link(part, place) == 0 else { throw Self.failure(path, errno) }
            _ = unsafe unlink(part)
            self.part = nil
            return
        }
        let name = part ?? (replaces ? Self.hiddenName(in: Self.folder(of: place), 0) : place)
        if part == nil {
            let source = "/proc/self/fd/\(descriptor)"
            if replaces { _ = unsafe unlink(name) }
            guard
                unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
            else { throw Self.failure(path, errno) }
            guard replaces else { return }
            part = name
        }
        guard unsafe rename(name, place) == 0 else { throw Self.failure(path, errno) }
        part = nil
    }

    /// Takes a file away again, if it is there.
    package static func remove(_ path: String) { _ = unsafe unlink(path) }

    // MARK: Making it

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func hiddenName(in folder: String, _ attempt: Int) -> String {
        "\(folder)/.smolvlm-\(getpid())-\(attempt).part"
    }

    private static func open(
        in folder: String, path: String
    ) throws(NewFileError) -> (descriptor: Int32, part: String?) {
        #if os(Linux)
            // O_TMPFILE: a file without a name.
            let nameless = Int32(0o20_000_000) | O_DIRECTORY
            #if canImport(Glibc)
                let made = unsafe Glibc.open(folder, nameless | O_WRONLY | O_CLOEXEC, 0o666)
            #endif
            if made >= 0 { return (made, nil) }
            guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
                throw failure(path, errno, folder: folder)
            }
        #endif
        for attempt in 0..<100 {
            let part = hiddenName(in: folder, attempt)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
            #if canImport(Glibc)
                let made = unsafe Glibc.open(part, flags, 0o666)
            #else
                let made = unsafe Darwin.open(part, flags, 0o666)
            #endif
            if made >= 0 { return (made, part) }
            guard errno == EEXIST else { throw failure(path, errno, folder: folder) }
        }
        throw failure(path, EEXIST)
    }

    private static func checkRoom(
        in folder: String, for byteCount: Int, path: String
    ) throws(NewFileError) {
        var facts = statvfs()
        // A folder that is not there is told of when the file is made.
        guard unsafe statvfs(folder, &facts) == 0 else { return }
        let (free, overflow) = UInt64(facts.f_bavail).multipliedReportingOverflow(
            by: UInt64(facts.f_frsize))
        guard overflow || UInt64(byteCount) <= free else {
            throw .noRoom(file: path, needed: byteCount, free: Int(free))
        }
    }

    private static func failure(
        _ path: String, _ code: Int32, folder: String? = nil
    ) -> NewFileError {
        switch code {
        case ENOENT:
            folder.map { .noFolder(file: path, folder: $0) } ?? .other(file: path, "it is gone")
        case ENOTDIR: .notAFolder(file: path, folder: folder ?? path)
        case EACCES, EPERM, EROFS: .notPermitted(file: path)
        case ENOSPC, EDQUOT, EFBIG: .full(file: path)
        case EEXIST: .exists(file: path)
        case EISDIR: .isFolder(file: path)
        default: .other(file: path, unsafe String(cString: strerror(code)))
        }
    }
}

/// Why a file cannot be written: what was wrong, where, and what to do next.
package enum NewFileError: Error, Equatable, CustomStringConvertible {
    case exists(file: String)
    case isFolder(file: String)
    /// A device or a pipe.
    case notPlain(file: String)
    case noFolder(file: String, folder: String)
    /// Something else stands where a folder should.
    case notAFolder(file: String, folder: String)
    case notPermitted(file: String)
    /// Known before anything is written.
    case noRoom(file: String, needed: Int, free: Int)
    /// Found out while writing.
    case full(file: String)
    case other(file: String, String)

    package var description: String {
        switch self {
        case .exists(let file):
            "\(file) is there already. Name another file, or replace it with --force."
        case .isFolder(let file):
            "\(file) cannot be written: it is a folder. Name a file."
        case .notPlain(let file):
            "\(file) cannot be written: it is no plain file. "
                + "Name a file."
        case .noFolder(let file, let folder):
            "\(file) cannot be written: there is no folder \(folder). Create it, or name another."
        case .notAFolder(let file, let folder):
            "\(file) cannot be written: \(folder) is no folder. Name a file in one that is."
        case .notPermitted(let file):
            "\(file) cannot be written: that is not permitted. Change the permissions, or name "
                + "another file."
        case .noRoom(let file, let needed, let free):
            "\(file) cannot be written: it will have \(Self.megabytes(needed)), and there is room for "
                + "\(Self.megabytes(free)). Make some, or name a file on another disk."
        case .full(let file):
            "\(file) cannot be written: there is no room left. Make some, or name a file on another "
                + "disk. Nothing of it was kept."
        case .other(let file, let reason):
            "\(file) cannot be written: \(reason). Name another file."
        }
    }

    private static func megabytes(_ count: Int) -> String {
        count < 10_000_000 ? "\((count + 999) / 1000) kB" : "\((count + 999_999) / 1_000_000) MB"
    }
}
