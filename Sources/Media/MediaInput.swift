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

    package init(name: String, descriptor: Int32, byteCount: Int) {
        self.name = name
        self.descriptor = descriptor
        self.byteCount = byteCount
    }
    deinit { close(descriptor) }
}
