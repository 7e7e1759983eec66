internal import Language
internal import Tensors
internal import Tokenizer
internal import Vision
internal import Weights

extension Model {
    /// What a question will take of memory, before any of its files is decoded.
    public func memoryPlan(for job: MemoryJob) throws(ModelError) -> MemoryPlan {
        try memoryPlan(for: job, on: ground)
    }

    /// The same in a process with so much in memory.
    package func memoryPlan(
        for job: MemoryJob, on ground: MemoryGround
    ) throws(ModelError) -> MemoryPlan {
        MemoryPlan(of: try footprint(of: job), with: footprint, on: ground)
    }

    /// How pictures are prepared in a conversation; nil for a model that sees none.
    func preprocessor(for options: ConversationOptions) throws(ModelError) -> PreprocessorConfig? {
        var config = preprocessor
        if let splits = options.splitsPictures { config?.splits = splits }
        if let edge = options.longestEdge {
            guard PreprocessorConfig.longestEdges.contains(edge) else {
                throw ModelError("Pictures cannot be brought to \(edge) pixels. Choose 1 to 4096.")
            }
            config?.longestEdge = edge
        }
        return config
    }

    /// The tokens that a conversation has in sight.
    func capacity(for options: ConversationOptions) throws(ModelError) -> Int {
        let capacity =
            options.contextTokens ?? min(contextLimit, ModelMemory.usualContextTokens)
        guard (2...max(contextLimit, 2)).contains(capacity) else {
            throw ModelError(
                "The model has \(contextLimit) tokens in sight at most, so the context "
                    + "cannot have \(capacity). Choose 2 to \(contextLimit).")
        }
        return capacity
    }

    /// What of it takes memory.
    var footprint: ModelFootprint {
        func half(_ weights: WeightsFootprint) -> ModelFootprint.HalfFootprint {
            let opened = weights.vectorCount * MemoryPlan.readAround
            return ModelFootprint.HalfFootprint(
                mapped: weights.mappedByteCount, opened: min(opened, weights.mappedByteCount),
                copied: weights.copiedByteCount, work: weights.workByteCount)
        }
        let config = language.config
        let embedding = checkpoint.matrix(.tokenEmbedding)
        return ModelFootprint(
            vocabulary: tokenizer.memoryByteCount, headers: checkpoint.headerByteCount,
            text: half(checkpoint.textFootprint(inputs: PromptReader.chunk)),
            vision: half(checkpoint.visionFootprint),
            embedding: config.isTied ? 0 : embedding.byteCount,
            vocabularySize: language.vocabularySize,
            visionScratch: encoder.map { VisionScratch.byteCount($0.config) } ?? 0,
            threadCount: workers.threadCount)
    }

    /// What of a conversation takes memory besides its pictures: keys, values and work memory.
    func footprint(
        ids: [Int32], answer: AnswerOptions, capacity: Int, arithmetic: Arithmetic
    ) -> JobFootprint {
        let config = language.config
        let chunk = min(PromptReader.chunk, capacity)
        let rowBytes = checkpoint.matrix(.tokenEmbedding).rowBytes
        var job = JobFootprint()
        job.promptTokenCount = ids.count
        job.answerTokenCount = max(0, min(answer.maxTokens, capacity - ids.count))
        job.embeddingPieces = Set(ids.map { Int($0) * rowBytes / MemoryPlan.readAround }).count
        job.keysAndValues = KeyValueCache.byteCount(
            config, arithmetic, positions: min(ids.count + job.answerTokenCount, capacity),
            pageByteCount: ProcessMemory.pageByteCount)
        job.scores = Attend.workByteCount(positions: ids.count)
        job.decoderScratch =
            DecoderScratch.byteCount(config, chunk: chunk)
            + chunk * config.hiddenSize * MemoryLayout<Float>.size
        return job
    }

