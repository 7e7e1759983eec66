import Foundation
import Testing

@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"),
        "the program script, which makes terminals, is not here"))
struct `On a terminal` {
    /// Runs a shell line of the program, called `$0`, with a terminal for all that is not redirected,
    /// and returns what the terminal was sent.
    private func screen(
        of line: String, environment: [String: String] = [:], in folder: Scratch? = nil
    ) throws -> String {
        var variables = ["TERM": "xterm", "NO_COLOR": "", "PROGRAM": SmolVLMProgram.binary.path]
        variables.merge(environment) { $1 }
        let run = try SmolVLMProgram.run(
            URL(filePath: "/usr/bin/script"), ["-qec", line, "/dev/null"], environment: variables,
            in: folder)
        return run.output
    }

    @Test func `headings are bold, unless that is not wanted`() throws {
        let bold = try screen(of: "\"$PROGRAM\" help")
        #expect(bold.contains("\u{1B}[1mCommands\u{1B}[0m"))
        for refused in [["NO_COLOR": "1"], ["TERM": "dumb"], ["TERM": ""]] {
            let plain = try screen(of: "\"$PROGRAM\" help", environment: refused)
            #expect(plain.contains("Commands"))
            #expect(!plain.contains("\u{1B}"))
        }
    }

    @Test func `progress stands on the terminal and is gone at the end`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 600, height: 400)
        let screen = try screen(of: "\"$PROGRAM\" inspect a.png > out", in: folder)
        #expect(screen.hasPrefix("\r\u{1B}[Ka.png: opening"))
        #expect(screen.hasSuffix("\r\u{1B}[K"))
        // What was written elsewhere has no trace of it.
        #expect(try folder.text(of: "out").hasPrefix("a.png\n  PNG picture, "))
    }

    /// Columns of a terminal, and what stands in the first line of progress.
    static let widths: [(columns: Int, line: String)] = [
        (80, "a-photograph-of-the-harbour.png: opening"),
        (41, "a-photograph-of-the-harbour.png: opening"),
        (40, "a-photograph-of…he-harbour.png: opening"),
        (20, "a-pho….png: opening"), (10, "opening"), (5, "open"),
    ]

    @Test(arguments: widths)
    func `progress never wraps`(columns: Int, line: String) throws {
        let folder = try Scratch()
        try folder.picture("a-photograph-of-the-harbour.png", width: 60, height: 40)
        let screen = try screen(
            of: "stty cols \(columns) && \"$PROGRAM\" inspect *.png > out", in: folder)
        let lines = screen.components(separatedBy: "\r\u{1B}[K")
        #expect(lines.dropFirst().first == line)
        #expect(lines.allSatisfy { $0.count < columns })
    }

    @Test func `a wide character takes two columns of the progress`() throws {
        let folder = try Scratch()
        let name = String(repeating: "\u{6E2F}", count: 9) + ".png"
        try folder.picture(name, width: 60, height: 40)
        let screen = try screen(
            of: "stty cols 30 && \"$PROGRAM\" inspect *.png > out", in: folder)
        #expect(screen.hasPrefix("\r\u{1B}[K" + String(repeating: "\u{6E2F}", count: 5) + "…"))
        #expect(screen.contains("\u{6E2F}\u{6E2F}.png: opening"))
    }

    @Test func `the sheet that is drawn is said`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 100, height: 100)
        let files = String(repeating: " a.png", count: 5)
        let screen = try screen(
            of: "\"$PROGRAM\" inspect --tiles s.png\(files) > out", in: folder)
        #expect(screen.contains("\r\u{1B}[Ks.png: drawing sheet 1\r"))
        #expect(screen.contains("\r\u{1B}[Ks.png: drawing sheet 2\r"))
    }

    @Test func `a message takes the place of the progress`() throws {
        let screen = try screen(of: "\"$PROGRAM\" inspect nowhere.png")
        let parts = screen.split(separator: "\u{1B}[K").map(String.init)
        #expect(parts.first == "\r")
        #expect(parts.last == "smolvlm: nowhere.png: there is no such file. Check the path.\r\n")
    }

    @Test func `nothing is waited for when no file is piped in`() throws {
        let screen = try screen(of: "\"$PROGRAM\" inspect - < /dev/tty")
        #expect(
            screen.hasSuffix(
                "smolvlm: - stands for standard input, but nothing is piped into it. Pipe a file "
                    + "into smolvlm, or name one.\r\n"))
    }
}
