import Foundation
import JSON
import Testing

/// Sets about the samples, asked of a tiny model: what it says makes no sense, so what is expected is
/// what `ask` says.
@Suite struct `Questions of a set` {
    private static let folder = SmolVLMProgram.root.appending(path: "samples").path
    private static let model = ["-m", AskTests.model("patch16"), "--no-split"]
    private static let short = ["--max-tokens", "4"]

    /// What the tiny model says.
    private static func said(_ file: String, _ question: String) throws -> String {
        let run = try SmolVLMProgram.run(
            ["ask"] + model + short + ["\(folder)/\(file)", question])
        return String(run.output.dropLast())
    }

    private static func line(_ members: [String: Any]) throws -> String {
        String(
            decoding: try JSONSerialization.data(withJSONObject: members, options: .sortedKeys),
            as: UTF8.self)
    }

    /// Three questions: the first answer is right, the second is not, the third file is not there.
    private func set(in scratch: Scratch) throws {
        let lines = [
            try Self.line([
                "file": "station-sign.jpg", "question": "What does it say?", "category": "sign",
                "answers": [
                    "something else", try Self.said("station-sign.jpg", "What does it say?"),
                ],
            ]),
            try Self.line([
                "file": "receipt.jpg", "question": "What is <the> total?", "category": "paper",
                "answers": "&30.97",
            ]),
            try Self.line([
                "file": "gone.jpg", "question": "What is it?", "category": "paper",
                "answers": ["nothing"],
            ]),
        ]
        try scratch.file("set.jsonl", holding: Data(lines.joined(separator: "\n").utf8))
    }

    private func eval(_ words: [String], in scratch: Scratch) throws -> ProgramRun {
        try SmolVLMProgram.run(
            ["eval", "set.jsonl", "--files", Self.folder] + Self.model + Self.short + words,
            in: scratch)
    }

    private func records(_ name: String, in scratch: Scratch) throws -> [JSONValue] {
        try scratch.text(of: name).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
    }

    @Test func `a bad file costs its own question only, and the table says what came`() throws {
        let scratch = try Scratch()
        try set(in: scratch)
        let run = try eval(["-o", "out.jsonl", "--html", "page.html"], in: scratch)
        #expect(run.code == 1)
        #expect(
            run.messages
                == "smolvlm: \(Self.folder)/gone.jpg: there is no such file. Check the path.\n")
        let rows = run.output.split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        #expect(rows[0].first == "category")
        #expect(Array(rows[1].prefix(5)) == ["sign", "1", "100.0", "%", "1.000"])
        #expect(Array(rows[2].prefix(5)) == ["paper", "2", "0.0", "%", "0.000"])
        #expect(Array(rows[3].prefix(4)) == ["all", "3", "33.3", "%"])
        #expect(run.output.contains("3 questions of set.jsonl, asked of "))
        #expect(run.output.contains(" of memory at the peak."))

        let records = try records("out.jsonl", in: scratch)
        #expect(records.map { $0["index"]?.int } == [0, 1, 2])
        #expect(records.map { $0["right"]?.bool } == [true, false, false])
        #expect(records[0]["exact"]?.bool == true && records[0]["anls"]?.double == 1)
        #expect(records[0]["letters"]?["wrong"]?.int == 0)
        #expect((records[0]["seconds"]?["total"]?.double ?? 0) > 0)
        #expect(records[0]["stopped"]?.string == "length")
        #expect(records[1]["answers"]?.elements.compactMap(\.string) == ["&30.97"])
        #expect(records[2]["answer"] == nil)
        #expect(records[2]["error"]?.string?.contains("there is no such file") == true)
        #expect(records[2]["letters"]?["wrong"]?.int == 7)

