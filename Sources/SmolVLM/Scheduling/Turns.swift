// Whose turn it is to compute. A turn is short: a layer of a prompt's chunk or of a tile, or one pass
// for all that write. Those that read and those that write take turns about, so that neither holds
// the other up for longer than that; of several that read, the one whose chunk was begun first goes
// first. A turn is handed from one to the next, so that none is overtaken without end.
internal import Dispatch
internal import Synchronization

/// Lets one conversation of a model compute at a time, in layers and passes.
final class Turns: Sendable {
    enum Kind { case reading, writing }

    /// A claim to turns: of a chunk, a tile or a pass.
    struct Claim: Sendable {
        let kind: Kind
        /// Claims are numbered as they are made.
        let number: UInt64
        /// Rings when the turn has come; it may ring for other reasons too.
        let bell: DispatchSemaphore
    }

    private struct State {
        /// The number of the claim whose turn it is.
        var holder: UInt64?
        var last = Kind.writing
        /// Nobody waits while there is no holder.
        var waiting: [Claim] = []

        /// Hands the turn to the next; returns that claim.
        mutating func handOver() -> Claim? {
            holder = nil
            let other = last == .reading ? Kind.writing : .reading
            var next: Int?
            for index in waiting.indices {
                guard let best = next else {
                    next = index
                    continue
                }
                let (one, two) = (waiting[index], waiting[best])
                let isBetter =
                    one.kind == two.kind ? one.number < two.number : one.kind == other
                if isBetter { next = index }
            }
            guard let next else { return nil }
            let claim = waiting.remove(at: next)
            holder = claim.number
            last = claim.kind
            return claim
        }
    }

    private let state = Mutex(State())
    private let claims = Atomic<UInt64>(0)

    /// How long one that waits goes without asking whether it is still wanted.
    private static let patience = DispatchTimeInterval.milliseconds(20)

    func claim(_ kind: Kind, bell: DispatchSemaphore) -> Claim {
        Claim(kind: kind, number: claims.add(1, ordering: .relaxed).newValue, bell: bell)
    }

    /// Waits for a turn.
    ///
    /// - Returns: false when it was not wanted any more; then there is no turn to give back.
    func take(_ claim: Claim, isWanted: () -> Bool) -> Bool {
        let isFree = state.withLock { state in
            guard state.holder == nil else {
                state.waiting.append(claim)
                return false
            }
            state.holder = claim.number
            state.last = claim.kind
            return true
        }
        if isFree { return true }
        while true {
            let rang = claim.bell.wait(timeout: .now() + Self.patience)
            if state.withLock({ $0.holder == claim.number }) { return true }
            guard rang == .timedOut, !isWanted() else { continue }
            let hasTurn = state.withLock { state in
                state.waiting.removeAll { $0.number == claim.number }
                return state.holder == claim.number
            }
            if hasTurn { giveBack() }
            return false
        }
    }

    /// Ends a turn.
    func giveBack() {
        state.withLock { $0.handOver() }?.bell.signal()
    }
}
