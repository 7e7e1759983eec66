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
    private let scheduler: Scheduler
    private let chorus: Chorus
    /// The cache, the rows that are to be read, and the logits that come of them.
    let seat: Seat
    private var scratch: DecoderScratch
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
        let cache = try KeyValueCache(
            language.config, capacity: capacity, arithmetic: arithmetic)
        let bench = try Workbench(workers: model.workers, arithmetic: arithmetic)
        self.model = language
        imageID = model.imageID
        self.capacity = capacity
        self.bench = bench
        scheduler = model.scheduler
        chorus = model.scheduler.chorus(arithmetic)
        seat = Seat(
            CachedSequence(cache), rowFloats: chunk * language.config.hiddenSize,
            logitCount: language.vocabularySize)
        scratch = DecoderScratch(language.config, chunk: chunk)
    }

    /// The most tokens in sight.
    let capacity: Int
    /// Whether there is no place for another token.
    var isFull: Bool { known.count == capacity }

    /// Tokens of what was read.
    var knownCount: Int { known.count }

    /// Keeps nothing of what was read.
    mutating func forget() { keep(atMost: 0) }

    /// Keeps no more than the first tokens of what was read.
    mutating func keep(atMost count: Int) {
        guard count < known.count else { return }
        seat.sequence.cache.keep(count)
        known.removeLast(known.count - count)
    }

    /// Keeps what a prompt shares with what was read; returns how much that is. The last id is read
    /// again in any case, for its logits.
    mutating func begin(_ ids: [Int32]) -> Int {
        var shared = 0
        let most = min(known.count, ids.count - 1)
        while shared < most, known[shared] == ids[shared] { shared += 1 }
        seat.sequence.cache.keep(shared)
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

    /// The answer begins: from now on its ids are read together with those of others.
    func beginAnswer() { chorus.enter(seat) }

    /// The answer has ended.
    func endAnswer() { chorus.leave(seat) }

    /// Reads one more id of the answer.
    mutating func read(answer id: Int32, isWanted: () -> Bool) -> Bool {
        var none = PictureRows([])
        single[0] = id
        PromptReader.fill(
            &seat.rows, with: single, slots: &none, model: model, imageID: imageID)
        let isRead = chorus.read(seat) {
            PromptReader.pass(
                1, LanguageModel.Wanted.last, model, seat, &scratch, bench: &bench, isWanted) == 1
        }
        if isRead { known.append(id) }
        return isRead
    }

    private mutating func read(
        _ ids: [Int32], slots: inout PictureRows, isLast: Bool, _ isWanted: () -> Bool
    ) -> Bool {
        PromptReader.fill(
            &seat.rows, with: ids, slots: &slots, model: model, imageID: imageID)
        let wanted: LanguageModel.Wanted = isLast ? .last : .none
        var turn = scheduler.reading(seat)
        let count = PromptReader.pass(ids.count, wanted, model, seat, &scratch, bench: &bench) {
            turn.next(isWanted)
        }
        turn.end()
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
        _ count: Int, _ wanted: LanguageModel.Wanted, _ model: LanguageModel, _ seat: Seat,
        _ scratch: inout DecoderScratch, bench: inout Workbench, _ isWanted: () -> Bool
    ) -> Int {
        func pass(_ rows: [Float], _ logits: inout [Float], _ cache: inout KeyValueCache) -> Int {
            var out = logits.mutableSpan
            return model.read(
                rows.span, count: count, wanted: wanted, logits: &out, cache: &cache, &scratch,
                bench: &bench, isWanted: isWanted)
        }
        return pass(seat.rows, &seat.logits, &seat.sequence.cache)
    }

    /// Chooses the next id from the logits.
    mutating func next(
        _ sampler: inout Sampler, wantsLogProbability: Bool
    ) -> (id: Int, logProbability: Double?) {
        guard wantsLogProbability else {
            return (PromptReader.choice(&sampler, &seat.logits), nil)
        }
        // The penalty changes the logits in place, and probabilities are told without it.
        if plain.isEmpty { plain = [Float](repeating: 0, count: seat.logits.count) }
        for index in plain.indices { plain[index] = seat.logits[index] }
        let id = PromptReader.choice(&sampler, &seat.logits)
        return (id, Sampler.logProbability(of: id, in: plain.span))
    }

    private static func choice(_ sampler: inout Sampler, _ logits: inout [Float]) -> Int {
        var out = logits.mutableSpan
        return sampler.next(&out)
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
