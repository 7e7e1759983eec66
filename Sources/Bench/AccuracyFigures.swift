internal import Foundation
internal import JSON

/// How near some numbers are to what they are meant to be: picture tokens tile by tile, logits row
/// by row, answers step by step.
struct AccuracyFigures {
    /// What was compared: a precision or another program, and what it is held against.
    let model: String
    let found: String
    let meant: String

    // MARK: Picture tokens

    private(set) var tileCount = 0
    private(set) var worstCosine = 1.0
    private var cosineSum = 0.0
    /// Of what tells the tokens of a tile apart: without the mean of those meant.
    private(set) var worstCentredCosine = 1.0

    var meanCosine: Double { cosineSum / Double(max(tileCount, 1)) }

    // MARK: Logits

    /// Rows of texts that were read in one go.
    private(set) var text = Divergences()
    /// Rows behind one id each, as answers are written.
    private(set) var steps = Divergences()

    // MARK: Answers

    private(set) var answerCount = 0
    private(set) var equalAnswers = 0
    /// Where the answers that differ do so first, and how far ahead the meant id was there.
    private(set) var partings: [Parting] = []

    /// The first id of an answer that is another than the one meant.
    struct Parting {
        let answer: Int
        let step: Int
        /// How far the logit of the id meant was above that of the id found.
        let lead: Double
    }

    init(model: String, found: String, meant: String) {
        self.model = model
        self.found = found
        self.meant = meant
    }

    /// Takes a tile's tokens.
    mutating func add(tile found: [Float], meant: [Float], tokenWidth: Int) {
        let cosine = Cosine.of(found, meant, 0..<meant.count)
        tileCount += 1
        cosineSum += cosine
        worstCosine = min(worstCosine, cosine)
        var middle = [Float](repeating: 0, count: tokenWidth)
        let share = Float(tokenWidth) / Float(max(meant.count, 1))
        for index in meant.indices { middle[index % tokenWidth] += share * meant[index] }
        let apart = { (tokens: [Float]) in
            tokens.enumerated().map { $0.element - middle[$0.offset % tokenWidth] }
        }
        worstCentredCosine = min(
            worstCentredCosine, Cosine.of(apart(found), apart(meant), 0..<meant.count))
    }

    /// Takes rows of logits of a text.
    mutating func add(text found: [Float], meant: [Float], width: Int) {
        for start in stride(from: 0, to: meant.count, by: width) {
            text.add(found, meant, start..<start + width)
        }
    }

    /// Takes the logits of the steps of an answer.
    mutating func add(answer found: [[Float]], meant: [[Float]]) {
        var parting: Parting?
        for (step, (found, meant)) in zip(found, meant).enumerated() {
            steps.add(found, meant, 0..<meant.count)
            let chosen = Likeliest.id(of: found, 0..<found.count)
            let best = Likeliest.id(of: meant, 0..<meant.count)
            if parting == nil, chosen != best {
                parting = Parting(
                    answer: answerCount, step: step, lead: Double(meant[best] - meant[chosen]))
            }
        }
        answerCount += 1
        equalAnswers += parting == nil ? 1 : 0
        if let parting { partings.append(parting) }
    }

    /// The widest lead that was lost where an answer parts first.
    var widestLead: Double { partings.map(\.lead).max() ?? 0 }

    // MARK: Printing

    static let heading = """
        | model | compared | tiles: cosine worst (mean), centred, count | text: divergence mean (worst) | \
        the same id | steps: divergence mean (worst) | answers equal | widest lead lost |
        |---|---|---|---|---|---|---|---|
        """

    var line: String {
        let tiles =
            tileCount == 0
            ? ""
            : String(
                format: "%.5f (%.5f), %.5f, %d", worstCosine, meanCosine, worstCentredCosine,
                tileCount)
        let answers = answerCount == 0 ? "" : "\(equalAnswers) of \(answerCount)"
        let lead = partings.isEmpty ? "" : String(format: "%.2f", widestLead)
        let cells = [
            model, "\(found) against \(meant)", tiles, text.summary, text.agreement,
            steps.summary, answers, lead,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("model", model)
            json.member("found", found)
            json.member("meant", meant)
            if tileCount > 0 {
                json.member("tiles") { json in
                    json.object { json in
                        json.member("count", tileCount)
                        json.member("worstCosine", worstCosine)
                        json.member("meanCosine", meanCosine)
                        json.member("worstCentredCosine", worstCentredCosine)
                    }
                }
            }
            if text.count > 0 { json.member("text") { text.write(to: &$0) } }
            if steps.count > 0 { json.member("steps") { steps.write(to: &$0) } }
            if answerCount > 0 {
                json.member("answers") { json in
                    json.object { json in
                        json.member("count", answerCount)
                        json.member("equal", equalAnswers)
                        json.member("partings") { json in
                            json.array { json in
                                for one in partings {
                                    json.object { json in
                                        json.member("answer", one.answer)
                                        json.member("step", one.step)
                                        json.member("lead", one.lead)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The divergence of probabilities from those meant, row by row: Kullback-Leibler, in nats.
struct Divergences {
    private(set) var count = 0
    private(set) var worst = 0.0
    private var sum = 0.0
    private var agreeing = 0

    var mean: Double { sum / Double(max(count, 1)) }
    /// The share of rows whose likeliest id is the one meant.
    var agreed: Double { Double(agreeing) / Double(max(count, 1)) }

    /// Takes one row.
    mutating func add(_ found: [Float], _ meant: [Float], _ row: Range<Int>) {
        let best = Likeliest.id(of: meant, row)
        let chosen = Likeliest.id(of: found, row)
        agreeing += best == chosen ? 1 : 0
        let (top, foundTop) = (Double(meant[best]), Double(found[chosen]))
        var (total, foundTotal, weighted) = (0.0, 0.0, 0.0)
        for index in row {
            let logit = Double(meant[index]) - top
            let other = Double(found[index]) - foundTop
            let weight = exp(logit)
            total += weight
            foundTotal += exp(other)
            weighted += weight * (logit - other)
        }
        let divergence = weighted / total - log(total) + log(foundTotal)
        // What is below 0 is rounding; logits that are no numbers are as far off as can be.
        let distance = divergence.isNaN ? .infinity : max(0, divergence)
        count += 1
        sum += distance
        worst = max(worst, distance)
    }

    var summary: String { count == 0 ? "" : String(format: "%.2e (%.2e)", mean, worst) }
    var agreement: String { count == 0 ? "" : String(format: "%.2f %%", 100 * agreed) }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("rows", count)
            json.member("meanDivergence", mean)
            json.member("worstDivergence", worst)
            json.member("agreed", agreed)
        }
    }
}

/// The cosine of the angle between two rows of numbers.
private enum Cosine {
    static func of(_ one: [Float], _ other: [Float], _ range: Range<Int>) -> Double {
        var (product, first, second) = (0.0, 0.0, 0.0)
        for index in range {
            product += Double(one[index]) * Double(other[index])
            first += Double(one[index]) * Double(one[index])
            second += Double(other[index]) * Double(other[index])
        }
        let cosine = product / (first * second).squareRoot()
        return cosine.isNaN ? -1 : cosine
    }
}

/// The place of the largest number; the first among equals.
enum Likeliest {
    static func id(of logits: [Float], _ row: Range<Int>) -> Int {
        var best = row.lowerBound
        for index in row where logits[index] > logits[best] { best = index }
        return best
    }
}
