import Foundation
import Testing

@Suite struct `Help and what is derived from it` {
    static let commands = [
        "inspect", "ask", "chat", "cache", "quantize", "bench", "eval", "help", "version",
        "completions",
    ]

    /// The long options that the help of a command lists.
    private func options(of command: String) throws -> [String] {
        let help = try SmolVLMProgram.run([command, "--help"])
        #expect(help.code == 0)
        return help.output.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("  "), !line.hasPrefix("          ") else { return nil }
            guard let start = line.firstRange(of: "--"), line.prefix(6).contains("-") || true,
                line[..<start.lowerBound].allSatisfy({ " -,".contains($0) || $0.isLetter }),
                line[..<start.lowerBound].count <= 6
            else { return nil }
            let name = line[start.upperBound...].prefix { $0.isLetter || $0 == "-" }
            return "--\(name)"
        }
    }

    @Test func `version and help need nothing else`() throws {
        for words in [["--version"], ["-V"], ["version"]] {
            let run = try SmolVLMProgram.run(words, environment: ["PATH": "", "HOME": "/nowhere"])
            #expect(run.output == "smolvlm 0.1.0\n")
            #expect(run.messages == "")
            #expect(run.code == 0)
        }
        let help = try SmolVLMProgram.run(["--help"])
        #expect(help.code == 0)
        #expect(help.output.hasPrefix("smolvlm answers questions about pictures"))
        for command in Self.commands { #expect(help.output.contains("\n  \(command) ")) }
        #expect(try SmolVLMProgram.run(["help"]).output == help.output)
        #expect(try SmolVLMProgram.run(["-h"]).output == help.output)
    }

    @Test(arguments: commands)
    func `a command says the same of itself in every way`(command: String) throws {
        let help = try SmolVLMProgram.run(["help", command])
        #expect(help.code == 0)
        #expect(help.output.hasPrefix("smolvlm \(command): "))
        #expect(try SmolVLMProgram.run([command, "--help"]).output == help.output)
        #expect(try SmolVLMProgram.run([command, "-h"]).output == help.output)
    }

    @Test(arguments: [40, 80, 90, 200])
    func `help keeps to the width it is given`(width: Int) throws {
        let help = try SmolVLMProgram.run(
            ["help", "inspect"], environment: ["COLUMNS": "\(width)"])
        let prose = help.output.split(separator: "\n").filter { $0.hasPrefix("          ") }
        #expect(prose.count > 20)
        #expect(prose.allSatisfy { $0.count <= min(width, 90) })
    }

    @Test func `help in a pipe is plain text`() throws {
        let help = try SmolVLMProgram.run(["help", "inspect"], environment: ["TERM": "xterm"])
        #expect(!help.output.contains("\u{1B}"))
    }

    @Test func `inspect has an option for every part and every limit`() throws {
        let expected = [
            "--json", "--tiles", "--mmproj", "--model", "--no-split", "--longest-edge", "--help",
            "--pages",
            "--dpi", "--frames", "--fps", "--from", "--to", "--distinct", "--allow-damaged",
            "--max-pixels", "--max-side", "--max-aspect", "--max-allocation", "--decode-timeout",
            "--max-input", "--download-timeout", "--max-pages", "--max-pictures",
        ]
        #expect(try options(of: "inspect") == expected)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions know every command and option`(shell: String) throws {
        let script = try SmolVLMProgram.run(["completions", shell])
        #expect(script.code == 0)
        for command in Self.commands {
            #expect(script.output.contains(command))
            for option in try options(of: command) {
                let written = shell == "fish" ? "-l \(option.dropFirst(2))" : option
                #expect(script.output.contains(written), "\(option) of \(command)")
            }
        }
        // What is there of the three shells also checks the syntax.
        let program = URL(filePath: "/usr/bin/\(shell)")
        guard FileManager.default.isExecutableFile(atPath: program.path) else { return }
        let folder = try Scratch()
        let file = try folder.file("script", holding: Data(script.output.utf8))
        let check = try SmolVLMProgram.run(program, ["-n", file.path])
        #expect(check.messages == "")
        #expect(check.code == 0)
    }

    /// What is on the line, the word to complete last, and some of what is offered.
    static let completed: [(words: [String], offers: [String])] = [
        (["ins"], ["inspect"]),
        (["inspect", "--max-p"], ["--max-pages", "--max-pictures", "--max-pixels"]),
        (["inspect", "--model", "sm"], ["small"]),
        (["inspect", "--frames", ""], []),
        (["inspect", "a p"], ["a picture.png"]),
        (["completions", ""], ["bash", "fish", "zsh"]),
        (["help", "i"], ["inspect"]),
    ]

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash"), "no bash here"),
        arguments: completed)
    func `bash completes what is typed`(words: [String], offers: [String]) throws {
        let folder = try Scratch()
        try folder.file("a picture.png", holding: Data())
        try folder.file(
            "script", holding: Data(try SmolVLMProgram.run(["completions", "bash"]).output.utf8))
        let asked = """
            source ./script
            COMP_WORDS=(smolvlm "$@"); COMP_CWORD=$#; _smolvlm
            for offer in "${COMPREPLY[@]}"; do printf '%s\\n' "$offer"; done
            """
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/bash"), ["-c", asked, "bash"] + words, in: folder)
        #expect(run.messages == "")
        #expect(run.output.split(separator: "\n").map(String.init).sorted() == offers)
    }

    @Test func `the manual page has every option and pleases groff`() throws {
        let page = try SmolVLMProgram.run(["help", "--man"])
        #expect(page.output.hasPrefix(".TH SMOLVLM 1 "))
        for command in Self.commands {
            for option in try options(of: command) {
                let written = option.replacing("-", with: "\\-")
                #expect(page.output.contains(written), "\(option) of \(command)")
            }
        }
        let groff = URL(filePath: "/usr/bin/groff")
        guard FileManager.default.isExecutableFile(atPath: groff.path) else { return }
        let folder = try Scratch()
        let file = try folder.file("smolvlm.1", holding: Data(page.output.utf8))
        let run = try SmolVLMProgram.run(groff, ["-man", "-Tutf8", "-ww", "-z", file.path])
        #expect(run.messages == "")
        #expect(run.code == 0)
    }
}
