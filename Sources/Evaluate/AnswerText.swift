// How answers are brought to a common form before they are compared. `folded` is the rule of the
// DocVQA challenge; `voted` that of the VQA challenges, which TextVQA follows, without their list of
// contractions (`dont` for `don't`): https://visualqa.org/evaluation.html

/// Answers as they are compared.
package enum AnswerText {
    /// The words of a text with one blank between them: every run of blanks, tabs and line breaks
    /// counts as one blank, and those at the ends count as nothing.
    package static func spaced(_ text: String) -> String {
        words(of: text).joined(separator: " ")
    }

    /// The same in small letters.
    package static func folded(_ text: String) -> String { spaced(text.lowercased()) }

    package static func words(of text: String) -> [Substring] {
        text.split(whereSeparator: \.isWhitespace)
    }

    /// Whether a fact stands in a text: in any case and with any blanks, and not as a part of a
    /// longer word or number.
    package static func contains(_ text: String, fact: String) -> Bool {
        contains(text, facts: [[fact]], inOrder: false)
    }

    /// Whether all facts stand in a text, of each group one.
    ///
    /// - Parameter inOrder: whether each must stand behind those before it.
    package static func contains(_ text: String, facts: [[String]], inOrder: Bool) -> Bool {
        let text = folded(text)
        var start = text.startIndex
        for group in facts {
            // The one that ends first leaves most room for the next.
            let ends = group.compactMap { end(of: folded($0), in: text, from: start) }
            guard let first = ends.min() else { return false }
            if inOrder { start = first }
        }
        return true
    }

    /// Where the first of the places ends in which a fact stands.
    private static func end(
        of fact: String, in text: String, from start: String.Index
    ) -> String.Index? {
        guard let first = fact.first, let last = fact.last else { return start }
        var rest = text[start...]
        while let found = rest.firstRange(of: fact) {
            let before = text[..<found.lowerBound].last
            let after = text[found.upperBound...].first
            if !goOn(before, first), !goOn(last, after) { return found.upperBound }
            rest = text[text.index(after: found.lowerBound)...]
        }
        return nil
    }

    /// Whether two neighbours belong to one word or number.
    private static func goOn(_ one: Character?, _ other: Character?) -> Bool {
        guard let one, let other else { return false }
        return (one.isLetter || one.isNumber) && (other.isLetter || other.isNumber)
    }

    // MARK: The rule of the VQA challenges

    private static let articles: Set<String> = ["a", "an", "the"]

    private static let digits = [
        "none": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
        "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    ]

    /// What is dropped where a blank stands beside it, and a blank elsewhere.
    private static let marks: [Character] = [
        ";", "/", "[", "]", "\"", "{", "}", "(", ")", "=", "+", "\\", "_", "-", ">", "<", "@", "`",
        "!",
    ]

    /// An answer as the VQA challenges compare it: small letters, no punctuation but apostrophes and
    /// decimal points, numbers up to ten in digits, no articles.
    package static func voted(_ text: String) -> String {
        var text = text.lowercased()
        text.removeAll { $0 == "," || $0 == "?" }
        text = text.replacing("'s", with: " 's")
        text = String(text.map { $0 == "\n" || $0 == "\t" ? " " : $0 })
        let plain = Array(trimmed(text))
        var isBesideBlank: Set<Character> = []
        for (index, character) in plain.enumerated() where marks.contains(character) {
            let before = index > 0 ? plain[index - 1] : nil
            let after = index + 1 < plain.count ? plain[index + 1] : nil
            if before == " " || after == " " { isBesideBlank.insert(character) }
        }
        var kept = ""
        for (index, character) in plain.enumerated() {
            if character == "." {
                // A point stays before a digit.
                let next = index + 1 < plain.count ? plain[index + 1] : nil
                if next.map({ $0.isNumber }) == true { kept.append(character) }
            } else if marks.contains(character) {
                if !isBesideBlank.contains(character) { kept.append(" ") }
            } else {
                kept.append(character)
            }
        }
        let words = words(of: kept).map(String.init)
        return words.map { digits[$0] ?? $0 }.filter { !articles.contains($0) }
            .joined(separator: " ")
    }

    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
