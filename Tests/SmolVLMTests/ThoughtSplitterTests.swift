import SmolVLM
import Testing

extension ThoughtSplitter {
    fileprivate mutating func append(_ piece: String) -> [Part] {
        var parts: [Part] = []
        append(piece) { parts.append($0) }
        return parts
    }

    fileprivate mutating func finish() -> [Part] {
        var parts: [Part] = []
        finish { parts.append($0) }
        return parts
    }
}

@Suite struct `Thoughts and answers` {
    /// What is told of pieces: the thought and the answer, each put together.
    private func told(_ pieces: [String], expectsThought: Bool = true) -> (String, String) {
        var splitter = ThoughtSplitter(expectsThought: expectsThought)
        var (thought, answer) = ("", "")
        for part in pieces.flatMap({ splitter.append($0) }) + splitter.finish() {
            switch part {
            case .thought(let piece): thought += piece
            case .answer(let piece): answer += piece
            }
        }
        return (thought, answer)
    }

    static let texts: [(text: String, thought: String, answer: String)] = [
        (
            "<think>\nTwo and two.\n\nSo four.\n</think>\n\nIt is 4.\n", "Two and two.\n\nSo four.",
            "It is 4.\n"
        ),
        ("\n <think>a</think>b", "a", "b"),
        ("<think>\n\n</think>\nIt is 4.", "", "It is 4."),
        ("<think>never ends\n", "never ends", ""),
        ("<think>a < b </ c </thin> d", "a < b </ c </thin> d", ""),
        ("<think>a</think>", "a", ""),
        ("<think>caf\u{E9} \u{1F600}</think>\u{1F600}", "caf\u{E9} \u{1F600}", "\u{1F600}"),
        ("No thought.", "", "No thought."),
        ("What <think> means</think>", "", "What <think> means</think>"),
        ("<thin air", "", "<thin air"),
        ("<think", "", "<think"),
        ("  blank first", "", "  blank first"),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("", "", ""),
    ]

    @Test(arguments: texts)
    func `are told apart however the text is cut`(text: String, thought: String, answer: String) {
        #expect(told([text]) == (thought, answer))
        #expect(told(text.map { String($0) }) == (thought, answer))
        for cut in text.indices {
            #expect(told([String(text[..<cut]), String(text[cut...])]) == (thought, answer))
        }
    }

    @Test func `a piece is told as soon as it is certain`() {
        var splitter = ThoughtSplitter(expectsThought: true)
        #expect(splitter.append("<think>") == [])
        #expect(splitter.append("\n") == [])
        #expect(splitter.append("One") == [.thought("One")])
        #expect(splitter.append("\n") == [])
        #expect(splitter.append("two</") == [.thought("\ntwo")])
        #expect(splitter.append("think>\n") == [])
        #expect(splitter.append("Three") == [.answer("Three")])
        #expect(splitter.append("\n") == [.answer("\n")])
        #expect(splitter.finish() == [])
    }

    @Test func `a model that does not think has answers alone`() {
        let text = "<think>a</think>b"
        #expect(told([text], expectsThought: false) == ("", text))
    }

    @Test func `earlier thoughts are no part of a later prompt`() throws {
        var options = ChatOptions(today: "05 July 2025")
        options.thinking = true
        // What a conversation keeps of an answer is its text.
        let answer = told(["<think>\nTwo and two.\n</think>\n\nIt is 4."]).1
        let turns = [
            ChatTurn(.user, [.text("2 + 2?")]), ChatTurn(.assistant, [.text(answer)]),
            ChatTurn(.user, [.text("And 3?")]),
        ]
        let prompt = try ChatFormat.smollm3(closesSystem: true).prompt(turns, options: options)
        #expect(
            prompt.referenceText.hasSuffix(
                "<|im_end|>\n<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\nIt is 4."
                    + "<|im_end|>\n<|im_start|>user\nAnd 3?<|im_end|>\n<|im_start|>assistant\n"))
        #expect(prompt.referenceText.contains("Reasoning Mode: /think\n"))
    }

    @Test func `thinking is refused where there is none`() throws {
        let path = RecordedConversation.folder("text")
        let model = try Model.load(from: path, projector: nil, chatFormat: nil)
        #expect(!model.canThink)
        var options = ConversationOptions()
        options.thinks = true
        let error = #expect(throws: ModelError.self) {
            let conversation = try Conversation(with: model, options: options)
            _ = consume conversation
        }
        #expect(
            error?.description
                == "\(path) cannot think aloud before it answers: of the models known, only SmolLM3 "
                + "can. Leave --think out.")
    }
}
