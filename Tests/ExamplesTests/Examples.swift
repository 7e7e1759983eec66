// The examples of the documentation, compiled. Each lies between two marks; `ExamplesTests` compares
// them with what the pages show. They are compiled, not run: their models are not in the box.

import Media
import SmolVLM

func conversation(with model: Model, picture: Image) throws {
    // example: a conversation
    var conversation = try Conversation(with: model, options: ConversationOptions())
    try conversation.add(picture)
    conversation.add("What is the total?")
    let answer = try conversation.answer(AnswerOptions(), isWanted: { true }) { event in
        if case .piece(let text) = event { print(text, terminator: "") }
    }
    // end
    _ = answer
}

func model() throws {
    // example: a model
    let model = try Model.load(from: "SmolVLM-256M-Instruct")
    var conversation = try Conversation(with: model, options: ConversationOptions())
    // end
    conversation.add("")
}

func ask(picture: Image) throws {
    // example: asking
    let model = try Model.load(from: "SmolVLM-256M-Instruct")
    var conversation = try Conversation(with: model, options: ConversationOptions())
    try conversation.add(picture)
    conversation.add("What is the total?")
    let answer = try conversation.answer(AnswerOptions(), isWanted: { true }) { event in
        if case .piece(let text) = event { print(text, terminator: "") }
    }
    // end
    _ = answer
}

func askAboutFile() throws {
    // example: a question about a picture
    let model = try Model.load(from: "SmolVLM-256M-Instruct")
    var conversation = try Conversation(with: model, options: ConversationOptions())
    try conversation.add(Image(path: "receipt.jpg"))
    conversation.add("What is the total?")
    let answer = try conversation.answer(AnswerOptions(), isWanted: { true }) { event in
        if case .piece(let text) = event { print(text, terminator: "") }
    }
    print(answer.tokenIDs.count, answer.answerTime, answer.stopped)
    // end
}

func adapters() throws {
    // example: adapters
    let model = try Model.load(
        from: "SmolVLM-256M-Instruct", projector: nil, chatFormat: nil,
        adapters: [Adapter(path: "receipts-lora", strength: 1)])
    // end
    _ = model
}

func awaiting(_ model: Model) async throws {
    // example: awaiting an answer
    let conversation = try AsyncConversation(with: model, options: ConversationOptions())
    try await conversation.add(file: "two-page.pdf")
    try await conversation.add("What is the total due?")
    for try await update in conversation.updates(AnswerOptions()) {
        switch update {
        case .event(.piece(let text)): print(text, terminator: "")
        case .event(.thought): break
        case .event(.progress(let stage, let done, let total)): print(stage, done, total)
        case .whole(let answer): print(answer.text)
        }
    }
    // end
}

func awaitingBriefly(_ model: Model) async throws {
    // example: awaiting, in short
    let conversation = try AsyncConversation(with: model, options: ConversationOptions())
    try await conversation.add(file: "receipt.jpg")
    try await conversation.add("What is the total?")
    for try await update in conversation.updates(AnswerOptions()) {
        if case .event(.piece(let text)) = update { print(text, terminator: "") }
    }
    // end
}

func manyQuestions(_ model: Model, receipts: [String]) async throws {
    // example: many questions
    let questions = receipts.map { path in
        Question([.file(path), .text("What is the total?")], options: AnswerOptions())
    }
    for await one in model.answers(to: questions, options: ConversationOptions(), limit: 8) {
        switch one.result {
        case .success(let answer): print(receipts[one.index], answer.text)
        case .failure(let error): print(receipts[one.index], error)
        }
    }
    // end
}

func manyInMemory(_ model: Model, job: MemoryJob) throws {
    // example: as many as fit
    let plan = try model.memoryPlan(for: job)
    let limit = plan.mostConversations(within: 2_000_000_000)
    // end
    print(limit)
}

func pages(_ conversation: inout Conversation) throws {
    // example: pages
    var options = conversation.mediaOptions
    options.pages = [1...3]
    let report = try MediaFile(path: "report.pdf", options: options)
    for item in report.items {
        if case .page(let number, _) = item.place { print(number, item.image.width) }
    }
    try conversation.add(report)
    // end
}

func file() throws {
    // example: a file
    let report = try MediaFile(path: "report.pdf", options: MediaOptions())
    print(report.description.kind, report.items.count)
    // end
}

func frames(_ conversation: inout Conversation, first: Image, second: Image) throws {
    // example: frames
    try conversation.add(
        frames: [first, second], seconds: [0, 1.5], durationSeconds: 3)
    // end
}

func memory(_ model: Model) throws {
    // example: memory
    let job = MemoryJob(
        media: [.picture(width: 4000, height: 3000)], question: "What is the total?",
        conversation: ConversationOptions(), answer: AnswerOptions())
    let plan = try model.memoryPlan(for: job)
    print(plan.peakByteCount, plan.answering.keysAndValues)
    // end
}

func store(_ model: Model) throws {
    // example: store
    var options = ConversationOptions()
    options.visionStore = VisionTokenStore.usual
    var conversation = try Conversation(with: model, options: options)
    // end
    conversation.add("And now?")
}

func options() -> AnswerOptions {
    // example: options
    var options = AnswerOptions()
    options.sampling = .random(temperature: 0.7, topK: nil, topP: 0.9, minP: nil, seed: 1)
    options.maxTokens = 200
    options.stops = ["\n\n"]
    options.wantsLogProbabilities = true
    // end
    return options
}
