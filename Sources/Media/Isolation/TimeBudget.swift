#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The time that decoding may still take, and whether it is wanted at all. Only waiting for the
/// decoder counts, not what the caller does with its pictures meanwhile.
struct TimeBudget {
    /// Nil: no limit.
    private var left: Duration?

    /// Asked at least ten times a second; nil: it is wanted in any case.
    private let isWanted: (@Sendable () -> Bool)?

    init(seconds: Double, isWanted: (@Sendable () -> Bool)?) {
        left = seconds < 1e9 ? .seconds(max(0, seconds)) : nil
        self.isWanted = isWanted
    }

    var isSpent: Bool { isRefused || (left.map { $0 <= .zero } ?? false) }

    /// Whether it is not wanted any more.
    var isRefused: Bool { isWanted.map { !$0() } ?? false }

    /// Waits until one of the descriptors has something; false when the time is up or it is not
    /// wanted any more.
    mutating func wait(for requests: inout [pollfd]) -> Bool {
        while true {
            let before = ContinuousClock.now
            let count = nfds_t(requests.count)
            let timeout = milliseconds
            let ready = unsafe requests.withUnsafeMutableBufferPointer { requests in
                unsafe poll(requests.baseAddress, count, timeout)
            }
            let interrupted = ready < 0 && (errno == EINTR || errno == EAGAIN)
            spend(since: before)
            if ready > 0 { return true }
            if isSpent { return false }
            // Anything else than an interruption will not get better: let the caller find out.
            if ready < 0 && !interrupted { return true }
        }
    }

    /// Waits until one descriptor can be read or written; false when the time is up.
    mutating func wait(for descriptor: Int32, toWrite: Bool) -> Bool {
        var requests = [
            pollfd(fd: descriptor, events: Int16(toWrite ? POLLOUT : POLLIN), revents: 0)
        ]
        return wait(for: &requests)
    }

    /// Counts time that passed elsewhere than in `wait`.
    mutating func spend(since before: ContinuousClock.Instant) {
        guard let now = left else { return }
        left = now - (ContinuousClock.now - before)
    }

    /// For `poll`, rounded up; -1 for ever.
    private var milliseconds: Int32 {
        guard isWanted == nil else { return min(100, allMilliseconds ?? 100) }
        return allMilliseconds ?? -1
    }

    private var allMilliseconds: Int32? {
        guard let left else { return nil }
        let (seconds, attoseconds) = left.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        // Slices: a budget of weeks fits the call as well.
        return Int32(min(seconds, 1_000_000)) * 1000 + Int32(attoseconds / 1_000_000_000_000_000)
            + 1
    }
}