        // The page has what was missed, with its picture, and nothing of it means anything else.
        let page = try scratch.text(of: "page.html")
        #expect(page.contains("What is &lt;the&gt; total?"))
        #expect(page.contains("&amp;30.97"))
        #expect(!page.contains("What does it say?"))
        #expect(page.components(separatedBy: "<article>").count == 3)
        let pictures = page.components(separatedBy: "src=\"data:image/webp;base64,").dropFirst()
        #expect(pictures.count == 1)
        let coded = pictures.first?.split(separator: "\"").first ?? ""
        let bytes = try #require(Data(base64Encoded: String(coded)))
        #expect(bytes.count < 60_000)
        #expect(String(decoding: bytes[8..<12], as: UTF8.self) == "WEBP")
        for outside in ["http:", "https:", "<script", "<link", "url("] {
            #expect(!page.contains(outside))
        }
        #expect(page.contains("prefers-color-scheme: dark"))
    }

    @Test func `the JSON summary has the figures`() throws {
        let scratch = try Scratch()
        try set(in: scratch)
        let run = try eval(["--json"], in: scratch)
        let json = try JSONValue(parsing: run.output)
        #expect(json["form"]?.string == "smolvlm")
        #expect(json["interrupted"]?.bool == false)
        #expect(json["all"]?["questions"]?.int == 3)
        #expect(json["all"]?["failed"]?.int == 1)
        #expect(json["all"]?["right"]?.int == 1)
        #expect(json["categories"]?.count == 2)
        #expect((json["all"]?["median_seconds"]?.double ?? 0) > 0)
        #expect((json["peak_bytes"]?.int ?? 0) > 1_000_000)
        #expect(json["settings"]?.string == "--precision exact --max-tokens 4 --no-split")
    }

    @Test func `categories and numbers of questions can be chosen`() throws {
        let scratch = try Scratch()
        try set(in: scratch)
        let one = try eval(["--only", "sign", "--at-least", "1"], in: scratch)
        #expect(one.code == 0 && one.messages == "")
        let first = try JSONValue(parsing: eval(["--limit", "2", "--json"], in: scratch).output)
        #expect(first["all"]?["questions"]?.int == 2)
        let none = try eval(["--only", "nonsense"], in: scratch)
        #expect(none.code == 1)
        #expect(
            none.messages
                == "smolvlm: set.jsonl has no question of the category nonsense. It has: sign, "
                + "paper.\n")
        let less = try eval(["--limit", "2", "--at-least", "0.75"], in: scratch)
        #expect(less.code == 1)
        #expect(
            less.messages
                == "smolvlm: set.jsonl: 50.0 % of the answers are right, fewer than the 75.0 % of "
                + "--at-least.\n")
    }

    @Test func `a run goes on where it was left`() throws {
        let scratch = try Scratch()
        try set(in: scratch)
        let whole = try eval(["-o", "out.jsonl"], in: scratch)
        let kept = try scratch.text(of: "out.jsonl")
        // What is there is not overwritten by mistake.
        let again = try eval(["-o", "out.jsonl"], in: scratch)
        #expect(again.code == 1)
        #expect(
            again.messages
                == "smolvlm: out.jsonl is there already. Name another file, or go on with it by "
                + "--resume.\n")
        #expect(try scratch.text(of: "out.jsonl") == kept)

        // The program ended while it wrote the second line; the first answer is told apart from a
        // new one.
        let lines = kept.split(separator: "\n")
        let marked = lines[0].replacing("\"total\":", with: "\"total\":900")
        try scratch.file("out.jsonl", holding: Data("\(marked)\n\(lines[1].prefix(70))".utf8))
        let rest = try eval(["-o", "out.jsonl", "--resume", "--json"], in: scratch)
        #expect(rest.code == 1)
        let json = try JSONValue(parsing: rest.output)
        #expect(json["resumed"]?.int == 1 && json["all"]?["questions"]?.int == 3)
        #expect((json["all"]?["mean_seconds"]?.double ?? 0) > 100)
        let records = try records("out.jsonl", in: scratch)
        #expect(records.map { $0["index"]?.int } == [0, 1, 2])
        #expect(whole.code == 1)

        // What failed is asked again.
        try FileManager.default.createSymbolicLink(
            at: scratch.url.appending(path: "gone.jpg"),
            withDestinationURL: URL(filePath: "\(Self.folder)/receipt.jpg"))
        for file in ["station-sign.jpg", "receipt.jpg"] {
            try FileManager.default.createSymbolicLink(
                at: scratch.url.appending(path: file),
                withDestinationURL: URL(filePath: "\(Self.folder)/\(file)"))
        }
        let mended = try SmolVLMProgram.run(
            ["eval", "set.jsonl", "-o", "out.jsonl", "--resume"] + Self.model + Self.short,
            in: scratch)
        #expect(mended.code == 0 && mended.messages == "")
        #expect(mended.output.contains("2 answers of an earlier run counted."))

        let other = try eval(["-o", "out.jsonl", "--resume", "--system", "Hi"], in: scratch)
        #expect(other.code == 1)
        #expect(other.messages.hasPrefix("smolvlm: out.jsonl was begun with other settings: "))
        let alone = try eval(["--resume"], in: scratch)
        #expect(alone.code == 2)
        #expect(
            alone.messages
                == "smolvlm: --resume wants --output as well: the file with what was answered "
                + "before.\n")
    }

    @Test func `answers of another program are judged without a model`() throws {
        let scratch = try Scratch()
        try set(in: scratch)
        let asked = try eval(["-o", "out.jsonl", "--json"], in: scratch)
        func judge(_ words: [String]) throws -> ProgramRun {
            try SmolVLMProgram.run(
                scratch.installedProgram(),
                ["eval", "set.jsonl", "--files", Self.folder, "--answers"] + words, in: scratch)
        }
        let again = try judge(["out.jsonl", "--json"])
        #expect(again.code == 1 && again.messages == "")
        let (one, two) = (
            try JSONValue(parsing: asked.output)["all"], try JSONValue(parsing: again.output)["all"]
        )
        for name in ["questions", "failed", "right", "exact", "anls", "cer", "wer"] {
            #expect(one?[name]?.double == two?[name]?.double, "\(name)")
        }
        #expect(two?["median_seconds"]?.isNull == true)
        try FileManager.default.removeItem(at: scratch.url.appending(path: "bin"))
        let lines = """
            {"index": 1, "answer": "no"}
            {"index": 0, "answer": "Something  else"}
            {"index": 1, "answer": "&30.97"}
            {"index": 2, "answer": "nothing"}
            """
        try scratch.file("other.jsonl", holding: Data(lines.utf8))
        let other = try judge(["other.jsonl"])
        #expect(other.code == 0)
        #expect(other.output.contains("3 questions of set.jsonl, with the answers in other.jsonl."))
        #expect(other.output.contains("100.0 %"))
        try FileManager.default.removeItem(at: scratch.url.appending(path: "bin"))
        try scratch.file("other.jsonl", holding: Data("{\"answer\": \"a\"}".utf8))
        let bad = try judge(["other.jsonl"])
        #expect(bad.code == 1)
        #expect(
            bad.messages.hasPrefix(
                "smolvlm: other.jsonl, line 1: it is no JSON object with an index and an answer."))
    }

    @Test func `documents and clips are asked about, and facts and refusals are counted`() throws {
        let scratch = try Scratch()
        let clip = try Self.said("clip.mp4", "What is it?")
        let page = try Self.said("two-page.pdf", "Who?")
        let lines = [
            try Self.line([
                "file": "clip.mp4", "question": "What is it?", "facts": [clip], "category": "v",
            ]),
            try Self.line([
                "file": "clip.mp4", "question": "What is it?",
                "facts": [["heron", "crane"], [clip]], "category": "v",
            ]),
            try Self.line([
                "file": "two-page.pdf", "question": "Who?", "answers": ["Nobody"], "category": "d",
            ]),
        ]
        try scratch.file("set.jsonl", holding: Data(lines.joined(separator: "\n").utf8))
        let run = try eval(["--refusal", page + ".", "--json", "--html", "page.html"], in: scratch)
        #expect(run.code == 0)
        let json = try JSONValue(parsing: run.output)
        #expect(json["all"]?["right"]?.int == 1)
        #expect(json["categories"]?.elements.map { $0["exact"]?.isNull } == [true, false])
        #expect(json["all"]?["false_refusals"]?.int == 1)
        // A few frames of the clip, and both pages.
        let html = try scratch.text(of: "page.html")
        #expect(html.components(separatedBy: "<img ").count - 1 == 6)
        #expect(html.contains("heron or crane"))
        #expect(html.contains("false refusal"))
    }

    @Test func `public sets find their pictures`() throws {
        let scratch = try Scratch()
        let files = FileManager.default
        for (folder, name) in [
            ("documents", "ab_1.png"), ("train_images", "00ff.jpg"), ("OCRBench_Images", "x.jpg"),
        ] {
            let place = scratch.url.appending(path: folder)
            try files.createDirectory(at: place, withIntermediateDirectories: true)
            try files.createSymbolicLink(
                at: place.appending(path: name),
                withDestinationURL: URL(filePath: "\(Self.folder)/receipt.jpg"))
        }
        let sets = [
            """
            {"dataset_name": "docvqa", "data": [{"questionId": 1, "question": "Total?",
             "image": "documents/ab_1.png", "answers": ["30.97"], "data_split": "val"}]}
            """,
            """
            {"dataset_name": "textvqa", "data": [{"question_id": 1, "question": "Total?",
             "image_id": "00ff", "answers": ["30.97", "30.97"], "set_name": "val"}]}
            """,
            """
            [{"dataset_name": "SROIE", "image_path": "x.jpg", "question": "Total?",
              "answers": ["30.97"], "type": "Key Information Extraction"}]
            """,
        ]
        for (set, form) in zip(sets, ["docvqa", "textvqa", "ocrbench"]) {
            try scratch.file("set.json", holding: Data(set.utf8))
            let run = try SmolVLMProgram.run(
                ["eval", "set.json", "--json"] + Self.model + Self.short, in: scratch)
            #expect(run.messages == "")
            let json = try JSONValue(parsing: run.output)
            #expect(json["form"]?.string == form)
            #expect(json["all"]?["failed"]?.int == 0)
        }
    }

    @Test func `what is wrong with the command line or the set is said before anything is asked`()
        throws
    {
        let scratch = try Scratch()
        let none = try SmolVLMProgram.run(["eval"] + Self.model)
        #expect(none.code == 2)
        #expect(
            none.messages
                == "smolvlm: `smolvlm eval` wants a set of questions. `smolvlm eval --help` says "
                + "more.\n")
        try scratch.file("set.jsonl", holding: Data("{\"file\": \"a.png\"}\n".utf8))
        let bad = try eval(["-o", "out.jsonl"], in: scratch)
        #expect(bad.code == 1)
        #expect(bad.messages.hasPrefix("smolvlm: set.jsonl, line 1: it has neither `answers`"))
        #expect(!FileManager.default.fileExists(atPath: scratch.url.path + "/out.jsonl"))
        try set(in: scratch)
        let page = try eval(["--html", "nowhere/page.html"], in: scratch)
        #expect(page.code == 1)
        #expect(page.output == "" && page.messages.contains("nowhere/page.html cannot be written"))
        let same = try eval(["--html", "set.jsonl"], in: scratch)
        #expect(same.code == 2)
        // A file of something else is neither gone on with nor changed.
        for text in ["not ours", "not ours\n", "{\"a\": 1}\n{"] {
            try scratch.file("other", holding: Data(text.utf8))
            let other = try eval(["-o", "other", "--resume"], in: scratch)
            #expect(other.code == 1)
            #expect(other.messages.contains("not written by `smolvlm eval`"))
            #expect(try scratch.text(of: "other") == text)
        }
        let log = try eval(["-o", "nowhere/out.jsonl"], in: scratch)
        #expect(log.messages.contains("nowhere/out.jsonl cannot be written"))
    }

    @Test func `a name in a set is never an address`() throws {
        let scratch = try Scratch()
        let lines = try ["http://127.0.0.1:9/a.png", "-", "data:text/plain,a"].map {
            try Self.line(["file": $0, "question": "What?", "answers": "a"])
        }
        try scratch.file("set.jsonl", holding: Data(lines.joined(separator: "\n").utf8))
        let run = try SmolVLMProgram.run(["eval", "set.jsonl"] + Self.model, in: scratch)
        #expect(run.code == 1)
        #expect(
            run.messages.split(separator: "\n").allSatisfy {
                $0.hasPrefix("smolvlm: ./") && $0.contains("there is no such file")
            })
    }

    #if os(Linux)
        @Test func `a person sees how far it is; Ctrl-C leaves the figures`() throws {
            let scratch = try Scratch()
            let model = try scratch.endlessModel()
            let lines = try ["gone.jpg", "sign.jpg", "sign.jpg"].map {
                try Self.line(["file": $0, "question": "What?", "answers": "a"])
            }
            try scratch.file("set.jsonl", holding: Data(lines.joined(separator: "\n").utf8))
            try FileManager.default.createSymbolicLink(
                at: scratch.url.appending(path: "sign.jpg"),
                withDestinationURL: URL(filePath: "\(Self.folder)/station-sign.jpg"))
            let console = try Console(
                "exec \"$P\" eval set.jsonl \(model) --no-split -o out.jsonl", in: scratch)
            try console.see("set.jsonl: 2 of 3, 0.0 % right, ")
            try console.see(" left")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(end.screen.contains("Stopped after 1 of 3 questions."))
            #expect(
                end.screen.hasSuffix("smolvlm: stopped. 1 question of 3 had been asked.\r\n"))
            #expect(try records("out.jsonl", in: scratch).count == 1)
        }
    #endif
}
