internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// What happens in a decoder process when a test asks for a mishap: each is what a decoder that was
// taken over, or has a defect, would do.

extension DecoderFault {
    /// Runs in the confined process, in place of decoding.
    func happen(in conversation: inout DecoderConversation) -> Int32 {
        switch self {
        case .crash:
            raise(SIGSEGV)
        case .hang:
            _ = conversation.memory()
        case .swell:
            swell()
        case .gulp:
            let piece = [UInt8](repeating: 1, count: 1 << 42)
            conversation.send(Array(piece.suffix(3)))
        case .leave:
            return 0
        case .babble:
            conversation.send([UInt8](repeating: 0xA5, count: 77))
        case .exaggerate:
            conversation.say(.picture(width: 1 << 20, height: 1 << 20, place: .picture))
            _ = conversation.memory()
        case .cling:
            conversation.say(.picture(width: 640, height: 480, place: .picture))
            guard let memory = conversation.memory() else { return 1 }
            let kept = unsafe mmap(
                nil, 640 * 480 * 3, PROT_READ | PROT_WRITE, MAP_SHARED, memory.number, 0)
            conversation.say(.filled)
            unsafe kept?.storeBytes(of: 1, as: UInt8.self)
            // An end would let go of it, perhaps before the other side looks.
            _ = conversation.memory()
        case .confess, .confessStartingPrograms:
            conversation.say(.failed(.unsupported(name: "", detail: confession)))
        }
        return 0
    }

    /// Holds every page until there is no more to be had, then does what most decoders do.
    private func swell() {
        let size = 8 << 20
        while let piece = unsafe mmap(
            nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            unsafe piece != MAP_FAILED
        {
            for offset in stride(from: 0, to: size, by: 4096) {
                unsafe piece.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
            }
        }
        abort()
    }

    /// `attempt: outcome` for each, the outcome being `done` or what the system answers.
    private var confession: String {
        let parent = getppid()
        let attempts: [(String, Int32)] = [
            ("socket", smv_try_socket(AF_INET)),
            ("local socket", smv_try_socket(AF_UNIX)),
            ("fork", smv_try_process()),
            ("write", unsafe smv_try_open("/tmp/smolvlm-isolation-test", 1)),
            ("read home", unsafe smv_try_open("/root/.profile", 0)),
            ("read temporary", unsafe smv_try_open("/tmp", 0)),
            ("read library", unsafe smv_try_open("/etc/ld.so.cache", 0)),
            ("ptrace", smv_try_ptrace(parent)),
            ("signal", smv_try_signal(parent)),
            ("exec", unsafe smv_try_exec("/bin/true")),
        ]
        return attempts.map { "\($0.0): \($0.1 == 0 ? "done" : systemMessage($0.1))" }
            .joined(separator: "; ")
    }
}
