internal import Language
internal import Synchronization
internal import Tensors
internal import Weights

/// Where a pass for several conversations is worked out. The one that leads it is the only one who
/// enters; memory is there from the first pass of several until nobody writes any more.
final class PassRoom: @unchecked Sendable {  // only the leader enters, and leaders follow by a lock
    /// Who takes part.
    var seats: [Seat] = []
    private var parts: [SequencePart] = []
    private var memory: PassMemory?
    private let isOpen = Atomic<Bool>(false)
    private let model: LanguageModel
    private let workers: Workers
    private let arithmetic: Arithmetic
    private let width: Int

    init(_ model: LanguageModel, workers: Workers, arithmetic: Arithmetic, width: Int) {
        self.model = model
        self.workers = workers
        self.arithmetic = arithmetic
        self.width = width
        seats.reserveCapacity(width)
        parts.reserveCapacity(width)
    }

    /// Whether there is memory for passes; anyone may ask.
    var holdsMemory: Bool { isOpen.load(ordering: .relaxed) }

    /// Makes sure of memory for a pass of several.
    ///
    /// - Returns: false when the system has none.
    func open() -> Bool {
        if memory != nil { return true }
        guard var bench = try? Workbench(workers: workers, arithmetic: arithmetic) else {
            return false
        }
        bench.isAsAlone = true
        memory = PassMemory(model, bench: bench, width: width)
        isOpen.store(true, ordering: .relaxed)
        return true
    }

    /// Gives the memory back.
    func empty() {
        memory = nil
        isOpen.store(false, ordering: .relaxed)
    }

    /// Reads the rows of all who take part, and gives each its logits.
    ///
    /// - Precondition: there is memory.
    func pass() {
        guard var memory = memory.take() else { preconditionFailure("a pass without memory") }
        let model = model
        parts.removeAll(keepingCapacity: true)
        var floats = 0
        for seat in seats {
            parts.append(
                SequencePart(seat.sequence, count: seat.rowCount, wanted: seat.wanted))
            memory.take(seat.rows, count: seat.rowCount * model.config.hiddenSize, at: floats)
            floats += seat.rowCount * model.config.hiddenSize
        }
        memory.read(parts, model)
        var place = 0
        for (part, seat) in zip(parts, seats) {
            let count = part.logitCount * model.vocabularySize
            memory.give(count, from: place, to: &seat.logits)
            place += count
        }
        parts.removeAll(keepingCapacity: true)
        self.memory = consume memory
    }
}

/// The work memory of passes.
private struct PassMemory: ~Copyable {
    private var bench: Workbench
    private var scratch: DecoderScratch
    private var rows: [Float]
    private var logits: [Float]

    init(_ model: LanguageModel, bench: consuming Workbench, width: Int) {
        self.bench = bench
        scratch = DecoderScratch(model.config, chunk: width)
        rows = [Float](repeating: 0, count: width * model.config.hiddenSize)
        logits = [Float](repeating: 0, count: width * model.vocabularySize)
    }

    /// Takes the rows of one who takes part.
    mutating func take(_ other: [Float], count: Int, at place: Int) {
        rows[place..<place + count] = other[0..<count]
    }

    mutating func read(_ parts: [SequencePart], _ model: LanguageModel) {
        func read(_ rows: [Float], _ logits: inout [Float]) {
            var out = logits.mutableSpan
            // Who no longer wants it does not stop the others.
            _ = model.read(
                rows.span, of: parts, logits: &out, &scratch, bench: &bench, isWanted: { true })
        }
        read(rows, &logits)
    }

    /// Copies the logits of one who takes part.
    func give(_ count: Int, from place: Int, to other: inout [Float]) {
        other[0..<count] = logits[place..<place + count]
    }
}
