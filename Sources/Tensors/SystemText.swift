#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Small files in which the system says things about itself.
enum SystemText {
    /// The beginning of a small file; empty when it cannot be read.
    static func beginning(of path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe read(descriptor, bytes.baseAddress, bytes.count)
        }
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }
}
