import Foundation
import Media
import SmolVLM
import Synchronization
import Testing

/// What is asked of one conversation.
private struct Question: Sendable {
    var text: String
    var picture: Int?
    var sampling = Sampling.greedy
    var tokens = 40
    var precision = Precision.exact

    /// Mixed lengths, ways to choose and, where the model sees, pictures.
    static func some(_ count: Int, seesPictures: Bool) -> [Question] {
        (0..<count).map { number in
            var question = Question(
                text: String(repeating: "Tell me more of it. ", count: 1 + number * 3 % 7)
                    + "Number \(number)?")
            if seesPictures, number % 3 == 1 { question.picture = number }
            if number % 4 == 2 {
                question.sampling = .random(
                    temperature: 0.9, topK: 40, topP: 0.95, minP: nil, seed: UInt64(number))
            }
            question.tokens = 24 + number * 11 % 40
            return question
        }
    }

    func conversation(with model: Model) throws -> Conversation {
        var options = ConversationOptions()
        options.precision = precision
        var conversation = try Conversation(with: model, options: options)
        if let picture {
            try conversation.add(
                RecordedConversation.picture(width: 200 + picture, height: 150, seed: picture))
        }
        conversation.add(text)
        return conversation
    }

    var options: AnswerOptions {
        var options = AnswerOptions()
        options.sampling = sampling
        options.maxTokens = tokens
        options.endsLoops = false
        options.wantsLogProbabilities = true
        return options
    }

    func answer(with model: Model) throws -> Answer {
        try answer(with: model, isWanted: { true }, report: { _ in })
    }

    func answer(with model: Model, report: (AnswerEvent) -> Void) throws -> Answer {
        try answer(with: model, isWanted: { true }, report: report)
    }

    func answer(
        with model: Model, isWanted: () -> Bool, report: (AnswerEvent) -> Void
    ) throws -> Answer {
        var conversation = try conversation(with: model)
        return try conversation.answer(options, isWanted: isWanted, report: report)
    }
}

/// Work on threads of its own; whoever made it waits for all of it.
private final class Crew: Sendable {
    private let group = DispatchGroup()

    func run(_ body: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread.detachNewThread { [group] in
            do { try body() } catch { Issue.record(error) }
            group.leave()
        }
    }

    func wait() { group.wait() }
}

/// What two answers have in common that were made under other conditions.
private func isSame(_ one: Answer, _ other: Answer) -> Bool {
    one.tokenIDs == other.tokenIDs && one.text == other.text
        && one.logProbabilities == other.logProbabilities && one.stopped == other.stopped
        && one.promptTokenCount == other.promptTokenCount
}

@Suite struct `Conversations of one model at the same time` {
    private func load(_ name: String) throws -> Model {
        try Model.load(from: RecordedConversation.folder(name))
    }

    @Test(
        arguments: ["patch16", "patch14", "text"], [2, 3, 8])
    func `answer to the bit what each answers alone`(name: String, count: Int) throws {
        let model = try load(name)
        let questions = Question.some(count, seesPictures: model.seesPictures)
        let alone = try questions.map { try $0.answer(with: model) }
        let before = model.writingFigures
        #expect(before.passCount == before.rowCount)
        let found = Mutex([Int: Answer]())
        let crew = Crew()
        for (number, question) in questions.enumerated() {
            crew.run {
                let answer = try question.answer(with: model)
                found.withLock { $0[number] = answer }
            }
        }
        crew.wait()
        let answers = found.withLock { $0 }
        for (number, expected) in alone.enumerated() {
            let answer = try #require(answers[number])
            #expect(isSame(answer, expected), "\(number)")
        }
        #expect(model.writingFigures.writerCount == 0)
        #expect(!model.writingFigures.holdsMemory)
    }

