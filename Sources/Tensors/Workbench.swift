/// Where a computation works: threads, and for each of them memory for the rows or scores at hand.
///
/// Made once with a conversation and lent to every step of it.
package struct Workbench: ~Copyable {
    package let workers: Workers
    package let arithmetic: Arithmetic
    /// The memory of all threads, one part after the other.
    private let memory: Scratch
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

    /// Where a thin product and the change that it becomes lie, one behind the other.
    @unsafe mutating func changes() -> UnsafeMutablePointer<Float> { unsafe changeMemory.base }
}
