internal import Dispatch
internal import Language

/// A conversation's place among those of its model: what it hands over to be read, and what it gets
/// for it.
///
/// Its rows, logits and cache are used by the conversation's own thread, and by the one that leads a
/// pass from the moment at which they are handed over until `isWaiting` is false again; the lock of
/// the `Chorus` lies between the two.
final class Seat: @unchecked Sendable {  // as above; the last two are behind that lock themselves
    let sequence: CachedSequence
    /// Rows of the stream, `[rows, hidden]`.
    var rows: [Float]
    /// How many of them a pass is to read: at least 1.
    var rowCount = 1
    /// Which of these rows' logits it wants: with `all` there is room for them.
    var wanted = LanguageModel.Wanted.last
    /// The logits that the last pass gave.
    var logits: [Float]
    /// Rings when something has changed for this conversation.
    let bell = DispatchSemaphore(value: 0)

    /// Whether its rows are handed over and not yet read.
    var isWaiting = false
    /// Whether the next pass is to wait for it: it had the last one, or has just begun.
    var isAwaited = false

    init(_ sequence: CachedSequence, rowFloats: Int, logitCount: Int) {
        self.sequence = sequence
        rows = [Float](repeating: 0, count: rowFloats)
        logits = [Float](repeating: 0, count: logitCount)
    }
}
