/// A sequence that is read together with others: what it has read so far.
///
/// A class, because a list cannot hold caches themselves. Only one task may read it at a time.
package final class CachedSequence {
    package var cache: KeyValueCache

    /// A sequence of which the cache holds what was read.
    package init(_ cache: consuming KeyValueCache) { self.cache = cache }
}

/// The rows of one sequence in a pass over several.
package struct SequencePart {
    package let sequence: CachedSequence
    /// How many rows of it are read.
    package let count: Int
    /// Which of these rows' logits are wanted.
    package let wanted: LanguageModel.Wanted

    /// - Precondition: it has at least one row.
    package init(_ sequence: CachedSequence, count: Int, wanted: LanguageModel.Wanted) {
        precondition(count > 0, "\(count) rows of a sequence")
        self.sequence = sequence
        self.count = count
        self.wanted = wanted
    }

    /// How many rows of logits it gets.
    package var logitCount: Int {
        switch wanted {
        case .none: 0
        case .last: 1
        case .all: count
        }
    }
}
