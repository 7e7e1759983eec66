internal import Evaluate
internal import JSON
internal import SmolVLM

/// What came of one question of a set.
struct EvalResult: Sendable {
    /// What an answer took.
    struct Cost: Equatable, Sendable {
        /// All of it, from opening the file to the last token.
        var seconds: Double
        var files = 0.0
        var vision = 0.0
        var prompt = 0.0
        var answer = 0.0
        var promptTokens = 0
        var answerTokens = 0
        var encodedTiles = 0
        var cachedTiles = 0
    }

    let item: EvaluationItem
    /// The file that was looked for.
    let path: String
    /// Nil when there is none.
    let answer: String?
    /// Why there is none.
    let failure: String?
    /// Why the answer ends; empty when there is none.
    let stopped: String
    /// Nil for an answer that there is none of, or that was given elsewhere.
    let cost: Cost?
    let score: AnswerScore

    /// Its line of `--output`. Names are kept from version to version; new ones may be added.
    func line(model: String, settings: String) -> String {
        var json = JSONWriter(style: .compact)
        json.object { json in
            json.member("index", item.index)
            json.member("file", item.file)
            json.member("question", item.question)
            if !item.category.isEmpty { json.member("category", item.category) }
            if !item.answers.isEmpty {
                json.member("answers") { $0.array { for one in item.answers { $0.value(one) } } }
            }
            if case .facts(let facts, let inOrder) = item.rule {
                if inOrder { json.member("in_order", true) }
                json.member("facts") { json in
                    json.array { json in
                        for group in facts {
                            json.array { for fact in group { $0.value(fact) } }
                        }
                    }
                }
            }
            if let answer { json.member("answer", answer) }
            if let failure { json.member("error", failure) }
            writeScore(&json)
            if let cost { write(cost, &json) }
            json.member("model", model)
            json.member("settings", settings)
        }
        return json.text + "\n"
    }

    private func writeScore(_ json: inout JSONWriter) {
        json.member("right", score.isRight)
        json.member("score", score.share)
        if let isExact = score.isExact { json.member("exact", isExact) }
        if let similarity = score.similarity { json.member("anls", similarity) }
        for (name, count) in [("letters", score.letters), ("words", score.words)] {
            guard let count else { continue }
            json.member(name) { json in
                json.object { json in
                    json.member("wrong", count.wrong)
                    json.member("total", count.total)
                }
            }
        }
        json.member("refused", score.refuses)
        json.member("false_refusal", score.isFalseRefusal)
    }

    private func write(_ cost: Cost, _ json: inout JSONWriter) {
        json.member("stopped", stopped)
        json.member("seconds") { json in
            json.object { json in
                json.member("total", cost.seconds)
                json.member("files", cost.files)
                json.member("vision", cost.vision)
                json.member("prompt", cost.prompt)
                json.member("answer", cost.answer)
            }
        }
        json.member("tokens") { json in
            json.object { json in
                json.member("prompt", cost.promptTokens)
                json.member("answer", cost.answerTokens)
            }
        }
        json.member("encoded_tiles", cost.encodedTiles)
        json.member("cached_tiles", cost.cachedTiles)
    }
}
