// In: the next rows of conversations that write at the same time. Out: the logits of each, from one
// pass over the weights for all of them. There is no thread for it: of those that wait, one leads the
// pass for all. It begins when all are there that had the last pass, and no later than that one took:
// who is slow to come back misses a pass, and is not waited for until it has come. Each row stays what it
// would be alone, to the bit.
internal import Dispatch
internal import Language
internal import Synchronization
internal import Tensors

/// The conversations of a model that write at the same time, with the same arithmetic.
final class Chorus: Sendable {
    private struct State {
        var members: [Seat] = []
        /// Those whose rows are handed over, in that order.
        var waiting: [Seat] = []
        /// Who leads the pass at hand or the next one.
        var leader: Seat?
        /// The most rows of a pass; 1 where there is no memory for more.
        var width: Int
        /// Since when a pass is due, in nanoseconds: the first has come, and the last pass ended.
        var dueSince: UInt64 = 0
        /// How long those that are there wait for the others: as long as the last pass took.
        var patience = Chorus.leastPatience
        /// But no less than this.
        var leastPatience = Chorus.leastPatience

        /// Those that are waited for.
        var absentCount: Int { members.count { $0.isAwaited && !$0.isWaiting } }

        var deadline: UInt64 { dueSince + patience }
    }

    /// What it takes a thread to wake up, choose an id and come back, even if the machine is busy.
    private static let leastPatience: UInt64 = 2_000_000

    /// What one that waits is to do.
    private enum Step {
        case lead
        case wait(until: UInt64?)
        case goOn
    }

    private let state: Mutex<State>
    /// Only the leader enters.
    private let room: PassRoom
    private let turns: Turns
    /// The most rows of a pass: beyond so many a pass costs as much more as it has rows.
    private let width = 16
    private let passes = Atomic<Int>(0)
    private let rows = Atomic<Int>(0)
    private let nanoseconds = Atomic<Int64>(0)

    init(_ model: LanguageModel, workers: Workers, arithmetic: Arithmetic, turns: Turns) {
        room = PassRoom(model, workers: workers, arithmetic: arithmetic, width: width)
        self.turns = turns
        state = Mutex(State(width: width))
    }

    /// What has been done so far, and who is at it.
    var figures: WritingFigures {
        WritingFigures(
            passCount: passes.load(ordering: .relaxed), rowCount: rows.load(ordering: .relaxed),
            time: .nanoseconds(nanoseconds.load(ordering: .relaxed)),
            writerCount: state.withLock { $0.members.count }, holdsMemory: room.holdsMemory)
    }

    /// Lets those that are there wait longer for the others than it pays.
    func wait(atLeast time: Duration) {
        let (seconds, attoseconds) = time.components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        state.withLock { state in
            (state.patience, state.leastPatience) = (nanoseconds, nanoseconds)
        }
    }

    /// A conversation begins to write.
    func enter(_ seat: Seat) {
        state.withLock { state in
            seat.isAwaited = true
            state.members.append(seat)
        }
    }

    /// A conversation has written.
    func leave(_ seat: Seat) {
        let next = state.withLock { state in
            state.members.removeAll { $0 === seat }
            if state.members.isEmpty {
                // The leader is a member: nobody is in the room.
                room.empty()
                state.width = width
            }
            return state.leader == nil ? state.waiting.first : nil
        }
        next?.bell.signal()
    }

    /// Reads the rows of a seat, alone or together with others.
    ///
    /// - Parameter alone: reads them when nobody else's are there.
    /// - Returns: what `alone` says, or true.
    func read(_ seat: Seat, alone: () -> Bool) -> Bool {
        var step = state.withLock { state in
            if state.waiting.isEmpty { state.dueSince = DispatchTime.now().uptimeNanoseconds }
            seat.isWaiting = true
            state.waiting.append(seat)
            return self.step(of: seat, &state)
        }
        while true {
            switch step {
            case .goOn: return true
            case .lead: return lead(seat, alone)
            case .wait(nil): seat.bell.wait()
            case .wait(let end?): _ = seat.bell.wait(timeout: .init(uptimeNanoseconds: end))
            }
            step = state.withLock { self.step(of: seat, &$0) }
        }
    }

    private func step(of seat: Seat, _ state: inout State) -> Step {
        guard seat.isWaiting else { return .goOn }
        if let leader = state.leader { return leader === seat ? .lead : .wait(until: nil) }
        guard isTime(state), let first = state.waiting.first else {
            return .wait(until: state.deadline)
        }
        // Who waits longest leads, so that a pass never leaves out the same one again.
        state.leader = first
        if first === seat { return .lead }
        first.bell.signal()
        return .wait(until: nil)
    }

    /// Whether a pass is to begin with those that are there.
    private func isTime(_ state: State) -> Bool {
        let absent = state.absentCount
        return absent == 0 || state.waiting.count >= share(state, absent)
            || DispatchTime.now().uptimeNanoseconds >= state.deadline
    }

    /// How many go at once when they are too many for one pass: as many each time.
    private func share(_ state: State, _ absent: Int) -> Int {
        let count = state.waiting.count + absent
        let passes = (count + state.width - 1) / state.width
        return (count + passes - 1) / max(passes, 1)
    }

    private func lead(_ seat: Seat, _ alone: () -> Bool) -> Bool {
        // Nobody is without a turn for long, so that there is no need to ask.
        let claim = turns.claim(.writing, bell: seat.bell)
        _ = turns.take(claim, isWanted: { true })
        let start = DispatchTime.now().uptimeNanoseconds
        let isAlone = state.withLock { $0.waiting.count == 1 || $0.width == 1 }
        let hasRoom = isAlone || room.open()
        state.withLock { state in
            if !hasRoom { state.width = 1 }
            choose(seat, &state)
        }
        var isRead = true
        if room.seats.count == 1 { isRead = alone() } else { room.pass() }
        passes.add(1, ordering: .relaxed)
        rows.add(room.seats.reduce(0) { $0 + $1.rowCount }, ordering: .relaxed)
        let end = DispatchTime.now().uptimeNanoseconds
        turns.giveBack(claim)
        nanoseconds.add(Int64(end - start), ordering: .relaxed)
        state.withLock { state in
            (state.dueSince, state.patience) = (end, max(end - start, state.leastPatience))
            for other in room.seats {
                other.isWaiting = false
                other.isAwaited = true
            }
        }
        for other in room.seats where other !== seat { other.bell.signal() }
        room.seats.removeAll(keepingCapacity: true)
        let next = state.withLock { state in
            state.leader = nil
            return state.waiting.first
        }
        // It leads the next pass or watches for the time of it.
        next?.bell.signal()
        return isRead
    }

    /// Chooses who goes, and so no longer waits: the leader and as many of the others as there is
    /// room for, in their order.
    private func choose(_ leader: Seat, _ state: inout State) {
        let absent = state.absentCount
        let most = share(state, absent)
        if absent > 0, state.waiting.count < most {
            for member in state.members where !member.isWaiting { member.isAwaited = false }
        }
        room.seats.append(leader)
        var rows = leader.rowCount
        for seat in state.waiting where seat !== leader {
            guard room.seats.count < most, rows + seat.rowCount <= state.width else { continue }
            room.seats.append(seat)
            rows += seat.rowCount
        }
        state.waiting.removeAll { seat in room.seats.contains { $0 === seat } }
    }
}
