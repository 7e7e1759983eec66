import Foundation
import JSON
import Media
import Testing

extension Scratch {
    /// A PNG file whose pixels `colour` chooses.
    @discardableResult
    func picture(
        _ name: String, width: Int, height: Int,
        colour: (Int, Int) -> (UInt8, UInt8, UInt8) = { x, y in (UInt8(x & 255), UInt8(y & 255), 90)
        }
    ) throws -> URL {
        var rgb: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (red, green, blue) = colour(x, y)
                rgb += [red, green, blue]
            }
        }
        let file = url.appending(path: name)
        try PNGFile.write(Image(width: width, height: height, rgb: rgb), to: file.path)
        return file
    }
}

private func sample(_ name: String) -> String {
    SmolVLMProgram.root.appending(path: "samples/\(name)").path
}

@Suite struct `Inspecting files` {
    @Test func `a picture is described and planned for both families`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 640, height: 480)
        let run = try SmolVLMProgram.run(["inspect", "photo.png"], in: folder)
        #expect(run.messages == "")
        #expect(run.code == 0)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "photo.png")
        #expect(lines[1].hasPrefix("  PNG picture, "))
        #expect(lines[1].hasSuffix(", 640 x 480 pixels, RGB, 8 bits"))
        #expect(lines[2].hasPrefix("  decoded in "))
        #expect(lines[3] == "")
        #expect(
            lines[4...].joined(separator: "\n") == """
                  model  resized to   grid         tiles  frames  vision tokens  prompt tokens  memory
                  small  2048 x 1536  2048 x 1536  3 x 4      13            832            862   52 MB
                  large  1536 x 1152  1536 x 1152  3 x 4      13           1053           1083   30 MB

                """)
    }

    /// Options, and the line of the small model that they lead to.
    static let prepared: [(options: [String], plan: String)] = [
        (
            ["--no-split"],
            "small  2048 x 1536  512 x 512  whole       1             64             67"
        ),
        (
            ["--longest-edge", "1024"],
            "small  1024 x 768  1024 x 1024  2 x 2       5            320            333"
        ),
    ]

    @Test(arguments: prepared)
    func `options change the plan`(options: [String], plan: String) throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 640, height: 480)
        let run = try SmolVLMProgram.run(
            ["inspect", "--model", "small"] + options + ["photo.png"], in: folder)
        #expect(run.output.contains("  \(plan)"), "\(run.output)")
        #expect(!run.output.contains("large"))
    }

    @Test func `beyond six tiles a side the prompt is longer than can be said`() throws {
        let folder = try Scratch()
        try folder.picture("wide.png", width: 400, height: 100)
        let options = ["inspect", "-m", "small", "--longest-edge", "4096"]
        let text = try SmolVLMProgram.run(options + ["wide.png"], in: folder)
        #expect(
            text.output.contains("2 x 8      17           1088          1125+"), "\(text.output)")
        let json = try JSONValue(
            parsing: try SmolVLMProgram.run(options + ["--json", "wide.png"], in: folder).output)
        let plan = json["files"]?.elements.first { _ in true }?["plans"]?.elements.first { _ in true
        }
        #expect(plan?["prompt_tokens_exact"]?.bool == false)
    }

    @Test func `a folder of a model says how pictures are prepared`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 300, height: 200)
        try folder.file(
            "preprocessor_config.json",
            holding: Data(
                #"{"size": {"longest_edge": 728}, "max_image_size": {"longest_edge": 364}}"#.utf8))
        let run = try SmolVLMProgram.run(["inspect", "-m", ".", "photo.png"], in: folder)
        #expect(
            run.output.contains("  .      728 x 486   728 x 728  2 x 2       5"), "\(run.output)")
        #expect(run.code == 0)
    }

    @Test(arguments: ["nowhere", "tiny", "none.gguf", "."])
    func `what is no model is named with what could be`(name: String) throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 30, height: 20)
        try folder.file("none.gguf", holding: Data("GGUF".utf8))
        let run = try SmolVLMProgram.run(["inspect", "-m", name, "photo.png"], in: folder)
        #expect(
            run.messages
                == "smolvlm: \(name) is nothing that says how pictures are prepared. Name small, "
                + "large or a folder with a preprocessor_config.json.\n")
        #expect(run.output == "")
        #expect(run.code == 1)
    }

    @Test func `one bad file among good ones costs one sentence and exit code 1`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 30, height: 20)
        try folder.picture("c.png", width: 40, height: 20)
        let run = try SmolVLMProgram.run(["inspect", "a.png", "b.png", "c.png"], in: folder)
        #expect(run.messages == "smolvlm: b.png: there is no such file. Check the path.\n")
        #expect(run.output.contains("30 x 20 pixels"))
        #expect(run.output.contains("40 x 20 pixels"))
        #expect(run.output.contains("Together: 2 files; small: "))
        #expect(run.code == 1)
    }

    @Test func `standard input is read as a file or through a pipe`() throws {
        let folder = try Scratch()
        let file = try folder.picture("a.png", width: 30, height: 20)
        let direct = try SmolVLMProgram.run(["inspect", "-"], input: Data(contentsOf: file))
        #expect(direct.output.hasPrefix("-\n  PNG picture, "))
        #expect(direct.code == 0)
        let piped = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            ["-c", "cat a.png | \"$0\" inspect -", SmolVLMProgram.binary.path], in: folder)
        #expect(piped.output.hasPrefix("-\n  PNG picture, "))
        #expect(piped.code == 0)
        let twice = try SmolVLMProgram.run(["inspect", "-", "-"])
        #expect(
            twice.messages
                == "smolvlm: - and another - cannot be used together: standard input can be read "
                + "only once.\n")
    }

    @Test func `a folder means its pictures in the order of their names`() throws {
        let folder = try Scratch()
        for (name, width) in [("img10.png", 30), ("img2.png", 20), ("b.txt", 10)] {
            try folder.picture(name, width: width, height: 20)
        }
        try folder.file("notes.png", holding: Data("no picture".utf8))
        let run = try SmolVLMProgram.run(["inspect", "."], in: folder)
        let names = run.output.split(separator: "\n").filter { $0.hasPrefix("./") }
        #expect(names == ["./b.txt", "./img2.png", "./img10.png"])
        #expect(run.messages == "")
        #expect(run.code == 0)
    }

    @Test func `a data address is read as a file`() throws {
        let folder = try Scratch()
        let file = try folder.picture("a.png", width: 30, height: 20)
        let text = try Data(contentsOf: file).base64EncodedString()
        let run = try SmolVLMProgram.run(["inspect", "data:image/png;base64,\(text)"])
        #expect(run.output.hasPrefix("data: address (image/png)\n  PNG picture, "))
        #expect(run.code == 0)
    }

    @Test func `an address that cannot be reached costs one sentence`() throws {
        let run = try SmolVLMProgram.run(["inspect", "http://127.0.0.1:1/a.png"])
        #expect(
            run.messages
                == "smolvlm: http://127.0.0.1:1/a.png cannot be fetched: 127.0.0.1 does not take the "
                + "connection. Check the address, or try again later.\n")
        #expect(run.code == 1)
    }

    @Test func `a page of a document has its size and its words`() throws {
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--pages", "2", sample("two-page.pdf")])
        #expect(run.output.contains("2 pages, 1 taken, with text"))
        #expect(
            run.output.contains("     2  595 x 842 pt  1449 x 2048  175    149"), "\(run.output)")
        #expect(run.output.contains("page 2"))
        #expect(run.code == 0)
    }

    @Test func `a video has its frames with their times`() throws {
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--frames", "4", sample("clip.mp4")])
        #expect(run.output.contains("0:16 long, 384 frames, 24 a second"))
        #expect(run.output.contains("4 frames taken, decoded in "))
        #expect(run.output.contains("4 frames  2048 x 1152  512 x 512  whole"), "\(run.output)")
        #expect(run.code == 0)
    }

    @Test func `times of one list are equally exact, and neighbours differ`() throws {
        func times(_ options: [String]) throws -> String {
            let run = try SmolVLMProgram.run(
                ["inspect", "-m", "small"] + options + [sample("clip.mp4")])
            let text = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let start = try #require(text.range(of: "frames taken, decoded in "))
            let list = text[start.upperBound...]
            let end = try #require(list.range(of: " model "))
            return list[..<end.lowerBound].split(separator: ": ").last.map(String.init) ?? ""
        }
        #expect(try times(["--from", "0", "--to", "1", "--frames", "3"]) == "0:00.0 0:00.5 0:01.0")
        // At 24 frames a second two can share their tenth.
        #expect(
            try times(["--from", "0", "--to", "0.125", "--frames", "4"])
                == "0:00.00 0:00.04 0:00.08 0:00.12")
    }

    @Test func `one frame is not called frames, and a rate cut by the cap is said`() throws {
        let one = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--frames", "1", sample("clip.mp4")])
        #expect(one.output.contains("1 frame taken, "))
        #expect(!one.output.contains(" 1 frames"))
        #expect(!one.output.contains("the cap"))
        let many = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--fps", "100", sample("clip.mp4")])
        #expect(
            many.output.contains("64 of the 384 wanted frames: the cap; --frames takes more\n"))
        let all = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--fps", "4", sample("clip.mp4")])
        #expect(!all.output.contains("the cap"))
    }

    @Test func `a control character in a name cannot act on the terminal`() throws {
        let run = try SmolVLMProgram.run(["inspect", "a\u{1B}[31mb\n.png"])
        #expect(
            run.messages
                == "smolvlm: a\\u{1b}[31mb\\u{a}.png: there is no such file. Check the path.\n")
    }

    // MARK: JSON

    @Test func `JSON holds every file, good or bad, in one document`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 640, height: 480)
        let run = try SmolVLMProgram.run(
            [
                "inspect", "--json", "a.png", "nowhere.png", sample("two-page.pdf"),
                sample("clip.mp4"),
            ], in: folder)
        #expect(run.code == 1)
        let json = try JSONValue(parsing: run.output)
        #expect(json["smolvlm"]?.string == "0.1.0")
        let files = Array(try #require(json["files"]).elements)
        try #require(files.count == 4)

        #expect(files[0]["name"]?.string == "a.png")
        #expect(files[0]["kind"]?.string == "png")
        #expect(files[0]["picture"]?["width"]?.int == 640)
        #expect(files[0]["picture"]?["orientation"]?.int == 1)
        #expect(files[0]["picture"]?["storage"]?.string == "RGB, 8 bits")
        #expect(try #require(files[0]["decode_seconds"]?.double) > 0)
        let plans = Array(try #require(files[0]["plans"]).elements)
        #expect(plans.map { $0["model"]?.string } == ["small", "large"])
        #expect(plans.map { $0["vision_tokens"]?.int } == [832, 1053])
        #expect(plans.map { $0["prompt_tokens"]?.int } == [862, 1083])
        #expect(plans.map { $0["frames"]?.int } == [13, 13])
        let layout = try #require(plans[0]["pictures"]?.elements.first { _ in true })
        #expect(layout["resized_width"]?.int == 2048)
        #expect(layout["grid_height"]?.int == 1536)
        #expect(layout["rows"]?.int == 3)
        #expect(layout["columns"]?.int == 4)

        #expect(files[1]["error"]?.string == "nowhere.png: there is no such file. Check the path.")
        #expect(files[2]["document"]?["page_count"]?.int == 2)
        #expect(files[2]["document"]?["pages"]?.count == 2)
        #expect(files[2]["pictures"]?.count == 2)
        #expect(files[3]["video"]?["codec"]?.string == "h264")
        #expect(files[3]["video"]?["chosen"]?.count == 16)
        #expect(files[3]["plans"]?.count == 2)
    }

    // MARK: Streams

    @Test func `a reader that has had enough ends the program quietly`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 30, height: 20)
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/bash"),
            [
                "-c", "trap '' PIPE; \"$0\" inspect --json a.png a.png a.png | head -n 1",
                SmolVLMProgram.binary.path,
            ], in: folder)
        #expect(run.output == "{\n")
        #expect(run.messages == "")
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
    func `output that cannot be written is said`() throws {
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            ["-c", "\"$0\" --help > /dev/full", SmolVLMProgram.binary.path])
        #expect(
            run.messages
                == "smolvlm: the output could not be written: there is no space left on the device.\n"
        )
        #expect(run.code == 1)
    }
}
