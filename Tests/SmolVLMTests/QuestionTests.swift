import Foundation
import Media
import SmolVLM
import Synchronization
import Testing

private func load(_ name: String) throws -> Model {
    try Model.load(from: RecordedConversation.folder(name))
}

private let sign = RecordedConversation.root.appending(path: "samples/station-sign.jpg").path

private func options(_ tokens: Int) -> AnswerOptions {
    var options = AnswerOptions()
    options.maxTokens = tokens
    options.endsLoops = false
    return options
}

@Suite struct `Many questions` {
    @Test(arguments: [1, 3, 20])
    func `get the answers that each gets alone, each with its number`(limit: Int) async throws {
        let model = try load("patch16")
        let picture = RecordedConversation.picture(width: 200, height: 150, seed: 1)
        let questions = (0..<8).map { number in
            var parts: [Question.Part] = [.text("Number \(number)?")]
            if number == 2 { parts.insert(.image(picture), at: 0) }
            if number == 5 { parts.insert(.file(sign), at: 0) }
            return Question(parts, options: options(number == 4 ? 0 : 10 + number))
        }
        var found: [Int: Answer] = [:]
        var failed: [Int: String] = [:]
        let settings = ConversationOptions()
        for await one in model.answers(to: questions, options: settings, limit: limit) {
            switch one.result {
            case .success(let answer): found[one.index] = answer
            case .failure(let error): failed[one.index] = error.description
            }
        }
        #expect(failed == [4: "An answer of 0 tokens says nothing. Ask for more."])
        #expect(found.count == 7)
        for (number, answer) in found {
            var alone = try Conversation(with: model, options: settings)
            if number == 2 { try alone.add(picture) }
            if number == 5 { try alone.add(file: sign) }
            alone.add("Number \(number)?")
            #expect(try alone.answer(options(10 + number)).tokenIDs == answer.tokenIDs)
        }
    }

    /// Questions without end, and how many writers there were when each was taken.
    private struct Endless: Sequence, IteratorProtocol, Sendable {
        let writers: @Sendable () -> Int
        let taken: Taken

        mutating func next() -> Question? {
            taken.add(writers())
            return Question([.text("Once more?")], options: options(6))
        }
    }

    private final class Taken: Sendable {
        private let writers = Mutex([Int]())
        func add(_ count: Int) { writers.withLock { $0.append(count) } }
        var all: [Int] { writers.withLock { $0 } }
    }

    @Test func `are taken when there is place for them, and only as long as somebody listens`()
        async throws
    {
        weak var gone: Model?
        let taken = Taken()
        do {
            let model = try load("text")
            gone = model
            let endless = Endless(
                writers: { [weak model] in
                    model?.writingFigures.writerCount ?? 0
                }, taken: taken)
            var heard = 0
            for await one in model.answers(to: endless, options: ConversationOptions(), limit: 1) {
                #expect(one.index == heard)
                heard += 1
                if heard == 5 { break }
            }
        }
        while gone != nil { await Task.yield() }
        #expect(taken.all.count >= 5)
        #expect(taken.all.allSatisfy { $0 == 0 })
    }

    @Test func `that are planned for take no more memory each`() throws {
        let model = try load("patch16")
        let job = MemoryJob(
            media: [.picture(width: 600, height: 400)], question: "What?",
            conversation: ConversationOptions(), answer: options(20))
        let plan = try model.memoryPlan(for: job)
        #expect(plan.peakByteCount(conversations: 1) == plan.peakByteCount)
        let two = plan.peakByteCount(conversations: 2)
        let three = plan.peakByteCount(conversations: 3)
        #expect(plan.peakByteCount < two && two < three)
        // The weights are there once.
        #expect(three - two < plan.peakByteCount - plan.answering.weights)
        #expect(plan.mostConversations(within: plan.peakByteCount - 1) == 0)
        #expect(plan.mostConversations(within: plan.peakByteCount) == 1)
        #expect(plan.mostConversations(within: three) == 3)
        #expect(plan.mostConversations(within: three - 1) == 2)
    }
}
