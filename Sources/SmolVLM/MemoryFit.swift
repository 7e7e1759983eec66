// In: a job that takes too much. Out: the largest settings with which it would fit, found by planning
// the job again with smaller ones: pictures in fewer tiles, then whole; fewer frames; last a shorter
// answer. Only an answer that was asked to be longer than usual is shortened first.

internal import Media
internal import Weights

/// Settings with which a job takes less, and what it takes then.
public struct MemoryFit: Equatable, Sendable {
    /// One setting that is made smaller.
    public enum Change: Equatable, Sendable {
        /// Pictures are brought to this many pixels.
        case longestEdge(Int)
        /// Pictures are not cut into tiles.
        case noSplit
        /// So many frames are taken of each video.
        case frames(Int)
        /// The answer may have so many tokens.
        case maxTokens(Int)
    }

    /// What is changed; nothing when the job fits as it is.
    public var changes: [Change]
    /// What the changed job takes.
    public var plan: MemoryPlan
}

extension Model {
    /// The largest settings with which a job takes no more than so many bytes; nil when even the
    /// smallest take more.
    public func largestFit(
        of job: MemoryJob, within limit: Int
    ) throws(ModelError) -> MemoryFit? {
        try largestFit(of: job, within: limit, on: ground)
    }

    /// The same in a process with so much in memory.
    package func largestFit(
        of job: MemoryJob, within limit: Int, on ground: MemoryGround
    ) throws(ModelError) -> MemoryFit? {
        let capacity = try capacity(for: job.conversation)
        func fits(_ changes: [MemoryFit.Change]) -> MemoryFit? {
            // What is too long for the context is no way out.
            guard let plan = try? memoryPlan(for: job.changed(by: changes), on: ground),
                plan.peakByteCount <= limit, plan.promptTokenCount < capacity
            else { return nil }
            return MemoryFit(changes: changes, plan: plan)
        }
        /// The largest number for which `changes` fits, up to one that does not.
        func largest(below end: Int, _ changes: (Int) -> [MemoryFit.Change]) -> MemoryFit? {
            var (low, high) = (1, end)
            var best: MemoryFit?
            while low < high {
                let middle = low + (high - low) / 2
                if let fit = fits(changes(middle)) {
                    best = fit
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return best
        }

        let plan = try memoryPlan(for: job, on: ground)
        if plan.peakByteCount <= limit { return MemoryFit(changes: [], plan: plan) }
        let usual = AnswerOptions().maxTokens
        if job.answer.maxTokens > usual, fits([.maxTokens(usual)]) != nil {
            return largest(below: job.answer.maxTokens) { [.maxTokens($0)] }
        }
        let pictures = pictureChanges(of: job)
        for change in pictures {
            if let fit = fits([change]) { return fit }
        }
        let smallestPictures = pictures.suffix(1)
        let frames = job.mostFrames
        if let fit = largest(below: frames, { smallestPictures + [.frames($0)] }) { return fit }
        let smallest = smallestPictures + (frames > 1 ? [.frames(1)] : [])
        return largest(below: job.answer.maxTokens) { smallest + [.maxTokens($0)] }
    }

    /// The smallest settings of a job, and what it takes with them.
    public func leastFit(of job: MemoryJob) throws(ModelError) -> MemoryFit {
        var changes = Array(pictureChanges(of: job).suffix(1))
        if job.mostFrames > 1 { changes.append(.frames(1)) }
        if job.answer.maxTokens > 1 { changes.append(.maxTokens(1)) }
        return MemoryFit(changes: changes, plan: try memoryPlan(for: job.changed(by: changes)))
    }

    /// Ways to make less of pictures, the least change first: one row or column of tiles fewer each
    /// time, then none.
    private func pictureChanges(of job: MemoryJob) -> [MemoryFit.Change] {
        guard job.hasPictures, let config = try? preprocessor(for: job.conversation) else {
            return []
        }
        let tile = config.tileEdge
        guard config.resizes else { return config.splits ? [.noSplit] : [] }
        let edges = stride(from: (config.longestEdge - 1) / tile * tile, through: tile, by: -tile)
        var changes = edges.map { MemoryFit.Change.longestEdge($0) }
        // A picture brought to one tile is not cut either, and takes less before it is one.
        if config.splits { changes.insert(.noSplit, at: max(changes.count - 1, 0)) }
        return changes
    }
}

extension MemoryJob {
    fileprivate var hasPictures: Bool {
        media.contains { shown in
            if case .video = shown { false } else { true }
        }
    }

    /// The frames of the video that has most; 0 without videos.
    fileprivate var mostFrames: Int {
        media.reduce(0) { most, shown in
            if case .video(_, _, let seconds, _) = shown { max(most, seconds.count) } else { most }
        }
    }

    fileprivate func changed(by changes: [MemoryFit.Change]) -> MemoryJob {
        var job = self
        for change in changes {
            switch change {
            case .longestEdge(let edge): job.conversation.longestEdge = edge
            case .noSplit: job.conversation.splitsPictures = false
            case .maxTokens(let count): job.answer.maxTokens = count
            case .frames(let count):
                job.media = media.map { shown in
                    guard case .video(let width, let height, let seconds, let duration) = shown
                    else { return shown }
                    return .video(
                        width: width, height: height, seconds: Array(seconds.prefix(count)),
                        durationSeconds: duration)
                }
            }
        }
        return job
    }
}
