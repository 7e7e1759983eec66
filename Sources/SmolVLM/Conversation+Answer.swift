internal import Language
internal import Media
internal import Tensors
internal import Tokenizer
internal import Vision
internal import Weights

extension Conversation {
    /// Makes picture tokens of all pictures that wait. Tiles with the same pixels, such as the white
    /// ones of a page and the frames of a still scene, are encoded once.
    ///
    /// - Parameter encoded: how many tiles were.
    /// - Returns: false when they were not wanted any more.
    mutating func encode(
        encoded: inout Int, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) -> Bool {
        guard let encoder = model.encoder else { return true }
        let total = pictures.reduce(0) { sum, picture in
            if case .waiting(let tiles) = picture { sum + tiles.count } else { sum }
        }
        guard total > 0 else { return true }
        // What resizing left behind goes first, then what only pictures need.
        ProcessMemory.giveBack()
        model.scheduler.beginEncoding()
        defer {
            // Others may be looking at their pictures by the same weights.
            if model.scheduler.endEncoding() { model.checkpoint.giveBackVision() }
            ProcessMemory.giveBack()
        }
        var done = 0
        report(.progress(.pictures, done: 0, total: total))
        var scratch = VisionScratch(encoder.config)
        let width = encoder.config.tokensPerTile * encoder.tokenWidth
        var known: [TileKey: (picture: Int, frame: Int)] = [:]
        for index in pictures.indices {
            guard case .waiting(let tiles) = pictures[index] else { continue }
            var pixels = [Float](repeating: 0, count: tiles.frameLength)
            var tokens = [Float](repeating: 0, count: width)
            var all: [Float] = []
            all.reserveCapacity(tiles.count * width)
            for frame in 0..<tiles.count {
                guard isWanted() else { return false }
                let key = TileKey(tiles.picture(frame: frame))
                if let same = known[key] {
                    let source = same.picture == index ? all : tokenFloats(of: same.picture)
                    all += source[same.frame * width..<(same.frame + 1) * width]
                } else {
                    var pixelSpan = pixels.mutableSpan
                    tiles.write(frame: frame, to: &pixelSpan, at: 0)
                    var tokenSpan = tokens.mutableSpan
                    var turn = model.scheduler.reading(reader.seat)
                    let isDone = encoder.encode(
                        pixels.span, into: &tokenSpan, &scratch, bench: &reader.bench,
                        isWanted: { turn.next(isWanted) })
                    turn.end()
                    guard isDone else { return false }
                    all += tokens
                    known[key] = (index, frame)
                    encoded += 1
                }
                done += 1
                report(.progress(.pictures, done: done, total: total))
            }
            pictures[index] = .encoded(VisionTokens(width: encoder.tokenWidth, floats: all))
        }
        return true
    }

    /// The picture tokens of a picture that is encoded.
    package func tokenFloats(of picture: Int) -> [Float] {
        guard case .encoded(let tokens) = pictures[picture] else { return [] }
        return tokens.floats
    }

    /// Writes the answer, token by token, from the logits at hand.
    mutating func write(
        _ answer: inout Answer, after prompt: [Int32], _ settings: SamplingSettings,
        _ options: AnswerOptions, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) {
        var sampler = Sampler(
            settings: settings, vocabularyCount: model.language.vocabularySize)
        for id in prompt { sampler.note(Int(id)) }
        var assembler = TextAssembler(
            tokenizer: model.tokenizer, skippingSpecial: true, stops: options.stops)
        var loops = LoopGuard()
        var splitter = ThoughtSplitter(expectsThought: model.canThink)
        var isFirst = true
        // After `Assistant:` these models begin with the blank that their prompts have there.
        let dropsBlank = model.format == .smolvlm
        func give(_ part: ThoughtSplitter.Part) {
            switch part {
            case .thought(let piece):
                answer.thinking += piece
                report(.thought(piece))
            case .answer(let piece):
                answer.text += piece
                report(.piece(piece))
            }
        }
        func take(_ found: String) {
            guard !found.isEmpty else { return }
            let begins = isFirst
            isFirst = false
            let drops = begins && dropsBlank && found.hasPrefix(" ")
            splitter.append(drops ? String(found.dropFirst()) : found, give: give)
        }
        reader.beginAnswer()
        defer { reader.endAnswer() }
        while true {
            let (id, logProbability) = reader.next(
                &sampler, wantsLogProbability: options.wantsLogProbabilities)
            if model.endingIDs.contains(id) {
                answer.stopped = .end
                break
            }
            answer.tokenIDs.append(id)
            if let logProbability { answer.logProbabilities.append(logProbability) }
            sampler.note(id)
            take(assembler.append(id))
            if assembler.stop != nil {
                answer.stopped = .stopString
                break
            }
            if options.endsLoops, loops.isLoop(after: id) {
                answer.stopped = .loop
                break
            }
            if answer.tokenIDs.count == options.maxTokens {
                answer.stopped = .length
                break
            }
            if reader.isFull {
                answer.stopped = .contextFull
                break
            }
            guard isWanted(), reader.read(answer: Int32(id), isWanted: isWanted) else {
                answer.stopped = .cancelled
                break
            }
        }
        take(assembler.finish())
        splitter.finish(give: give)
        if assembler.stop != nil { answer.stopped = .stopString }
    }
}
