// A folder on disk as a store needs it, all by its descriptor: nothing in it is reached through a
// path that could be changed meanwhile, and no link in it is followed.

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Why something could not be kept.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// What the system says of its last call.
    init(system path: String) {
        self.init("\(path): \(unsafe String(cString: strerror(errno)))")
    }
}

/// An open folder that belongs to the user.
struct StoreFolder: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// What is told of a file of the folder.
    struct File: Equatable {
        let name: String
        let byteCount: Int
        /// When it was last written or used, in nanoseconds.
        let used: Int
    }

    /// Opens a folder; nil when there is none.
    ///
    /// - Throws: for what cannot be trusted: a link in its place, a folder of somebody else's, or one
    ///   that others may write to.
    init?(existing path: String) throws(StoreError) {
        guard let descriptor = try Self.descriptor(path) else { return nil }
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a folder, and makes it and what is missing above it, for the user alone.
    init(creating path: String) throws(StoreError) {
        try Self.create(path)
        guard let descriptor = try Self.descriptor(path) else {
            throw StoreError("\(path) vanished")
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    private static func descriptor(_ path: String) throws(StoreError) -> Int32? {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 && errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw StoreError(system: path) }
        if let complaint = complaint(descriptor, path) {
            _ = close(descriptor)
            throw complaint
        }
        return descriptor
    }

    private static func complaint(_ descriptor: Int32, _ path: String) -> StoreError? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return StoreError(system: path) }
        guard status.st_uid == geteuid() else {
            return StoreError("\(path) belongs to another user")
        }
        return status.st_mode & 0o022 == 0 ? nil : StoreError("others may write to \(path)")
    }

    private static func create(_ path: String) throws(StoreError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw StoreError(system: path)
        }
        try create(String(path[..<slash]))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw StoreError(system: path)
        }
    }

    /// A whole file, if it has so many bytes at most; nil for anything but a file.
    ///
    /// It counts as used now.
    func bytes(of name: String, atMost limit: Int) -> [UInt8]? {
        // A pipe in its place would keep us waiting.
        let file = unsafe openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (1...limit).contains(Int(status.st_size))
        else { return nil }
        let wanted = Int(status.st_size)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { out, count in
            guard let start = out.baseAddress else { return }
            while count < wanted {
                let got = unsafe read(file, start + count, wanted - count)
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return }
                count += got
            }
        }
        // Where that is refused, it will go a little earlier than it need.
        _ = futimens(file, nil)
        return bytes.count == wanted ? bytes : nil
    }

    /// Writes a file whole, or not at all: no reader sees a part of it.
    func put(_ bytes: Span<UInt8>, as name: String, by way: String) throws(StoreError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(descriptor, way, flags, 0o600)
        guard file >= 0 else { throw StoreError(system: path) }
        var isWhole = unsafe bytes.withUnsafeBytes { bytes in
            var count = 0
            while let start = bytes.baseAddress, count < bytes.count {
                let put = unsafe write(file, start + count, bytes.count - count)
                if put < 0 && errno == EINTR { continue }
                guard put > 0 else { return false }
                count += put
            }
            return true
        }
        let reason = errno
        isWhole = close(file) == 0 && isWhole
        if isWhole, unsafe renameat(descriptor, way, descriptor, name) == 0 { return }
        if !isWhole { errno = reason }
        let error = StoreError(system: path)
        remove(way)
        throw error
    }

    /// Removes a file; false when it was not there, or could not be.
    @discardableResult
    func remove(_ name: String) -> Bool { unsafe unlinkat(descriptor, name, 0) == 0 }

    /// The files in the folder whose names `isWanted`; links, folders and others are left out.
    func files(_ isWanted: (String) -> Bool) -> [File] {
        let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let folder = unsafe fdopendir(copy) else {
            _ = close(copy)
            return []
        }
        defer { _ = unsafe closedir(folder) }
        var files: [File] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    unsafe String(cString: name)
                }
            }
            guard isWanted(name) else { continue }
            var status = stat()
            guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { continue }
            #if canImport(Glibc)
                let used = status.st_mtim
            #else
                let used = status.st_mtimespec
            #endif
            files.append(
                File(
                    name: name, byteCount: Int(status.st_size),
                    used: used.tv_sec * 1_000_000_000 + used.tv_nsec))
        }
        return files
    }

    /// The time now, as files have it.
    static var now: Int {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
