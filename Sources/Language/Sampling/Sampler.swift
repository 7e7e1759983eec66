#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// Logits in, one token id out. The order of the steps is that of the reference's generate():
// repetition penalty, temperature, top-k, top-p, min-p, then one draw.
// https://github.com/huggingface/transformers/blob/main/src/transformers/generation/logits_process.py
//
// The candidates lie in a heap with the likeliest on top: a filter takes as many off it as it keeps,
// so a vocabulary of 50,000 is never sorted.

/// Chooses tokens. Owns its work memory: nothing is allocated per token.
package struct Sampler: Sendable {
    private let settings: SamplingSettings
    private var random: RandomSource
    private var heap: [Candidate]
    private var kept: [Candidate]
    private var seen: [Bool]
    private var seenIds: [Int32] = []

    private struct Candidate {
        var id: Int32
        var logit: Float
    }

    /// A sampler for logits of `vocabularyCount` tokens.
    package init(settings: SamplingSettings, vocabularyCount: Int) {
        precondition(settings.complaint == nil, settings.complaint ?? "")
        precondition(vocabularyCount > 0, "a vocabulary without tokens")
        self.settings = settings
        switch settings.choice {
        case .greedy:
            random = RandomSource(seed: 0)
            heap = []
            kept = []
        case .random(_, _, _, _, let seed):
            random = RandomSource(seed: seed)
            let none = Candidate(id: 0, logit: 0)
            heap = Array(repeating: none, count: vocabularyCount)
            kept = []
            kept.reserveCapacity(vocabularyCount)
        }
        seen = Array(repeating: false, count: vocabularyCount)
        seenIds.reserveCapacity(settings.repetitionPenalty == 1 ? 0 : vocabularyCount)
    }

    /// Tells the sampler of a token of the conversation, for the repetition penalty.
    package mutating func note(_ id: Int) {
        guard settings.repetitionPenalty != 1, seen.indices.contains(id), !seen[id] else { return }
        seen[id] = true
        seenIds.append(Int32(id))
    }

    /// The next token. Applies the penalty to the logits in place. Logits that are not numbers are
    /// never chosen; when none is a number, token 0 is.
    package mutating func next(_ logits: inout MutableSpan<Float>) -> Int {
        precondition(logits.count == seen.count, "logits of another vocabulary")
        penalise(&logits)
        guard case .random(let temperature, let topK, let topP, let minP, _) = settings.choice
        else { return Sampler.likeliest(logits.span) }

        var count = 0
        for id in 0..<logits.count where logits[id] > -.infinity {
            heap[count] = Candidate(id: Int32(id), logit: logits[id] / temperature)
            count += 1
        }
        guard count > 0 else { return 0 }
        order(count)
        let top = heap[0].logit
        guard top < .infinity else { return Int(heap[0].id) }

        kept.removeAll(keepingCapacity: true)
        take(topK: topK ?? count, topP: topP, top: top, heapCount: count)
        if let minP {
            // The likeliest has weight 1 here, so min-p compares with the weight itself.
            kept.removeAll { exp(Double($0.logit - top)) < Double(minP) }
        }
        return draw(top: top)
    }

    /// The id of the largest logit; the lowest id among equals.
    package static func likeliest(_ logits: Span<Float>) -> Int {
        var best = 0
        var bestLogit = -Float.infinity
        for id in logits.indices where logits[id] > bestLogit {
            best = id
            bestLogit = logits[id]
        }
        return best
    }

    /// The natural logarithm of the probability that the plain softmax gives a token.
    package static func logProbability(of id: Int, in logits: Span<Float>) -> Double {
        var top = -Float.infinity
        for index in logits.indices where logits[index] > top { top = logits[index] }
        var total = 0.0
        for index in logits.indices where logits[index] > -.infinity {
            total += exp(Double(logits[index] - top))
        }
        return Double(logits[id] - top) - log(total)
    }

    private func penalise(_ logits: inout MutableSpan<Float>) {
        for id in seenIds {
            let logit = logits[Int(id)]
            logits[Int(id)] =
                logit < 0 ? logit * settings.repetitionPenalty : logit / settings.repetitionPenalty
        }
    }

    /// Moves the kept candidates off the heap, likeliest first.
    private mutating func take(topK: Int, topP: Float?, top: Float, heapCount: Int) {
        var remaining = heapCount
        let most = min(topK, heapCount)
        guard let topP, topP < 1 else {
            while kept.count < most { kept.append(popped(&remaining)) }
            return
        }
        // Top-p looks at the softmax over what top-k left: that sum must be known first.
        var total = 0.0
        if most == heapCount {
            for index in 0..<heapCount { total += exp(Double(heap[index].logit - top)) }
        } else {
            while kept.count < most {
                kept.append(popped(&remaining))
                total += exp(Double(kept[kept.count - 1].logit - top))
            }
        }
        var reached = 0.0
        var count = 0
        while count < most && reached < Double(topP) * total {
            if count == kept.count { kept.append(popped(&remaining)) }
            reached += exp(Double(kept[count].logit - top))
            count += 1
        }
        kept.removeLast(kept.count - count)
    }

    private mutating func draw(top: Float) -> Int {
        var total = 0.0
        for candidate in kept { total += exp(Double(candidate.logit - top)) }
        var left = random.unit() * total
        for candidate in kept {
            left -= exp(Double(candidate.logit - top))
            if left < 0 { return Int(candidate.id) }
        }
        return Int(kept[kept.count - 1].id)
    }

    // MARK: The heap. Equal logits stand by id, so that the order never depends on how it was made.

    private static func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
        left.logit != right.logit ? left.logit > right.logit : left.id < right.id
    }

    private mutating func order(_ count: Int) {
        var parent = count / 2
        while parent > 0 {
            parent -= 1
            sink(parent, count: count)
        }
    }

    private mutating func popped(_ count: inout Int) -> Candidate {
        let first = heap[0]
        count -= 1
        heap[0] = heap[count]
        sink(0, count: count)
        return first
    }

    private mutating func sink(_ start: Int, count: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < count else { return }
            if child + 1 < count && Sampler.precedes(heap[child + 1], heap[child]) { child += 1 }
            guard Sampler.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
