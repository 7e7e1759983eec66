internal import CSandbox

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One end of the connection between the program and its decoder process: messages with their length
/// before them, and descriptors that travel along.
struct DecoderChannel: ~Copyable {
    /// The other end broke the rules, or the connection did.
    struct Broken: Error {}

    private let end: OwnedDescriptor
    private var received: [UInt8] = []
    private var taken = 0
    /// The last descriptor that came along and was not asked for yet.
    private var arrived: Int32 = -1

    init(_ end: consuming OwnedDescriptor) { self.end = end }

    deinit { if arrived >= 0 { close(arrived) } }

    var descriptor: Int32 { end.number }

    /// Sends a message, and a descriptor with it unless it is -1; false when the time is up.
    func send(
        _ body: [UInt8], with attached: Int32, budget: inout TimeBudget
    ) throws(Broken) -> Bool {
        var header = UInt32(body.count)
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            bytes.append(UInt8(truncatingIfNeeded: header))
            header >>= 8
        }
        bytes.append(contentsOf: body)
        var place = 0
        var attached = attached
        while place < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { bytes in
                unsafe smv_send(
                    descriptor, bytes.baseAddress?.advanced(by: place), bytes.count - place,
                    attached)
            }
            if sent == -Int(EAGAIN) || sent == -Int(EWOULDBLOCK) {
                guard budget.wait(for: descriptor, toWrite: true) else { return false }
                continue
            }
            guard sent > 0 else { throw Broken() }
            place += sent
            attached = -1
        }
        return true
    }

    /// Takes in what has arrived; false at the end of the connection.
    mutating func takeIn() throws(Broken) -> Bool {
        if taken == received.count {
            received.removeAll(keepingCapacity: received.capacity < 1 << 20)
            taken = 0
        }
        var attached: Int32 = -1
        var got = 0
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            got = unsafe smv_receive(descriptor, buffer.baseAddress, buffer.count, &attached)
            count = max(0, got)
        }
        if attached >= 0 {
            if arrived >= 0 { close(arrived) }
            arrived = attached
        }
        if got == -Int(EAGAIN) || got == -Int(EWOULDBLOCK) { return true }
        // A process that was killed with messages unread resets the connection.
        if got == -Int(ECONNRESET) { return false }
        guard got >= 0 else { throw Broken() }
        received.append(contentsOf: piece)
        return got > 0
    }

    /// The next whole message among what was taken in.
    mutating func next() throws(Broken) -> [UInt8]? {
        guard received.count - taken >= 4 else { return nil }
        var count = 0
        for index in (0..<4).reversed() { count = count << 8 | Int(received[taken + index]) }
        guard count <= ReplyCaps.messageBytes else { throw Broken() }
        guard received.count - taken - 4 >= count else { return nil }
        let body = Array(received[taken + 4..<taken + 4 + count])
        taken += 4 + count
        return body
    }

    /// Hands over the descriptor that came along, once.
    mutating func takeDescriptor() -> OwnedDescriptor? {
        guard arrived >= 0 else { return nil }
        let descriptor = arrived
        arrived = -1
        return OwnedDescriptor(descriptor)
    }
}
