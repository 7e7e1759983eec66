import Foundation
import JSON
import Media
import SmolVLM
import Testing

/// A conversation with a tiny model, as transformers read and answered it
/// (`Tests/Golden/record_conversations.py`, `Tests/Golden/record_video_conversations.py`).
struct RecordedConversation: CustomTestStringConvertible, Sendable {
    enum Part: Sendable {
        case text(String)
        case picture(width: Int, height: Int, seed: Int)
        case video(frames: [[Int]], seconds: [Double], duration: Double?)
    }
    let model: String
    let title: String
    let parts: [Part]
    let ids: [Int32]
    let greedy: [Int]

    var testDescription: String { "\(model), \(title)" }

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func folder(_ model: String) -> String {
        root.appending(path: "models/tiny/\(model)").path
    }

    static let all: [RecordedConversation] = ["conversations.json", "video-conversations.json"]
        .flatMap { name -> [RecordedConversation] in
            let file = root.appending(path: "Tests/Golden/\(name)")
            guard let text = try? String(contentsOf: file, encoding: .utf8),
                let cases = try? JSONValue(parsing: text)
            else { return [] }
            return cases.elements.map(RecordedConversation.init)
        }

    private init(_ one: JSONValue) {
        func numbers(_ value: JSONValue) -> [Int] { value.elements.compactMap(\.int) }
        model = one["model"]?.string ?? ""
        title = one["title"]?.string ?? ""
        ids = one["ids"].map { numbers($0).map { Int32($0) } } ?? []
        greedy = one["greedy"].map(numbers) ?? []
        if let frames = one["frames"], let seconds = one["seconds"] {
            parts = [
                .video(
                    frames: frames.elements.map(numbers),
                    seconds: seconds.elements.compactMap(\.double),
                    duration: one["duration"]?.double),
                .text(one["question"]?.string ?? ""),
            ]
        } else {
            parts = (one["parts"].map { Array($0.elements) } ?? []).map { part in
                if let text = part.string { return .text(text) }
                let numbers = numbers(part)
                return .picture(width: numbers[0], height: numbers[1], seed: numbers[2])
            }
        }
    }

    /// A picture by the formula of the script.
    static func picture(width: Int, height: Int, seed: Int) -> Image {
        var rgb: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let wave = x * (3 + c) + y * (5 + seed) + x * y / 7 + c * 40
                    rgb.append(UInt8(wave % 256))
                }
            }
        }
        return Image(width: width, height: height, rgb: rgb)
    }

    func say(to conversation: inout Conversation) throws {
        for part in parts {
            switch part {
            case .text(let text): conversation.add(text)
            case .picture(let width, let height, let seed):
                try conversation.add(Self.picture(width: width, height: height, seed: seed))
            case .video(let frames, let seconds, let duration):
                let images = frames.map {
                    Self.picture(width: $0[0], height: $0[1], seed: $0[2])
                }
                try conversation.add(
                    frames: images, seconds: seconds, durationSeconds: duration)
            }
        }
    }
}

private func load(_ name: String) throws -> Model {
    try Model.load(
        from: RecordedConversation.folder(name), projector: nil, chatFormat: nil)
}

private func options(_ change: (inout AnswerOptions) -> Void) -> AnswerOptions {
    var options = AnswerOptions()
    options.maxTokens = 64
    options.endsLoops = false
    change(&options)
    return options
}

@Suite struct Conversations {
    /// What the tiny models' own files say ends an answer.
    static let ends: Set<Int> = [0, 2, 188]

    @Test func `all conversations were recorded`() {
        #expect(RecordedConversation.all.count == 25)
    }

    @Test(arguments: RecordedConversation.all)
    func `prompt and answer are those of transformers`(recorded: RecordedConversation) throws {
        var conversation = try Conversation(
            with: load(recorded.model), options: ConversationOptions())
        try recorded.say(to: &conversation)
        #expect(try conversation.promptIDs() == recorded.ids)
        var text = ""
        let answer = try conversation.answer(options { _ in }, isWanted: { true }) { event in
            if case .piece(let piece) = event { text += piece }
        }
        let expected = Array(recorded.greedy.prefix { !Self.ends.contains($0) })
        #expect(answer.tokenIDs == expected)
        #expect(answer.stopped == (expected.count < 64 ? .end : .length))
        #expect(answer.text == text)
        #expect(answer.promptTokenCount == recorded.ids.count)
        #expect(answer.visionTokenCount == recorded.ids.count { $0 == 190 })
    }

    @Test func `a second turn gives what a fresh reading of it all gives`() throws {
        let model = try load("patch16")
        let limit = options { $0.maxTokens = 12 }
        let picture = RecordedConversation.picture(width: 90, height: 60, seed: 4)
        var one = try Conversation(with: model, options: ConversationOptions())
        try one.add(picture)
        one.add("What is it?")
        let first = try one.answer(limit, isWanted: { true }) { _ in }
        one.add("And where?")
        let ids = try one.promptIDs()
        let second = try one.answer(limit, isWanted: { true }) { _ in }
        // All up to the answer was known; what it is read as again may differ from what was written.
        #expect(second.cachedTokenCount >= first.promptTokenCount)
        #expect(second.promptTokenCount == ids.count)

        var fresh = try Conversation(with: model, options: ConversationOptions())
        try fresh.add(picture)
        fresh.add("What is it?")
        _ = try fresh.answer(limit, isWanted: { true }) { _ in }
        fresh.add("And where?")
        fresh.forget()
        let again = try fresh.answer(limit, isWanted: { true }) { _ in }
        #expect(again.cachedTokenCount == 0)
        #expect(again.tokenIDs == second.tokenIDs)
    }

