import Testing
import Tokenizer

@Suite struct `Encoding` {
    /// Names of the tokenizers in the tree, with the added token that is a marker there.
    private static let reduced = [
        ("reduced-smolvlm", "<image>"), ("reduced-smollm3", "<|im_start|>"),
    ]

    @Test(arguments: reduced)
    func `parts are encoded as one text`(name: String, marker: String) throws {
        let tokenizer = try Golden.reduced(name)
        let whole = tokenizer.encode("User: the end of it", matchSpecial: true)
        let parts = [
            TextPart("User: ", matchesSpecial: true), TextPart("the e", matchesSpecial: false),
            TextPart("", matchesSpecial: true), TextPart("nd of it", matchesSpecial: false),
        ]
        #expect(tokenizer.encode(parts) == whole)
        #expect(tokenizer.encode([]) == [])
    }

    @Test(arguments: reduced)
    func `a marker counts only where it lies in trusted text whole`(
        name: String, marker: String
    ) throws {
        let tokenizer = try Golden.reduced(name)
        let id = try #require(tokenizer.id(of: marker))
        let middle = marker.index(marker.startIndex, offsetBy: 4)
        let start = String(marker[..<middle])
        let end = String(marker[middle...])
        func count(_ parts: [TextPart]) -> Int {
            tokenizer.encode(parts).filter { $0 == id }.count
        }
        let trusted = TextPart(marker, matchesSpecial: true)
        let user = TextPart(marker, matchesSpecial: false)
        #expect(count([trusted, user, trusted]) == 2)
        #expect(count([user, user]) == 0)
        // A user who writes half a marker next to the other half in the template.
        #expect(
            count([
                TextPart(start, matchesSpecial: true), TextPart(end, matchesSpecial: false),
            ]) == 0)
        #expect(
            count([
                TextPart(start, matchesSpecial: false), TextPart(end, matchesSpecial: true),
            ]) == 0)
        // Two trusted parts in a row are one.
        #expect(
            count([
                TextPart(start, matchesSpecial: true), TextPart(end, matchesSpecial: true),
            ]) == 1)
    }

    @Test func `normalised markers are trusted by where they stand in the original`() throws {
        let tokenizer = try Golden.caseTokenizer("Llama 2 with normalized markers")
        let parts = [
            TextPart("a b ", matchesSpecial: true), TextPart("<s> c ", matchesSpecial: false),
            TextPart(" x", matchesSpecial: false), TextPart(" <s>", matchesSpecial: true),
            TextPart(" <s>", matchesSpecial: false),
        ]
        #expect(tokenizer.encode(parts).filter { $0 == 1 }.count == 1)
        let trusted = parts.map { TextPart($0.text, matchesSpecial: true) }
        #expect(tokenizer.encode(trusted).filter { $0 == 1 }.count == 3)
    }

    @Test(arguments: reduced)
    func `work memory changes nothing`(name: String, marker: String) throws {
        let tokenizer = try Golden.reduced(name)
        var work = EncodingWork()
        // Long enough that words are remembered.
        let unit = "the word \(marker) 12 don't."
        let text = String(repeating: unit, count: 200)
        let parts = [TextPart(text, matchesSpecial: true)]
        var first: [Int] = []
        tokenizer.encode(parts, into: &first, work: &work)
        var second: [Int] = []
        tokenizer.encode(parts, into: &second, work: &work)
        #expect(first == second)
        let short = tokenizer.encode(unit, matchSpecial: true)
        #expect(Array(first.prefix(short.count)) == short)
    }

    @Test func `text that the vocabulary has bytes for comes back`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        for line in try GeneratedLines.all.get().lines.prefix(2_000) {
            let ids = tokenizer.encode(line, matchSpecial: false)
            #expect(tokenizer.decode(ids, skippingSpecial: false) == line)
        }
    }

    /// Steps are pair look-ups and moves in the queue: 25 a byte were seen at most, for spaces. Four
    /// times the text may cost a little more than four times the steps, never sixteen times.
    @Test(arguments: ["a", " ", "7", "=", "\n", "東", "ab", "<", " \n", "'"])
    func `a line of one letter costs in proportion to its length`(unit: String) throws {
        for name in ["reduced-smolvlm", "reduced-smollm3"] {
            let tokenizer = try Golden.reduced(name)
            func steps(byteCount: Int) -> Int {
                var work = EncodingWork()
                var ids: [Int] = []
                let text = String(repeating: unit, count: byteCount / unit.utf8.count)
                tokenizer.encode(
                    [TextPart(text, matchesSpecial: true)], into: &ids, work: &work)
                return work.steps
            }
            let quarter = steps(byteCount: 250_000)
            let whole = steps(byteCount: 1_000_000)
            #expect(whole <= 5 * quarter + 1_000, "\(name) \(quarter) \(whole)")
            #expect(whole <= 40_000_000, "\(name)")
        }
    }

    @Test func `a line of one letter is no trouble for scores either`() throws {
        let tokenizer = try Tokenizer(sentencePieceVocabulary(Golden.json("sentencepiece.json")))
        var counts: [Int] = []
        for count in [250_000, 1_000_000] {
            var work = EncodingWork()
            var ids: [Int] = []
            let text = String(repeating: "a", count: count)
            tokenizer.encode([TextPart(text, matchesSpecial: false)], into: &ids, work: &work)
            counts.append(work.steps)
            #expect(tokenizer.decode(ids, skippingSpecial: true) == text)
        }
        #expect(counts[1] <= 5 * counts[0])
    }
}
