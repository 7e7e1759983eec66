import Foundation
import Media
import Testing

@Suite struct `Decoding in a process of its own` {
    @Test func `gives the same pictures as decoding here`() throws {
        let input = try PDFBytes.two.input(named: "two.pdf")
        let apart = try Decoders.ordinary.delivery(of: input, options: MediaOptions())
        var here: [MediaItem] = []
        let description = try MediaDecoder.decode(input, options: MediaOptions()) {
            (item) throws(MediaError) in here.append(item)
        }
        #expect(apart.description == description)
        #expect(apart.items.count == 2)
        #expect(apart.items.map(\.place) == here.map(\.place))
        #expect(apart.items.map(\.image.rgb) == here.map(\.image.rgb))
        #expect(
            try Decoders.ordinary.description(of: input, options: MediaOptions()) == description)
    }

    @Test func `passes the caller's own error on and stops`() throws {
        let input = try PDFBytes.two.input(named: "two.pdf")
        var count = 0
        let thrown = error {
            _ = try Decoders.ordinary.decode(input, options: MediaOptions()) {
                (_) throws(MediaError) in
                count += 1
                throw .unsupported(name: "caller", detail: "enough")
            }
        }
        #expect(thrown == .unsupported(name: "caller", detail: "enough"))
        #expect(count == 1)
    }

    @Test(arguments: [
        (DecoderFault.crash, MediaError.crashed(name: "x.pdf", how: "segmentation fault")),
        (.leave, .brokenDecoder(name: "x.pdf", detail: "it ended without an answer")),
        (.babble, .brokenDecoder(name: "x.pdf", detail: "what it sent is no message")),
        (
            .exaggerate,
            .brokenDecoder(
                name: "x.pdf", detail: "it announced a picture of 1048576 x 1048576 pixels")
        ),
        (
            .cling,
            .brokenDecoder(name: "x.pdf", detail: "it kept a picture that it had handed over")
        ),
    ])
    func `turns a mishap into one sentence`(fault: DecoderFault, expected: MediaError) throws {
        let input = try PDFBytes.two.input(named: "x.pdf")
        let thrown = error {
            _ = try Decoders.provoking(fault).decode(input, options: MediaOptions()) {
                (_) throws(MediaError) in
            }
        }
        #expect(thrown == expected)
    }

    @Test(arguments: [DecoderFault.swell, .gulp])
    func `stops a decoder that takes too much memory`(fault: DecoderFault) throws {
        let input = try PDFBytes.two.input(named: "x.pdf")
        var options = MediaOptions()
        options.limits.maxAllocationBytes = 16 << 20
        options.limits.maxPixels = 1 << 20
        let thrown = error {
            _ = try Decoders.provoking(fault).description(of: input, options: options)
        }
        #expect(thrown == .ranOutOfMemory(name: "x.pdf", limit: (16 << 20) * 8 + (1 << 20) * 6))
    }

    @Test func `stops a decoder that takes too long`() throws {
        let input = try PDFBytes.two.input(named: "x.pdf")
        var options = MediaOptions()
        options.limits.maxSeconds = 0.3
        let thrown = error {
            _ = try Decoders.provoking(.hang).description(of: input, options: options)
        }
        #expect(thrown == .tooSlow(name: "x.pdf", limit: 0.3))
    }

    @Test func `says why it could not be started`() throws {
        let input = try PDFBytes.two.input(named: "x.pdf")
        let decoder = DecoderProcess(
            executable: "/nonexistent/smolvlm", arguments: [], isWanted: nil)
        let thrown = error { _ = try decoder.description(of: input, options: MediaOptions()) }
        #expect(
            thrown == .decoderNotStarted(name: "x.pdf", reason: "no such file or directory"))
    }

    #if os(Linux)
        @Test(arguments: [DecoderFault.confess, .confessStartingPrograms])
        func `leaves a decoder nothing but its input`(fault: DecoderFault) throws {
            let input = try PDFBytes(pages: []).input(named: "x")
            // What is not a PDF may start no program at all.
            let other = try MediaInput(name: "x", bytes: [1, 2, 3].span)
            let thrown = error {
                _ =
                    fault == .confess
                    ? try Decoders.provoking(fault).description(of: other, options: MediaOptions())
                    : try Decoders.provoking(fault).description(of: input, options: MediaOptions())
            }
            guard case .unsupported(_, let detail) = thrown else {
                Issue.record("\(String(describing: thrown))")
                return
            }
            let lines = detail.split(separator: "; ").map(String.init)
            #expect(lines.contains("socket: operation not permitted"))
            #expect(lines.contains("local socket: operation not permitted"))
            #expect(lines.contains("write: permission denied"))
            #expect(lines.contains("ptrace: operation not permitted"))
            #expect(lines.contains("read library: done"))
            if fault == .confess {
                #expect(lines.contains("fork: operation not permitted"))
                #expect(lines.contains("exec: operation not permitted"))
                #expect(lines.contains("signal: operation not permitted"))
            } else {
                #expect(lines.contains("exec: permission denied"))
            }
        }
    #endif
}
