import Evaluate
import Testing

private func item(
    _ answers: [String], rule: EvaluationItem.Rule = .equal, category: String = ""
) -> EvaluationItem {
    EvaluationItem(
        index: 0, names: ["a.png"], question: "What?", answers: answers, rule: rule,
        category: category)
}

private func score(
    _ answer: String?, _ answers: [String], rule: EvaluationItem.Rule = .equal
) -> AnswerScore {
    AnswerScore(
        of: answer, to: item(answers, rule: rule), refusals: Refusals(Refusals.usual))
}

@Suite struct `How right an answer is` {
    @Test func `neither case nor blanks make it another answer, but the case counts as letters`() {
        let one = score("quillmere  junction\n", ["Quillmere Junction"])
        #expect(one.isExact == true && one.isRight && one.share == 1)
        #expect(one.similarity == 1)
        // Q and J; both words.
        #expect(one.letters == ErrorCount(wrong: 2, total: 18))
        #expect(one.words == ErrorCount(wrong: 2, total: 2))
    }

    @Test(arguments: [
        ("abcd", "abcd", 1.0), ("abcd", "abce", 0.75), ("abxy", "abcd", 0.5),
        ("abxyz", "abcde", 0.0),
        ("", "abcd", 0.0), ("ABCD", "abce", 0.75), ("ab", "abc", 1 - 1.0 / 3),
    ])
    func `what is alike by less than half is not alike`(
        answer: String, expected: String, similarity: Double
    ) {
        #expect(score(answer, [expected]).similarity == similarity)
    }

    @Test func `the nearest of the expected answers counts`() {
        let one = score("12.5", ["GBP 12.50", "12.5"])
        #expect(one.isExact == true)
        #expect(one.letters == ErrorCount(wrong: 0, total: 4))
        // 1 of 5 letters against "12.50", 5 of 9 against the longer one.
        let other = score("12.5", ["GBP 12.50", "12.50"])
        #expect(other.isExact == false)
        #expect(other.letters == ErrorCount(wrong: 1, total: 5))
        #expect(other.similarity == 0.8)
    }

    @Test func `words are counted as words`() {
        let one = score("the quick fox jumps", ["the quick brown fox"])
        #expect(one.words == ErrorCount(wrong: 2, total: 4))
        #expect(one.words?.rate == 0.5)
    }

    @Test func `more than everything can be wrong`() {
        #expect(score("aaaaaa", ["bb"]).letters?.rate == 3)
    }

    @Test func `what could not be asked is wrong in everything`() {
        let one = score(nil, ["abc d"])
        #expect(one.isExact == false && one.share == 0 && one.similarity == 0)
        #expect(one.letters == ErrorCount(wrong: 5, total: 5))
        #expect(one.words == ErrorCount(wrong: 2, total: 2))
        #expect(!one.refuses)
        let facts = score(nil, [], rule: .facts([["a"]], inOrder: false))
        #expect(facts.isExact == nil && facts.letters == nil && facts.share == 0)
    }

    @Test func `to say that there is nothing is right where there is nothing`() {
        let refusal = "there is no text in the picture"
        let due = score(refusal, ["There is no text in the picture."])
        #expect(due.refuses && due.shouldRefuse && !due.isFalseRefusal)
        let false_ = score(refusal + ".", ["EXIT"])
        #expect(false_.refuses && !false_.shouldRefuse && false_.isFalseRefusal)
        let missed = score("EXIT", ["There is no text in the picture."])
        #expect(!missed.refuses && missed.shouldRefuse && !missed.isFalseRefusal)
        let words = score("I see that the document does not say.", ["EXIT"])
        #expect(!words.refuses)
    }

    @Test func `all facts must be there, and one of each group`() {
        let rule = EvaluationItem.Rule.facts([["circle", "disc"], ["6", "six"]], inOrder: false)
        #expect(score("A disc; then six squares.", [], rule: rule).isRight)
        #expect(!score("A disc; then sixteen squares.", [], rule: rule).isRight)
        #expect(!score("Six squares.", [], rule: rule).isRight)
        #expect(score("A disc, 6.", [], rule: rule).isExact == nil)
    }

