internal import SmolVLM

/// What a question will take of memory, held against what it may take.
struct MemoryBudget {
    /// Nil for a question that cannot be asked at all; why, is said where it fails.
    let plan: MemoryPlan?

    /// - Throws: when the plan is above `--max-memory`; the refusal names the largest settings that
    ///   would fit.
    init(of job: MemoryJob, with model: Model, _ flags: AskFlags) throws(Refusal) {
        plan = try? model.memoryPlan(for: job)
        guard let plan, let limit = flags.maxMemory, plan.peakByteCount > limit else { return }
        // The limit is rounded down, so that what is needed is always the larger number.
        let needed =
            "answering needs \(Figures.mebibytes(plan.peakByteCount)) of memory, more than the "
            + "\(limit >> 20) MiB that --max-memory allows. "
        let fit = try Ask.refusing { () throws(ModelError) in
            try model.largestFit(of: job, within: limit)
        }
        if let fit {
            throw Refusal(needed + "It would fit with \(Self.words(fit.changes, flags)).")
        }
        let least = try Ask.refusing { () throws(ModelError) in try model.leastFit(of: job) }
        let settings =
            least.changes.isEmpty ? "" : ", with \(Self.words(least.changes, flags))"
        throw Refusal(
            needed + "The least that it can be made to take is "
                + "\(Figures.mebibytes(least.plan.peakByteCount))\(settings): allow that much, or "
                + "use a smaller model.")
    }

    /// Holds the next answer of a conversation against what it may take.
    static func check(
        _ conversation: borrowing Conversation, answer: AnswerOptions, _ flags: AskFlags
    ) throws(Refusal) {
        guard let limit = flags.maxMemory else { return }
        let plan: MemoryPlan
        do throws(ModelError) {
            plan = try conversation.memoryPlan(for: answer)
        } catch {
            throw Refusal(error)
        }
        guard plan.peakByteCount > limit else { return }
        throw Refusal(
            "answering needs \(Figures.mebibytes(plan.peakByteCount)) of memory, more than the "
                + "\(limit >> 20) MiB that --max-memory allows. Allow more, or begin with fewer or "
                + "smaller pictures (--no-split) or a smaller --max-tokens.")
    }

    /// Options as they are typed.
    private static func words(_ changes: [MemoryFit.Change], _ flags: AskFlags) -> String {
        changes.map { change in
            switch change {
            case .longestEdge(let edge): "--longest-edge \(edge)"
            case .noSplit: "--no-split"
            case .frames(let count):
                "--frames \(count)"
                    + (flags.media.framesPerSecond == nil ? "" : " instead of --fps")
            case .maxTokens(let count): "--max-tokens \(count)"
            }
        }.joined(separator: " ")
    }
}
