internal import Evaluate
internal import JSON
internal import Media

/// Answers that were given before, to be judged without a model.
struct EvalAnswers {
    private let path: String
    private let answers: [Int: String]

    /// Reads a file of `--answers`; of two answers to one question the last counts.
    init(path: String, to items: [EvaluationItem]) throws(Refusal) {
        self.path = path
        let bytes = try Eval.bytes(of: path)
        var answers: [Int: String] = [:]
        let places = Dictionary(
            items.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, line) in bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).enumerated() where !line.allSatisfy({ $0 == 0x20 || (9...13).contains($0) }) {
            guard let record = try? JSONValue(parsing: Array(line).span),
                let index = record["index"]?.int,
                record["answer"]?.string != nil || record["error"] != nil
            else {
                throw Refusal(
                    "\(path), line \(number + 1): it is no JSON object with an index and an answer. "
                        + #"Write one in each line, such as {"index": 0, "answer": "12.50"}."#)
            }
            guard let item = places[index] else { continue }
            guard record["file"]?.string ?? item.file == item.file,
                record["question"]?.string ?? item.question == item.question
            else {
                throw Refusal(
                    "\(path), line \(number + 1): that answers something else than the set asks "
                        + "there. Name the set that it was made with.")
            }
            answers[index] = record["answer"]?.string
        }
        self.answers = answers
    }

    /// Takes them in; a question that has none counts as failed.
    func judge(_ items: [EvaluationItem], _ run: inout EvalRun) {
        for item in items {
            if let answer = answers[item.index] {
                run.add(answer, to: item, stopped: "", cost: nil)
            } else {
                run.add(failure: "\(path) has no answer to it.", of: item)
            }
        }
    }
}
