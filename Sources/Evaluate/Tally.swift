/// What came of the questions of one category, added up.
package struct Tally: Equatable, Sendable {
    package let category: String
    package private(set) var itemCount = 0
    /// Those that got no answer.
    package private(set) var failedCount = 0
    package private(set) var rightCount = 0
    private var share = 0.0
    private var exactCount = 0
    private var similarity = 0.0
    /// Questions that have an expected answer to be near to.
    private var comparedCount = 0
    /// Wrong letters and words of all answers together.
    package private(set) var letters = ErrorCount(wrong: 0, total: 0)
    package private(set) var words = ErrorCount(wrong: 0, total: 0)
    /// Answers that say that there is nothing to say where there is, and all where there is.
    package private(set) var falseRefusals = ErrorCount(wrong: 0, total: 0)
    /// What each answer took, where it is known.
    package private(set) var seconds: [Double] = []

    package init(category: String) {
        self.category = category
    }

    /// - Parameters:
    ///   - isAnswered: whether there was an answer; without one it counts as failed.
    ///   - seconds: what the answer took; nil where that is not known.
    package mutating func add(_ score: AnswerScore, isAnswered: Bool, seconds: Double?) {
        itemCount += 1
        share += score.share
        if score.isRight { rightCount += 1 }
        if let isExact = score.isExact, let one = score.similarity {
            comparedCount += 1
            exactCount += isExact ? 1 : 0
            similarity += one
        }
        if let errors = score.letters { letters = letters + errors }
        if let errors = score.words { words = words + errors }
        if !score.shouldRefuse {
            falseRefusals =
                falseRefusals + ErrorCount(wrong: score.isFalseRefusal ? 1 : 0, total: 1)
        }
        if !isAnswered { failedCount += 1 }
        if let seconds { self.seconds.append(seconds) }
    }

    /// How right the answers are by the rules of their questions, from 0 to 1.
    package var accuracy: Double? { itemCount == 0 ? nil : share / Double(itemCount) }

    /// The share of answers that are one of the expected ones.
    package var exactShare: Double? {
        comparedCount == 0 ? nil : Double(exactCount) / Double(comparedCount)
    }

    /// The mean of the similarities.
    package var meanSimilarity: Double? {
        comparedCount == 0 ? nil : similarity / Double(comparedCount)
    }

    package var meanSeconds: Double? {
        seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count)
    }

    package var medianSeconds: Double? {
        guard !seconds.isEmpty else { return nil }
        let sorted = seconds.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// The sums of each category, in the order in which they first came, and of all together.
package struct Tallies: Equatable, Sendable {
    package private(set) var categories: [Tally] = []
    package private(set) var all = Tally(category: "all")

    package init() {}

    package mutating func add(
        _ score: AnswerScore, to item: EvaluationItem, isAnswered: Bool, seconds: Double?
    ) {
        all.add(score, isAnswered: isAnswered, seconds: seconds)
        let known = categories.firstIndex { $0.category == item.category }
        let index = known ?? categories.count
        if known == nil { categories.append(Tally(category: item.category)) }
        categories[index].add(score, isAnswered: isAnswered, seconds: seconds)
    }
}
