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

    /// The floats of one thread: 4 MiB, which holds the scores of 8 queries over 131,072 positions,
    /// and 256 rows of 4096 inputs.
    static let panelFloats = 1 << 20

    /// A place to work.
    package init(workers: Workers, arithmetic: Arithmetic) throws(NoMemory) {
        let memory = try Scratch(count: workers.threadCount * Self.panelFloats)
        let inputs = try ByteInputs()
        self.memory = memory
        self.inputs = inputs
        self.workers = workers
        self.arithmetic = arithmetic
    }

    /// What each chunk needs to find its thread's memory.
    @unsafe mutating func panels() -> UnsafeMutablePointer<Float> { unsafe memory.base }
}
