#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where on this machine things are kept that can be made again.
package enum CachePlace {
    /// The folder of this program: what `SMOLVLM_CACHE` names, else `smolvlm` where the system has
    /// its caches; nil when there is no telling.
    package static var folder: String? {
        if let named = variable("SMOLVLM_CACHE") { return named }
        #if canImport(Glibc)
            if let caches = variable("XDG_CACHE_HOME"), caches.hasPrefix("/") {
                return caches + "/smolvlm"
            }
            return variable("HOME").map { $0 + "/.cache/smolvlm" }
        #else
            return variable("HOME").map { $0 + "/Library/Caches/smolvlm" }
        #endif
    }

    /// A variable of the environment that is not empty.
    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
