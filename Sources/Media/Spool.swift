internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where bytes of unknown number are gathered before they become an input: a file without a name in
/// the temporary folder, which goes with its last descriptor; memory where there is no such folder.
package struct Spool: ~Copyable {
    private let name: String
    private let file: OwnedDescriptor
    private let limit: Int

    /// - Parameter name: what the input will be called.
    package init(name: String, limit: Int) throws(MediaError) {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let descriptor = unsafe smv_spool(folder)
        guard descriptor >= 0 else {
            throw .unreadable(name: name, reason: systemMessage(-descriptor))
        }
        self.name = name
        self.limit = limit
        file = OwnedDescriptor(descriptor)
    }

    /// What a writer outside this target writes to. The file is this spool's: do not close it.
    package var descriptor: Int32 { file.number }

    /// Copies everything that can be read from a descriptor, as long as it is wanted.
    package func fill(
        from source: Int32, isWanted: @escaping @Sendable () -> Bool
    ) throws(MediaError) {
        var total = 0
        var patience = TimeBudget(seconds: .infinity, isWanted: isWanted)
        while true {
            guard patience.wait(for: source, toWrite: false) else {
                throw .notWanted(name: name)
            }
            var failure: Int32 = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
                let got = unsafe read(source, buffer.baseAddress, buffer.count)
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            if failure == EINTR || failure == EAGAIN { continue }
            guard failure == 0 else {
                throw .unreadable(name: name, reason: systemMessage(failure))
            }
            if piece.isEmpty { return }
            total += piece.count
            guard total <= limit else { throw .inputTooLarge(name: name, limit: limit) }
            try write(piece)
        }
    }

    /// Ends the gathering.
    package consuming func input() throws(MediaError) -> MediaInput {
        let copy = fcntl(file.number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .unreadable(name: name, reason: systemMessage(errno)) }
        return try MediaInput(checking: copy, name: name)
    }

    private func write(_ piece: [UInt8]) throws(MediaError) {
        var place = 0
        while place < piece.count {
            let written = unsafe piece.withUnsafeBytes { bytes in
                unsafe Self.systemWrite(
                    file.number, bytes.baseAddress?.advanced(by: place), bytes.count - place)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                throw .unreadable(
                    name: name, reason: "it cannot be kept, \(systemMessage(errno))")
            }
            place += written
        }
    }

    private static func systemWrite(
        _ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int
    ) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(descriptor, bytes, count)
        #else
            unsafe Darwin.write(descriptor, bytes, count)
        #endif
    }
}
