import CAllocations
import Foundation
import SmolVLM
import Testing

@Suite struct `Memory while an answer is written` {
    enum Kind: CaseIterable {
        case folder, adapted, sentencePiece

        func model() throws -> Model {
            let golden = RecordedConversation.root.appending(path: "Tests/Golden")
            switch self {
            case .folder: return try Model.load(from: RecordedConversation.folder("text"))
            case .adapted:
                return try Model.load(
                    from: RecordedConversation.folder("text"), projector: nil, chatFormat: nil,
                    adapters: [
                        Adapter(path: golden.appending(path: "lora/text-2").path, strength: 1)
                    ])
            case .sentencePiece:
                return try Model.load(from: golden.appending(path: "gguf/llama2.gguf").path)
            }
        }
    }

    enum Way: CaseIterable {
        case greedy, random, withProbabilities

        func set(_ options: inout AnswerOptions) {
            switch self {
            case .greedy: break
            case .random, .withProbabilities:
                options.sampling = .random(
                    temperature: 1, topK: 40, topP: 0.95, minP: 0.01, seed: 2)
                options.repetitionPenalty = 1.05
                options.stops = ["Never said", "nor this"]
                options.wantsLogProbabilities = self == .withProbabilities
            }
        }
    }

    /// What the thread of an answer asks for while it writes so many tokens. The threads of `Workers`
    /// run kernels only, which allocate nothing.
    private func allocations(
        _ model: Model, tokens: Int, _ way: Way
    ) throws -> (count: Int, tokens: Int, longPieces: Int) {
        var conversation = try Conversation(with: model, options: ConversationOptions())
        conversation.add("Say something, and go on with it for as long as you can.")
        var options = AnswerOptions()
        options.maxTokens = tokens
        way.set(&options)
        let before = smv_thread_allocations()
        var longPieces = 0
        let answer = try conversation.answer(options, isWanted: { true }) { event in
            // Up to 15 bytes lie in a String itself; mended text is put together elsewhere.
            if case .piece(let text) = event,
                text.utf8.count > 15 || text.unicodeScalars.contains("\u{FFFD}")
            {
                longPieces += 1
            }
        }
        let count = Int(smv_thread_allocations() - before)
        return (count, answer.tokenIDs.count, longPieces)
    }

    /// Whether this build can count; AddressSanitizer has its own allocation functions.
    static let counts = smv_counts_allocations() == 1

    @Test(
        .enabled(if: counts, "allocations are counted with glibc, without AddressSanitizer"),
        arguments: Kind.allCases, Way.allCases)
    func `a token costs no allocation`(kind: Kind, way: Way) throws {
        let model = try kind.model()
        // What is made once in the life of the program is made by the first.
        let first = try allocations(model, tokens: 64, way)
        // The lists of ids and probabilities and the text grow by doubling, and a long piece is a
        // String of its own. Worst seen for 48 tokens: 6.
        let limit = 10
        var growths: [Int] = []
        // On a busy machine the language's own locks allocate now and then: what every try has
        // counts.
        while growths.count < 5, growths.allSatisfy({ $0 > limit }) {
            let short = try allocations(model, tokens: 16, way)
            let long = try allocations(model, tokens: 64, way)
            #expect(long.tokens - short.tokens > 20)
            #expect(long.tokens == first.tokens)
            growths.append(
                long.count - short.count - 2 * (long.longPieces - short.longPieces))
        }
        #expect(growths.contains { $0 <= limit }, "\(growths)")
    }
}
