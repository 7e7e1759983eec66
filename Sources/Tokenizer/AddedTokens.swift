// Markers are found before anything else is done to the text. In: UTF-8; out: the markers in it and
// the ranges between them. At each place the longest marker wins, and the leftmost place first.
// https://github.com/huggingface/tokenizers/tree/v0.22.1/tokenizers/src/tokenizer

/// A token that is matched as written instead of being made by merging.
package struct AddedToken: Sendable, Equatable {
    package var id: Int
    package var content: String
    /// A marker of the model's own, which user text must not be able to write.
    package var isSpecial: Bool
    /// Takes the blanks before it, or after it, as part of itself.
    package var takesBlanksBefore = false, takesBlanksAfter = false
    /// Matched only where no word character touches it.
    package var isSingleWord = false
    /// Matched in the text as it is after normalisation.
    package var isNormalized = false

    package init(id: Int, content: String, isSpecial: Bool) {
        self.id = id
        self.content = content
        self.isSpecial = isSpecial
    }
}

/// All added tokens with one kind of matching, as a trie.
struct AddedTokens: Sendable {
    private struct Node {
        var byte: UInt8
        /// 0 for none: the root is nobody's child.
        var firstChild: Int32 = 0
        var nextSibling: Int32 = 0
        /// -1 for none.
        var token: Int32 = -1
    }

    private let tokens: [AddedToken]
    private var nodes = [Node(byte: 0)]
    /// Whether some token begins with this byte.
    private var begins = [Bool](repeating: false, count: 256)

    /// - Parameter patterns: what is looked for, one for each token; empty ones are never found.
    init(tokens: [AddedToken], patterns: [[UInt8]]) {
        self.tokens = tokens
        for (index, pattern) in patterns.enumerated() {
            guard let first = pattern.first else { continue }
            begins[Int(first)] = true
            var node = 0
            for byte in pattern { node = child(of: node, byte) ?? addChild(to: node, byte) }
            nodes[node].token = Int32(index)
        }
    }

    var isEmpty: Bool { nodes.count == 1 }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        var next = Int(nodes[node].firstChild)
        while next != 0 {
            if nodes[next].byte == byte { return next }
            next = Int(nodes[next].nextSibling)
        }
        return nil
    }

    private mutating func addChild(to node: Int, _ byte: UInt8) -> Int {
        nodes.append(Node(byte: byte, nextSibling: nodes[node].firstChild))
        nodes[node].firstChild = Int32(nodes.count - 1)
        return nodes.count - 1
    }

    /// Cuts `range` into markers (with their id) and what lies between them (without), in order,
    /// nothing empty.
    ///
    /// - Parameter trust: where special tokens may be matched: a special token counts only when all
    ///   of it lies in one of these ranges, which are in order.
    func forEachSegment(
        in range: Range<Int>, of text: Span<UInt8>, trust: [Range<Int>],
        _ body: (Range<Int>, _ id: Int?) -> Void
    ) {
        let classes = CharacterClasses.recorded
        var done = range.lowerBound
        var place = range.lowerBound
        var trusted = 0
        while place < range.upperBound {
            guard begins[Int(text[place])] else {
                place += 1
                continue
            }
            while trusted < trust.count, trust[trusted].upperBound <= place { trusted += 1 }
            let trustHere = trusted < trust.count ? trust[trusted] : nil
            guard let match = longest(in: place..<range.upperBound, of: text, trust: trustHere)
            else {
                place += 1
                continue
            }
            var start = place
            var end = match.end
            place = match.end
            let token = tokens[match.token]
            if token.isSingleWord, touchesWord(start..<end, in: range, of: text, classes) {
                continue
            }
            if token.takesBlanksBefore {
                while start > done {
                    let before = classes.previous(text, before: start)
                    guard classes.classify(text, at: before).class.contains(.space) else { break }
                    start = before
                }
            }
            if token.takesBlanksAfter {
                while end < range.upperBound {
                    let next = classes.classify(text, at: end)
                    guard next.class.contains(.space) else { break }
                    end = next.next
                }
            }
            if done < start { body(done..<start, nil) }
            body(start..<end, token.id)
            // The search goes on after the marker itself: one made of blanks may follow in those
            // just taken.
            done = end
        }
        if done < range.upperBound { body(done..<range.upperBound, nil) }
    }

    private func longest(
        in range: Range<Int>, of text: Span<UInt8>, trust: Range<Int>?
    ) -> (token: Int, end: Int)? {
        var found: (token: Int, end: Int)?
        var node = 0
        var place = range.lowerBound
        while place < range.upperBound, let next = child(of: node, text[place]) {
            node = next
            place += 1
            let token = Int(nodes[node].token)
            guard token >= 0 else { continue }
            if tokens[token].isSpecial {
                guard let trust, trust.lowerBound <= range.lowerBound, place <= trust.upperBound
                else { continue }
            }
            found = (token, place)
        }
        return found
    }

    private func touchesWord(
        _ match: Range<Int>, in range: Range<Int>, of text: Span<UInt8>, _ classes: CharacterClasses
    ) -> Bool {
        if match.lowerBound > range.lowerBound {
            let before = classes.previous(text, before: match.lowerBound)
            if classes.classify(text, at: before).class.contains(.word) { return true }
        }
        return match.upperBound < range.upperBound
            && classes.classify(text, at: match.upperBound).class.contains(.word)
    }
}
