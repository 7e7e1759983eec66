// The only threads of the program's own. A call of `run` hands out the chunks of one piece of work by
// a ticket; the caller takes part, and waits only for chunks that others have claimed. The ticket is
// one word, `generation << 32 | chunks left`: a claim by compare-and-exchange either gets a chunk of
// the work at hand, which then cannot end before the chunk does, or nothing.
internal import CKernels
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Threads that share the heavy loops of one model.
///
/// Any number of callers may share them: one is served, and the others do their work alone.
package final class Workers: Sendable {
    private let pool: WorkerPool
    /// How many threads work, the caller's own among them.
    package var threadCount: Int { pool.threadCount }

    /// More threads than any machine of today gains by.
    package static let maxThreads = 256

    /// Starts `threadCount - 1` threads; with 1, all work is done by the caller.
    ///
    /// Where the system refuses a thread, there is one less.
    package init(threadCount: Int) {
        pool = WorkerPool(threadCount: min(max(threadCount, 1), Self.maxThreads))
        pool.start()
    }

    /// One thread per processor core that this process may use.
    package convenience init() {
        self.init(threadCount: ProcessorCount.usable)
    }

    deinit { pool.stop() }

    /// Does `chunks` chunks of some work and returns when all are done.
    func run<Work: ChunkedWork>(_ work: Work, chunks: Int) {
        pool.run(work, chunks: chunks)
    }
}

/// What the threads of a `Workers` see of it: they keep it alive, not the `Workers`.
@safe private final class WorkerPool: @unchecked Sendable {
    // `work`, `kind` and `chunkCount` are written by the caller that holds `isBusy`, while no chunk
    // is left to claim, and read by whoever has claimed a chunk, which ends before they change again.
    private var work: UnsafeRawPointer?
    private var kind: (any ChunkedWork.Type)?
    private var chunkCount = 0
    private var generation: UInt64 = 0

    private(set) var threadCount: Int
    private var threads: [pthread_t] = []
    private let ticket = Atomic<UInt64>(0)
    private let finished = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let newWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let allDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// How often a thread looks for work before it sleeps: some 20 to 50 microseconds.
    private static let spins = 2000

    init(threadCount: Int) {
        self.threadCount = threadCount
        _ = unsafe pthread_mutex_init(mutex, nil)
        _ = unsafe pthread_cond_init(newWork, nil)
        _ = unsafe pthread_cond_init(allDone, nil)
    }

    deinit {
        _ = unsafe pthread_cond_destroy(newWork)
        _ = unsafe pthread_cond_destroy(allDone)
        _ = unsafe pthread_mutex_destroy(mutex)
        unsafe newWork.deallocate()
        unsafe allDone.deallocate()
        unsafe mutex.deallocate()
    }

    /// A thread's place and pool, handed to it at its start.
    private final class Start {
        let pool: WorkerPool
        let worker: Int
        init(pool: WorkerPool, worker: Int) {
            self.pool = pool
            self.worker = worker
        }
    }

    func start() {
        for worker in 1..<max(threadCount, 1) {
            let start = unsafe Unmanaged.passRetained(Start(pool: self, worker: worker))
            var thread = pthread_t()
            let failed = unsafe pthread_create(
                &thread, nil,
                { argument in
                    if let argument = unsafe argument {
                        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                        start.pool.serve(as: start.worker)
                    }
                    return nil
                }, start.toOpaque())
            guard failed == 0 else {
                unsafe start.release()
                threadCount = worker
                return
            }
            threads.append(thread)
        }
    }

    func stop() {
        unsafe pthread_mutex_lock(mutex)
        isStopping.store(true, ordering: .sequentiallyConsistent)
        unsafe pthread_cond_broadcast(newWork)
        unsafe pthread_mutex_unlock(mutex)
        for thread in threads { _ = pthread_join(thread, nil) }
        threads = []
    }

    func run<Work: ChunkedWork>(_ work: Work, chunks: Int) {
        guard chunks > 1, threadCount > 1,
            isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        else {
            for chunk in 0..<max(chunks, 0) { work.run(chunk: chunk, worker: 0) }
            return
        }
        unsafe withUnsafePointer(to: work) { pointer in
            unsafe self.work = UnsafeRawPointer(pointer)
            kind = Work.self
            chunkCount = chunks
            generation = (generation + 1) & 0xFFFF_FFFF
            finished.store(0, ordering: .relaxed)
            ticket.store(
                generation << 32 | UInt64(UInt32(chunks)), ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                unsafe pthread_mutex_lock(mutex)
                unsafe pthread_cond_broadcast(newWork)
                unsafe pthread_mutex_unlock(mutex)
            }
            while let chunk = claim() {
                work.run(chunk: chunk, worker: 0)
                finished.add(1, ordering: .sequentiallyConsistent)
            }
            waitForOthers(chunks)
        }
        unsafe self.work = nil
        kind = nil
        isBusy.store(false, ordering: .releasing)
    }

    /// A chunk of the work at hand that is nobody else's; nil when none is left.
    private func claim() -> Int? {
        var word = ticket.load(ordering: .acquiring)
        while true {
            let left = Int(word & 0xFFFF_FFFF)
            guard left > 0 else { return nil }
            let (exchanged, original) = ticket.compareExchange(
                expected: word, desired: word - 1, ordering: .acquiringAndReleasing)
            if exchanged { return chunkCount - left }
            word = original
        }
    }

    private func waitForOthers(_ chunks: Int) {
        for _ in 0..<Self.spins {
            if finished.load(ordering: .acquiring) == chunks { return }
            smv_pause()
        }
        unsafe pthread_mutex_lock(mutex)
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        while finished.load(ordering: .sequentiallyConsistent) != chunks {
            unsafe pthread_cond_wait(allDone, mutex)
        }
        callerSleeps.store(false, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// The life of a thread: chunks while there are some, then a look around, then sleep.
    private func serve(as worker: Int) {
        while !isStopping.load(ordering: .acquiring) {
            if let chunk = claim() {
                let chunks = chunkCount
                if let kind, let work = unsafe work {
                    unsafe Self.run(kind, work, chunk: chunk, worker: worker)
                }
                let done = finished.add(1, ordering: .sequentiallyConsistent).newValue
                if done == chunks, callerSleeps.load(ordering: .sequentiallyConsistent) {
                    unsafe pthread_mutex_lock(mutex)
                    unsafe pthread_cond_signal(allDone)
                    unsafe pthread_mutex_unlock(mutex)
                }
            } else {
                waitForWork()
            }
        }
    }

    @unsafe private static func run<Work: ChunkedWork>(
        _ kind: Work.Type, _ work: UnsafeRawPointer, chunk: Int, worker: Int
    ) {
        unsafe work.assumingMemoryBound(to: kind).pointee.run(chunk: chunk, worker: worker)
    }

    private var hasWork: Bool {
        ticket.load(ordering: .sequentiallyConsistent) & 0xFFFF_FFFF > 0
            || isStopping.load(ordering: .sequentiallyConsistent)
    }

    private func waitForWork() {
        for _ in 0..<Self.spins {
            if hasWork { return }
            smv_pause()
        }
        unsafe pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while !hasWork { unsafe pthread_cond_wait(newWork, mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(mutex)
    }
}