    @Test(arguments: Precision.allCases)
    func `share passes when all wait for all`(precision: Precision) throws {
        let model = try load("text")
        var questions = Question.some(3, seesPictures: false)
        for index in questions.indices {
            (questions[index].tokens, questions[index].precision) = (48, precision)
            questions[index].sampling = .greedy
        }
        let alone = try questions.map { try $0.answer(with: model) }
        try #require(alone.allSatisfy { $0.tokenIDs.count > 20 && !$0.text.isEmpty })
        let before = model.writingFigures
        let gate = Gate()
        let count = questions.count
        let crew = Crew()
        for (number, question) in questions.enumerated() {
            crew.run {
                var hasBegun = false
                let answer = try question.answer(with: model) { event in
                    guard case .piece = event, !hasBegun else { return }
                    hasBegun = true
                    gate.pass(count)
                    // From here on nobody waits for anything but the others.
                    model.letWritersWait(atLeast: .seconds(600))
                }
                #expect(isSame(answer, alone[number]))
            }
        }
        crew.wait()
        let after = model.writingFigures
        #expect(after.rowCount - before.rowCount == alone.reduce(0) { $0 + $1.tokenIDs.count - 1 })
        #expect(2 * (after.passCount - before.passCount) < after.rowCount - before.rowCount)
    }

    @Test func `may join while others write`() throws {
        let model = try load("patch16")
        let questions = Question.some(6, seesPictures: true)
        let alone = try questions.map { try $0.answer(with: model) }
        let crew = Crew()
        /// Each lets the next begin once it has written something.
        @Sendable func begin(_ number: Int) {
            guard number < questions.count else { return }
            crew.run {
                var pieces = 0
                let answer = try questions[number].answer(with: model) { event in
                    guard case .piece = event else { return }
                    pieces += 1
                    if pieces == 2 { begin(number + 1) }
                }
                if pieces < 2 { begin(number + 1) }
                #expect(isSame(answer, alone[number]), "\(number)")
            }
        }
        begin(0)
        crew.wait()
    }

    @Test func `are not touched by one that is cancelled or refused`() throws {
        let model = try load("patch16")
        let questions = Question.some(6, seesPictures: true)
        let alone = try questions.map { try $0.answer(with: model) }
        let crew = Crew()
        for (number, question) in questions.enumerated() {
            crew.run {
                let answer = try question.answer(with: model)
                #expect(isSame(answer, alone[number]), "\(number)")
            }
        }
        for stop in 0..<4 {
            crew.run {
                var pieces = 0
                var question = Question(text: "Stop soon.", picture: stop)
                question.tokens = 200
                // The first of them are stopped while they look at their picture or read.
                let answer = try question.answer(
                    with: model, isWanted: { stop > 1 && pieces < stop },
                    report: { if case .piece = $0 { pieces += 1 } })
                #expect(answer.stopped == .cancelled)
            }
            crew.run {
                var question = Question(text: String(repeating: "too long ", count: 2000))
                question.tokens = 4
                #expect(throws: ModelError.self) { try question.answer(with: model) }
            }
        }
        crew.wait()
    }

    @Test func `go on after one of them was stopped`() throws {
        let model = try load("text")
        let first = Question(text: "Say something.", tokens: 30)
        let crew = Crew()
        for _ in 0..<3 {
            crew.run {
                var conversation = try first.conversation(with: model)
                var pieces = 0
                let stopped = try conversation.answer(
                    first.options, isWanted: { pieces < 3 },
                    report: { if case .piece = $0 { pieces += 1 } })
                #expect(stopped.stopped == .cancelled)
                conversation.add("And now?")
                let next = try conversation.answer(first.options)
                conversation.forget()
                #expect(next.cachedTokenCount > 0 && next.tokenIDs.count > 0)
            }
        }
        crew.wait()
    }

