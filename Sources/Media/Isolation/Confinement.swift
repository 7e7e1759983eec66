internal import CSandbox

/// What a confined process may still do; see `smv_rules`.
struct Confinement {
    /// Address space, beyond what this process has mapped (`apply`) or in all (a started program).
    var memoryByteCount: Int
    /// Seconds of processor time, all threads together.
    var cpuSeconds: Int
    var openFiles: Int
    /// The size to which it may write what it is given; it can open nothing to write.
    var writtenByteCount = 0
    /// The programs it may start; none: no processes at all.
    var programs: [String] = []
    /// Files and folders it may read besides those of the system.
    var readable: [String] = []
    /// A descriptor that it may open again by its path under /proc.
    var input: Int32 = -1

    /// The layers that came on, as far as the kernel has them.
    struct Layers: OptionSet {
        let rawValue: UInt32
        static let limits = Layers(rawValue: UInt32(SMV_LAYER_LIMITS))
        static let calls = Layers(rawValue: UInt32(SMV_LAYER_CALLS))
        static let files = Layers(rawValue: UInt32(SMV_LAYER_FILES))
        static let network = Layers(rawValue: UInt32(SMV_LAYER_NETWORK))
    }

    /// Confines this process for good.
    func apply() -> Layers {
        unsafe withRules { rules in Layers(rawValue: unsafe smv_confine(rules)) }
    }

    /// Lends the rules in the form that the kernel's side reads.
    func withRules<Result>(_ body: (UnsafePointer<smv_rules>) -> Result) -> Result {
        unsafe withCStrings(programs) { programs in
            unsafe withCStrings(readable) { readable in
                var rules = unsafe smv_rules(
                    memory_bytes: UInt64(max(0, memoryByteCount)),
                    cpu_seconds: UInt32(clamping: cpuSeconds),
                    open_files: UInt32(clamping: openFiles),
                    file_bytes: UInt64(max(0, writtenByteCount)),
                    may_start_processes: self.programs.isEmpty ? 0 : 1, programs: programs,
                    readable: readable, input: input)
                return unsafe body(&rules)
            }
        }
    }
}

/// Lends strings as C has them: an array of addresses, ended by NULL.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(bytes.count)
        // What follows a zero byte would be lost without a word; it becomes another character.
        for byte in string.utf8 { bytes.append(CChar(bitPattern: byte == 0 ? 0x1A : byte)) }
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        var addresses = unsafe [UnsafePointer<CChar>?]()
        for start in starts {
            unsafe addresses.append(buffer.baseAddress.map { unsafe $0 + start })
        }
        unsafe addresses.append(nil)
        return unsafe addresses.withUnsafeBufferPointer { list in
            // Never empty: it holds its end.
            guard let first = list.baseAddress else { preconditionFailure("an empty list") }
            return unsafe body(first)
        }
    }
}
