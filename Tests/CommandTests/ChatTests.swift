#if os(Linux)
    import Foundation
    import JSON
    import Testing

    /// `chat` at a terminal. What a tiny model says makes no sense, but is always the same.
    @Suite struct `A conversation at a terminal` {
        private static let model = "-m '\(AskTests.model("text"))' --max-tokens 12"

        private func chat(
            _ words: String = model, in folder: Scratch, environment: [String: String] = [:]
        ) throws -> Console {
            let console = try Console(
                "exec \"$P\" chat \(words)", in: folder, environment: environment)
            try console.see("/help lists the commands, Ctrl-D ends.\r\n")
            try console.see(Key.prompt)
            return console
        }

        /// Enters a line, and waits for the next prompt: what is typed before that is not edited.
        private func ask(
            _ question: String, _ console: Console, prompt: String = Key.prompt
        ) throws -> String {
            console.type(question + Key.enter)
            try console.see("\r\n")
            return try console.see(prompt)
        }

        /// What a script of lines is answered.
        private func script(_ lines: String, _ words: [String] = []) throws -> ProgramRun {
            try SmolVLMProgram.run(
                ["chat", "-m", AskTests.model("text"), "--max-tokens", "12"] + words,
                input: Data(lines.utf8))
        }

        @Test func `a question is answered as in a script, and Ctrl-D ends`() throws {
            let folder = try Scratch()
            let console = try chat(in: folder)
            let answer = try ask("What is it?", console)
            let wanted = try script("What is it?\n").output.replacing("\n", with: "\r\n")
            #expect(answer.contains(wanted))
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
        }

        @Test func `lines are edited by the character, also those of many bytes`() throws {
            let folder = try Scratch()
            let console = try chat(in: folder)
            // Each of these is removed, or moved over, whole.
            console.type(
                "Un caf\u{E9}\u{1F600}x" + Key.left + Key.backspace + "\u{4E2D}" + Key.enter)
            try console.see(Key.prompt)
            #expect(try ask("/save a.json", console).contains("the conversation is in a.json."))
            console.type("/quit" + Key.enter)
            #expect(try console.end().code == 0)
            let json = try JSONValue(parsing: folder.text(of: "a.json"))
            let first = json["turns"]?.elements.first { _ in true }
            #expect(first?["text"]?.string == "Un caf\u{E9}\u{4E2D}x")
            #expect(
                try folder.text(of: ".local/state/smolvlm/history")
                    == "Un caf\u{E9}\u{4E2D}x\n/save a.json\n/quit\n")
        }

        @Test func `a locale without UTF-8 changes nothing`() throws {
            let folder = try Scratch()
            let console = try chat(in: folder, environment: ["LANG": "C"])
            console.type("\u{E9}\u{1F600}")
            try console.see("\u{E9}\u{1F600}")
            console.type(Key.backspace + Key.enter)
            try console.see(Key.prompt)
            console.type(Key.ctrlD)
            _ = try console.end()
            #expect(try folder.text(of: ".local/state/smolvlm/history") == "\u{E9}\n")
        }

        @Test func `lines of earlier conversations are called back`() throws {
            let folder = try Scratch()
            let state = ["XDG_STATE_HOME": folder.url.appending(path: "state").path]
            let first = try chat(in: folder, environment: state)
            _ = try ask("The \u{E9}arlier line", first)
            first.type(Key.ctrlD)
            _ = try first.end()
            let second = try chat(in: folder, environment: state)
            second.type(Key.up)
            try second.see("The \u{E9}arlier line")
            second.type(Key.ctrlC)
            try second.see("^C")
            try second.see(Key.prompt)
            second.type(Key.ctrlD)
            #expect(try second.end().code == 0)
            let file = folder.url.appending(path: "state/smolvlm/history")
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
        }

        @Test func `without history nothing is kept and nothing called back`() throws {
            let folder = try Scratch()
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: ".local/state/smolvlm"),
                withIntermediateDirectories: true)
            try folder.file(".local/state/smolvlm/history", holding: Data("Before\n".utf8))
            let console = try chat(Self.model + " --no-history", in: folder)
            console.type(Key.up + "x" + Key.enter)
            let seen = try console.see(Key.prompt)
            #expect(!seen.contains("Before"))
            console.type(Key.ctrlD)
            _ = try console.end()
            #expect(try folder.text(of: ".local/state/smolvlm/history") == "Before\n")
        }

        @Test func `the history stays small and keeps its newest lines`() throws {
            let folder = try Scratch()
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: ".local/state/smolvlm"),
                withIntermediateDirectories: true)
            let old = (0..<40_000).map { "old \($0)\n" }.joined()
            try folder.file(".local/state/smolvlm/history", holding: Data(old.utf8))
            let console = try chat(in: folder)
            console.type(Key.up)
            try console.see("old 39999")
            console.type(Key.ctrlC)
            try console.see(Key.prompt)
            #expect(try ask("/help", console).contains("ends the conversation."))
            console.type(Key.ctrlD)
            _ = try console.end()
            let kept = try folder.text(of: ".local/state/smolvlm/history")
            #expect(kept.utf8.count < 140_000)
            #expect(kept.hasPrefix("old "))
            #expect(kept.hasSuffix("\nold 39999\n/help\n"))
        }

        @Test func `several conversations keep all their lines`() throws {
            let folder = try Scratch()
            let consoles = try (0..<4).map { _ in try chat(in: folder) }
            for turn in 0..<5 {
                for (place, console) in consoles.enumerated() {
                    console.type("/x line \(turn) of \(place)" + Key.enter)
                }
                for console in consoles { try console.see(Key.prompt) }
            }
            for console in consoles {
                console.type(Key.ctrlD)
                _ = try console.end()
            }
            let lines = try folder.text(of: ".local/state/smolvlm/history").split(separator: "\n")
            #expect(lines.count == 20)
            #expect(Set(lines).count == 20)
            #expect(lines.allSatisfy { $0.hasPrefix("/x line ") })
        }

        @Test func `a history that cannot be kept costs one sentence`() throws {
            let folder = try Scratch()
            try folder.file("state", holding: Data())
            let console = try Console(
                "exec \"$P\" chat \(Self.model)", in: folder,
                environment: ["XDG_STATE_HOME": folder.url.appending(path: "state").path])
            try console.see(
                "smolvlm: the history of lines is not kept: error 20 of the system. --no-history does "
                    + "without.\r\n")
            try console.see(Key.prompt)
            _ = try ask("What is it?", console)
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
        }

        @Test func `Ctrl-C clears a line, or stops an answer, and the conversation goes on`() throws
        {
            let folder = try Scratch()
            let console = try chat(try folder.endlessModel(), in: folder)
            console.type("never sent" + Key.ctrlC)
            try console.see("^C")
            try console.see(Key.prompt)
            console.type("What is it?" + Key.enter)
            try console.see("reading the prompt: ")
            try console.see("\r\u{1B}[K")
            console.type(Key.ctrlC)
            try console.see("smolvlm: stopped: cancelled.")
            try console.see(Key.prompt)
            #expect(try ask("/save a.json", console).contains("the conversation is in a.json."))
            console.type("Again?" + Key.enter)
            try console.see("reading the prompt: ")
            // The second time, while an answer is made, ends all; first it must be under way.
            try console.see("\r\u{1B}[K")
            kill(console.id, SIGTERM)
            #expect(try console.end().code == 143)
            let json = try JSONValue(parsing: folder.text(of: "a.json"))
            #expect(json["turns"]?.elements.first { _ in true }?["text"]?.string == "What is it?")
        }

        @Test func `SIGTERM at the prompt leaves the terminal as it was`() throws {
            let folder = try Scratch()
            let console = try Console(
                "before=$(stty -g); \"$P\" chat \(Self.model); code=$?; "
                    + "[ \"$before\" = \"$(stty -g)\" ] && echo same $code", in: folder)
            try console.see(Key.prompt)
            kill(try #require(CommandProcesses.below(console.id).first), SIGTERM)
            try console.see("same 143")
            _ = try console.end()
        }

        @Test func `what is pasted is one message, whatever lines it has`() throws {
            let folder = try Scratch()
            let console = try chat(in: folder)
            console.type("Sum: \u{1B}[200~1\r2 caf\u{E9}\r\u{1B}[20\u{7}3\u{1B}[201~!" + Key.enter)
            try console.see(Key.prompt)
            #expect(try ask("/save a.json", console).contains("the conversation is in a.json."))
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
            let first = try JSONValue(parsing: folder.text(of: "a.json"))["turns"]?.elements
                .first { _ in true }
            #expect(first?["text"]?.string == "Sum: 1\n2 caf\u{E9}\n[203!")
            #expect(
                try folder.text(of: ".local/state/smolvlm/history")
                    == "Sum: 1 2 caf\u{E9} [203!\n/save a.json\n")
        }

        @Test func `Ctrl-C ends a script altogether`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            try folder.file("lines", holding: Data("What is it?\n/save a.json\n".utf8))
            let console = try Console("exec \"$P\" chat \(model) < lines > out", in: folder)
            try console.see("reading the prompt: ")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(end.screen.contains("smolvlm: stopped: cancelled."))
            #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/a.json"))
        }

        @Test func `tab completes commands and names of files`() throws {
            let folder = try Scratch()
            try folder.picture("a big picture.png", width: 40, height: 30)
            try folder.picture("a big plan.png", width: 40, height: 30)
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: "other"), withIntermediateDirectories: true)
            let console = try chat(
                "-m '\(AskTests.model("patch16"))' --max-tokens 12", in: folder)
            console.type("/im" + Key.tab)
            try console.see("age ")
            console.type("a" + Key.tab)
            try console.see("\\ big\\ p")
            console.type(Key.tab)
            try console.see("\r\na big picture.png  a big plan.png\r\n")
            console.type("i" + Key.tab + Key.enter)
            try console.see("a big picture.png is shown with the next question.")
            try console.see(Key.prompt)
            console.type("/image \"a big pl" + Key.tab + Key.enter)
            try console.see("a big plan.png is shown with the next question.")
            try console.see(Key.prompt)
            console.type("/image o" + Key.tab)
            try console.see("ther/")
            console.type(Key.ctrlC)
            try console.see(Key.prompt)
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
        }

        @Test func `without libedit lines are read as they come, after one notice`() throws {
            let folder = try Scratch()
            // What is found first under the library's name is no library.
            try folder.file("libedit.so.2", holding: Data("nothing".utf8))
            let console = try Console(
                "exec \"$P\" chat \(Self.model)", in: folder,
                environment: ["LD_LIBRARY_PATH": folder.url.path])
            try console.see(
                "smolvlm: lines cannot be edited or called back, since libedit is not installed. "
                    + "Install the package libedit2.\r\n")
            try console.see("> ")
            _ = try ask("What is it?", console, prompt: "> ")
            console.type(Key.ctrlC)
            try console.see("> ")
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
        }

        @Test func `a plain terminal gets no editing and no notice`() throws {
            let folder = try Scratch()
            let console = try Console(
                "exec \"$P\" chat \(Self.model)", in: folder, environment: ["TERM": "dumb"])
            #expect(!(try console.see("> ")).contains("libedit"))
            _ = try ask("What is it?", console, prompt: "> ")
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
        }

        @Test func `answers go to a file while the person is asked on the terminal`() throws {
            let folder = try Scratch()
            let console = try Console("exec \"$P\" chat \(Self.model) > out", in: folder)
            try console.see(Key.prompt)
            console.type("What is it?" + Key.enter)
            try console.see(Key.prompt)
            console.type(Key.ctrlD)
            #expect(try console.end().code == 0)
            #expect(try folder.text(of: "out") == script("What is it?\n").output)
        }
    }
#endif
