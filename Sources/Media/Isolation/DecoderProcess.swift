internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Decodes an input as `MediaDecoder` does, but in a process of its own with limits on memory, time
/// and files, without network and other processes: a decoder that crashes, hangs or swells costs one
/// input and gives a `MediaError`.
///
/// The process is a program that calls `DecoderChild.run`: this program itself, started again.
package struct DecoderProcess: Sendable {
    /// The program and what stands before its own arguments: `/proc/self/exe` and `__decode`.
    package let executable: String
    package let arguments: [String]
    fileprivate let isWanted: (@Sendable () -> Bool)?
    private let fault: DecoderFault?

    /// - Parameter isWanted: asked while a decoder works; once it says no, the decoder is ended and
    ///   the error is `MediaError.notWanted`. Nil: it is wanted in any case.
    package init(
        executable: String, arguments: [String], isWanted: (@Sendable () -> Bool)?
    ) {
        self.executable = executable
        self.arguments = arguments
        self.isWanted = isWanted
        fault = nil
    }

    /// One whose decoder suffers a mishap, for tests.
    package init(executable: String, arguments: [String], provoking fault: DecoderFault) {
        self.executable = executable
        self.arguments = arguments
        isWanted = nil
        self.fault = fault
    }

    /// Says what an input is, as far as its headers tell.
    package func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        var run = try DecoderRun(
            of: self, on: input, options: options, wantsPictures: false)
        try run.ask(byteCount: input.byteCount, fault: fault)
        return try run.finish { (_: MediaItem) throws(MediaError) in }
    }

    /// Decodes an input and hands over its pictures one at a time, in order.
    ///
    /// While the caller works on one picture the decoder makes the next, and no further.
    package func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        var run = try DecoderRun(
            of: self, on: input, options: options, wantsPictures: true)
        try run.ask(byteCount: input.byteCount, fault: fault)
        return try run.finish(deliver: deliver)
    }
}

/// One decoder process at work on one input.
struct DecoderRun: ~Copyable {
    private let name: String
    private let options: MediaOptions
    private let wantsPictures: Bool
    private var process: ChildProcess
    private var channel: DecoderChannel
    private let complaints: OwnedDescriptor
    private var said: [UInt8] = []
    private var complaintsAreOpen = true
    private var budget: TimeBudget

    /// What becomes of an announced picture.
    private struct Announced: ~Copyable {
        let width: Int
        let height: Int
        let place: MediaItem.Place
        let memory: OwnedDescriptor
    }

    init(
        of decoder: DecoderProcess, on input: borrowing MediaInput, options: MediaOptions,
        wantsPictures: Bool
    ) throws(MediaError) {
        name = input.name
        self.options = options
        self.wantsPictures = wantsPictures
        budget = TimeBudget(
            seconds: options.limits.maxSeconds, isWanted: decoder.isWanted)
        do throws(ChildProcess.Failure) {
            let ends = unsafe try DescriptorPair(smv_channel)
            let pipe = unsafe try DescriptorPair(smv_pipe)
            let null = OwnedDescriptor(unsafe open("/dev/null", O_RDWR | O_CLOEXEC))
            process = try ChildProcess(
                program: decoder.executable, arguments: decoder.arguments,
                environment: DecoderRun.environment,
                descriptors: [
                    null.number, null.number, pipe.second.number, input.descriptor,
                    ends.second.number,
                ],
                leadsGroup: true, confinement: nil)
            channel = DecoderChannel(ends.first)
            complaints = pipe.first
        } catch {
            throw .decoderNotStarted(name: input.name, reason: error.reason)
        }
    }

    /// Says what is to be done.
    mutating func ask(byteCount: Int, fault: DecoderFault?) throws(MediaError) {
        // Time is kept here; a second clock in the decoder would count this side's time too.
        var passed = options
        passed.limits.maxSeconds = .greatestFiniteMagnitude
        let request = DecoderRequest(
            name: name, byteCount: byteCount, wantsPictures: wantsPictures,
            cpuSeconds: options.limits.cpuSeconds(threads: Int(smv_processors())),
            options: passed, fault: fault)
        try send(request.bytes, with: -1)
    }

