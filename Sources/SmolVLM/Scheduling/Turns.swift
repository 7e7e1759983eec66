// Whose turn it is to compute. A turn is short: some layers of a prompt's chunk or of a tile, or one
// pass for all that write. Where some read and others write, both get the same time: who reads keeps
// its turn, layer after layer, until it has had as much as the last passes took. Of several that read,
// the one whose chunk was begun first goes first. A turn is handed from one to the next, so that none
// is overtaken without end.
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
        /// The claim whose turn it is. While there is none, nobody waits.
        var holder: Claim?
        /// Whether the holder has paused: then one that has waited long may take its turn.
        var isPaused = false
        /// When the turn at hand began, or was last counted.
        var since: UInt64 = 0
        /// By how many nanoseconds those that read have had more than those that write.
        var lead: Int64 = 0
        /// How long the last turns of the two were: what was had before is soon forgotten.
        var lengths: (reading: Int64, writing: Int64) = (0, 0)
        var waiting: [Claim] = []

        mutating func begin(_ claim: Claim) {
            holder = claim
            isPaused = false
            since = DispatchTime.now().uptimeNanoseconds
        }

        /// Counts the time that the holder has had.
        mutating func count() {
            guard let holder, !isPaused else { return }
            let now = DispatchTime.now().uptimeNanoseconds
            let length = Int64(now - since)
            since = now
            switch holder.kind {
            case .reading: (lengths.reading, lead) = (length, lead + length)
            case .writing: (lengths.writing, lead) = (length, lead - length)
            }
            let most = max(lengths.reading, lengths.writing)
            lead = min(max(lead, -most), most)
        }

        /// Whether somebody else is to go on in place of the holder, which has paused.
        var isOthersTurn: Bool {
            guard let holder else { return false }
            return waiting.contains { other in
                // Only who reads pauses.
                other.kind == holder.kind ? other.number < holder.number : lead > 0
            }
        }

        /// Hands the turn to the next; returns that claim.
        mutating func handOver() -> Claim? {
            holder = nil
            let due = lead > 0 ? Kind.writing : .reading
            var next: Int?
            for index in waiting.indices {
                guard let best = next else {
                    next = index
                    continue
                }
                let (one, two) = (waiting[index], waiting[best])
                let isBetter =
                    one.kind == two.kind ? one.number < two.number : one.kind == due
                if isBetter { next = index }
            }
            guard let next else { return nil }
            let claim = waiting.remove(at: next)
            begin(claim)
            return claim
        }
    }

    private let state = Mutex(State())
    private let claims = Atomic<UInt64>(0)

    /// How long one that waits goes without asking whether it is still wanted, and whether the turn is
    /// in use at all.
    private static let patience = DispatchTimeInterval.milliseconds(20)

    func claim(_ kind: Kind, bell: DispatchSemaphore) -> Claim {
        Claim(kind: kind, number: claims.add(1, ordering: .relaxed).newValue, bell: bell)
    }

    /// Waits for a turn; one that was paused may still be there.
    ///
    /// - Returns: false when it was not wanted any more; then there is no turn to give back.
    func take(_ claim: Claim, isWanted: () -> Bool) -> Bool {
        let isMine = state.withLock { state in
            guard state.holder == nil || state.holder?.number == claim.number else {
                state.waiting.append(claim)
                return false
            }
            state.begin(claim)
            return true
        }
        if isMine { return true }
        while true {
            let rang = claim.bell.wait(timeout: .now() + Self.patience)
            let isMine = state.withLock { state in
                if state.holder?.number == claim.number { return true }
                guard rang == .timedOut, state.isPaused else { return false }
                state.waiting.removeAll { $0.number == claim.number }
                state.begin(claim)
                return true
            }
            if isMine { return true }
            guard rang == .timedOut, !isWanted() else { continue }
            let hasTurn = state.withLock { state in
                state.waiting.removeAll { $0.number == claim.number }
                return state.holder?.number == claim.number
            }
            if hasTurn { giveBack(claim) }
            return false
        }
    }

    /// Stops for a moment: the turn stays if it is nobody else's, until somebody has waited long.
    func pause(_ claim: Claim) {
        state.withLock { (state) -> Claim? in
            state.count()
            if state.isOthersTurn { return state.handOver() }
            state.isPaused = true
            return nil
        }?.bell.signal()
    }

    /// Ends a turn; one that somebody has taken over is his.
    func giveBack(_ claim: Claim) {
        state.withLock { (state) -> Claim? in
            guard state.holder?.number == claim.number else { return nil }
            state.count()
            return state.handOver()
        }?.bell.signal()
    }
}
