import Language
import Testing

private func chosen(_ sampler: inout Sampler, _ logits: [Float]) -> Int {
    var logits = logits
    var span = logits.mutableSpan
    return sampler.next(&span)
}

private func random(
    _ temperature: Float, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil, seed: UInt64 = 7
) -> SamplingSettings {
    SamplingSettings(
        choice: .random(temperature: temperature, topK: topK, topP: topP, minP: minP, seed: seed),
        repetitionPenalty: 1)
}

/// How often each of the tokens comes in `draws` draws.
private func shares(_ settings: SamplingSettings, _ logits: [Float], draws: Int) -> [Double] {
    var sampler = Sampler(settings: settings, vocabularyCount: logits.count)
    var counts = Array(repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[chosen(&sampler, logits)] += 1 }
    return counts.map { Double($0) / Double(draws) }
}

@Suite struct `The sampler` {
    @Test func `greedy takes the largest logit and the lowest id among equals`() {
        var sampler = Sampler(settings: .greedy, vocabularyCount: 5)
        #expect(chosen(&sampler, [0, 3, 1, 3, -1]) == 1)
        #expect(chosen(&sampler, [.nan, -.infinity, -5, .nan, -6]) == 2)
        #expect(chosen(&sampler, [.nan, .nan, .nan, .nan, .nan]) == 0)
    }

    @Test func `draws follow the softmax`() {
        // Weights 1, 2, 3, 4.
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        let found = shares(random(1), logits, draws: 20_000)
        for (share, expected) in zip(found, [0.1, 0.2, 0.3, 0.4]) {
            #expect(abs(share - expected) < 0.015)
        }
    }

    @Test func `temperature divides the logits`() {
        // At temperature 0.5 the weights 1, 2, 3, 4 become their squares: 1, 4, 9, 16 of 30.
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        let found = shares(random(0.5), logits, draws: 20_000)
        for (share, expected) in zip(found, [1.0, 4, 9, 16]) {
            #expect(abs(share - expected / 30) < 0.015)
        }
    }

    @Test func `top-k keeps the k likeliest`() {
        let found = shares(random(1, topK: 2), [0, 1, 2, 3], draws: 2_000)
        #expect(found[0] == 0 && found[1] == 0 && found[2] > 0 && found[3] > 0)
    }

    @Test func `top-p keeps the fewest that reach it`() {
        // Probabilities 0.1, 0.2, 0.3, 0.4: 0.4 + 0.3 reaches 0.65, 0.4 alone does not.
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        let found = shares(random(1, topP: 0.65), logits, draws: 4_000)
        #expect(found[0] == 0 && found[1] == 0 && found[2] > 0 && found[3] > 0)
        #expect(shares(random(1, topP: 0.0001), logits, draws: 100)[3] == 1)
    }

    @Test func `top-p sums over what top-k left`() {
        // Of the two likeliest, 0.4 makes 0.57: enough for 0.5, not enough for 0.6.
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        #expect(shares(random(1, topK: 2, topP: 0.5), logits, draws: 200)[3] == 1)
        #expect(shares(random(1, topK: 2, topP: 0.6), logits, draws: 200)[3] < 1)
    }

    @Test func `min-p drops what is too unlikely beside the likeliest`() {
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        let found = shares(random(1, minP: 0.6), logits, draws: 2_000)
        #expect(found[0] == 0 && found[1] == 0 && found[2] > 0 && found[3] > 0)
    }

    @Test func `the same seed gives the same tokens and another seed others`() {
        let logits = (0..<100).map { Float($0 % 10) / 3 }
        func tokens(_ seed: UInt64) -> [Int] {
            var sampler = Sampler(settings: random(1, seed: seed), vocabularyCount: 100)
            return (0..<50).map { _ in chosen(&sampler, logits) }
        }
        #expect(tokens(1) == tokens(1))
        #expect(tokens(1) != tokens(2))
    }

    @Test func `the repetition penalty pushes seen tokens down on both sides of zero`() {
        let settings = SamplingSettings(choice: .greedy, repetitionPenalty: 2)
        var sampler = Sampler(settings: settings, vocabularyCount: 4)
        sampler.note(0)
        sampler.note(0)
        sampler.note(1)
        #expect(chosen(&sampler, [3, 2, 1.6, 0]) == 2)
        #expect(chosen(&sampler, [-1, -3, -1.9, -5]) == 2)
    }

    @Test func `log-probabilities are those of the softmax`() {
        let logits: [Float] = [0, 0.6931472, 1.0986123, 1.3862944]
        let found = Sampler.logProbability(of: 3, in: logits.span)
        #expect(abs(found - -0.916290731874155) < 1e-6)
    }

    @Test(arguments: [
        (random(0), "The temperature must be above 0, not 0.0; greedy choice has none."),
        (random(1, topK: 0), "Top-k must keep at least 1 token, not 0."),
        (random(1, topP: 1.5), "Top-p must be above 0 and at most 1, not 1.5."),
        (random(1, minP: -1), "Min-p must be from 0 to 1, not -1.0."),
        (
            SamplingSettings(choice: .greedy, repetitionPenalty: 0),
            "The repetition penalty must be above 0, not 0.0."
        ),
    ])
    func `a value out of its range is named`(settings: SamplingSettings, sentence: String) {
        #expect(settings.complaint == sentence)
    }
}

@Suite struct `The loop guard` {
    /// After how many tokens the guard speaks; nil when it never does.
    private func stop(_ tokens: [Int]) -> Int? {
        var guardian = LoopGuard()
        return tokens.firstIndex { guardian.isLoop(after: $0) }.map { $0 + 1 }
    }

    @Test(arguments: [1, 2, 3, 7, 16, 40, 64])
    func `a block that comes again and again is a loop`(period: Int) throws {
        let block = (0..<period).map { 1000 + $0 }
        let text = Array(0..<50) + (0..<200).flatMap { _ in block }
        let stopped = try #require(stop(text))
        #expect(stopped <= 50 + max(period * 9, 128 + period))
    }

    @Test func `text that does not repeat is none`() {
        var source = RandomSource(seed: 3)
        #expect(stop((0..<5_000).map { _ in Int(source.unit() * 50) }) == nil)
    }

    @Test func `a ruled line and the rows of a table are none`() {
        let line = Array(repeating: 5, count: 100)
        let rows = (0..<40).flatMap { row in [1, 2, 3, 100 + row, 4, 5] }
        #expect(stop(line + [1] + rows + line + [2] + rows) == nil)
    }

    @Test func `blocks longer than the longest period go unnoticed`() {
        let block = Array(0..<(LoopGuard.longestPeriod + 1))
        #expect(stop((0..<30).flatMap { _ in block }) == nil)
    }
}