    private mutating func send(_ body: [UInt8], with attached: Int32) throws(MediaError) {
        var sent = false
        do throws(DecoderChannel.Broken) {
            sent = try channel.send(body, with: attached, budget: &budget)
        } catch {
            throw outcome()
        }
        if !sent { throw timeIsUp }
    }

    /// Sees the decoder through to its end.
    mutating func finish(
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        var pictureCount = 0
        var announced: Announced?
        while true {
            switch try nextReply() {
            case .picture(let width, let height, let place):
                pictureCount += 1
                guard wantsPictures, announced == nil, pictureCount <= pictureLimit else {
                    throw .brokenDecoder(name: name, detail: "it sent a picture too many")
                }
                announced = try grant(width: width, height: height, place: place)
            case .filled:
                guard let picture = announced.take() else {
                    throw .brokenDecoder(name: name, detail: "it filled a picture it had not named")
                }
                try deliver(try item(of: picture))
            case .done(let description):
                guard announced == nil else {
                    throw .brokenDecoder(name: name, detail: "it left a picture unfinished")
                }
                return description
            case .failed(let error):
                throw error
            }
        }
    }

    /// More than any honest decoder sends: frames and pages are bounded by their own options.
    private var pictureLimit: Int {
        max(
            options.limits.maxPages, options.limits.maxPictures, options.frames.maxFrames,
            options.frames.count ?? 0)
    }

    /// Gives an announced picture its memory: exactly as much as it needs.
    private mutating func grant(
        width: Int, height: Int, place: MediaItem.Place
    ) throws(MediaError) -> Announced {
        let limits = options.limits
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= limits.maxPixels, max(width, height) <= limits.maxSide else {
            throw .brokenDecoder(
                name: name, detail: "it announced a picture of \(width) x \(height) pixels")
        }
        let descriptor = smv_memory(pixels * 3)
        guard descriptor >= 0 else {
            throw .ranOutOfMemory(name: name, limit: pixels * 3)
        }
        let memory = OwnedDescriptor(descriptor)
        try send(decoderGrant, with: memory.number)
        return Announced(width: width, height: height, place: place, memory: memory)
    }

    /// Takes a filled picture over. Nobody can write to its memory any more: without that, what was
    /// looked at once could be something else the next time.
    private func item(of picture: borrowing Announced) throws(MediaError) -> MediaItem {
        guard smv_memory_freeze(picture.memory.number) == 0 else {
            throw .brokenDecoder(name: name, detail: "it kept a picture that it had handed over")
        }
        let byteCount = picture.width * picture.height * 3
        let base = unsafe mmap(
            nil, byteCount, PROT_READ, MAP_SHARED, picture.memory.number, 0)
        guard let base = unsafe base, unsafe base != MAP_FAILED else {
            throw .ranOutOfMemory(name: name, limit: byteCount)
        }
        let buffer = unsafe PixelBuffer(
            mapped: base, mappedByteCount: byteCount, byteCount: byteCount)
        return MediaItem(
            image: Image(width: picture.width, height: picture.height, buffer: buffer),
            place: picture.place)
    }

