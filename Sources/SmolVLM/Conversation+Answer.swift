internal import Language
internal import Tokenizer

extension Conversation {
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
