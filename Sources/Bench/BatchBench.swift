internal import Foundation
internal import SmolVLM

/// Times the writing of several conversations of one model at the same time.
///
///     Bench batch MODEL [--conversations 1,2,4,8] [--tokens N] [--runs N] [--precision exact|fast]
///
/// Every conversation asks something of its own, and what counts is the time from the moment at which
/// all have read their prompts. Numbers of conversations are taken in turn, so that whatever else the
/// machine does befalls all of them.
struct BatchBench {
    private let path: String
    private var conversations = [1, 2, 4, 8]
    private var tokens = 64
    private var runs = 3
    private var precision = Precision.fast

    init(arguments: [String]) throws {
        var rest = arguments[...]
        guard let path = rest.popFirst() else { throw BenchError("batch needs a model") }
        self.path = path
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value") }
            switch name {
            case "--conversations":
                conversations = value.split(separator: ",").compactMap { Int($0) }
            case "--tokens": tokens = Int(value) ?? 0
            case "--runs": runs = Int(value) ?? 0
            case "--precision":
                guard let known = Precision(rawValue: value) else {
                    throw BenchError("--precision is exact or fast")
                }
                precision = known
            default: throw BenchError("unknown option \(name)")
            }
        }
        guard !conversations.isEmpty, conversations.allSatisfy({ $0 > 0 }) else {
            throw BenchError("--conversations is a list of numbers such as 1,2,4,8")
        }
        guard tokens > 1, runs > 0 else { throw BenchError("--tokens and --runs are numbers") }
    }

    /// What one run gave.
    private struct Rate {
        var tokensPerSecond: Double
        var rowsPerPass: Double
        /// The part of the time that was spent in passes.
        var share: Double
    }

    func run() throws {
        let model = try Model.load(from: path)
        _ = try rate(of: 1, model)
        var rates: [Int: [Rate]] = [:]
        for _ in 0..<runs {
            for count in conversations {
                rates[count, default: []].append(try rate(of: count, model))
            }
        }
        print("\(precision.rawValue), \(tokens) tokens each, medians of \(runs)")
        var one: Double?
        for count in conversations {
            let found = (rates[count] ?? []).sorted { $0.tokensPerSecond < $1.tokensPerSecond }
            guard let least = found.first, let most = found.last else { continue }
            let median = found[found.count / 2]
            if count == 1 { one = median.tokensPerSecond }
            let ratio = one.map { ", \(hundredths(median.tokensPerSecond / $0)) of one" } ?? ""
            print(
                "\(count) at once: \(rounded(median.tokensPerSecond)) tokens/s "
                    + "(\(rounded(least.tokensPerSecond)) to \(rounded(most.tokensPerSecond)))"
                    + "\(ratio), \(hundredths(median.rowsPerPass)) rows a pass, "
                    + "\(rounded(100 * median.share)) % of the time in passes")
        }
    }

    private func hundredths(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(2)).locale(Locale(identifier: "en")))
    }

    /// Lets so many conversations write at the same time.
    private func rate(of count: Int, _ model: Model) throws -> Rate {
        let done = DispatchSemaphore(value: 0)
        let (start, results) = (StartLine(count), Results())
        let before = model.writingFigures
        for number in 0..<count {
            Thread.detachNewThread {
                results.add(Result { try self.written(number, model, start) })
                done.signal()
            }
        }
        for _ in 0..<count { done.wait() }
        let after = model.writingFigures
        let all = try results.all.map { try $0.get() }
        let took = (ContinuousClock.now - start.opened) / .seconds(1)
        // The first id of each comes from its prompt.
        let written = all.reduce(0, +) - count
        guard written > 0 else { throw BenchError("the model has nothing to say") }
        return Rate(
            tokensPerSecond: Double(written) / took,
            rowsPerPass: Double(after.rowCount - before.rowCount)
                / Double(max(after.passCount - before.passCount, 1)),
            share: (after.time - before.time) / .seconds(1) / took)
    }

    /// The tokens that one conversation writes.
    private func written(_ number: Int, _ model: Model, _ start: StartLine) throws -> Int {
        var options = ConversationOptions()
        options.precision = precision
        options.contextTokens = min(model.contextLimit, tokens + 256)
        var conversation = try Conversation(with: model, options: options)
        conversation.add("Question \(number): what is seen here, and what could it be used for?")
        var wanted = AnswerOptions()
        wanted.maxTokens = tokens
        wanted.endsLoops = false
        return try conversation.answer(wanted, isWanted: { true }) { event in
            if case .progress(.prompt, let done, let total) = event, done == total { start.wait() }
        }.tokenIDs.count
    }

    /// Where all wait until the last has read its prompt.
    private final class StartLine: @unchecked Sendable {  // changed under its lock
        private let lock = NSCondition()
        private var missing: Int
        private var time = ContinuousClock.now

        init(_ count: Int) { missing = count }

        func wait() {
            lock.withLock {
                missing -= 1
                if missing == 0 {
                    time = ContinuousClock.now
                    lock.broadcast()
                }
                while missing > 0 { lock.wait() }
            }
        }

        var opened: ContinuousClock.Instant { lock.withLock { time } }
    }

    /// What the threads found.
    private final class Results: @unchecked Sendable {  // changed under its lock
        private let lock = NSLock()
        private var found: [Result<Int, any Error>] = []

        func add(_ result: Result<Int, any Error>) { lock.withLock { found.append(result) } }

        var all: [Result<Int, any Error>] { lock.withLock { found } }
    }
}
