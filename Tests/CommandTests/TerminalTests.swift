import Foundation
import Testing

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
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
