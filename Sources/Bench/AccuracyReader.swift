internal import Foundation
internal import JSON
internal import Language
internal import SmolVLM
internal import Tensors
internal import Tokenizer
internal import Vision
internal import Weights

/// A model in one precision, and what it makes of texts.
struct AccuracyReader: ~Copyable {
    private let model: LanguageModel
    private var bench: Workbench
    private var cache: KeyValueCache
    private var scratch: DecoderScratch

    /// The numbers of one row of logits.
    var width: Int { model.vocabularySize }

    /// Rows that are read in one go, as a conversation does.
    private static let chunk = 256

    init(_ model: Model, _ arithmetic: Arithmetic, capacity: Int, threads: Int) throws {
        let language = LanguageModel(model.checkpoint)
        let bench = try Workbench(
            workers: Workers(threadCount: threads), arithmetic: arithmetic)
        let cache = try KeyValueCache(
            language.config, capacity: capacity, arithmetic: arithmetic)
        self.model = language
        self.bench = bench
        self.cache = cache
        scratch = DecoderScratch(language.config, chunk: min(Self.chunk, capacity))
    }

    /// The logits of all ids of a text, read from nothing.
    mutating func all(_ ids: [Int32]) -> [Float] {
        cache.keep(0)
        return read(ids, .all)
    }

    /// The likeliest ids behind a prompt, and the logits that each was chosen by.
    mutating func answer(_ prompt: [Int32], steps: Int) -> (logits: [[Float]], path: [Int32]) {
        cache.keep(0)
        var rows = [read(prompt, .last)]
        var path: [Int32] = []
        while true {
            let last = rows[rows.count - 1]
            path.append(Int32(Likeliest.id(of: last, 0..<last.count)))
            guard path.count < steps else { return (rows, path) }
            rows.append(read([path[path.count - 1]], .last))
        }
    }

    /// The logits behind a prompt and behind each id of an answer but the last.
    mutating func steps(_ prompt: [Int32], along path: [Int32]) -> [[Float]] {
        cache.keep(0)
        var rows = [read(prompt, .last)]
        for id in path.dropLast() { rows.append(read([id], .last)) }
        return rows
    }

    private mutating func read(_ ids: [Int32], _ wanted: LanguageModel.Wanted) -> [Float] {
        var rows = [Float](repeating: 0, count: ids.count * model.config.hiddenSize)
        var rowSpan = rows.mutableSpan
        model.embed(ids.span, into: &rowSpan)
        var logits = [Float](repeating: 0, count: (wanted == .all ? ids.count : 1) * width)
        var out = logits.mutableSpan
        _ = model.read(
            rows.span, count: ids.count, wanted: wanted, logits: &out, cache: &cache, &scratch,
            bench: &bench, isWanted: { true })
        return logits
    }
}

/// A model's vision encoder in one precision.
struct AccuracyEyes: ~Copyable {
    private let encoder: VisionEncoder
    private var bench: Workbench
    private var scratch: VisionScratch

    var tokenWidth: Int { encoder.tokenWidth }

    init(_ model: Model, _ arithmetic: Arithmetic, threads: Int) throws {
        let encoder = try VisionEncoder(model.checkpoint)
        let bench = try Workbench(
            workers: Workers(threadCount: threads), arithmetic: arithmetic)
        self.encoder = encoder
        self.bench = bench
        scratch = VisionScratch(encoder.config)
    }

    /// The tokens of a tile.
    mutating func tokens(_ pixels: [Float]) -> [Float] {
        var tokens = [Float](
            repeating: 0, count: encoder.config.tokensPerTile * encoder.tokenWidth)
        var out = tokens.mutableSpan
        _ = encoder.encode(pixels.span, into: &out, &scratch, bench: &bench, isWanted: { true })
        return tokens
    }
}

/// The ids that models are compared by: windows of a text, and prompts of questions.
struct AccuracyText {
    private(set) var windows: [[Int32]] = []
    private(set) var prompts: [[Int32]] = []

    var isEmpty: Bool { windows.isEmpty && prompts.isEmpty }
    var longest: Int { (windows + prompts).map(\.count).max() ?? 0 }

    /// - Parameter questions: a JSON list of objects with `question` and perhaps `system`.
    init(
        _ model: Model, text: String?, windows: Int, window: Int, questions: String?
    ) throws {
        if let text {
            let words = try String(contentsOfFile: text, encoding: .utf8)
            let ids = model.tokenizer.encode(words, matchSpecial: false).map { Int32($0) }
            for start in stride(from: 0, to: ids.count, by: window)
            where self.windows.count < windows {
                self.windows.append(Array(ids[start..<min(start + window, ids.count)]))
            }
        }
        guard let questions else { return }
        let cases = try JSONValue(parsing: String(contentsOfFile: questions, encoding: .utf8))
        for one in cases.elements {
            guard let question = one["question"]?.string else {
                throw BenchError("\(questions): an element without a question")
            }
            var options = ConversationOptions()
            options.system = one["system"]?.string
            var conversation = try Conversation(with: model, options: options)
            conversation.add(question)
            prompts.append(try conversation.promptIDs())
        }
    }

    /// Writes all ids down, and those of the answers.
    func write(paths: [[Int32]], to file: String) throws {
        var writer = JSONWriter(style: .compact)
        func list(_ ids: [Int32], _ writer: inout JSONWriter) {
            writer.array { writer in for id in ids { writer.value(Int(id)) } }
        }
        writer.object { writer in
            writer.member("windows") { writer in
                writer.array { writer in for ids in windows { list(ids, &writer) } }
            }
            writer.member("answers") { writer in
                writer.array { writer in
                    for (prompt, path) in zip(prompts, paths) {
                        writer.object { writer in
                            writer.member("prompt") { list(prompt, &$0) }
                            writer.member("path") { list(path, &$0) }
                        }
                    }
                }
            }
        }
        try (writer.text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    }
}

/// Rows of logits that another program wrote: floats, least byte first, one row behind the other.
struct LogitsFile {
    private let handle: FileHandle
    private let path: String
    private let width: Int

    init(_ path: String, width: Int) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BenchError("\(path) cannot be opened")
        }
        self.handle = handle
        self.path = path
        self.width = width
    }

    /// The next rows.
    func next(_ count: Int) throws -> [Float] {
        let byteCount = count * width * 4
        let bytes = [UInt8](try handle.read(upToCount: byteCount) ?? Data())
        guard bytes.count == byteCount else {
            throw BenchError("\(path) has fewer rows of \(width) logits than were read")
        }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
            return Float(bitPattern: word)
        }
    }
}
