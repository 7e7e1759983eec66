internal import Evaluate
internal import Foundation
internal import JSON

/// The file of `--output`: a line for each question, written whole at one time and only behind what
/// is there, so that whatever ends the program costs at most the line being written.
struct EvalLog {
    /// An answer of an earlier run.
    struct Kept: Equatable {
        let answer: String
        let stopped: String
        let cost: EvalResult.Cost
    }

    private let path: String
    private let model: String
    private let settings: String
    private let handle: FileHandle
    /// What was answered before, by the places of the questions in the set.
    private(set) var kept: [Int: Kept] = [:]

    /// Makes the file, or reads what an earlier run has left in it.
    init(
        path: String, resumes: Bool, items: [EvaluationItem], model: String, settings: String
    ) throws(Refusal) {
        self.path = path
        self.model = model
        self.settings = settings
        let files = FileManager.default
        let attributes = try? files.attributesOfItem(atPath: path)
        let isPlain = attributes?[.type] as? FileAttributeType == .typeRegular
        if isPlain, !resumes {
            throw Refusal(
                "\(path) is there already. Name another file, or go on with it by --resume.")
        }
        if attributes == nil, !files.createFile(atPath: path, contents: nil) {
            throw Refusal(
                "\(path) cannot be written: its folder is not there, or may not be written to. "
                    + "Name another file.")
        }
        guard
            let handle = FileHandle(forUpdatingAtPath: path)
                ?? FileHandle(forWritingAtPath: path)
        else {
            throw Refusal("\(path) cannot be written. Check its permissions, or name another file.")
        }
        self.handle = handle
        if isPlain { try takeUp(items) }
    }

    /// Reads what is there, and cuts off a line that was not finished, if all others are of this run.
    private mutating func takeUp(_ items: [EvaluationItem]) throws(Refusal) {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try handle.readToEnd() ?? Data())
        } catch {
            throw Refusal("\(path) cannot be read, so it is not known what was answered before.")
        }
        let places = Dictionary(
            items.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard line.endIndex < bytes.endIndex else { break }
            guard let record = try? JSONValue(parsing: Array(line).span),
                let index = record["index"]?.int
            else {
                throw Refusal(
                    "\(path), line \(number + 1): that was not written by `smolvlm eval`. Name "
                        + "another file.")
            }
            guard record["model"]?.string == model, record["settings"]?.string == settings else {
                throw Refusal(
                    "\(path) was begun with other settings: \(record["model"]?.string ?? "") "
                        + "\(record["settings"]?.string ?? ""). Use the same, or name another "
                        + "file.")
            }
            guard let item = places[index] else { continue }
            guard record["file"]?.string == item.file, record["question"]?.string == item.question
            else {
                throw Refusal(
                    "\(path), line \(number + 1): there the set asks something else. Go on with "
                        + "the set that it was begun with, or name another file.")
            }
            kept[index] = Self.kept(in: record)
        }
        do {
            let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { UInt64($0 + 1) } ?? 0
            guard end > 0 || bytes.isEmpty || bytes.starts(with: Array("{\"index\":".utf8)) else {
                throw CocoaError(.fileReadCorruptFile)
            }
            try handle.truncate(atOffset: end)
            try handle.seek(toOffset: end)
        } catch {
            throw Refusal(
                "\(path) cannot be gone on with: it was not written by `smolvlm eval`, or may not be "
                    + "changed. Name another file.")
        }
    }

    private static func kept(in record: JSONValue) -> Kept? {
        guard let answer = record["answer"]?.string else { return nil }
        let seconds = record["seconds"]
        func part(_ name: String) -> Double { seconds?[name]?.double ?? 0 }
        return Kept(
            answer: answer, stopped: record["stopped"]?.string ?? "",
            cost: EvalResult.Cost(
                seconds: part("total"), files: part("files"), vision: part("vision"),
                prompt: part("prompt"), answer: part("answer"),
                promptTokens: record["tokens"]?["prompt"]?.int ?? 0,
                answerTokens: record["tokens"]?["answer"]?.int ?? 0,
                encodedTiles: record["encoded_tiles"]?.int ?? 0,
                cachedTiles: record["cached_tiles"]?.int ?? 0))
    }

    /// Writes the line of a result.
    func add(_ result: EvalResult) throws(Refusal) {
        do {
            try handle.write(contentsOf: Data(result.line(model: model, settings: settings).utf8))
        } catch {
            throw Refusal(
                "\(path) cannot be written any further: is the disk full? What it has stays; go "
                    + "on with --resume.")
        }
    }
}
