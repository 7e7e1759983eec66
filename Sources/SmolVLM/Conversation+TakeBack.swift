/// What has been said can be unsaid.
extension Conversation {
    /// Takes back what was said and shown since the last answer.
    ///
    /// - Parameter keepingFiles: whether only the text is taken back, and pictures and videos stay
    ///   for the next question.
    public mutating func takeBack(keepingFiles: Bool) {
        if keepingFiles {
            parts.removeAll { part in
                if case .text = part { true } else { false }
            }
            return
        }
        parts = []
        // All picture tokens have the same id: what was read of these pictures would be taken for
        // the next ones.
        reader.keep(atMost: answered.tokenCount)
        pictures.removeLast(pictures.count - answered.pictureCount)
    }

    /// Begins again: only what the system message says is kept.
    public mutating func reset() {
        turns.removeAll { $0.role != .system }
        parts = []
        pictures = []
        answered = (0, 0)
        reader.forget()
    }
}
