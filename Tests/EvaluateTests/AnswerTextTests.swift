import Evaluate
import Testing

@Suite struct `Answers in their common form` {
    @Test(arguments: [
        ("  Way \n\tOut ", "Way Out"), ("", ""), (" \n", ""), ("a\u{A0}b", "a b"),
        ("a\r\nb", "a b"),
    ])
    func `blanks are one blank, and none at the ends`(text: String, spaced: String) {
        #expect(AnswerText.spaced(text) == spaced)
        #expect(AnswerText.folded(text) == spaced.lowercased())
    }

    @Test(arguments: [
        ("It costs 6 pounds", "6", true), ("It costs 16 pounds", "6", false),
        ("It costs 6.", "6", true), ("HERON", "heron", true), ("two herons", "heron", false),
        ("herons, and a heron", "heron", true), ("A  blue\nsquare moves", "blue square", true),
        ("£30.97", "30.97", true), ("30.975", "30.97", false), ("at 00:04", "00:04", true),
        ("nothing", "", true),
    ])
    func `a fact stands by itself`(text: String, fact: String, stands: Bool) {
        #expect(AnswerText.contains(text, fact: fact) == stands)
    }

    @Test(arguments: [
        ("The Nokia, Inc.", "nokia inc"), ("two", "2"), ("None", "0"), ("St. John's", "st john 's"),
        ("3.5 km", "3.5 km"), ("1,000", "1000"), ("T-shirt", "t shirt"), ("a - b", "b"),
        ("what?!", "what"), ("an apple\n", "apple"), ("\"Stop\"", "stop"),
    ])
    func `votes are counted as the VQA challenges do`(text: String, voted: String) {
        #expect(AnswerText.voted(text) == voted)
    }
}
