#if os(Linux)
    import Foundation
    import JSON
    import Testing

    /// Ctrl-C is typed, so that the signal comes as it does in life.
    @Suite struct `Being stopped` {
        @Test func `an answer that is stopped stays, with a note and code 130`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            let console = try Console("exec \"$P\" ask \(model) 'What is it?'", in: folder)
            try console.see("reading the prompt: ")
            // The progress makes place for the answer.
            try console.see("\r\u{1B}[K")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.screen.count > 1)
            #expect(
                end.screen.hasSuffix(
                    "\r\nsmolvlm: stopped: cancelled. The answer is what there was of it.\r\n"))
            #expect(end.code == 130)
        }

        @Test func `in JSON it has its part of the text and its reason`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            let console = try Console(
                "exec \"$P\" ask --json \(model) 'What is it?' > out", in: folder)
            try console.see("reading the prompt: ")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(end.screen.contains("smolvlm: stopped: cancelled."))
            let json = try JSONValue(parsing: folder.text(of: "out"))
            #expect(json["stopped"]?.string == "cancelled")
            #expect(json["answer"]?.string != nil)
            #expect((json["tokens"]?["answer"]?.int ?? 30_000) < 30_000)
        }

        @Test func `a prompt that is being read is given up`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            try folder.file("long", holding: Data(String(repeating: "no ", count: 9000).utf8))
            let console = try Console(
                "exec \"$P\" ask --json \(model) \"$(cat long)\" > out", in: folder)
            try console.see("reading the prompt: ")
            console.type(Key.ctrlC)
            #expect(try console.end().code == 130)
            let json = try JSONValue(parsing: folder.text(of: "out"))
            #expect(json["stopped"]?.string == "cancelled")
            #expect(json["answer"]?.string == "")
            #expect((json["tokens"]?["prompt"]?.int ?? 0) > 5000)
        }

        @Test func `a decoder at work ends with everything it has started`() throws {
            let folder = try Scratch()
            try folder.endlessPDF("endless.pdf")
            let console = try Console(
                "exec \"$P\" ask --json -m '\(AskTests.model("patch16"))' endless.pdf 'What?' > out",
                in: folder)
            // The program, its decoder, and poppler's program under that.
            var below: [pid_t] = []
            #expect(
                CommandProcesses.eventually {
                    below = CommandProcesses.below(console.id)
                    return below.contains {
                        CommandProcesses.name(of: $0)?.hasPrefix("pdfto") == true
                    }
                })
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.code == 130)
            #expect(
                end.screen.hasSuffix(
                    "smolvlm: stopped: cancelled. There was nothing of the answer yet.\r\n"))
            #expect(
                try JSONValue(parsing: folder.text(of: "out"))["stopped"]?.string == "cancelled")
            #expect(below.count >= 2)
            #expect(CommandProcesses.eventually { below.allSatisfy { kill($0, 0) != 0 } })
        }

        @Test func `standard input that never ends is waited for no longer`() throws {
            let folder = try Scratch()
            let console = try Console(
                "mkfifo never && exec 3<>never && exec \"$P\" ask -m "
                    + "'\(AskTests.model("patch16"))' - 'What?' < never", in: folder)
            try console.see("-: opening")
            console.type(Key.ctrlC)
            let end = try console.end()
            #expect(end.screen.contains("smolvlm: stopped: cancelled."))
            #expect(end.code == 130)
        }

        @Test func `SIGTERM ends in good order as well, with code 143`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            let console = try Console("exec \"$P\" ask \(model) 'What is it?'", in: folder)
            try console.see("reading the prompt: ")
            kill(console.id, SIGTERM)
            let end = try console.end()
            #expect(end.screen.contains("smolvlm: stopped: cancelled."))
            #expect(end.code == 143)
        }

        @Test func `the second time ends at once`() throws {
            let folder = try Scratch()
            let model = try folder.endlessModel()
            let console = try Console("exec \"$P\" ask \(model) 'What is it?' > out", in: folder)
            try console.see("reading the prompt: ")
            // Stopped, it can do nothing between the two.
            kill(console.id, SIGSTOP)
            kill(console.id, SIGINT)
            kill(console.id, SIGTERM)
            kill(console.id, SIGCONT)
            let end = try console.end()
            #expect(end.code == 130 || end.code == 143)
            #expect(!end.screen.contains("stopped: cancelled."))
            // No progress is left on the terminal.
            #expect(end.screen.hasSuffix("\r\u{1B}[K"))
        }

        @Test func `what the parent ignores is ignored`() throws {
            let folder = try Scratch()
            let console = try Console(
                "trap '' INT; echo ready; exec \"$P\" ask -m '\(AskTests.model("text"))' 'What is it?'",
                in: folder)
            try console.see("ready")
            kill(console.id, SIGINT)
            #expect(try console.end().code == 0)
        }
    }

    /// The processes of this machine, as /proc shows them.
    enum CommandProcesses {
        private static func fields(of id: pid_t) -> (name: String, parent: pid_t)? {
            guard let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
                let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")")
            else { return nil }
            let rest = line[close...].dropFirst().split(separator: " ")
            guard rest.count > 1, let parent = pid_t(rest[1]) else { return nil }
            return (String(line[open..<close].dropFirst()), parent)
        }

        static func name(of id: pid_t) -> String? { fields(of: id)?.name }

        /// All that a process has started, and what these have.
        static func below(_ id: pid_t) -> [pid_t] {
            let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
                .compactMap { pid_t($0) }
            var found: [pid_t] = []
            var next = [id]
            while let parent = next.popLast() {
                let children = all.filter { fields(of: $0)?.parent == parent }
                found += children
                next += children
            }
            return found
        }

        /// Asks again and again, a bounded number of times, until it is so.
        static func eventually(_ isSo: () -> Bool) -> Bool {
            for _ in 0..<6000 {
                if isSo() { return true }
                _ = poll(nil, 0, 5)
            }
            return false
        }
    }
#endif
