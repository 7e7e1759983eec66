/// How right one answer is.
package struct AnswerScore: Equatable, Sendable {
    /// Whether it is one of the expected answers, in any case and with any blanks; nil for a
    /// question that has facts only.
    package let isExact: Bool?
    /// The normalised Levenshtein similarity to the nearest expected answer, 0 below
    /// `similarityThreshold`.
    package let similarity: Double?
    /// Wrong letters and words against the nearest expected answer.
    package let letters: ErrorCount?
    package let words: ErrorCount?
    /// How right it is by the rule of its question, from 0 to 1.
    package let share: Double
    /// Whether it says that there is nothing to say.
    package let refuses: Bool
    /// Whether that is what it should say.
    package let shouldRefuse: Bool

    /// Below it an answer counts as another answer, not as a misread one.
    package static let similarityThreshold = 0.5

    /// Whether it is no miss.
    package var isRight: Bool { share >= 0.5 }

    /// Whether it says that there is nothing to say where there is.
    package var isFalseRefusal: Bool { refuses && !shouldRefuse }

    /// Judges an answer; one that there is none of, since something went wrong, is wrong in
    /// everything.
    package init(of answer: String?, to item: EvaluationItem, refusals: Refusals) {
        let said = answer ?? ""
        let expected = item.answers
        let folded = AnswerText.folded(said)
        if expected.isEmpty {
            (isExact, similarity, letters, words) = (nil, nil, nil, nil)
        } else {
            isExact = answer != nil && expected.contains { AnswerText.folded($0) == folded }
            similarity =
                answer == nil
                ? 0 : expected.map { Self.similarity(of: folded, to: AnswerText.folded($0)) }.max()
            letters = Self.nearest(Array(AnswerText.spaced(said)), expected) {
                Array(AnswerText.spaced($0))
            }
            words = Self.nearest(AnswerText.words(of: said), expected, AnswerText.words(of:))
        }
        share = answer == nil ? 0 : Self.share(of: said, folded: folded, by: item)
        refuses = answer != nil && refusals.contain(said)
        var wanted = expected
        if case .facts(let facts, _) = item.rule { wanted += facts.flatMap(\.self) }
        shouldRefuse = wanted.contains(where: refusals.contain)
    }

    /// 1 less the share of letters that differ; 0 where more than half of them do.
    private static func similarity(of answer: String, to expected: String) -> Double {
        let (one, other) = (Array(answer), Array(expected))
        let length = max(one.count, other.count)
        guard length > 0 else { return 1 }
        let similarity = 1 - Double(EditDistance.between(one, other)) / Double(length)
        return similarity < similarityThreshold ? 0 : similarity
    }

    /// The errors against the expected answer of which the smallest share is wrong.
    private static func nearest<Symbol: Hashable>(
        _ said: [Symbol], _ expected: [String], _ symbols: (String) -> [Symbol]
    ) -> ErrorCount? {
        expected.map { ErrorCount(of: said, from: symbols($0)) }
            .min { ($0.rate ?? Double($0.wrong)) < ($1.rate ?? Double($1.wrong)) }
    }

    private static func share(
        of answer: String, folded: String, by item: EvaluationItem
    ) -> Double {
        switch item.rule {
        case .equal:
            return item.answers.contains { AnswerText.folded($0) == folded } ? 1 : 0
        case .facts(let facts, let inOrder):
            return AnswerText.contains(answer, facts: facts, inOrder: inOrder) ? 1 : 0
        case .contained:
            return item.answers.contains { folded.contains(AnswerText.folded($0)) } ? 1 : 0
        case .containedFormula:
            let plain = answer.filter { !$0.isWhitespace }
            return item.answers.contains { plain.contains($0.filter { !$0.isWhitespace }) } ? 1 : 0
        case .votes:
            return votes(for: AnswerText.voted(answer), among: item.answers)
        }
    }

    /// The mean, over each one who was asked, of a third of the others that gave this answer, at most
    /// 1. A single voter counts alone.
    private static func votes(for answer: String, among given: [String]) -> Double {
        let count = given.count { AnswerText.voted($0) == answer }
        guard given.count > 1 else { return Double(count) }
        let others = { (number: Int) in min(1, Double(number) / 3) }
        let sum =
            Double(count) * others(count - 1) + Double(given.count - count) * others(count)
        return max(0, sum) / Double(given.count)
    }
}

/// The sentences that say that there is nothing to say.
package struct Refusals: Equatable, Sendable {
    private let sentences: Set<String>

    /// Those that the pocket model was taught.
    package static let usual = [
        "There is no text in the picture.", "The document does not say.",
    ]

    package init(_ sentences: [String]) {
        self.sentences = Set(sentences.map(Self.plain))
    }

    /// Whether a text is one of them, in any case, with any blanks, with or without a full stop.
    package func contain(_ text: String) -> Bool { sentences.contains(Self.plain(text)) }

    private static func plain(_ text: String) -> String {
        let folded = AnswerText.folded(text)
        return folded.hasSuffix(".") ? String(folded.dropLast()) : folded
    }
}