    private mutating func nextReply() throws(MediaError) -> DecoderReply {
        while true {
            if let body = try arrived() {
                do throws(MessageReader.Malformed) {
                    return try DecoderReply(bytes: body, name: name)
                } catch {
                    throw garbled
                }
            }
            var requests = [
                pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: complaintsAreOpen ? complaints.number : -1, events: Int16(POLLIN),
                    revents: 0),
            ]
            guard budget.wait(for: &requests) else { throw timeIsUp }
            if requests[1].revents != 0 { listen() }
            if requests[0].revents != 0, try !takeIn() { throw outcome() }
        }
    }

    /// The next message that is there as a whole.
    private mutating func arrived() throws(MediaError) -> [UInt8]? {
        do throws(DecoderChannel.Broken) { return try channel.next() } catch { throw garbled }
    }

    /// Takes in what the decoder sent; false when it is gone.
    private mutating func takeIn() throws(MediaError) -> Bool {
        do throws(DecoderChannel.Broken) { return try channel.takeIn() } catch { throw garbled }
    }

    private var garbled: MediaError {
        .brokenDecoder(name: name, detail: "what it sent is no message")
    }

    private var timeIsUp: MediaError {
        budget.isRefused
            ? .notWanted(name: name) : .tooSlow(name: name, limit: options.limits.maxSeconds)
    }

    /// Keeps the beginning of what the decoder writes to standard error.
    private mutating func listen() {
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, unsafe read(complaints.number, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty { complaintsAreOpen = false }
        said.append(contentsOf: piece.prefix(max(0, 4096 - said.count)))
    }

    /// Why the connection ended without an answer.
    private mutating func outcome() -> MediaError {
        if budget.isSpent { return timeIsUp }
        // Its side of the connection closes before it has ended: on a busy machine well before.
        let ending = process.end(within: 10_000)
        var requests = [pollfd(fd: complaints.number, events: Int16(POLLIN), revents: 0)]
        if complaintsAreOpen, unsafe poll(&requests, 1, 0) > 0 { listen() }
        let memory = MediaError.ranOutOfMemory(
            name: name, limit: options.limits.decoderMemoryByteCount)
        switch ending {
        case .code(SMV_EXIT_NO_MEMORY): return memory
        case .code(0): return .brokenDecoder(name: name, detail: "it ended without an answer")
        case .code(let code): return .crashed(name: name, how: "it ended with code \(code)")
        case .unknown: return .crashed(name: name, how: "it is gone")
        case .killed: return .brokenDecoder(name: name, detail: "it hung up")
        case .signal(SIGXCPU):
            return .tooSlow(name: name, limit: options.limits.maxSeconds)
        case .signal(SIGKILL):
            return .crashed(name: name, how: "it was killed, perhaps for want of memory")
        case .signal(let number):
            // The words of Swift and of C++ for memory that could not be had.
            let words = String(decoding: said, as: UTF8.self)
            if words.contains("failed to allocate") || words.contains("bad_alloc") { return memory }
            return .crashed(name: name, how: DecoderRun.signalName(number))
        }
    }

    private static func signalName(_ number: Int32) -> String {
        switch number {
        case SIGSEGV: "segmentation fault"
        case SIGBUS: "bus error"
        case SIGILL, SIGTRAP: "failed check"
        case SIGABRT: "abort"
        case SIGFPE: "arithmetic error"
        default: "signal \(number)"
        }
    }

    /// A start without surprises: no settings of the user's libraries, no threads before the
    /// decoder is confined, no helper that would print a crash.
    private static var environment: [String] {
        var variables = [
            "LC_ALL=C", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MALLOC_ARENA_MAX=2",
            "SWIFT_BACKTRACE=enable=no", "HOME=/nonexistent",
        ]
        for kept in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
            if let value = environmentVariable(kept) { variables.append("\(kept)=\(value)") }
        }
        return variables
    }
}

/// A variable of this process's environment.
func environmentVariable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

extension MediaLimits {
    /// The memory that a decoder process may have in all: the largest picture as decoded and as
    /// handed over, and a few of the largest pieces.
    var decoderMemoryByteCount: Int {
        let pixels = maxPixels.multipliedReportingOverflow(by: 6)
        let pieces = maxAllocationBytes.multipliedReportingOverflow(by: 8)
        let sum = pixels.partialValue.addingReportingOverflow(pieces.partialValue)
        let overflow = pixels.overflow || pieces.overflow || sum.overflow || sum.partialValue < 0
        return overflow ? Int.max / 2 : sum.partialValue
    }
}
