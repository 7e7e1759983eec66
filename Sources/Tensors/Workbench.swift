/// Where a computation works: threads, and for each of them memory for the rows or scores at hand.
///
/// Made once with a conversation and lent to every step of it.
package struct Workbench: ~Copyable {
    package let workers: Workers
    package let arithmetic: Arithmetic
    /// Whether every row of a pass is to be worked out as if it were alone: to the bit the same,
    /// however many others are in the pass. For steps of several answers, which may be joined and
    /// parted in any way; reading a prompt is quicker without.
    package var isAsAlone = false
    /// The memory of all threads, one part after the other.
    private let memory: Scratch
    /// Queries that wait to be let see.
    var waiting = SeenParts.Waiting()
    /// The inputs at hand as bytes, and room for more.
    var inputs: ByteInputs
    /// What the changes of adapters are worked out in; of no cost without adapters.
    private let changeMemory: Scratch

    /// The floats of one thread: 4 MiB, which holds the scores of 8 queries over 131,072 positions,
    /// and 256 rows of 4096 inputs; and a little, as scores are written by whole vectors.
    static let panelFloats = (1 << 20) + spareFloats
    static let spareFloats = 64
    static let changeFloats = 1 << 20

    /// A place to work.
    package init(workers: Workers, arithmetic: Arithmetic) throws(NoMemory) {
        let panels = try Scratch(count: workers.threadCount * Self.panelFloats)
        let inputs = try ByteInputs()
        let changes = try Scratch(count: Self.changeFloats)
        memory = panels
        self.inputs = inputs
        changeMemory = changes
        self.workers = workers
        self.arithmetic = arithmetic
    }

    /// What each chunk needs to find its thread's memory.
    @unsafe mutating func panels() -> UnsafeMutablePointer<Float> { unsafe memory.base }

    /// Inputs as bytes: those at hand, if it is they; nil when there is no memory for them.
    @unsafe mutating func bytes(
        of x: UnsafePointer<Float>, count: Int, columns: Int
    ) -> ByteRows? {
        if !inputs.hold(count, columns) {
            guard unsafe inputs.take(x, count: count, columns: columns, workers: workers) else {
                return nil
            }
        }
        return unsafe inputs.rows(count, columns)
    }

    /// Where a thin product and the change that it becomes lie, one behind the other.
    @unsafe mutating func changes() -> UnsafeMutablePointer<Float> { unsafe changeMemory.base }
}