    private func footprint(of job: MemoryJob) throws(ModelError) -> JobFootprint {
        let capacity = try capacity(for: job.conversation)
        let config = try preprocessor(for: job.conversation)
        var parts: [ChatTurn.Part] = []
        var pictures: [JobFootprint.Picture] = []
        for shown in job.media {
            guard let config else { throw ModelError(WeightsError.noVision(file: path)) }
            let plans = try shown.plans(config)
            pictures += plans.map { plan in
                JobFootprint.Picture(of: plan, tokenWidth: language.config.hiddenSize)
            }
            if case .video(_, _, let seconds, let duration) = shown {
                parts.append(
                    .video(
                        VideoPrompt.segments(
                            seconds: seconds, duration: duration,
                            tokenCount: config.tokensPerFrame)))
            } else {
                parts += plans.map { .picture(ImagePrompt.segments(of: $0)) }
            }
        }
        if !job.question.isEmpty { parts.append(.text(job.question)) }
        var turns: [ChatTurn] = []
        if let system = job.conversation.system { turns.append(ChatTurn(.system, [.text(system)])) }
        if !parts.isEmpty { turns.append(ChatTurn(.user, parts)) }
        let prompt = try prompt(of: turns, ChatOptions(job.conversation))
        var footprint = footprint(
            ids: prompt.ids, answer: job.answer, capacity: capacity,
            arithmetic: job.conversation.precision.arithmetic)
        footprint.pictures = pictures
        return footprint
    }

    /// The prompt that some turns become.
    func prompt(of turns: [ChatTurn], _ options: ChatOptions) throws(ModelError) -> Prompt {
        let segments = try explained { () throws(ChatError) in
            try format.prompt(turns, options: options)
        }
        let prompt = try Prompt(
            segments, tokenizer: tokenizer, imageID: imageID, rows: language.vocabularySize)
        guard !prompt.ids.isEmpty else {
            throw ModelError("There is nothing to answer. Say or show something first.")
        }
        return prompt
    }
}

extension Conversation {
    /// What the next answer will take of memory, with all that was said and shown.
    public borrowing func memoryPlan(for answer: AnswerOptions) throws(ModelError) -> MemoryPlan {
        let width = model.language.config.hiddenSize
        var job = model.footprint(
            ids: try promptIDs(), answer: answer, capacity: reader.capacity,
            arithmetic: reader.bench.arithmetic)
        for picture in pictures {
            switch picture {
            case .waiting(let tiles):
                var waiting = JobFootprint.Picture(of: tiles.plan, tokenWidth: width)
                // It has been resized already.
                waiting.resizing = waiting.kept
                job.pictures.append(waiting)
            case .encoded(let tokens):
                job.encoded += tokens.floats.count * MemoryLayout<Float>.size
            }
        }
        return MemoryPlan(of: job, with: model.footprint, on: model.ground)
    }
}

extension ChatOptions {
    init(_ options: ConversationOptions) {
        self.init(today: options.today)
        thinking = options.thinks
    }
}

extension JobFootprint.Picture {
    init(of plan: TilePlan, tokenWidth: Int) {
        self.init(
            resizing: plan.pixelBytes, kept: plan.keptBytes, tileFloats: plan.frameBytes,
            tileCount: plan.frameCount,
            tokens: plan.imageTokenCount * tokenWidth * MemoryLayout<Float>.size)
    }
}

extension ShownMedia {
    /// How it is cut: one plan for a picture, one for each frame of a video.
    fileprivate func plans(_ config: PreprocessorConfig) throws(ModelError) -> [TilePlan] {
        var (width, height): (Int, Int)
        var use = config.splits ? TilePlan.Use.split : .whole
        var count = 1
        switch self {
        case .picture(let wide, let high): (width, height) = (wide, high)
        case .page(let wide, let high):
            let scale = Double(config.longestEdge) / Double(max(wide, high, 1))
            func drawn(_ side: Int) -> Int {
                max(1, Int((Double(side) * scale - 0.01).rounded(.up)))
            }
            (width, height) = (drawn(wide), drawn(high))
        case .video(let wide, let high, let seconds, _):
            (width, height, use, count) = (wide, high, .videoFrame, seconds.count)
        }
        let plan = try explained { () throws(VisionError) in
            try TilePlan(width: width, height: height, config: config, use: use)
        }
        return Array(repeating: plan, count: count)
    }
}
