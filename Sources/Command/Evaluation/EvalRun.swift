internal import Evaluate
internal import Foundation
internal import Media
internal import SmolVLM

/// What has come so far of the questions of a set.
struct EvalRun: Sendable {
    private let refusals: Refusals
    /// The folder that the names in the set start from, with its slash.
    private let folder: String
    private(set) var results: [EvalResult] = []
    private(set) var tallies = Tallies()
    /// Answers of an earlier run.
    var keptCount = 0
    var isInterrupted = false

    init(set path: String, _ flags: EvalFlags) {
        refusals = Refusals(Refusals.usual + flags.refusals)
        folder = Self.folder(ofSet: path, named: flags.files)
    }

    /// The folder that relative names start from. What is in a set is a file, never an address.
    private static func folder(ofSet path: String, named: String?) -> String {
        var folder = named ?? path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        if !folder.hasPrefix("/"), !folder.hasPrefix(".") { folder = "./" + folder }
        return folder.hasSuffix("/") ? folder : folder + "/"
    }

    /// Where the file of a question is: under the first of its names that leads to one.
    func path(of item: EvaluationItem) -> String {
        let paths = item.names.map { $0.hasPrefix("/") ? $0 : folder + $0 }
        return paths.first { FileManager.default.fileExists(atPath: $0) } ?? paths.first ?? ""
    }

    /// Takes in an answer.
    @discardableResult
    mutating func add(
        _ answer: String, to item: EvaluationItem, stopped: String, cost: EvalResult.Cost?
    ) -> EvalResult {
        add(
            EvalResult(
                item: item, path: path(of: item), answer: answer, failure: nil, stopped: stopped,
                cost: cost, score: AnswerScore(of: answer, to: item, refusals: refusals)))
    }

    /// Takes in that there is no answer, and why.
    @discardableResult
    mutating func add(failure: String, of item: EvaluationItem) -> EvalResult {
        add(
            EvalResult(
                item: item, path: path(of: item), answer: nil, failure: failure, stopped: "",
                cost: nil, score: AnswerScore(of: nil, to: item, refusals: refusals)))
    }

    private mutating func add(_ result: EvalResult) -> EvalResult {
        results.append(result)
        tallies.add(
            result.score, to: result.item, isAnswered: result.answer != nil,
            seconds: result.cost?.seconds)
        return result
    }
}
