public import Media

/// A question before it is asked: what is needed to say what answering it takes.
public struct MemoryJob: Equatable, Sendable {
    /// What will be shown, in order.
    public var media: [ShownMedia]
    /// What will be asked.
    public var question: String
    /// Settings of the conversation.
    public var conversation: ConversationOptions
    /// What is wanted of the answer.
    public var answer: AnswerOptions

    /// A question about media.
    public init(
        media: [ShownMedia], question: String, conversation: ConversationOptions,
        answer: AnswerOptions
    ) {
        self.media = media
        self.question = question
        self.conversation = conversation
        self.answer = answer
    }
}

/// What will be shown to a model, by its size alone.
public enum ShownMedia: Equatable, Sendable {
    /// A picture; also a page that is drawn at a fixed size.
    case picture(width: Int, height: Int)
    /// A page that is drawn as large as the model can use; the size is that of any drawing of it.
    case page(width: Int, height: Int)
    /// A video by the frames that are taken of it and their times.
    case video(width: Int, height: Int, seconds: [Double], durationSeconds: Double?)

    /// What is shown of a file when it is decoded by some options.
    public static func of(_ file: MediaDescription, options: MediaOptions) -> [ShownMedia] {
        switch file.content {
        case .picture(let picture):
            return Array(
                repeating: .picture(width: picture.width, height: picture.height),
                count: file.pictureCount(by: options))
        case .document(let document):
            return document.pages.map { page in
                options.dotsPerInch == nil
                    ? .page(width: page.width, height: page.height)
                    : .picture(width: page.width, height: page.height)
            }
        case .video(let video):
            return [
                .video(
                    width: video.width, height: video.height,
                    seconds: video.chosen.map(\.seconds), durationSeconds: video.durationSeconds)
            ]
        }
    }
}