    @Test func `facts may have to come in their order`() {
        let rule = EvaluationItem.Rule.facts(
            [["a red disc", "red"], ["Way Out"], ["red"]], inOrder: true)
        #expect(score("A red disc. A card: WAY OUT. It is red.", [], rule: rule).isRight)
        #expect(!score("A card: WAY OUT. A red disc. It is red.", [], rule: rule).isRight)
        // The same words do not count twice.
        #expect(!score("A red disc. A card: WAY OUT.", [], rule: rule).isRight)
        #expect(!score("Red. Way Outside. Red.", [], rule: rule).isRight)
    }

    @Test func `what OCRBench expects stands somewhere in the answer`() {
        #expect(score("It says CENTRE.", ["centre"], rule: .contained).isRight)
        #expect(!score("It says CENTER.", ["centre"], rule: .contained).isRight)
        #expect(score("x ^ 2 + y", ["x^2"], rule: .containedFormula).isRight)
        #expect(!score("X ^ 2 + y", ["x^2"], rule: .containedFormula).isRight)
    }

    @Test(arguments: [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
    func `votes are the mean over ten who were asked`(count: Int, share: Double) {
        let answers =
            Array(repeating: "The Nokia", count: count)
            + (count..<10).map { "other \($0)" }
        let found = score("nokia", answers, rule: .votes)
        #expect(abs(found.share - share) < 1e-12)
        #expect(found.isRight == (share >= 0.5))
    }

    @Test func `one voter counts alone`() {
        #expect(score("two", ["2"], rule: .votes).share == 1)
        #expect(score("two", ["3"], rule: .votes).share == 0)
    }
}

@Suite struct `Figures of many answers` {
    private func add(
        _ tallies: inout Tallies, _ answer: String?, _ expected: String, _ category: String,
        seconds: Double?
    ) {
        let one = item([expected], category: category)
        tallies.add(
            AnswerScore(of: answer, to: one, refusals: Refusals(Refusals.usual)), to: one,
            isAnswered: answer != nil, seconds: seconds)
    }

    @Test func `letters are counted over all, answers one by one`() {
        var tallies = Tallies()
        add(&tallies, "ax", "ab", "short", seconds: 1)
        add(&tallies, "abcdefgh", "abcdefgh", "long", seconds: 4)
        add(&tallies, "there is no text in the picture", "xy", "short", seconds: 2)
        add(&tallies, nil, "wxyz", "long", seconds: nil)
        #expect(tallies.categories.map(\.category) == ["short", "long"])
        let all = tallies.all
        #expect(all.itemCount == 4 && all.failedCount == 1 && all.rightCount == 1)
        #expect(all.exactShare == 0.25 && all.accuracy == 0.25)
        // 0.5, 1, 0 and 0.
        #expect(all.meanSimilarity == 0.375)
        // 1 of 2, 0 of 8, 31 of 2 (nothing of xy stands in those 31 letters but an x) and 4 of 4.
        #expect(all.letters == ErrorCount(wrong: 1 + 0 + 30 + 4, total: 16))
        #expect(all.falseRefusals == ErrorCount(wrong: 1, total: 4))
        #expect(all.medianSeconds == 2 && all.meanSeconds == 7.0 / 3)
        let long = tallies.categories[1]
        #expect(long.letters.rate == 4.0 / 12 && long.medianSeconds == 4)
    }

    @Test func `nothing has no figures`() {
        let tally = Tally(category: "none")
        #expect(tally.accuracy == nil && tally.exactShare == nil && tally.meanSimilarity == nil)
        #expect(tally.letters.rate == nil && tally.medianSeconds == nil)
    }

    @Test func `facts count as right, not as exact`() {
        let one = item([], rule: .facts([["a"]], inOrder: false))
        var tallies = Tallies()
        tallies.add(
            AnswerScore(of: "a", to: one, refusals: Refusals([])), to: one,
            isAnswered: true, seconds: 1)
        #expect(tallies.all.accuracy == 1 && tallies.all.exactShare == nil)
        #expect(tallies.all.letters.rate == nil)
    }
}
