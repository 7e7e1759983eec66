import Foundation
import JSON
import Testing

@Suite struct `A conversation from a script` {
    private func chat(
        _ lines: String, model: String = "text", _ words: [String] = [], in folder: Scratch? = nil,
        environment: [String: String] = [:]
    ) throws -> ProgramRun {
        try SmolVLMProgram.run(
            ["chat", "-m", AskTests.model(model), "--max-tokens", "12"] + words,
            input: Data(lines.utf8), environment: environment, in: folder)
    }

    private func turns(_ folder: Scratch, _ name: String = "a.json") throws -> [JSONValue] {
        try JSONValue(parsing: folder.text(of: name))["turns"].map { Array($0.elements) } ?? []
    }

    @Test func `the first answer is that of ask, the second knows the first`() throws {
        let asked = try SmolVLMProgram.run(
            ["ask", "-m", AskTests.model("text"), "--max-tokens", "12", "What is it?"])
        #expect(try chat("What is it?\n").output == asked.output)
        let one = try chat("What is it?\n", model: "patch16")
        #expect(one.code == 0)
        let two = try chat("What is it?\r\n\nAnd where?", model: "patch16")
        #expect(two.output.hasPrefix(one.output))
        let later = String(two.output.dropFirst(one.output.count))
        #expect(later.count > 1)
        #expect(later != (try chat("And where?", model: "patch16")).output)
    }

    @Test func `what was read is not read again`() throws {
        let run = try chat("What is it?\nAnd where?\n", ["--stats"])
        let lines = run.messages.split(separator: "\n").filter { $0.contains("smolvlm: prompt ") }
        #expect(lines.count == 2)
        #expect(lines.first?.contains(" of these 0 known and ") == true)
        #expect(lines.last?.contains(" of these 0 known and ") == false)
    }

