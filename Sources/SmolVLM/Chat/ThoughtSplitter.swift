// In: the pieces of an answer as they become certain. Out: the same text as what the model thought,
// which stands between `<think>` and `</think>` at the very beginning, and what it answers. The marks
// and the line feeds around them belong to neither. A piece may end within a mark.

/// Tells what a model thinks aloud from what it answers.
package struct ThoughtSplitter: Sendable {
    /// A piece of text and what it belongs to.
    package enum Part: Equatable, Sendable {
        case thought(String)
        case answer(String)
    }

    private enum Place {
        /// Nothing but white space has come, or a part of the first mark.
        case beginning
        /// Behind the first mark; true until its first character that is no line feed.
        case thought(isEmpty: Bool)
        /// Behind the second mark, where line feeds are still dropped.
        case between
        case answer
    }

    private static let opening = "<think>"
    private static let closing = "</think>"

    private var place: Place
    /// What has come but belongs nowhere yet.
    private var held = ""

    /// - Parameter expectsThought: whether the model may think aloud at all; without that, every
    ///   piece is answer.
    package init(expectsThought: Bool) {
        place = expectsThought ? .beginning : .answer
    }

    /// Takes the next piece and gives what has become certain, in order.
    package mutating func append(_ piece: String, give: (Part) -> Void) {
        if case .answer = place {
            if !piece.isEmpty { give(.answer(piece)) }
            return
        }
        held += piece
        while let part = step() {
            switch part {
            case .thought(""), .answer(""): continue
            default: give(part)
            }
        }
    }

    /// Gives what was held back.
    package mutating func finish(give: (Part) -> Void) {
        switch place {
        case .beginning, .between:
            if !held.isEmpty { give(.answer(held)) }
        case .thought:
            let rest = held.withoutLineFeedsAtEnd
            if !rest.isEmpty { give(.thought(rest)) }
        case .answer: break
        }
        held = ""
    }

    /// Takes one step through what is held; nil when more must come first.
    private mutating func step() -> Part? {
        switch place {
        case .beginning:
            let start = held.drop(while: \.isWhitespace)
            if start.hasPrefix(Self.opening) {
                held = String(start.dropFirst(Self.opening.count))
                place = .thought(isEmpty: true)
                return .thought("")
            }
            guard !Self.opening.hasPrefix(start) else { return nil }
            return release()
        case .thought(isEmpty: true):
            held = String(held.drop(while: \.isNewline))
            guard !held.isEmpty else { return nil }
            place = .thought(isEmpty: false)
            return .thought("")
        case .thought(isEmpty: false):
            return thought()
        case .between:
            held = String(held.drop(while: \.isNewline))
            return held.isEmpty ? nil : release()
        case .answer:
            return nil
        }
    }

    /// As much of the thought as can neither be its last line feeds nor the mark behind them.
    private mutating func thought() -> Part? {
        if let end = held.firstRange(of: Self.closing) {
            let whole = String(held[..<end.lowerBound]).withoutLineFeedsAtEnd
            held = String(held[end.upperBound...])
            place = .between
            return .thought(whole)
        }
        var kept = min(held.count, Self.closing.count - 1)
        while kept > 0, !Self.closing.hasPrefix(held.suffix(kept)) { kept -= 1 }
        let certain = String(held.dropLast(kept)).withoutLineFeedsAtEnd
        guard !certain.isEmpty else { return nil }
        held = String(held.dropFirst(certain.count))
        return .thought(certain)
    }

    private mutating func release() -> Part {
        defer { held = "" }
        place = .answer
        return .answer(held)
    }
}

extension String {
    fileprivate var withoutLineFeedsAtEnd: String {
        var rest = self[...]
        while rest.last?.isNewline == true { rest.removeLast() }
        return String(rest)
    }
}
