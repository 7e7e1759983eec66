import Media
import SmolVLM
import Testing

private func load(_ name: String) throws -> Model {
    try Model.load(
        from: RecordedConversation.folder(name), projector: nil, chatFormat: nil)
}

/// A question about media with an answer of so many tokens.
private func job(_ media: [ShownMedia], maxTokens: Int) -> MemoryJob {
    var answer = AnswerOptions()
    answer.maxTokens = maxTokens
    return MemoryJob(
        media: media, question: "What is it?", conversation: ConversationOptions(),
        answer: answer)
}

/// So many frames of a video of 80 seconds.
private func video(frames: Int) -> ShownMedia {
    .video(
        width: 640, height: 360, seconds: (0..<frames).map(Double.init), durationSeconds: 80)
}

/// An empty process, so that plans are the same on every machine.
private let nothing = MemoryGround(program: 0, opening: 0)

@Suite struct `Memory plans` {
    @Test func `a token of the answer takes its keys and values`() throws {
        let model = try load("patch16")
        let short = try model.memoryPlan(for: job([], maxTokens: 1), on: nothing)
        let long = try model.memoryPlan(for: job([], maxTokens: 101), on: nothing)
        // 3 layers, keys and values, 2 heads of 8 floats.
        #expect(long.answering.keysAndValues - short.answering.keysAndValues == 100 * 3 * 2 * 64)
        var (fastShort, fastLong) = (job([], maxTokens: 1), job([], maxTokens: 101))
        fastShort.conversation.precision = .fast
        fastLong.conversation.precision = .fast
        let halves =
            try model.memoryPlan(for: fastLong, on: nothing).answering.keysAndValues
            - model.memoryPlan(for: fastShort, on: nothing).answering.keysAndValues
        #expect(halves == 100 * 3 * 2 * 32)
        #expect(short.answerTokenCount == 1)
        // Beyond the context there is nothing to fill.
        let full = try model.memoryPlan(for: job([], maxTokens: 100_000), on: nothing)
        #expect(full.promptTokenCount + full.answerTokenCount == model.contextLimit)
    }

    @Test func `what a process has before is a part of every stage`() throws {
        let model = try load("patch16")
        let one = job([.picture(width: 300, height: 200)], maxTokens: 5)
        let bare = try model.memoryPlan(for: one, on: nothing)
        let plan = try model.memoryPlan(for: one, on: MemoryGround(program: 1000, opening: 0))
        #expect(plan.decoding.byteCount == bare.decoding.byteCount + 1000)
        #expect(plan.encoding.byteCount == bare.encoding.byteCount + 1000)
        #expect(plan.answering.byteCount == bare.answering.byteCount + 1000)
        #expect(plan.peakByteCount == bare.peakByteCount + 1000)
        let opened = MemoryGround(program: 0, opening: 1 << 40)
        #expect(try model.memoryPlan(for: one, on: opened).peakByteCount == 1 << 40)
    }

    @Test func `a large picture is counted while it is resized and no longer`() throws {
        let model = try load("patch16")
        let large = ShownMedia.picture(width: 4000, height: 3000)
        let plan = try model.memoryPlan(for: job([large], maxTokens: 5), on: nothing)
        #expect(plan.peak == plan.decoding)
        #expect(plan.decoding.pictures > 4000 * 3000 * 3)
        #expect(plan.encoding.pictures < 1 << 20)
        #expect(plan.tileCount == 5)
        // The second is resized once nothing but the tiles is left of the first.
        let two = try model.memoryPlan(for: job([large, large], maxTokens: 5), on: nothing)
        #expect(two.decoding.pictures - plan.decoding.pictures < 1 << 20)
    }

    @Test func `a conversation plans its answer as the job was planned`() throws {
        let model = try load("patch16")
        let whole = job([.picture(width: 90, height: 60)], maxTokens: 7)
        let before = try model.memoryPlan(for: whole)
        var conversation = try Conversation(with: model, options: whole.conversation)
        try conversation.add(RecordedConversation.picture(width: 90, height: 60, seed: 1))
        conversation.add(whole.question)
        let plan = try conversation.memoryPlan(for: whole.answer)
        #expect(plan.encoding == before.encoding)
        #expect(plan.answering == before.answering)
        let answer = try conversation.answer(whole.answer, isWanted: { true }) { _ in }
        #expect(plan.promptTokenCount == answer.promptTokenCount)
        // What has become tokens is not encoded again.
        conversation.add("And now?")
        let next = try conversation.memoryPlan(for: whole.answer)
        #expect(next.tileCount == 0)
        #expect(next.answering.pictures == plan.answering.pictures)
    }

    @Test func `a text model plans no pictures`() throws {
        let model = try load("text")
        #expect(throws: ModelError.self) {
            try model.memoryPlan(for: job([.picture(width: 9, height: 9)], maxTokens: 5))
        }
        let plan = try model.memoryPlan(for: job([], maxTokens: 5), on: nothing)
        #expect(plan.peak == plan.answering)
        #expect(plan.answering.visionWork == 0)
    }
}

