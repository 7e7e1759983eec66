import Foundation
import Media
import Testing

@Suite struct `Files that cannot be used` {
    /// Runs `inspect` on one file and expects one sentence.
    private func expect(
        _ sentence: String, of name: String, options: [String] = [], in folder: Scratch,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let run = try SmolVLMProgram.run(["inspect"] + options + [name], in: folder)
        #expect(run.messages == "smolvlm: \(sentence)\n", sourceLocation: location)
        #expect(run.output == "", sourceLocation: location)
        #expect(run.code == 1, sourceLocation: location)
    }

    @Test func `what is no file is named as what it is`() throws {
        let folder = try Scratch()
        try expect(
            "nowhere.png: there is no such file. Check the path.", of: "nowhere.png", in: folder)
        try folder.file("empty.png", holding: Data())
        try expect("empty.png is empty. Get the file again.", of: "empty.png", in: folder)
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "folder"), withIntermediateDirectories: true)
        try expect(
            "folder is a folder without pictures. Name a file, or a folder that has some.",
            of: "folder", in: folder)
        #expect(mkfifo(folder.url.appending(path: "pipe").path, 0o600) == 0)
        try expect(
            "pipe is a named pipe, not a file. Name a file, or use - to read from standard input.",
            of: "pipe", in: folder)
        try expect(
            "/dev/null is a device, not a file. Name a file, or use - to read from standard input.",
            of: "/dev/null", in: folder)
    }

    @Test func `a folder loses no picture without a word`() throws {
        let folder = try Scratch()
        let album = folder.url.appending(path: "album")
        try FileManager.default.createDirectory(at: album, withIntermediateDirectories: true)
        try folder.picture("album/a.png", width: 30, height: 20)
        try FileManager.default.copyItem(
            at: SmolVLMProgram.root.appending(path: "samples/two-page.pdf"),
            to: album.appending(path: "b.pdf"))
        let noted = try SmolVLMProgram.run(["inspect", "--json", "album"], in: folder)
        #expect(noted.messages == "smolvlm: album: left out 1 PDF; name it to use it.\n")
        #expect(noted.output.hasPrefix("{") && !noted.output.contains("left out"))
        #expect(noted.code == 0)
        try folder.file("album/c.png", holding: Data())
        #expect(symlink("nowhere", album.appending(path: "d.jpg").path) == 0)
        let refused = try SmolVLMProgram.run(["inspect", "album"], in: folder)
        #expect(
            refused.messages == """
                smolvlm: album: left out 1 PDF; name it to use it.
                smolvlm: album/c.png is empty. Get the file again.
                smolvlm: album/d.jpg: there is no such file. Check the path.

                """)
        #expect(refused.code == 1)
    }

    @Test func `an empty name is said to be empty`() throws {
        let folder = try Scratch()
        try expect(
            "the name of a file is empty. Check the command line: a variable may have nothing in it.",
            of: "", in: folder)
    }

    @Test func `a text with the name of a picture is recognised as text`() throws {
        let folder = try Scratch()
        try folder.file("letter.png", holding: Data("Dear all,\n".utf8))
        try expect(
            "letter.png is no picture, PDF or video that smolvlm knows: it looks like text. Convert "
                + "it to PNG, JPEG, PDF or MP4 first.", of: "letter.png", in: folder)
    }

    @Test func `a file cut short is damaged, and used only when that is allowed`() throws {
        let folder = try Scratch()
        let whole = try Data(
            contentsOf: folder.picture("whole.png", width: 300, height: 200) {
                x, y in
                (UInt8(truncatingIfNeeded: x &* y &* 7), UInt8(truncatingIfNeeded: x ^ y), 3)
            })
        try folder.file("cut.png", holding: whole.prefix(whole.count / 2))
        let refused = try SmolVLMProgram.run(["inspect", "cut.png"], in: folder)
        #expect(refused.messages.hasPrefix("smolvlm: cut.png is damaged: "))
        #expect(
            refused.messages.hasSuffix(
                ". Get the file again, or use what is left of it with --allow-damaged.\n"))
        #expect(refused.code == 1)
        let allowed = try SmolVLMProgram.run(["inspect", "--allow-damaged", "cut.png"], in: folder)
        #expect(allowed.output.contains("\n  damaged: "))
        #expect(allowed.messages == "")
        #expect(allowed.code == 0)

        let photo = try Data(
            contentsOf: SmolVLMProgram.root.appending(path: "samples/station-sign.jpg"))
        try folder.file("cut.jpg", holding: photo.prefix(photo.count / 2))
        let jpeg = try SmolVLMProgram.run(["inspect", "cut.jpg"], in: folder)
        #expect(jpeg.messages.hasPrefix("smolvlm: cut.jpg is damaged: "))
        #expect(jpeg.code == 1)
    }

    @Test func `a name that is not UTF-8 opens all the same`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 30, height: 20)
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            [
                "-c", "n=$(printf 'bad\\377.png') && mv a.png \"$n\" && \"$0\" inspect \"$n\" .",
                SmolVLMProgram.binary.path,
            ], in: folder)
        #expect(run.messages == "")
        #expect(run.output.hasPrefix("bad\u{FFFD}.png\n"))
        #expect(run.output.contains("\n./bad\u{FFFD}.png\n"))
        #expect(run.code == 0)
    }

    @Test func `standard input that is closed is named`() throws {
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"), ["-c", "\"$0\" inspect - <&-", SmolVLMProgram.binary.path])
        #expect(
            run.messages
                == "smolvlm: - stands for standard input, but that is closed. Pipe a file into "
                + "smolvlm, or name one.\n")
        #expect(run.code == 1)
    }

    // MARK: Limits

    /// A limit, and the sentence when a picture of 300 x 200 passes it.
    static let limits: [(options: [String], sentence: String)] = [
        (
            ["--max-pixels", "50k"],
            "photo.png has 300 x 200 pixels, more than the 50000 allowed. Make it smaller, or raise "
                + "--max-pixels."
        ),
        (
            ["--max-side", "299"],
            "photo.png has 300 x 200 pixels; a side may have 299. Make it smaller, or raise "
                + "--max-side."
        ),
        (
            ["--max-aspect", "1"],
            "photo.png has 300 x 200 pixels, more than 1 to 1. Cut it into pieces, or raise "
                + "--max-aspect."
        ),
    ]

    @Test(arguments: limits)
    func `a picture beyond a limit names the option that raises it`(
        options: [String], sentence: String
    ) throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 300, height: 200)
        try expect(sentence, of: "photo.png", options: options, in: folder)
    }

    @Test func `a decoder that wants too much at once is named`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 700, height: 700) { _, _ in (1, 2, 3) }
        try expect(
            "photo.png needs more than 1 MiB at once to decode. Make it smaller, or raise "
                + "--max-allocation.", of: "photo.png", options: ["--max-allocation", "1MiB"],
            in: folder)
    }

    @Test func `a decoder that takes too long is stopped`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 300, height: 200)
        try expect(
            "photo.png took longer than 0.001 seconds to decode and was stopped. Make it smaller, "
                + "or raise --decode-timeout.", of: "photo.png",
            options: ["--decode-timeout", "0.001"], in: folder)
    }

    @Test func `a document with too many pages names the two ways out`() throws {
        let folder = try Scratch()
        let pdf = SmolVLMProgram.root.appending(path: "samples/two-page.pdf").path
        try expect(
            "\(pdf): 2 pages are more than the 1 allowed. Choose some with --pages, or raise "
                + "--max-pages.", of: pdf, options: ["--max-pages", "1"], in: folder)
        try expect(
            "\(pdf) has no page 3: it has 2. Ask for pages from 1 to 2.", of: pdf,
            options: ["--pages", "3"], in: folder)
    }

    @Test func `standard input beyond its limit is refused`() throws {
        let folder = try Scratch()
        try folder.file("large", holding: Data(repeating: 7, count: 5000))
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            ["-c", "cat large | \"$0\" inspect --max-input 4KiB -", SmolVLMProgram.binary.path],
            in: folder)
        #expect(
            run.messages
                == "smolvlm: - brings more than 4 KiB. Save it as a file and name that, or "
                + "raise --max-input.\n")
        #expect(run.code == 1)
    }

    // MARK: Asking

    @Test func `a file that is not there costs the answer`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 300, height: 200)
        let run = try SmolVLMProgram.run(
            ["ask", "-m", AskTests.model("patch16"), "photo.png", "b.png", "What is it?"],
            in: folder)
        #expect(run.messages == "smolvlm: b.png: there is no such file. Check the path.\n")
        #expect(run.output == "")
        #expect(run.code == 1)
    }

    @Test func `a file in place of the question is noticed`() throws {
        let folder = try Scratch()
        try folder.picture("photo.png", width: 300, height: 200)
        let run = try SmolVLMProgram.run(["ask", "photo.png"], in: folder)
        #expect(
            run.messages
                == "smolvlm: `photo.png` is a file, so the question is missing. Put it last, for "
                + "example `smolvlm ask photo.png \"What is this?\"`.\n")
        #expect(run.code == 2)
    }

    @Test func `a question has a limit of pictures, and inspect says when it is passed`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 30, height: 20)
        let asked = try SmolVLMProgram.run(
            [
                "ask", "-m", AskTests.model("patch16"), "--max-pictures", "2", "a.png", "a.png",
                "a.png", "?",
            ], in: folder)
        #expect(
            asked.messages
                == "smolvlm: a.png: with it there are 3 pictures, more than the 2 of one question. "
                + "Name fewer files, choose pages with --pages, or raise --max-pictures.\n")
        #expect(asked.code == 1)
        let shown = try SmolVLMProgram.run(
            ["inspect", "--max-pictures", "2", "a.png", "a.png", "a.png"], in: folder)
        #expect(
            shown.messages
                == "smolvlm: 3 pictures are more than the 2 that one question may have "
                + "(--max-pictures).\n")
        #expect(shown.code == 0)
    }
}