    @Test func `a stop string ends the answer before it`() throws {
        let model = try load("text")
        func answer(_ stops: [String]) throws -> Answer {
            var conversation = try Conversation(with: model, options: ConversationOptions())
            conversation.add("What is on the sign?")
            return try conversation.answer(
                options { $0.stops = stops }, isWanted: { true }, report: { _ in })
        }
        let whole = try answer([])
        let middle = whole.text.index(whole.text.startIndex, offsetBy: 8)
        let stop = String(whole.text[middle...].prefix(3))
        let stopped = try answer([stop])
        #expect(stopped.stopped == .stopString)
        #expect(!stopped.text.contains(stop))
        #expect(whole.text.hasPrefix(stopped.text + stop))
    }

    @Test func `a model that repeats itself is ended, unless that is not wanted`() throws {
        // This one ends in an endless repetition, as recorded.
        let model = try load("tied")
        func answer(_ endsLoops: Bool) throws -> Answer {
            var conversation = try Conversation(with: model, options: ConversationOptions())
            conversation.add("What is on the sign?")
            let limits = options {
                $0.maxTokens = 600
                $0.endsLoops = endsLoops
            }
            return try conversation.answer(limits, isWanted: { true }, report: { _ in })
        }
        let ended = try answer(true)
        #expect(ended.stopped == .loop)
        #expect(ended.tokenIDs.count < 600)
        let free = try answer(false)
        #expect(free.stopped == .length)
        #expect(free.tokenIDs.count == 600)
    }

    @Test func `a full context ends the answer and keeps it`() throws {
        var options = ConversationOptions()
        options.contextTokens = 40
        var conversation = try Conversation(with: load("text"), options: options)
        conversation.add("What is on the sign?")
        let limits = AnswerOptions()
        let answer = try conversation.answer(limits, isWanted: { true }, report: { _ in })
        #expect(answer.stopped == .contextFull)
        #expect(answer.tokenIDs.count == 40 - answer.promptTokenCount + 1)
        conversation.add("More")
        let error = #expect(throws: ModelError.self) {
            try conversation.answer(limits, isWanted: { true }, report: { _ in })
        }
        #expect(
            error?.description.hasSuffix(
                "but only 40 are in sight at once. Show fewer or smaller pictures, or say less.")
                == true)
    }

    @Test func `a seed gives the same text again, another seed another`() throws {
        let model = try load("text")
        func answer(_ seed: UInt64) throws -> Answer {
            var conversation = try Conversation(with: model, options: ConversationOptions())
            conversation.add("What is on the sign?")
            let chance = options {
                $0.sampling = .random(
                    temperature: 1, topK: 40, topP: 0.9, minP: nil, seed: seed)
                $0.wantsLogProbabilities = true
            }
            return try conversation.answer(chance, isWanted: { true }, report: { _ in })
        }
        let one = try answer(7)
        let same = try answer(7)
        #expect(one.tokenIDs == same.tokenIDs)
        #expect(one.tokenIDs != (try answer(8)).tokenIDs)
        #expect(one.logProbabilities.count == one.tokenIDs.count)
        #expect(one.logProbabilities.allSatisfy { $0 <= 0 && $0 > -30 })
    }

    @Test func `what is no longer wanted ends, and can be asked again`() throws {
        var conversation = try Conversation(
            with: load("patch16"), options: ConversationOptions())
        try conversation.add(RecordedConversation.picture(width: 90, height: 60, seed: 4))
        conversation.add("What is it?")
        let all = options { _ in }
        let refused = try conversation.answer(all, isWanted: { false }, report: { _ in })
        #expect(refused.stopped == .cancelled)
        #expect(refused.text == "")
        let answer = try conversation.answer(all, isWanted: { true }, report: { _ in })
        #expect(answer.promptTokenCount == refused.promptTokenCount)
        #expect(answer.stopped != .cancelled)
    }

    @Test func `a video is frames behind their times`() throws {
        var conversation = try Conversation(
            with: load("patch16"), options: ConversationOptions())
        let frames = (0..<3).map { RecordedConversation.picture(width: 80, height: 60, seed: $0) }
        try conversation.add(frames: frames, seconds: [0, 1, 2], durationSeconds: 3)
        conversation.add("What happens?")
        var stages: [AnswerEvent] = []
        let answer = try conversation.answer(options { _ in }, isWanted: { true }) { event in
            if case .progress(.pictures, _, _) = event { stages.append(event) }
        }
        #expect(answer.visionTokenCount == 12)
        #expect(stages == (0...3).map { .progress(.pictures, done: $0, total: 3) })
    }

    @Test func `a text model says that it sees no pictures`() throws {
        let path = RecordedConversation.folder("text")
        var conversation = try Conversation(with: load("text"), options: ConversationOptions())
        let error = #expect(throws: ModelError.self) {
            try conversation.add(RecordedConversation.picture(width: 9, height: 9, seed: 0))
        }
        #expect(
            error?.description
                == "\(path) holds a text model only: it cannot see pictures. Name a SmolVLM model.")
    }
}
