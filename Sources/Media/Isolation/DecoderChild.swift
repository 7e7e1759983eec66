internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The decoder process's side: what the program runs as when it has started itself again.
package enum DecoderChild {
    /// Serves one request and returns the exit code.
    ///
    /// Only `DecoderProcess` can start it: it needs the input as its descriptor 3 and the connection
    /// as its descriptor 4.
    package static func run(arguments: [String]) -> Int32 {
        var about = stat()
        guard arguments.isEmpty, unsafe fstat(4, &about) == 0,
            about.st_mode & S_IFMT == S_IFSOCK, fcntl(3, F_GETFD) >= 0
        else { return 2 }
        _ = fcntl(3, F_SETFD, FD_CLOEXEC)
        _ = fcntl(4, F_SETFD, FD_CLOEXEC)
        var conversation = DecoderConversation(DecoderChannel(OwnedDescriptor(4)))
        guard let request = conversation.request() else { return 2 }
        let input = MediaInput(
            name: request.name, descriptor: 3, byteCount: request.byteCount)
        confine(to: input, request: request)
        if let fault = request.fault { return fault.happen(in: &conversation) }
        do throws(MediaError) {
            let description =
                request.wantsPictures
                ? try MediaDecoder.decode(input, options: request.options) {
                    (item) throws(MediaError) in conversation.hand(over: item)
                } : try MediaDecoder.description(of: input, options: request.options)
            conversation.say(.done(description))
        } catch {
            conversation.say(.failed(error))
        }
        return 0
    }

    private static func confine(to input: borrowing MediaInput, request: DecoderRequest) {
        let limits = request.options.limits
        // Nothing of the input has been decoded yet: its first bytes say which programs it needs.
        var programs: [String] = []
        let start = (try? input.bytes(at: 0, count: MediaKind.recognisedByteCount)) ?? []
        if MediaKind.recognise(firstBytes: start.span) == .pdf
            || request.fault == .confessStartingPrograms
        {
            programs = Poppler.allTools()
        }
        smv_mark_memory_crashes(limits.maxAllocationBytes)
        _ = Confinement(
            memoryByteCount: limits.decoderMemoryByteCount,
            cpuSeconds: request.cpuSeconds, openFiles: 64,
            writtenByteCount: limits.maxPixels.multipliedReportingOverflow(by: 3).partialValue,
            programs: programs, input: 3
        ).apply()
    }
}

/// The decoder's end of the connection. When the program is gone there is nobody to decode for, and
/// the process ends at once.
struct DecoderConversation: ~Copyable {
    private var channel: DecoderChannel
    private var patience = TimeBudget(seconds: .infinity, isWanted: nil)

    init(_ channel: consuming DecoderChannel) { self.channel = channel }

    mutating func request() -> DecoderRequest? {
        try? DecoderRequest(bytes: receive())
    }

    mutating func say(_ reply: DecoderReply) { send(reply.bytes) }

    /// Announces a picture, waits for its memory and fills that.
    mutating func hand(over item: MediaItem) {
        let image = item.image
        say(.picture(width: image.width, height: image.height, place: item.place))
        guard let memory = memory() else { leave() }
        // Written, not mapped: fresh pages then need neither zeros nor faults, which is half the
        // time, and the program can forbid all writing right after.
        image.withPixels { pixels in
            unsafe pixels.withUnsafeBytes { bytes in
                var place = 0
                while place < bytes.count {
                    let written = unsafe pwrite(
                        memory.number, bytes.baseAddress?.advanced(by: place), bytes.count - place,
                        off_t(place))
                    if written < 0 && errno == EINTR { continue }
                    guard written > 0 else { _exit(Int32(SMV_EXIT_NO_MEMORY)) }
                    place += written
                }
            }
        }
        say(.filled)
    }

    /// The memory that the program grants.
    mutating func memory() -> OwnedDescriptor? {
        receive() == decoderGrant ? channel.takeDescriptor() : nil
    }

    mutating func send(_ body: [UInt8]) {
        guard let sent = try? channel.send(body, with: -1, budget: &patience), sent else { leave() }
    }

    private mutating func receive() -> [UInt8] {
        do throws(DecoderChannel.Broken) {
            while true {
                if let body = try channel.next() { return body }
                guard patience.wait(for: channel.descriptor, toWrite: false),
                    try channel.takeIn()
                else { leave() }
            }
        } catch {
            leave()
        }
    }

    private func leave() -> Never { _exit(1) }
}
