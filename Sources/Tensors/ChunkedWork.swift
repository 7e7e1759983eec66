/// Work that falls into chunks which can be done in any order, by any thread, at the same time.
///
/// What a chunk computes depends on its number only, never on who does it or how many do: results
/// are the same whatever the number of threads.
protocol ChunkedWork {
    /// Does one chunk.
    ///
    /// - Parameter worker: which thread does it, below `Workers.threadCount`: whose memory to use.
    func run(chunk: Int, worker: Int)
}
