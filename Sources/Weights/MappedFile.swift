// The only file of this target that touches the system: it maps files and lists folders.
//
// A mapping shows the file as it is on disk. If another process cuts the file short while it is
// mapped, the kernel ends the program with SIGBUS at the next read beyond its end; no check made
// here can prevent that. Writers that replace a model must write a new file and rename it.
package import Store
package import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file mapped for reading: opening it costs the same whatever its size.
package struct MappedFile: Sendable {
    /// The path as it was given; what messages name.
    package let path: String
    /// The bytes, shared by all matrices that borrow them.
    package let storage: Storage
    /// What tells it from other files; nil where the system does not say.
    package let identity: FileIdentity?
    package var byteCount: Int { storage.byteCount }

    /// Maps a file.
    ///
    /// - Throws: also for what often lies in a file's place: a pointer of Git LFS, a web page.
    package init(path: String) throws(WeightsError) {
        // A pipe without a writer would keep us waiting.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(file: path) }
        guard status.st_size > 0 else { throw .empty(file: path) }
        let byteCount = Int(status.st_size)
        let mapped = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let base = unsafe mapped, unsafe base != MAP_FAILED else { throw Self.failure(path) }
        self.path = path
        identity = FileIdentity(descriptor: descriptor)
        storage = unsafe Storage(mapped: base, byteCount: byteCount)
        if let mistake = mistake() { throw mistake }
    }

    private static func failure(_ path: String) -> WeightsError {
        if errno == ENOENT || errno == ENOTDIR { return .notFound(file: path) }
        return .unreadable(file: path, reason: systemReason)
    }

    /// What there is under a path.
    package enum Entry: Equatable, Sendable { case nothing, file, folder }

    /// What there is under a path.
    package static func entry(at path: String) -> Entry {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return .nothing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// Why the last call of the system failed.
    private static var systemReason: String { unsafe String(cString: strerror(errno)) }

    /// Why a folder cannot be read; nil when it can.
    static func refusal(ofFolder path: String) -> String? {
        guard let folder = unsafe opendir(path) else {
            return systemReason
        }
        _ = unsafe closedir(folder)
        return nil
    }

    /// The names in a folder, sorted; none when it cannot be read.
    package static func names(inFolder path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { _ = unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    unsafe String(cString: name)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
