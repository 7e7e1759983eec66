import Foundation
import Testing

@Suite struct `Command lines` {
    /// A line that is not understood, and the sentence about it.
    struct Mistake: CustomTestStringConvertible, Sendable {
        let words: [String]
        let sentence: String

        init(_ words: String..., says sentence: String) {
            self.words = words
            self.sentence = sentence
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    static let mistakes: [Mistake] = [
        .init(
            says: "say what to do, for example `smolvlm inspect photo.jpg`. `smolvlm help` lists "
                + "all commands."),
        .init("inspct", says: "`inspct` is no command. Did you mean `inspect`?"),
        .init("compl", says: "`compl` is no command. Did you mean `completions`?"),
        .init("dance", says: "`dance` is no command. `smolvlm help` lists them."),
        .init("help", "inspet", says: "`inspet` is no command. Did you mean `inspect`?"),
        .init(
            "photo.jpg",
            says: "`photo.jpg` is no command. To see what is in a file: `smolvlm inspect "
                + "photo.jpg`."),
        .init("--versoin", says: "`smolvlm` has no option --versoin. Did you mean --version?"),
        .init(
            "inspect", "--fram", "3", "a.mp4",
            says: "`smolvlm inspect` has no option --fram. Did you mean --frames?"),
        .init(
            "inspect", "--max-pixel=3",
            says: "`smolvlm inspect` has no option --max-pixel. Did you mean --max-pixels?"),
        .init(
            "inspect", "--nosplit",
            says: "`smolvlm inspect` has no option --nosplit. Did you mean --no-split?"),
        .init(
            "inspect", "--quality=3",
            says: "`smolvlm inspect` has no option --quality. `smolvlm inspect --help` lists them."),
        .init(
            "inspect", "-x",
            says: "`smolvlm inspect` has no option -x. `smolvlm inspect --help` lists them."),
        .init("inspect", "--frames", says: "--frames wants a value: --frames N."),
        .init("inspect", "--tiles", "--json", says: "--tiles wants a value: --tiles OUT.png."),
        .init(
            "inspect", "--tiles=",
            says: "--tiles wants the name of a file that ends in .png, not ``."),
        .init("inspect", "-m", says: "--model wants a value: --model MODEL."),
        .init("inspect", "--json=yes", says: "--json takes no value, but was given `yes`."),
        .init(
            "inspect",
            says: "`smolvlm inspect` wants a file to look at. `smolvlm inspect --help` says more."),
        .init(
            "inspect", "--",
            says: "`smolvlm inspect` wants a file to look at. `smolvlm inspect --help` says more."),
        .init("version", "3", says: "`smolvlm version` takes nothing, so `3` is one too many."),
        .init(
            "completions",
            says: "`smolvlm completions` wants the name of a shell: bash, zsh or fish. `smolvlm "
                + "completions --help` says more."),
        .init(
            "completions", "tcsh",
            says: "smolvlm completions wants bash, zsh or fish, not `tcsh`."),
        .init(
            "inspect", "--frames", "3", "--fps", "2", "a.mp4",
            says: "--frames and --fps cannot be used together: one says how many frames, the "
                + "other how many a second."),
        .init(
            "inspect", "--from", "1:30", "--to", "80", "a.mp4",
            says: "--from and --to cannot be used together: 1:20 is not after 1:30."),
        .init(
            "ask", says: "`smolvlm ask` wants a question. `smolvlm ask --help` says more."),
    ]

    @Test(arguments: mistakes)
    func `a mistake costs one sentence and exit code 2`(mistake: Mistake) throws {
        let run = try SmolVLMProgram.run(mistake.words)
        #expect(run.messages == "smolvlm: \(mistake.sentence)\n")
        #expect(run.output == "")
        #expect(run.code == 2)
    }

    /// An option, what it wants, and values that it refuses.
    static let refused: [(option: String, wants: String, values: [String])] = [
        ("--frames", "a whole number from 1 to 1000", ["abc", "0", "1001", "-5", "1.5", " 3", ""]),
        (
            "--longest-edge", "a whole number from 1 to 4096",
            ["4097", "0x10", "99999999999999999999"]
        ),
        ("--dpi", "a whole number from 10 to 1200", ["9", "1201", "high"]),
        ("--max-aspect", "a whole number from 1 to 1000000", ["0", "2:1"]),
        (
            "--fps", "a number from 0.01 to 1000, such as 2 or 0.5",
            ["0", "-1", "fast", "1e3", "nan"]
        ),
        (
            "--from", "a time such as 90, 1:30 or 1m30s",
            ["x", "1:60", "1:2:3:4", "1s1m", "-3", ":", "5d"]
        ),
        ("--to", "a time such as 90, 1:30 or 1m30s, and more than 0", ["0", "now"]),
        ("--decode-timeout", "a time such as 90, 1:30 or 1m30s, and more than 0", ["0", "never"]),
        ("--distinct", "a number from 0 to 1, such as 0.02", ["2", "much"]),
        (
            "--pages", "page numbers from 1 on, such as 1-3,7",
            ["0", "3-1", "1,,2", "a", "-", "1-2-3", "5--", "-5"]
        ),
        (
            "--max-pixels", "a number of pixels from 1 to 2000000000, such as 40M",
            ["0", "40Q", "3G", "many", "1.5"]
        ),
        ("--max-side", "a number of pixels from 1 to 1000000, such as 40M", ["0", "2M"]),
        ("--max-pages", "a whole number from 1 to 1000000", ["0", "all"]),
        ("--max-pictures", "a whole number from 1 to 100000", ["0", "-"]),
        (
            "--max-allocation", "a number of bytes from 1 MiB up, such as 256MiB",
            ["1k", "256MoB", "9999999999G"]
        ),
    ]

    @Test(arguments: refused.flatMap { row in row.values.map { (row.option, row.wants, $0) } })
    func `a value that makes no sense is named with what is wanted`(
        option: String, wants: String, value: String
    ) throws {
        let run = try SmolVLMProgram.run(["inspect", "\(option)=\(value)", "a.png"])
        #expect(run.messages == "smolvlm: \(option) wants \(wants), not `\(value)`.\n")
        #expect(run.code == 2)
    }

    /// Lines whose options are understood: what follows is that there is no such file.
    static let understood: [[String]] = [
        ["--frames", "12"], ["--frames=12"], ["--fps", "0.5"], ["--fps=29.97"],
        ["--from", "90", "--to", "1:31"], ["--from=1m30s", "--to=1h"], ["--to", "1:02:30.5"],
        ["--to=1500ms"], ["--distinct"], ["--distinct=0.1"],
        ["--pages", "1-3,7"], ["--pages", "1,5-"], ["--pages", "1", "--pages", "3"],
        ["--dpi", "150"],
        ["--max-pixels", "40M"], ["--max-pixels=40m"], ["--max-side", "20k"],
        ["--max-aspect", "20"],
        ["--max-allocation", "256MiB"], ["--max-allocation=1.5GiB"], ["--max-allocation", "300MB"],
        ["--decode-timeout", "2m30s"], ["--decode-timeout", "150"], ["--max-pages", "10"],
        ["--max-pictures", "100"], ["--longest-edge", "1024"], ["--no-split"], ["--allow-damaged"],
        ["--model", "small"], ["--model=large"], ["-m", "small"], ["-msmall"], ["-m=large"],
        ["--json", "--json"], ["--max-input", "2GiB"],
        ["--download-timeout", "10m"],
    ]

    @Test(arguments: understood)
    func `options are read in every usual way`(options: [String]) throws {
        let run = try SmolVLMProgram.run(["inspect"] + options + ["nowhere.png"])
        #expect(run.messages == "smolvlm: nowhere.png: there is no such file. Check the path.\n")
        #expect(run.code == 1)
    }

    @Test func `options may follow the files`() throws {
        let run = try SmolVLMProgram.run(["inspect", "nowhere.png", "--frames", "0"])
        #expect(run.code == 2)
    }

    @Test func `after two dashes every word is a file`() throws {
        let run = try SmolVLMProgram.run(["inspect", "--no-split", "--", "--json"])
        #expect(run.messages == "smolvlm: --json: there is no such file. Check the path.\n")
        #expect(run.code == 1)
    }

    @Test(arguments: ["--frames", "-m"])
    func `two dashes are no value`(option: String) throws {
        let run = try SmolVLMProgram.run(["inspect", option, "--", "a.png"])
        #expect(run.messages.contains("wants a value"))
        #expect(run.code == 2)
    }
}
