import Foundation
import Media
import SmolVLM

/// Answers a question about files, as the smallest program around the library does it:
///
///     answering-app MODEL QUESTION [FILE...]
@main
struct AnsweringApp {
    static func main() async {
        let words = CommandLine.arguments.dropFirst()
        guard let path = words.first, let question = words.dropFirst().first else {
            print("usage: answering-app MODEL QUESTION [FILE...]")
            exit(2)
        }
        do {
            try await answer(question, about: words.dropFirst(2), with: path)
        } catch {
            // One or two sentences: what was wrong, where, and what to do next.
            print("answering-app: \(error)")
            exit(1)
        }
    }

    static func answer(
        _ question: String, about files: ArraySlice<String>, with path: String
    ) async throws {
        let model = try Model.load(from: path)
        let conversation = try AsyncConversation(with: model, options: ConversationOptions())

        // The first picture by hand, as a program would that has it in memory already; all other
        // files (pages, videos, more pictures) as they come.
        if let first = files.first {
            let image = try Image(path: first)
            print("\(first): \(image.width) x \(image.height) pixels")
            try await conversation.add(image)
        }
        for file in files.dropFirst() { try await conversation.add(file: file) }
        try await conversation.add(question)

        var options = AnswerOptions()
        options.maxTokens = 24
        for try await update in conversation.updates(options) {
            switch update {
            case .event(.piece(let text)): print(text, terminator: "")
            case .event(.thought), .event(.progress): break
            case .whole(let answer): report(answer)
            }
        }
    }

    static func report(_ answer: Answer) {
        print()
        print(
            "tokens: \(answer.promptTokenCount) of the prompt, \(answer.visionTokenCount) of them "
                + "pictures, \(answer.tokenIDs.count) of the answer")
        print(
            "time: \(answer.visionTime) for pictures, \(answer.promptTime) for the prompt, "
                + "\(answer.answerTime) for the answer")
        print("stopped: \(answer.stopped.rawValue)")
    }
}
