/// A question of a set: the file it is about, and what counts as right.
package struct EvaluationItem: Equatable, Sendable {
    /// What makes an answer right.
    package enum Rule: Equatable, Sendable {
        /// It is one of the answers.
        case equal
        /// All facts stand in it, perhaps each behind those before it; of each group one is enough.
        case facts([[String]], inOrder: Bool)
        /// One of the answers stands somewhere in it, as OCRBench has it.
        case contained
        /// The same without blanks, and with regard to case: OCRBench's rule for formulas.
        case containedFormula
        /// As many of those who were asked gave it: TextVQA's accuracy.
        case votes
    }

    /// Its place in the set, from 0.
    package let index: Int
    /// Under which names the file may be found, the first of them that of the set.
    package let names: [String]
    package let question: String
    /// Every answer that counts as right; with votes, one of each who was asked.
    package let answers: [String]
    package let rule: Rule
    /// What it is counted with.
    package let category: String

    package init(
        index: Int, names: [String], question: String, answers: [String], rule: Rule,
        category: String
    ) {
        self.index = index
        self.names = names
        self.question = question
        self.answers = answers
        self.rule = rule
        self.category = category
    }

    /// The file as the set has it.
    package var file: String { names.first ?? "" }

    /// What is shown as expected.
    package var expected: [String] {
        if case .facts(let facts, _) = rule { return facts.map { $0.joined(separator: " or ") } }
        var seen: Set<String> = []
        return answers.filter { seen.insert($0).inserted }
    }
}