@Suite struct `Largest settings` {
    private func fit(
        _ job: MemoryJob, _ model: Model, less bytes: Int
    ) throws -> MemoryFit? {
        let limit = try model.memoryPlan(for: job, on: nothing).peakByteCount - bytes
        let fit = try model.largestFit(of: job, within: limit, on: nothing)
        if let fit { #expect(fit.plan.peakByteCount <= limit) }
        return fit
    }

    @Test func `a job that fits is left as it is`() throws {
        let fit = try fit(job([], maxTokens: 5), load("text"), less: 0)
        #expect(fit?.changes == [])
    }

    @Test func `a text question gets a shorter answer, as long as fits`() throws {
        let model = try load("patch16")
        // 384 bytes a token: 10 of them are 3,840 bytes.
        #expect(try fit(job([], maxTokens: 400), model, less: 3840)?.changes == [.maxTokens(390)])
        #expect(try fit(job([], maxTokens: 400), model, less: 3841)?.changes == [.maxTokens(389)])
    }

    @Test func `an answer longer than usual is shortened before pictures are`() throws {
        let model = try load("patch16")
        var long = job([.picture(width: 90, height: 60)], maxTokens: 1900)
        long.conversation.splitsPictures = false
        let plan = try model.memoryPlan(for: long, on: nothing)
        let spare = plan.peakByteCount - plan.encoding.byteCount
        #expect(spare > 384 * 50)
        #expect(try fit(long, model, less: 384 * 50)?.changes == [.maxTokens(1850)])
    }

    @Test func `pictures lose rows of tiles one by one`() throws {
        let model = try load("patch16")
        var large = job([.picture(width: 2000, height: 2000)], maxTokens: 20)
        large.conversation.longestEdge = 1280
        let whole = try model.memoryPlan(for: large, on: nothing).peakByteCount
        let fitting = try #require(try fit(large, model, less: 1))
        #expect(fitting.changes == [.longestEdge(1152)])
        let half = try #require(try fit(large, model, less: 3 << 20))
        guard case .longestEdge(let edge)? = half.changes.first else {
            Issue.record("\(half.changes)")
            return
        }
        #expect(edge % 128 == 0)
        // One row of tiles more would be too much.
        large.conversation.longestEdge = edge + 128
        #expect(
            try model.memoryPlan(for: large, on: nothing).peakByteCount > whole - (3 << 20))
    }

    @Test func `what does not fit into the context is not proposed`() throws {
        let model = try load("patch16")
        var large = job([.picture(width: 2000, height: 2000)], maxTokens: 20)
        large.conversation.longestEdge = 2560
        let plan = try model.memoryPlan(for: large, on: nothing)
        #expect(plan.promptTokenCount > model.contextLimit)
        let fit = try #require(try fit(large, model, less: 1))
        #expect(fit.plan.promptTokenCount < model.contextLimit)
    }

    @Test func `a video loses as many frames as it must`() throws {
        let model = try load("patch16")
        let shown = job([video(frames: 80)], maxTokens: 20)
        let limit = try model.memoryPlan(for: shown, on: nothing).peakByteCount - (2 << 20)
        let fit = try #require(try model.largestFit(of: shown, within: limit, on: nothing))
        guard case .frames(let count)? = fit.changes.first, fit.changes.count == 1 else {
            Issue.record("\(fit.changes)")
            return
        }
        let more = try model.memoryPlan(
            for: job([video(frames: count + 1)], maxTokens: 20), on: nothing)
        #expect(more.peakByteCount > limit)
        #expect(
            try model.memoryPlan(
                for: job([video(frames: count)], maxTokens: 20), on: nothing) == fit.plan)
    }

    @Test func `when nothing fits the least is told`() throws {
        let model = try load("patch16")
        let shown = job([.picture(width: 2000, height: 2000), video(frames: 9)], maxTokens: 20)
        #expect(try model.largestFit(of: shown, within: 1 << 20, on: nothing) == nil)
        let least = try model.leastFit(of: shown)
        #expect(least.changes == [.longestEdge(128), .frames(1), .maxTokens(1)])
    }
}

@Suite struct `Pictures that are let go` {
    @Test func `a prepared picture is read as the picture itself`() throws {
        let model = try load("patch16")
        let picture = RecordedConversation.picture(width: 300, height: 200, seed: 2)
        var options = AnswerOptions()
        options.maxTokens = 8
        var one = try Conversation(with: model, options: ConversationOptions())
        try one.add(picture)
        try one.add(frames: [picture], seconds: [0], durationSeconds: 1)
        one.add("What is it?")
        var two = try Conversation(with: model, options: ConversationOptions())
        two.add(try two.prepared(picture))
        try two.add(
            preparedFrames: [two.prepared(frame: picture)], seconds: [0], durationSeconds: 1)
        two.add("What is it?")
        let first = try one.answer(options, isWanted: { true }) { _ in }
        let second = try two.answer(options, isWanted: { true }) { _ in }
        #expect(first.tokenIDs == second.tokenIDs)
        #expect(first.promptTokenCount == second.promptTokenCount)
    }

    @Test func `weights that were let go of come back with the next picture`() throws {
        let model = try load("patch16")
        var options = AnswerOptions()
        options.maxTokens = 8
        func answer() throws -> [Int] {
            var conversation = try Conversation(with: model, options: ConversationOptions())
            try conversation.add(RecordedConversation.picture(width: 90, height: 60, seed: 4))
            conversation.add("What is it?")
            return try conversation.answer(options, isWanted: { true }) { _ in }.tokenIDs
        }
        let first = try answer()
        #expect(first == (try answer()))
    }
}
