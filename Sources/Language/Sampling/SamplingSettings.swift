/// How the next token is chosen from the logits.
package struct SamplingSettings: Equatable, Sendable {
    /// The likeliest token, or one drawn at random from those that the filters leave.
    package enum Choice: Equatable, Sendable {
        case greedy
        /// Filters that are nil are off; they apply in the order in which they stand here.
        case random(temperature: Float, topK: Int?, topP: Float?, minP: Float?, seed: UInt64)
    }

    package var choice: Choice
    /// Divides the positive and multiplies the negative logits of every token that the conversation
    /// has held; 1 leaves them alone.
    package var repetitionPenalty: Float

    package init(choice: Choice, repetitionPenalty: Float) {
        self.choice = choice
        self.repetitionPenalty = repetitionPenalty
    }

    /// What the published models are meant to run with.
    package static let greedy = SamplingSettings(choice: .greedy, repetitionPenalty: 1)

    /// The sentence that says which value is out of its range; nil when all are within.
    package var complaint: String? {
        guard repetitionPenalty > 0, repetitionPenalty.isFinite else {
            return "The repetition penalty must be above 0, not \(repetitionPenalty)."
        }
        guard case .random(let temperature, let topK, let topP, let minP, _) = choice else {
            return nil
        }
        if !(temperature > 0 && temperature.isFinite) {
            return "The temperature must be above 0, not \(temperature); greedy choice has none."
        }
        if let topK, topK < 1 {
            return "Top-k must keep at least 1 token, not \(topK)."
        }
        if let topP, !(topP > 0 && topP <= 1) {
            return "Top-p must be above 0 and at most 1, not \(topP)."
        }
        if let minP, !(minP >= 0 && minP <= 1) {
            return "Min-p must be from 0 to 1, not \(minP)."
        }
        return nil
    }
}
