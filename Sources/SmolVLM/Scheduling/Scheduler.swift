// Any number of conversations share a model. What they compute goes by turns: a layer of what one
// reads, then a pass for all that write. Each keeps its own thread, sampler, stop rules and errors;
// nothing here knows of them.
internal import Dispatch
internal import Language
internal import Synchronization
internal import Tensors

/// Shares one model's time among its conversations.
final class Scheduler: Sendable {
    private let turns = Turns()
    private let exact: Chorus
    private let fast: Chorus
    private let encoding = Atomic<Int>(0)

    init(_ model: LanguageModel, workers: Workers) {
        exact = Chorus(model, workers: workers, arithmetic: .exact, turns: turns)
        fast = Chorus(model, workers: workers, arithmetic: .fast, turns: turns)
    }

    /// Where conversations of an arithmetic write.
    func chorus(_ arithmetic: Arithmetic) -> Chorus {
        switch arithmetic {
        case .exact: exact
        case .fast: fast
        }
    }

    /// How much has been written by both.
    var figures: WritingFigures {
        let (one, other) = (exact.figures, fast.figures)
        return WritingFigures(
            passCount: one.passCount + other.passCount, rowCount: one.rowCount + other.rowCount,
            time: one.time + other.time,
            writerCount: one.writerCount + other.writerCount,
            holdsMemory: one.holdsMemory || other.holdsMemory)
    }

    /// The turns of a chunk of a prompt, or of a tile.
    func reading(_ seat: Seat) -> ReadingTurn { ReadingTurn(turns, bell: seat.bell) }

    /// A conversation begins to encode pictures.
    func beginEncoding() { encoding.add(1, ordering: .relaxed) }

    /// A conversation has encoded its pictures.
    ///
    /// - Returns: whether no other is at it, so that what only pictures need may go.
    func endEncoding() -> Bool { encoding.subtract(1, ordering: .relaxed).newValue == 0 }
}

/// The turns in which one chunk of a prompt, or one tile, is worked out.
struct ReadingTurn: ~Copyable {
    private let turns: Turns
    private let claim: Turns.Claim
    private var isHeld = false

    init(_ turns: Turns, bell: DispatchSemaphore) {
        self.turns = turns
        claim = turns.claim(.reading, bell: bell)
    }

    deinit {
        if isHeld { turns.giveBack(claim) }
    }

    /// Lets go of the turn at hand, if there is one: before anybody is told of what was done.
    mutating func end() {
        if isHeld { turns.giveBack(claim) }
        isHeld = false
    }

    /// Lets others have a turn if it is theirs, and waits for the next.
    ///
    /// - Parameter isWanted: asked while the turn may be taken over.
    /// - Returns: false when it was not wanted any more.
    mutating func next(_ isWanted: () -> Bool) -> Bool {
        if isHeld { turns.pause(claim) }
        if isWanted() {
            isHeld = turns.take(claim, isWanted: isWanted)
        } else {
            end()
        }
        return isHeld
    }
}

/// How well conversations that write at the same time share their passes.
package struct WritingFigures: Equatable, Sendable {
    /// Passes over the weights so far.
    package let passCount: Int
    /// The rows that these read; as many as there were passes when nothing was shared.
    package let rowCount: Int
    /// How long they took.
    package let time: Duration
    /// The conversations that write now.
    package let writerCount: Int
    /// Whether there is memory for passes of several.
    package let holdsMemory: Bool
}

extension Model {
    /// How well its conversations share their passes.
    package var writingFigures: WritingFigures { scheduler.figures }

    /// Lets conversations that write wait for each other so long at least, where it counts that they
    /// share their passes, however busy the machine is, and not how soon they are done.
    package func letWritersWait(atLeast time: Duration) {
        scheduler.chorus(.exact).wait(atLeast: time)
        scheduler.chorus(.fast).wait(atLeast: time)
    }
}
