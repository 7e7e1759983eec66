internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A process started by this one. Its `deinit` kills it if it still runs and reaps it, so none is
/// ever left over.
@safe struct ChildProcess: ~Copyable {
    /// How a process ended.
    enum Ending: Equatable {
        case code(Int)
        case signal(Int32)
        /// It did not end by itself and was killed.
        case killed
        /// Somebody else reaped it.
        case unknown

        fileprivate init(reaped: Int32, code: Int32, signal: Int32) {
            self = reaped < 0 ? .unknown : signal != 0 ? .signal(signal) : .code(Int(code))
        }
    }

    private let id: pid_t
    private let leadsGroup: Bool
    private var ending: Ending?

    /// Starts a program with these descriptors as its 0, 1, 2, ... and no others.
    ///
    /// - Throws: the errno that says why it could not be started.
    init(
        program: String, arguments: [String], environment: [String], descriptors: [Int32],
        leadsGroup: Bool, confinement: Confinement?
    ) throws(Failure) {
        var started: pid_t = -1
        let failure = unsafe withCStrings([program]) { path in
            unsafe withCStrings([program] + arguments) { arguments in
                unsafe withCStrings(environment) { environment in
                    unsafe descriptors.withUnsafeBufferPointer { descriptors in
                        var request = unsafe smv_spawn_request(
                            program: path.pointee, arguments: arguments,
                            environment: environment, descriptors: descriptors.baseAddress,
                            descriptor_count: descriptors.count, own_group: leadsGroup ? 1 : 0,
                            rules: nil)
                        guard let confinement else { return unsafe smv_spawn(&request, &started) }
                        return unsafe confinement.withRules { rules in
                            unsafe request.rules = rules
                            return unsafe smv_spawn(&request, &started)
                        }
                    }
                }
            }
        }
        guard failure == 0 else { throw Failure(number: failure) }
        id = started
        self.leadsGroup = leadsGroup
    }

    struct Failure: Error {
        let number: Int32
        var isMissing: Bool { number == ENOENT || number == ENOTDIR }
        var reason: String { systemMessage(number) }
    }

    /// Waits for the end; after `milliseconds` the process is killed.
    mutating func end(within milliseconds: Int32) -> Ending {
        if let ending { return ending }
        var code: Int32 = -1
        var signal: Int32 = 0
        var reaped = unsafe smv_reap(id, milliseconds, &code, &signal)
        let overdue = reaped == 0
        if overdue {
            kill(leadsGroup ? -id : id, SIGKILL)
            reaped = unsafe smv_reap(id, -1, &code, &signal)
        } else if leadsGroup {
            // What it had started itself and left behind.
            kill(-id, SIGKILL)
        }
        let ended = overdue ? .killed : Ending(reaped: reaped, code: code, signal: signal)
        ending = ended
        return ended
    }

    deinit {
        guard ending == nil else { return }
        var code: Int32 = 0
        var signal: Int32 = 0
        kill(leadsGroup ? -id : id, SIGKILL)
        _ = unsafe smv_reap(id, -1, &code, &signal)
    }
}

/// A descriptor that is closed with its owner.
struct OwnedDescriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
}

/// The two ends of a pipe or of a connection.
struct DescriptorPair: ~Copyable {
    let first: OwnedDescriptor
    let second: OwnedDescriptor

    /// - Parameter open: `smv_pipe` or `smv_channel`.
    /// - Throws: the errno.
    init(_ open: (UnsafeMutablePointer<Int32>) -> Int32) throws(ChildProcess.Failure) {
        var ends: [Int32] = [-1, -1]
        let failure = unsafe ends.withUnsafeMutableBufferPointer { ends in
            unsafe ends.baseAddress.map { unsafe open($0) } ?? EINVAL
        }
        guard failure == 0 else { throw ChildProcess.Failure(number: failure) }
        first = OwnedDescriptor(ends[0])
        second = OwnedDescriptor(ends[1])
    }
}

/// What the system calls an errno, in small letters.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let text = unsafe buffer.withUnsafeMutableBufferPointer { buffer -> String? in
        guard let base = buffer.baseAddress,
            unsafe strerror_r(number, base, buffer.count) == 0
        else { return nil }
        return unsafe String(cString: base)
    }
    return text?.lowercased() ?? "error \(number)"
}
