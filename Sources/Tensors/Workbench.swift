/// Where a computation works: threads, and for each of them memory for the rows or scores at hand.
///
/// Made once with a conversation and lent to every step of it.
package struct Workbench: ~Copyable {
    package let workers: Workers
    /// The memory of all threads, one part after the other.
    private let memory: Scratch

    /// The floats of one thread: 4 MiB, which holds the scores of 8 queries over 131,072 positions,
    /// and 256 rows of 4096 inputs.
    static let panelFloats = 1 << 20

    /// A place to work.
    package init(workers: Workers) throws(NoMemory) {
        memory = try Scratch(count: workers.threadCount * Self.panelFloats)
        self.workers = workers
    }

    /// What each chunk needs to find its thread's memory.
    @unsafe mutating func panels() -> UnsafeMutablePointer<Float> { unsafe memory.base }
}
