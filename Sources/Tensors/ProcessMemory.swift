#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The memory that this process has in use: its own, and pages of files that it has touched.
package enum ProcessMemory {
    /// The bytes in use now; 0 where the system does not tell.
    package static var byteCount: Int { bytes(of: "VmRSS:") ?? 0 }

    /// The most bytes that have been in use at one time; 0 where the system does not tell.
    ///
    /// Of the several figures that Linux keeps, this is the one that begins anew with the program:
    /// `getrusage` also counts what the process had before it became this program, and so tells how
    /// large its parent was.
    package static var peakByteCount: Int {
        if let bytes = bytes(of: "VmHWM:") { return bytes }
        var usage = rusage()
        #if canImport(Glibc)
            let (who, unit) = (RUSAGE_SELF.rawValue, 1024)
        #else
            let (who, unit) = (RUSAGE_SELF, 1)
        #endif
        guard unsafe getrusage(numericCast(who), &usage) == 0 else { return 0 }
        return usage.ru_maxrss * unit
    }

    /// Gives memory that has been freed, but is kept for later, back to the system.
    package static func giveBack() {
        // Only glibc has it, and its module does not: it is asked for by name.
        typealias Trim = @convention(c) (Int) -> Int32
        guard let found = unsafe dlsym(nil, "malloc_trim") else { return }
        _ = unsafe unsafeBitCast(found, to: Trim.self)(0)
    }

    /// The number of bytes in a page of memory.
    package static let pageByteCount = max(Int(sysconf(Int32(_SC_PAGESIZE))), 1)

    private static func bytes(of key: String) -> Int? {
        #if canImport(Glibc)
            let status = SystemText.beginning(of: "/proc/self/status")
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) })
            else { return nil }
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, words[2] == "kB", let count = Int(words[1]) else { return nil }
            return count * 1024
        #else
            return nil
        #endif
    }
}
