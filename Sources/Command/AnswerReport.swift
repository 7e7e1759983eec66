internal import JSON
internal import SmolVLM

/// What is told of an answer besides its text.
struct AnswerReport {
    let answer: Answer
    let options: AnswerOptions
    let flags: AskFlags
    let files: [String]
    let model: Model
    /// What was worked out before; nil when that was not possible.
    let plan: MemoryPlan?
    /// The most bytes in memory so far.
    let peakByteCount = MemoryUse.peakByteCount
    let openSeconds: Double
    let fileSeconds: Double

    /// The JSON document of `--json`. Its names are kept from version to version; new ones may be
    /// added.
    var json: String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("answer", answer.text)
            if model.canThink { json.member("thinking", answer.thinking) }
            json.member("stopped", answer.stopped.rawValue)
            json.member("tokens") { $0.object(writeTokens) }
            json.member("encoded_tiles", answer.encodedTileCount)
            json.member("cached_tiles", answer.storedTileCount)
            if let reason = answer.storeFailure { json.member("cache_failure", reason) }
            json.member("seconds") { $0.object(writeSeconds) }
            json.member("memory") { $0.object(writeMemory) }
            json.member("files") { $0.array { for file in files { $0.value(file) } } }
            json.member("model") { json in
                json.object { json in
                    json.member("path", model.path)
                    json.member("chat_format", model.chatFormatName)
                    json.member("weight_bytes", model.weightByteCount)
                    json.member("context_tokens", model.contextLimit)
                    if !model.adapters.isEmpty {
                        json.member("adapters") { $0.array(writeAdapters) }
                    }
                }
            }
            json.member("settings") { $0.object(writeSettings) }
        }
        return json.text + "\n"
    }

    private func writeTokens(_ json: inout JSONWriter) {
        json.member("prompt", answer.promptTokenCount)
        json.member("vision", answer.visionTokenCount)
        json.member("answer", answer.tokenIDs.count)
    }

    private func writeAdapters(_ json: inout JSONWriter) {
        for adapter in model.adapters {
            json.object { json in
                json.member("path", adapter.path)
                json.member("strength", Double(adapter.strength))
            }
        }
    }

    private func writeMemory(_ json: inout JSONWriter) {
        if let plan {
            json.member("planned_bytes", plan.peakByteCount)
        }
        json.member("peak_bytes", peakByteCount)
        guard let parts = plan?.peak else { return }
        json.member("planned") { json in
            json.object { json in
                json.member("program", parts.program)
                json.member("weights", parts.weights)
                json.member("vocabulary", parts.vocabulary)
                json.member("keys_and_values", parts.keysAndValues)
                json.member("pictures", parts.pictures)
                json.member("vision_work", parts.visionWork)
                json.member("decoder_work", parts.decoderWork)
                json.member("threads", parts.threads)
            }
        }
    }

    private func writeSeconds(_ json: inout JSONWriter) {
        json.member("open", openSeconds)
        json.member("files", fileSeconds)
        json.member("vision", answer.visionTime.seconds)
        json.member("prompt", answer.promptTime.seconds)
        json.member("answer", answer.answerTime.seconds)
    }

    private func writeSettings(_ json: inout JSONWriter) {
        json.member("max_tokens", options.maxTokens)
        if case .random(let temperature, let topK, let topP, let minP, let seed) = options.sampling
        {
            json.member("temperature", Double(temperature))
            if let topK { json.member("top_k", topK) }
            if let topP { json.member("top_p", Double(topP)) }
            if let minP { json.member("min_p", Double(minP)) }
            json.member("seed", Int(truncatingIfNeeded: seed))
        } else {
            json.member("temperature", 0)
        }
        json.member("repetition_penalty", Double(options.repetitionPenalty))
        json.member("stop") { $0.array { for stop in options.stops { $0.value(stop) } } }
        if let system = flags.system { json.member("system", system) }
        json.member("precision", flags.precision.rawValue)
        if model.canThink { json.member("think", flags.thinks ?? false) }
        if model.seesPictures {
            json.member("split", flags.media.splits)
            if let edge = flags.media.longestEdge { json.member("longest_edge", edge) }
        }
    }

    /// One line for `--stats`.
    var statistics: String {
        func rate(_ count: Int, _ time: Duration) -> String {
            "\(Figures.took(time.seconds)) for \(Figures.count(count, "token"))"
        }
        return "\(model.path) opened in \(Figures.took(openSeconds)), files read in "
            + "\(Figures.took(fileSeconds)); pictures \(rate(answer.visionTokenCount, answer.visionTime)), "
            + "prompt \(rate(answer.promptTokenCount, answer.promptTime)), "
            + "answer \(rate(answer.tokenIDs.count, answer.answerTime)); stopped: "
            + "\(answer.stopped.rawValue); memory: "
            + (plan.map { "\(Figures.mebibytes($0.peakByteCount)) planned, " } ?? "")
            + "\(Figures.mebibytes(peakByteCount)) at the peak." + cacheStatistics
    }

    /// What `--stats` says of the cache; nothing for a question without pictures.
    private var cacheStatistics: String {
        guard answer.visionTokenCount > 0, flags.keepsPictures else { return "" }
        let tiles =
            " Tiles: \(answer.encodedTileCount) encoded, \(answer.storedTileCount) from the cache."
        guard let reason = answer.storeFailure else { return tiles }
        return tiles + " Nothing could be kept there: \(reason)."
    }

    /// What a reader must know of an answer that did not come to its end; nil when it did.
    var note: String? { Self.note(on: answer) }

    /// The same for any answer.
    static func note(on answer: Answer) -> String? {
        switch answer.stopped {
        case .end, .stopString: nil
        case .cancelled where answer.tokenIDs.isEmpty:
            "stopped: cancelled. There was nothing of the answer yet."
        case .cancelled: "stopped: cancelled. The answer is what there was of it."
        case .length:
            "stopped: length. The answer has \(Figures.count(answer.tokenIDs.count, "token")), as "
                + "many as --max-tokens allows."
        case .loop: "stopped: loop. The model began to repeat itself without end."
        case .contextFull: "stopped: context full. The model has no more tokens in sight."
        }
    }
}