    @Test func `do not wait for one that is slow to take what it is given`() throws {
        let model = try load("text")
        let crew = Crew()
        let (isStuck, others) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        crew.run {
            var isFirst = true
            _ = try Question(text: "Slow.").answer(with: model) { event in
                guard case .piece = event, isFirst else { return }
                isFirst = false
                isStuck.signal()
                // It comes back only when all others have answered.
                for _ in 0..<2 { others.wait() }
            }
        }
        isStuck.wait()
        for number in 0..<2 {
            crew.run {
                defer { others.signal() }
                _ = try Question(text: "Quick \(number).").answer(with: model)
            }
        }
        crew.wait()
    }

    @Test func `may be asked while another one reports`() throws {
        let model = try load("patch16")
        var inner: [Answer] = []
        let question = Question(text: "Within?", picture: 3, tokens: 6)
        let alone = try question.answer(with: model)
        _ = try Question(text: "Around?", picture: 4, tokens: 6).answer(with: model) { _ in
            if let answer = try? question.answer(with: model) { inner.append(answer) }
        }
        #expect(inner.count > 4)
        #expect(inner.allSatisfy { isSame($0, alone) })
    }

    @Test(arguments: [nil, 5])
    func `write between any two layers of what another reads`(picture: Int?) throws {
        let model = try load("patch16")
        let crew = Crew()
        let state = Mutex((pieces: 0, hasEnded: false))
        let wrote = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
        crew.run {
            var question = Question(text: "Go on and on.")
            question.tokens = 1500
            let answer = try question.answer(
                with: model, isWanted: { state.withLock { !$0.hasEnded } },
                report: { event in
                    guard case .piece = event else { return }
                    if state.withLock({ state in
                        state.pieces += 1
                        return state.pieces == 1
                    }) {
                        begun.signal()
                    }
                    wrote.signal()
                })
            // From here on nobody needs to wait for it.
            for _ in 0..<10_000 { wrote.signal() }
            #expect(answer.tokenIDs.count > 1)
        }
        begun.wait()
        var asked = 0
        let question = Question(
            text: String(repeating: "Read all of this. ", count: 60), picture: picture, tokens: 2)
        _ = try question.answer(
            with: model,
            isWanted: {
                // Goes on only when the other has written something since it asked last.
                asked += 1
                wrote.wait()
                return true
            }, report: { _ in })
        state.withLock { $0.hasEnded = true }
        crew.wait()
        #expect(asked > 6)
    }

    @Test func `are many on many threads, of both precisions`() throws {
        let model = try load("patch16")
        var questions = Question.some(8, seesPictures: true)
        for index in questions.indices where index % 2 == 0 { questions[index].precision = .fast }
        let asked = questions
        let alone = try asked.map { try $0.answer(with: model) }
        let crew = Crew()
        for thread in 0..<24 {
            crew.run {
                for turn in 0..<3 {
                    let number = (thread + turn * 5) % asked.count
                    let answer = try asked[number].answer(with: model)
                    #expect(isSame(answer, alone[number]), "\(number)")
                }
            }
        }
        crew.wait()
        #expect(model.writingFigures.writerCount == 0)
        #expect(!model.writingFigures.holdsMemory)
    }

    @Test func `leave nothing of the model behind`() throws {
        weak var gone: Model?
        do {
            let model = try load("text")
            gone = model
            let crew = Crew()
            for question in Question.some(4, seesPictures: false) {
                crew.run { _ = try question.answer(with: model) }
            }
            crew.wait()
        }
        // A thread lets go of what it ran only after it has said that it is done.
        for _ in 0..<10_000_000 where gone != nil { sched_yield() }
        #expect(gone == nil)
    }
}

/// Lets nobody through until so many are there.
private final class Gate: Sendable {
    private let count = Mutex(0)
    private let opened = DispatchSemaphore(value: 0)

    func pass(_ all: Int) {
        let isLast = count.withLock { count in
            count += 1
            return count == all
        }
        if isLast {
            for _ in 1..<all { opened.signal() }
        } else {
            opened.wait()
        }
    }
}
