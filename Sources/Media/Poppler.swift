internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One of poppler's programs at work on an input: its output is read as it comes, within a time
/// budget, and it never outlives its owner.
struct Poppler: ~Copyable {
    enum Tool: String, CaseIterable {
        case pdfinfo, pdftoppm, pdftotext
    }

    let tool: Tool
    private let name: String
    private let limits: MediaLimits
    private var process: ChildProcess
    private let output: OwnedDescriptor
    private let complaints: OwnedDescriptor
    private var complaintsAreOpen = true
    private var buffer: [UInt8] = []
    private var taken = 0
    private var errorText: [UInt8] = []

    /// The path at which a started program finds the input.
    #if canImport(Glibc)
        static let inputPath = "/proc/self/fd/3"
    #else
        static let inputPath = "/dev/fd/3"
    #endif

    /// Starts a tool; `arguments` name the input by `inputPath`.
    init(
        _ tool: Tool, arguments: [String], input: borrowing MediaInput, limits: MediaLimits
    ) throws(MediaError) {
        self.tool = tool
        self.limits = limits
        name = input.name
        guard let program = Poppler.path(of: tool) else { throw Poppler.missing(tool, name: name) }
        do throws(ChildProcess.Failure) {
            let out = unsafe try DescriptorPair(smv_pipe)
            let complaint = unsafe try DescriptorPair(smv_pipe)
            let null = OwnedDescriptor(unsafe open("/dev/null", O_RDONLY | O_CLOEXEC))
            // Pages go through by megabytes; a wider pipe means fewer turns.
            smv_pipe_widen(out.second.number)
            process = try ChildProcess(
                program: program, arguments: arguments, environment: Poppler.environment,
                descriptors: [
                    null.number, out.second.number, complaint.second.number, input.descriptor,
                ],
                leadsGroup: false,
                confinement: Confinement(
                    memoryByteCount: limits.decoderMemoryByteCount,
                    cpuSeconds: limits.cpuSeconds(threads: 1), openFiles: 64,
                    programs: [program], input: input.descriptor))
            output = out.first
            complaints = complaint.first
        } catch {
            if error.isMissing { throw Poppler.missing(tool, name: name) }
            throw .decoderNotStarted(
                name: name, reason: "\(tool.rawValue) does not run, \(error.reason)")
        }
    }

    /// The bytes that come next, up to `count` of them; fewer only at the end of the output.
    mutating func read(
        into bytes: inout MutableSpan<UInt8>, from start: Int, budget: inout TimeBudget
    ) throws(MediaError) -> Int {
        var filled = start
        while filled < bytes.count {
            if taken == buffer.count, try !takeIn(budget: &budget) { break }
            let count = min(bytes.count - filled, buffer.count - taken)
            unsafe bytes.withUnsafeMutableBytes { target in
                unsafe buffer.withUnsafeBytes { source in
                    guard let from = source.baseAddress, let to = target.baseAddress
                    else { return }
                    unsafe (to + filled).copyMemory(from: from + taken, byteCount: count)
                }
            }
            filled += count
            taken += count
        }
        return filled - start
    }

    /// The next byte; nil at the end of the output.
    mutating func byte(budget: inout TimeBudget) throws(MediaError) -> UInt8? {
        if taken == buffer.count, try !takeIn(budget: &budget) { return nil }
        taken += 1
        return buffer[taken - 1]
    }

    /// The next line without its end, at most `limit` bytes of it; nil at the end of the output.
    mutating func line(
        limit: Int, budget: inout TimeBudget
    ) throws(MediaError) -> String? {
        var bytes: [UInt8] = []
        while let byte = try byte(budget: &budget) {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            if bytes.count < limit { bytes.append(byte) }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// Ends the tool, which has said all it had to; what it wrote to standard error, and whether it
    /// was content.
    mutating func finish(budget: inout TimeBudget) throws(MediaError) -> Report {
        while complaintsAreOpen {
            var requests = [pollfd(fd: complaints.number, events: Int16(POLLIN), revents: 0)]
            guard budget.wait(for: &requests) else { throw tooSlow }
            listen()
        }
        let ending = process.end(within: 1000)
        let text = String(decoding: errorText, as: UTF8.self)
        switch ending {
        case .code(let code): return Report(code: code, complaints: text)
        case .signal(SIGXCPU): throw tooSlow
        case .signal, .unknown, .killed:
            if text.contains("bad_alloc") || text.contains("ut of memory") {
                throw .ranOutOfMemory(name: name, limit: limits.decoderMemoryByteCount)
            }
            throw .crashed(name: name, how: "\(tool.rawValue) was ended by a signal")
        }
    }

    struct Report {
        let code: Int
        let complaints: String
    }

    private var tooSlow: MediaError { .tooSlow(name: name, limit: limits.maxSeconds) }

    /// Refills the empty buffer; false at the end of the output.
    private mutating func takeIn(budget: inout TimeBudget) throws(MediaError) -> Bool {
        while true {
            var requests = [
                pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: complaintsAreOpen ? complaints.number : -1, events: Int16(POLLIN),
                    revents: 0),
            ]
            guard budget.wait(for: &requests) else { throw tooSlow }
            if requests[1].revents != 0 { listen() }
            guard requests[0].revents != 0 else { continue }
            buffer = Poppler.readOnce(output.number, capacity: 1 << 18)
            taken = 0
            return !buffer.isEmpty
        }
    }

    /// Keeps the beginning of what comes over standard error.
    private mutating func listen() {
        let piece = Poppler.readOnce(complaints.number, capacity: 4096)
        if piece.isEmpty { complaintsAreOpen = false }
        errorText.append(contentsOf: piece.prefix(max(0, 8192 - errorText.count)))
    }

    private static func readOnce(_ descriptor: Int32, capacity: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var got = -1
            repeat {
                #if canImport(Glibc)
                    got = unsafe Glibc.read(descriptor, buffer.baseAddress, capacity)
                #else
                    got = unsafe Darwin.read(descriptor, buffer.baseAddress, capacity)
                #endif
            } while got < 0 && errno == EINTR
            count = max(0, got)
        }
    }
}

extension Poppler {
    /// Where the tools are, those that are installed.
    static func allTools() -> [String] { Tool.allCases.compactMap { path(of: $0) } }

    private static func path(of tool: Tool) -> String? {
        let folders = (environmentVariable("PATH") ?? "").split(separator: ":").map(String.init)
        return (folders + ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"])
            .filter { $0.hasPrefix("/") }
            .map { "\($0)/\(tool.rawValue)" }
            .first { path in unsafe access(path, X_OK) == 0 }
    }

    private static func missing(_ tool: Tool, name: String) -> MediaError {
        .toolMissing(name: name, tool: tool.rawValue, package: "poppler-utils")
    }

    private static var environment: [String] {
        ["LC_ALL=C", "HOME=/nonexistent", "MALLOC_ARENA_MAX=1"]
            + ["LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH"].compactMap { name in
                environmentVariable(name).map { "\(name)=\($0)" }
            }
    }
}

extension MediaLimits {
    /// Seconds of processor time that make up the time limit when this many threads work.
    func cpuSeconds(threads: Int) -> Int {
        guard maxSeconds < 1e6 else { return 0 }
        return Int(max(0, maxSeconds).rounded(.up)) * threads + 1
    }
}
