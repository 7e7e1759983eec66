#if os(Linux)
    import Foundation
    import Media
    import Testing

    @Suite(.serialized) struct `Decoder processes` {
        @Test func `leave neither processes nor descriptors behind`() throws {
            let input = try PDFBytes.two.input(named: "x.pdf")
            try Decoders.with(name: "smv-test-leave", provoking: .leave) { decoder in
                for _ in 0..<150 {
                    let thrown = error {
                        _ = try decoder.description(of: input, options: MediaOptions())
                    }
                    #expect(
                        thrown
                            == .brokenDecoder(name: "x.pdf", detail: "it ended without an answer"))
                }
            }
            #expect(Processes.called("smv-test-leave").isEmpty)
            // The lowest number that is free: with a descriptor lost each time it would be high.
            let free = dup(0)
            close(free)
            #expect(free < 120)
        }

        @Test func `work fifty at a time`() throws {
            let bytes = PDFBytes.two.bytes
            var options = MediaOptions()
            options.pageLongestEdge = 64
            let settled = options
            let results = Results()
            let wanted = try Decoders.with(name: "smv-test-fifty") { decoder in
                let group = DispatchGroup()
                for _ in 0..<50 {
                    group.enter()
                    Thread.detachNewThread {
                        let result = Result {
                            try decoder.delivery(
                                of: MediaInput(name: "x.pdf", bytes: bytes.span),
                                options: settled)
                        }
                        results.add(result)
                        group.leave()
                    }
                }
                group.wait()
                return try decoder.delivery(
                    of: MediaInput(name: "x.pdf", bytes: bytes.span), options: settled)
            }
            let pictures = wanted.items.map(\.image.rgb)
            #expect(results.all.count == 50)
            for result in results.all {
                #expect(try result.get().items.map(\.image.rgb) == pictures)
            }
            #expect(Processes.called("smv-test-fifty").isEmpty)
        }

        private final class Results: @unchecked Sendable {  // `lock` guards `list`
            private let lock = NSLock()
            private var list: [Result<Delivery, any Error>] = []
            var all: [Result<Delivery, any Error>] { lock.withLock { list } }
            func add(_ result: Result<Delivery, any Error>) {
                lock.withLock { list.append(result) }
            }
        }

        @Test func `are gone when they are not wanted any more`() throws {
            let input = try PDFBytes.endless.input(named: "x.pdf")
            let asked = Asked()
            let thrown = try Decoders.with(name: "smv-test-unwant") { decoder in
                let unwanted = DecoderProcess(
                    executable: decoder.executable, arguments: decoder.arguments,
                    isWanted: { asked.count() < 5 })
                return error { _ = try unwanted.delivery(of: input, options: MediaOptions()) }
            }
            #expect(thrown == .notWanted(name: "x.pdf"))
            #expect(Processes.called("smv-test-unwant").isEmpty)
        }

        private final class Asked: @unchecked Sendable {  // `lock` guards `times`
            private let lock = NSLock()
            private var times = 0
            func count() -> Int {
                lock.withLock {
                    times += 1
                    return times
                }
            }
        }

        @Test func `are gone when time is up`() throws {
            let input = try PDFBytes.endless.input(named: "x.pdf")
            var options = MediaOptions()
            options.limits.maxSeconds = 0.5
            let thrown = try Decoders.with(name: "smv-test-slow") { decoder in
                error { _ = try decoder.delivery(of: input, options: options) }
            }
            #expect(thrown == .tooSlow(name: "x.pdf", limit: 0.5))
            #expect(Processes.called("smv-test-slow").isEmpty)
        }

        @Test func `cost one input when they are killed from outside`() throws {
            let pdf = PDFBytes(pages: Array(repeating: PDFBytes.Page(), count: 20))
            let input = try pdf.input(named: "x.pdf")
            var count = 0
            let thrown = try Decoders.with(name: "smv-test-kill") { decoder in
                error {
                    _ = try decoder.decode(input, options: MediaOptions()) {
                        (_) throws(MediaError) in
                        count += 1
                        for process in Processes.called("smv-test-kill") {
                            kill(process.id, SIGKILL)
                        }
                    }
                }
            }
            #expect(
                thrown
                    == .crashed(name: "x.pdf", how: "it was killed, perhaps for want of memory"))
            #expect((1...2).contains(count))
            #expect(Processes.called("smv-test-kill").isEmpty)
        }

        @Test func `confine the programs that draw pages`() throws {
            let pdf = PDFBytes(pages: Array(repeating: PDFBytes.Page(), count: 8))
            let input = try pdf.input(named: "x.pdf")
            var seen = 0
            _ = try PDFPages.decode(input, options: MediaOptions()) {
                (_) throws(MediaError) in
                guard seen == 0 else { return }
                for process in Processes.children(of: getpid()) where process.name == "pdftoppm" {
                    // Another test's may have ended meanwhile; the one that draws here waits.
                    guard let status = text(of: "/proc/\(process.id)/status"),
                        let limits = text(of: "/proc/\(process.id)/limits")
                    else { continue }
                    seen += 1
                    #expect(status.contains("Seccomp:\t2\n"))
                    #expect(status.contains("NoNewPrivs:\t1\n"))
                    #expect(status.contains("CapEff:\t0000000000000000\n"))
                    #expect(limits.contains(#/Max file size +0 +0 /#))
                    #expect(limits.contains(#/Max core file size +0 +0 /#))
                    #expect(limits.contains(#/Max address space +\d+ +\d+ /#))
                    #expect(limits.contains(#/Max cpu time +\d+ +\d+ /#))
                    #expect(limits.contains(#/Max open files +64 +64 /#))
                }
            }
            #expect(seen > 0)
        }

        private func text(of path: String) -> String? {
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            return text.flatMap { $0.isEmpty ? nil : $0 }
        }

        @Test func `die with the program that started them`() throws {
            let folder = NSTemporaryDirectory() + "/smolvlm-die-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let path = "\(folder)/endless.pdf"
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(PDFBytes.endless.bytes))
            let program = Process()
            program.executableURL = URL(fileURLWithPath: Decoders.program)
            program.arguments = ["inspect", path]
            program.standardOutput = FileHandle.nullDevice
            program.standardError = FileHandle.nullDevice
            try program.run()
            var family: [pid_t] = []
            let isAtWork = Processes.eventually {
                let decoders = Processes.children(of: program.processIdentifier)
                let tools = decoders.flatMap { Processes.children(of: $0.id) }
                    .filter { $0.name == "pdftotext" }
                family = (decoders + tools).map(\.id)
                return !tools.isEmpty
            }
            #expect(isAtWork)
            kill(program.processIdentifier, SIGKILL)
            program.waitUntilExit()
            // Those that nobody has reaped yet have ended all the same.
            let areGone = Processes.eventually {
                !Processes.all.contains { family.contains($0.id) && $0.state != "Z" }
            }
            #expect(areGone)
        }
    }
#endif