    @Test func `pictures count together until the next answer`() throws {
        let picture = SmolVLMProgram.root.appending(path: "samples/station-sign.jpg").path
        let run = try chat(
            "/image \(picture)\n/image \(picture)\n/image \(picture)\n", model: "patch16",
            ["--max-pictures", "2", "--no-split"])
        #expect(
            run.messages.hasPrefix("smolvlm: \(picture): with it there are 3 pictures, more than"))
        #expect(run.messages.split(separator: "\n").count == 1)
        #expect(run.code == 1)
    }

    @Test func `a reset begins again`() throws {
        let run = try chat("What is it?\n/reset\nWhat is it?\n")
        let once = try chat("What is it?\n")
        #expect(run.output == once.output + once.output)
        #expect(run.messages.split(separator: "\n").count == 2)
    }

    @Test func `pictures are shown by operand and by command, and matter`() throws {
        let none = try chat("What is it?\n", model: "patch16")
        let operand = try chat("What is it?\n", model: "patch16", [AskTests.sign])
        #expect(operand.output != none.output)
        let command = try chat("/image \(AskTests.sign)\nWhat is it?\n", model: "patch16")
        #expect(command.output == operand.output)
        let samples = SmolVLMProgram.root.appending(path: "samples").path
        for file in ["two-page.pdf", "clip.mp4"] {
            let run = try chat(
                "/image \(samples)/\(file)\nWhat is it?\n", model: "patch16",
                ["--no-split", "--stats"])
            #expect(run.code == 0)
            #expect(!run.messages.contains(" and 0 of pictures"))
        }
    }

    /// What stands behind `/image`, with HOME being the folder.
    static let names = [
        "a picture.png", "a\\ picture.png", "'a picture.png'", "\"a picture.png\"",
        "~/a\\ picture.png",
        "~/'a picture.png'", "a\" picture\".png", "plain.png 'a picture.png'",
    ]

    @Test(arguments: names)
    func `names are written as in a shell`(name: String) throws {
        let folder = try Scratch()
        try folder.picture("a picture.png", width: 40, height: 30)
        try folder.picture("plain.png", width: 40, height: 30)
        let run = try chat(
            "/image \(name)\nWhat is it?\n/save a.json\n", model: "patch16", in: folder,
            environment: ["HOME": folder.url.path])
        #expect(run.messages.split(separator: "\n").count == 1, "\(run.messages)")
        #expect(run.code == 0)
        let files = try turns(folder).first?["files"]?.elements.compactMap(\.string) ?? []
        #expect(files.last?.hasSuffix("a picture.png") == true)
        #expect(files.count == (name.hasPrefix("plain") ? 2 : 1))
    }

    /// A line, and the sentence it costs.
    static let mistakes: [(line: String, sentence: String)] = [
        ("/image nowhere.png", "nowhere.png: there is no such file. Check the path."),
        ("/image", "/image wants a file: /image FILE."),
        ("/image 'a", "a quote in 'a is not closed. Close it, or write \\ before it."),
        (
            "/image -",
            "- stands for standard input, but that is where the questions come from. Name a file."
        ),
        (
            "/imgae x",
            "there is no command /imgae. Did you mean /image? To say something that begins with /, "
                + "begin with //."
        ),
        (
            "/usr/bin",
            "there is no command /usr/bin. /help lists them. To say something that begins with /, "
                + "begin with //."
        ),
        ("/save", "/save wants a file: /save FILE."),
        (
            "/save a b",
            "/save wants one file, but a b names 2. Put quotes around a name with blanks."
        ),
        ("/save there", "there is there already. Name another file, or remove that one first."),
        ("/save no/a.md", "no/a.md cannot be written: there is no such folder. Make it first."),
    ]

    @Test(arguments: mistakes)
    func `a mistake costs one sentence, and the conversation goes on`(
        line: String, sentence: String
    ) throws {
        let folder = try Scratch()
        try folder.file("there", holding: Data("kept".utf8))
        let run = try chat("\(line)\nWhat is it?\n", model: "patch16", in: folder)
        #expect(run.messages.hasPrefix("smolvlm: \(sentence)\n"))
        #expect(run.output == (try chat("What is it?\n", model: "patch16")).output)
        #expect(run.code == 1)
        #expect(try folder.text(of: "there") == "kept")
    }

    @Test func `a text model refuses pictures and goes on`() throws {
        let run = try chat("/image \(AskTests.sign)\nWhat is it?\n")
        #expect(run.messages.contains(" holds a text model only: it cannot see pictures."))
        #expect(run.output == (try chat("What is it?\n")).output)
        #expect(run.code == 1)
        let operand = try chat("What is it?\n", [AskTests.sign])
        #expect(operand.output == "")
        #expect(operand.code == 1)
    }

    @Test func `messages go on over lines and may begin with a slash`() throws {
        let folder = try Scratch()
        _ = try chat("//help me\\\nwith this\\\n/x\n/save a.json\nlast\\", in: folder)
        #expect(try turns(folder).first?["text"]?.string == "/help me\nwith this\n/x")
        let run = try chat("last\\")
        #expect(run.output == (try chat("last")).output)
    }

    @Test func `a full context says what to do, and a reset does it`() throws {
        let long = String(repeating: "no ", count: 4000)
        let run = try chat("\(long)\nWhat is it?\n")
        #expect(
            run.messages.contains(
                "tokens, but only 2048 are in sight at once. Show fewer or smaller pictures, or say "
                    + "less. What was said and shown since the last answer is taken back; /reset "
                    + "forgets everything.\n"))
        // What did not fit is forgotten.
        #expect(run.output == (try chat("What is it?\n")).output)
        #expect(run.code == 1)
    }

    @Test func `a line without end is passed over`() throws {
        let run = try chat(String(repeating: "x", count: 3 << 20) + "\nWhat is it?\n")
        #expect(
            run.messages.hasPrefix(
                "smolvlm: that line is longer than a mebibyte. Say it in several.\n"))
        #expect(run.output == (try chat("What is it?\n")).output)
    }

    @Test func `the conversation is saved as Markdown`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 40, height: 30)
        let run = try chat(
            "/image a.png\nWhat is it?\n/save 'as text.md'\n", model: "patch16",
            ["--system", "Be short.", "--max-tokens", "3"], in: folder)
        let answer = run.output.dropLast()
        #expect(
            try folder.text(of: "as text.md") == """
                # A conversation with \(AskTests.model("patch16"))

                ## System

                Be short.

                ## User

                - a.png

                What is it?

                ## Assistant

                \(answer)

                *(stopped: length)*

                """)
    }

    @Test func `help lists the commands`() throws {
        let run = try chat("/help\n")
        for command in ["/image FILE", "/reset", "/save FILE", "/help", "/quit"] {
            #expect(run.output.contains("  \(command) "))
        }
        #expect(try chat("/quit\nWhat is it?\n").output == "")
    }

    @Test func `standard input cannot be a file as well`() throws {
        let run = try chat("What is it?\n", ["-"])
        #expect(
            run.messages
                == "smolvlm: - and smolvlm chat cannot be used together: standard input is where the "
                + "questions come from.\n")
        #expect(run.code == 2)
    }

    @Test func `chat has the options of ask, but answers in text only`() throws {
        func options(_ command: String) throws -> Set<String> {
            let help = try SmolVLMProgram.run(["help", command]).output
            let words = help.split { $0.isWhitespace || "=[,.".contains($0) }
            return Set(words.filter { $0.hasPrefix("--") }.map(String.init))
        }
        let difference = try options("ask").symmetricDifference(options("chat"))
        #expect(difference == ["--json", "--no-history"])
    }

    @Test func `thinking is asked for in the prompt, and has its place in the JSON of ask`() throws
    {
        func asked(_ words: [String]) throws -> JSONValue {
            let run = try SmolVLMProgram.run(
                [
                    "ask", "-m", AskTests.model("text"), "--chat-format", "smollm3", "--json",
                    "--max-tokens", "4",
                ] + words + ["What is it?"])
            #expect(run.code == 0)
            return try JSONValue(parsing: run.output)
        }
        let thinking = try asked(["--think"])
        let plain = try asked(["--no-think"])
        let usual = try asked([])
        // Thinking brings a long piece of advice with it.
        let counts = [thinking, plain, usual].map { $0["tokens"]?["prompt"]?.int ?? 0 }
        #expect(counts[0] > counts[1] + 100)
        #expect(counts[1] == counts[2])
        #expect(thinking["thinking"]?.string == "")
    }

    @Test func `thinking is refused where there is none`() throws {
        let run = try chat("What is it?\n", ["--think"])
        #expect(run.messages.contains(" cannot think aloud before it answers: "))
        #expect(run.code == 1)
        #expect(try chat("What is it?\n", ["--no-think"]).code == 0)
    }
}
