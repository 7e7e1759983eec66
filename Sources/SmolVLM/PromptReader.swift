// In: ids, and picture tokens for the places of the image id. Out: the logits of the next id. What
// was read stays in the cache; of a later prompt only what differs from it is read.

internal import Language
internal import Tensors
internal import Vision
internal import Weights

/// Reads prompts into a cache, and the answer behind them.
struct PromptReader: ~Copyable {
    private let model: LanguageModel
    private let imageID: Int?
    private var cache: KeyValueCache
    private var scratch: DecoderScratch
    private var rows: [Float]
    private var logits: [Float]
    /// The logits before the sampler changes them, where probabilities are wanted.
    private var plain: [Float] = []
    /// The last id of the answer, on its way through the decoder.
    private var single: [Int32] = [0]
    /// The ids in the cache.
    private var known: [Int32] = []
    var bench: Workbench

    /// Rows that pass through the decoder at once.
    static let chunk = 256

    init(_ model: Model, capacity: Int, arithmetic: Arithmetic) throws(NoMemory) {
        let language = model.language
        let chunk = min(PromptReader.chunk, capacity)
        let cache = try KeyValueCache(language.config, capacity: capacity)
        let bench = try Workbench(workers: model.workers, arithmetic: arithmetic)
        self.model = language
        imageID = model.imageID
        self.cache = cache
        self.bench = bench
        scratch = DecoderScratch(language.config, chunk: chunk)
        rows = [Float](repeating: 0, count: chunk * language.config.hiddenSize)
        logits = [Float](repeating: 0, count: language.vocabularySize)
    }

    /// The most tokens in sight.
    var capacity: Int { cache.capacity }
    /// Whether there is no place for another token.
    var isFull: Bool { cache.count == cache.capacity }

    /// Tokens of what was read.
    var knownCount: Int { known.count }

    /// Keeps nothing of what was read.
    mutating func forget() { keep(atMost: 0) }

    /// Keeps no more than the first tokens of what was read.
    mutating func keep(atMost count: Int) {
        guard count < known.count else { return }
        cache.keep(count)
        known.removeLast(known.count - count)
    }

    /// Keeps what a prompt shares with what was read; returns how much that is. The last id is read
    /// again in any case, for its logits.
    mutating func begin(_ ids: [Int32]) -> Int {
        var shared = 0
        let most = min(known.count, ids.count - 1)
        while shared < most, known[shared] == ids[shared] { shared += 1 }
        cache.keep(shared)
        known.removeLast(known.count - shared)
        return shared
    }

    /// Reads the rest of a prompt.
    ///
    /// - Returns: false when it was not wanted any more.
    mutating func read(
        _ ids: [Int32], pictures: [Conversation.Picture], isWanted: () -> Bool,
        report: (AnswerEvent) -> Void
    ) -> Bool {
        let start = known.count
        var slots = PictureRows(pictures)
        for id in known where Int(id) == imageID { slots.skip() }
        report(.progress(.prompt, done: 0, total: ids.count - start))
        while known.count < ids.count {
            let part = ids[known.count...].prefix(scratch.chunk)
            guard read(Array(part), slots: &slots, isLast: part.endIndex == ids.endIndex, isWanted)
            else { return false }
            report(.progress(.prompt, done: known.count - start, total: ids.count - start))
        }
        return true
    }

    /// Reads one more id of the answer.
    mutating func read(answer id: Int32, isWanted: () -> Bool) -> Bool {
        var none = PictureRows([])
        single[0] = id
        return read(single, slots: &none, isLast: true, isWanted)
    }

    private mutating func read(
        _ ids: [Int32], slots: inout PictureRows, isLast: Bool, _ isWanted: () -> Bool
    ) -> Bool {
        let model = model
        let imageID = imageID
        PromptReader.fill(&rows, with: ids, slots: &slots, model: model, imageID: imageID)
        let count = PromptReader.pass(
            rows, count: ids.count, wanted: isLast ? .last : .none, model: model, logits: &logits,
            cache: &cache, &scratch, bench: &bench, isWanted)
        known += ids.prefix(count)
        return count == ids.count
    }

    /// Writes the rows of ids, picture tokens in the places of the image id.
    private static func fill(
        _ rows: inout [Float], with ids: [Int32], slots: inout PictureRows, model: LanguageModel,
        imageID: Int?
    ) {
        var out = rows.mutableSpan
        model.embed(ids.span, into: &out)
        for (index, id) in ids.enumerated() where Int(id) == imageID {
            slots.write(to: &out, at: index * model.config.hiddenSize)
        }
    }

    /// Takes rows through the decoder.
    private static func pass(
        _ rows: [Float], count: Int, wanted: LanguageModel.Wanted, model: LanguageModel,
        logits: inout [Float], cache: inout KeyValueCache, _ scratch: inout DecoderScratch,
        bench: inout Workbench, _ isWanted: () -> Bool
    ) -> Int {
        var out = logits.mutableSpan
        return model.read(
            rows.span, count: count, wanted: wanted, logits: &out, cache: &cache, &scratch,
            bench: &bench, isWanted: isWanted)
    }

    /// Chooses the next id from the logits.
    mutating func next(
        _ sampler: inout Sampler, wantsLogProbability: Bool
    ) -> (id: Int, logProbability: Double?) {
        guard wantsLogProbability else {
            var out = logits.mutableSpan
            return (sampler.next(&out), nil)
        }
        // The penalty changes the logits in place, and probabilities are told without it.
        if plain.isEmpty { plain = [Float](repeating: 0, count: logits.count) }
        for index in logits.indices { plain[index] = logits[index] }
        var out = logits.mutableSpan
        let id = sampler.next(&out)
        return (id, Sampler.logProbability(of: id, in: plain.span))
    }
}

/// The picture tokens of a conversation, one after the other.
private struct PictureRows {
    private let pictures: [VisionTokens]
    private var picture = 0
    private var row = 0

    init(_ pictures: [Conversation.Picture]) {
        self.pictures = pictures.compactMap { picture in
            if case .encoded(let tokens) = picture { tokens } else { nil }
        }
    }

    /// Passes over a token that has been read.
    mutating func skip() {
        guard picture < pictures.count else { return }
        row += 1
        if row == pictures[picture].count { (picture, row) = (picture + 1, 0) }
    }

    /// Writes the next token from place `offset` on. An image id that the model itself wrote stays
    /// as it is.
    mutating func write(to rows: inout MutableSpan<Float>, at offset: Int) {
        guard picture < pictures.count else { return }
        let tokens = pictures[picture]
        for index in 0..<tokens.width {
            rows[offset + index] = tokens.floats[row * tokens.width + index]
        }
        skip()
    }
}
