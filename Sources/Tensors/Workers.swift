// The only threads of the program's own. A call of `run` gives every thread a run of neighbouring
// chunks, so that each reads its own stretch of the weights from memory, which is twice as fast as
// taking turns; who is done takes from the far end of another's stretch. The caller takes part, and
// waits only for chunks that others have claimed. A thread's stretch is one word, `generation << 32 |
// first << 16 | end`: a claim by compare-and-exchange either gets chunks of the work at hand, which
// then cannot end before they do, or nothing.
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
    // `work`, `kind`, `chunkCount` and `step` are written by the caller that holds `isBusy`, while
    // nothing is left to claim, and read by whoever has claimed, and ends before they change again.
    private var work: UnsafeRawPointer?
    private var kind: (any ChunkedWork.Type)?
    private var chunkCount = 0
    /// How many chunks one step of a stretch is: 1, but for more chunks than a word can count.
    private var step = 1
    private var generation: UInt64 = 0

    private(set) var threadCount: Int
    private var threads: [pthread_t] = []
    /// The stretch of each thread, a cache line apart.
    private let stretches: UnsafeMutablePointer<Atomic<UInt64>>
    /// The threads that were wished for; those that the system refused have no stretch.
    private let stretchCount: Int
    /// The generation of the newest work.
    private let posted = Atomic<UInt64>(0)
    /// Chunks of the work at hand that are done.
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

    /// The words from one thread's stretch to the next.
    private static let stride = 8
    /// The most steps that a word can count.
    private static let maxSteps = 0xFFFF

    init(threadCount: Int) {
        self.threadCount = threadCount
        stretchCount = threadCount
        unsafe stretches = .allocate(capacity: threadCount * Self.stride)
        for place in 0..<threadCount * Self.stride {
            unsafe (stretches + place).initialize(to: Atomic(0))
        }
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
        unsafe stretches.deinitialize(count: stretchCount * Self.stride)
        unsafe stretches.deallocate()
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
            step = (chunks + Self.maxSteps - 1) / Self.maxSteps
            generation = (generation + 1) & 0xFFFF_FFFF
            finished.store(0, ordering: .relaxed)
            let steps = (chunks + step - 1) / step
            for thread in 0..<threadCount {
                let first = UInt64(steps * thread / threadCount)
                let end = UInt64(steps * (thread + 1) / threadCount)
                unsafe stretch(thread).pointee.store(
                    generation << 32 | first << 16 | end, ordering: .sequentiallyConsistent)
            }
            posted.store(generation, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                unsafe pthread_mutex_lock(mutex)
                unsafe pthread_cond_broadcast(newWork)
                unsafe pthread_mutex_unlock(mutex)
            }
            var done = 0
            while let chunks = claim(as: 0) {
                for chunk in chunks { work.run(chunk: chunk, worker: 0) }
                done += chunks.count
            }
            finished.add(done, ordering: .sequentiallyConsistent)
            waitForOthers(chunks)
        }
        unsafe self.work = nil
        kind = nil
        isBusy.store(false, ordering: .releasing)
    }

    @unsafe private func stretch(_ thread: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe stretches + thread * Self.stride
    }

    /// A part of the work at hand that is nobody else's: of a thread's own stretch the next, else of
    /// another's the last; nil when none is left. A quarter of what is left there at a time, so that
    /// there is little to agree about, and all end together.
    private func claim(as thread: Int) -> Range<Int>? {
        for offset in 0..<stretchCount {
            let owner = (thread + offset) % stretchCount
            let stretch = unsafe stretch(owner)
            var word = unsafe stretch.pointee.load(ordering: .acquiring)
            while true {
                let (first, end) = (word >> 16 & 0xFFFF, word & 0xFFFF)
                guard first < end else { break }
                let part = (end - first + 3) / 4
                let rest = offset == 0 ? word + (part << 16) : word - part
                let (exchanged, original) = unsafe stretch.pointee.compareExchange(
                    expected: word, desired: rest, ordering: .acquiringAndReleasing)
                if exchanged {
                    let start = Int(offset == 0 ? first : end - part)
                    return start * step..<min(chunkCount, (start + Int(part)) * step)
                }
                word = original
            }
        }
        return nil
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
        var seen: UInt64 = 0
        while !isStopping.load(ordering: .acquiring) {
            if let chunks = claim(as: worker) {
                // None of the work ends before `finished` counts these.
                let all = chunkCount
                var done = 0
                var next: Range<Int>? = chunks
                while let chunks = next {
                    if let kind, let work = unsafe work {
                        for chunk in chunks {
                            unsafe Self.run(kind, work, chunk: chunk, worker: worker)
                        }
                    }
                    done += chunks.count
                    next = claim(as: worker)
                }
                let finished = finished.add(done, ordering: .sequentiallyConsistent).newValue
                if finished == all, callerSleeps.load(ordering: .sequentiallyConsistent) {
                    unsafe pthread_mutex_lock(mutex)
                    unsafe pthread_cond_signal(allDone)
                    unsafe pthread_mutex_unlock(mutex)
                }
            } else {
                seen = waitForWork(after: seen)
            }
        }
    }

    @unsafe private static func run<Work: ChunkedWork>(
        _ kind: Work.Type, _ work: UnsafeRawPointer, chunk: Int, worker: Int
    ) {
        unsafe work.assumingMemoryBound(to: kind).pointee.run(chunk: chunk, worker: worker)
    }

    /// Waits until there is other work than that of a generation, or none ever again.
    private func waitForWork(after seen: UInt64) -> UInt64 {
        for _ in 0..<Self.spins {
            let newest = posted.load(ordering: .acquiring)
            if newest != seen || isStopping.load(ordering: .acquiring) { return newest }
            smv_pause()
        }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
        while true {
            let newest = posted.load(ordering: .sequentiallyConsistent)
            if newest != seen || isStopping.load(ordering: .sequentiallyConsistent) {
                return newest
            }
            unsafe pthread_cond_wait(newWork, mutex)
        }
    }
}
