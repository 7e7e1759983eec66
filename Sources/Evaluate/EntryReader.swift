internal import JSON

/// Reads one entry of a set in any of its forms.
struct EntryReader {
    /// What an entry lacks, in words that stand before a full stop.
    struct Fault: Error { let reason: String }

    private let entry: JSONValue
    private let index: Int

    init(_ entry: JSONValue, index: Int) {
        self.entry = entry
        self.index = index
    }

    func item(_ form: QuestionSet.Form) throws(Fault) -> EvaluationItem {
        guard entry.kind == .object else { throw Fault(reason: "it is no JSON object") }
        return switch form {
        case .smolvlm: try own()
        case .docvqa: try docvqa()
        case .textvqa: try textvqa()
        case .ocrbench: try ocrbench()
        }
    }

    private func own() throws(Fault) -> EvaluationItem {
        let answers = try entry["answers"] == nil ? [] : texts("answers")
        var rule = EvaluationItem.Rule.equal
        if let facts = entry["facts"] {
            rule = .facts(try groups(facts), inOrder: try flag("in_order"))
        } else if answers.isEmpty {
            throw Fault(
                reason: "it has neither `answers`, one text or an array of them, nor `facts`")
        }
        return EvaluationItem(
            index: index, names: [try text("file")], question: try text("question"),
            answers: answers, rule: rule, category: try label("category") ?? "")
    }

    private func docvqa() throws(Fault) -> EvaluationItem {
        let image = try text("image")
        let last = Self.lastPart(of: image)
        return EvaluationItem(
            index: index, names: [image, last, "documents/\(last)"],
            question: try text("question"), answers: try texts("answers"), rule: .equal,
            category: try label("question_types") ?? "")
    }

    private func textvqa() throws(Fault) -> EvaluationItem {
        let image = try text("image_id")
        let folders = ["", "train_images/", "test_images/"]
        return EvaluationItem(
            index: index, names: folders.map { "\($0)\(image).jpg" },
            question: try text("question"), answers: try texts("answers"), rule: .votes,
            category: try label("set_name") ?? "")
    }

    private func ocrbench() throws(Fault) -> EvaluationItem {
        let image = try text("image_path")
        let isFormula = entry["dataset_name"]?.string == "HME100k"
        return EvaluationItem(
            index: index, names: [image, "OCRBench_Images/\(image)"],
            question: try text("question"), answers: try texts("answers"),
            rule: isFormula ? .containedFormula : .contained,
            category: try label("type") ?? "")
    }

    // MARK: Members

    private func text(_ name: String) throws(Fault) -> String {
        guard let text = entry[name]?.string, text.contains(where: { !$0.isWhitespace }) else {
            throw Fault(reason: "it has no `\(name)` with a text in it")
        }
        return text
    }

    /// One text, or an array of at least one; numbers count as they are written.
    private func texts(_ name: String) throws(Fault) -> [String] {
        guard let value = entry[name] else {
            throw Fault(
                reason: "it has no `\(name)`; the part of a set that is kept for a challenge comes "
                    + "without them")
        }
        if let text = Self.plain(value) { return [text] }
        let texts = value.elements.map(Self.plain)
        let known = texts.compactMap(\.self)
        guard !known.isEmpty, known.count == texts.count else {
            throw Fault(reason: "its `\(name)` is neither a text nor an array of texts")
        }
        return known
    }

    /// Yes or no; no when it is left out.
    private func flag(_ name: String) throws(Fault) -> Bool {
        guard let value = entry[name] else { return false }
        guard let flag = value.bool else {
            throw Fault(reason: "its `\(name)` is neither true nor false")
        }
        return flag
    }

    /// A word to count it with; several are joined.
    private func label(_ name: String) throws(Fault) -> String? {
        guard let value = entry[name], !value.isNull else { return nil }
        if let text = value.string { return text }
        let texts = value.elements.map(\.string)
        guard value.kind == .array, texts.allSatisfy({ $0 != nil }) else {
            throw Fault(reason: "its `\(name)` is neither a text nor an array of texts")
        }
        return texts.compactMap(\.self).joined(separator: ", ")
    }

    /// Texts that must all be there; in place of one, an array of which one is enough.
    private func groups(_ facts: JSONValue) throws(Fault) -> [[String]] {
        var groups: [[String]] = []
        for fact in facts.elements {
            let group = Self.plain(fact).map { [$0] } ?? fact.elements.compactMap(Self.plain)
            guard !group.isEmpty, group.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
                groups = []
                break
            }
            groups.append(group)
        }
        guard !groups.isEmpty else {
            throw Fault(
                reason: "its `facts` is no array of texts, each of which may be an array of texts "
                    + "that mean the same")
        }
        return groups
    }

    private static func plain(_ value: JSONValue) -> String? {
        switch value.kind {
        case .string: value.string
        case .integer: value.int.map { String($0) }
        case .double: value.double.map { "\($0)" }
        default: nil
        }
    }

    private static func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
