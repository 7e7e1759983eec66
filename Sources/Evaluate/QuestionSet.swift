// The forms of sets, told apart by their members:
// - smolvlm: JSON objects, one a line, with `file`, `question`, `answers` or `facts`, `category`;
// - docvqa: an object whose `data` has `questionId`, `question`, `image`, `answers`
//   (https://rrc.cvc.uab.es/?ch=17&com=tasks);
// - textvqa: an object whose `data` has `question_id`, `question`, `image_id`, ten `answers`
//   (https://textvqa.org/dataset/);
// - ocrbench: an array of objects with `image_path`, `question`, `answers`, `type`, `dataset_name`
//   (https://github.com/Yuliang-Liu/MultimodalOCR).

internal import JSON

/// Questions, each about a file, with what counts as right.
package struct QuestionSet: Equatable, Sendable {
    /// Who laid it out.
    package enum Form: String, CaseIterable, Equatable, Sendable {
        case smolvlm, docvqa, textvqa, ocrbench
    }

    package let form: Form
    package let items: [EvaluationItem]

    /// Reads a set.
    ///
    /// - Parameters:
    ///   - name: the file, for messages.
    ///   - bytes: all of it.
    ///   - form: nil tells it by what is in the file.
    package init(name: String, bytes: [UInt8], form: Form?) throws(QuestionSetError) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let entries = try Self.entries(name, hasMark ? Array(bytes.dropFirst(3)) : bytes)
        guard let first = entries.first else { throw .empty(file: name) }
        let known: Form
        if let form { known = form } else { known = try Self.form(of: first, in: name) }
        self.form = known
        var items: [EvaluationItem] = []
        for entry in entries {
            do throws(EntryReader.Fault) {
                items.append(try EntryReader(entry.value, index: items.count).item(known))
            } catch {
                throw .badEntry(file: name, entry: entry.name, form: known, reason: error.reason)
            }
        }
        self.items = items
    }

    /// An entry of a file, and where in it it stands.
    private struct Entry {
        let name: String
        let value: JSONValue
    }

    /// The entries of a whole document, or of lines.
    private static func entries(
        _ name: String, _ bytes: [UInt8]
    ) throws(QuestionSetError) -> [Entry] {
        guard bytes.contains(where: { !isBlank($0) }) else { throw .empty(file: name) }
        if let whole = try? JSONValue(parsing: bytes.span) {
            if whole.kind == .array { return numbered(whole) }
            if let data = whole["data"], data.kind == .array { return numbered(data) }
            if whole.kind == .object { return [Entry(name: "line 1", value: whole)] }
            throw .notASet(file: name)
        }
        var entries: [Entry] = []
        for (index, line) in bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).enumerated() where line.contains(where: { !isBlank($0) }) {
            let place = "line \(index + 1)"
            do throws(JSONError) {
                entries.append(
                    Entry(name: place, value: try JSONValue(parsing: Array(line).span)))
            } catch {
                throw .notJSON(file: name, entry: place, reason: error.reason)
            }
        }
        return entries
    }

    private static func numbered(_ array: JSONValue) -> [Entry] {
        array.elements.enumerated().map { Entry(name: "entry \($0 + 1)", value: $1) }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func form(of entry: Entry, in name: String) throws(QuestionSetError) -> Form {
        let value = entry.value
        if value["file"] != nil { return .smolvlm }
        if value["image_path"] != nil { return .ocrbench }
        if value["image_id"] != nil, value["question_id"] != nil { return .textvqa }
        if value["image"] != nil, value["questionId"] != nil { return .docvqa }
        throw .unknownForm(file: name, entry: entry.name)
    }
}

/// Why a file is no set of questions.
package enum QuestionSetError: Error, Equatable, CustomStringConvertible {
    case empty(file: String)
    case notASet(file: String)
    case notJSON(file: String, entry: String, reason: String)
    case unknownForm(file: String, entry: String)
    case badEntry(file: String, entry: String, form: QuestionSet.Form, reason: String)

    package var description: String {
        switch self {
        case .empty(let file):
            "\(file) has no questions. Put one in each line, such as \(Self.example)."
        case .notASet(let file):
            "\(file) is JSON, but no set of questions. Put an object in each line, such as "
                + "\(Self.example)."
        case .notJSON(let file, let entry, let reason):
            "\(file), \(entry): it is not valid JSON (\(reason)). A set has one object in each "
                + "line, such as \(Self.example)."
        case .unknownForm(let file, let entry):
            "\(file), \(entry): its members are those of no set known here. A question needs "
                + "members as in \(Self.example); --form names the form of a public set."
        case .badEntry(let file, let entry, let form, let reason):
            "\(file), \(entry): \(reason). That is what the form \(form.rawValue) needs."
        }
    }

    private static let example =
        #"{"file": "a.png", "question": "What is the total?", "answers": ["12.50"]}"#
}
