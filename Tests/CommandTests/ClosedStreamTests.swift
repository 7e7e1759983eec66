import Foundation
import Testing

/// Streams that are closed when the program starts: what it opens itself must not take their place.
@Suite struct `Closed streams` {
    /// Runs a line of the shell, in which `$0` is the program and `$1` a model.
    private func run(_ line: String, model: String = "text") throws -> ProgramRun {
        try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            ["-c", line, SmolVLMProgram.binary.path, AskTests.model(model)])
    }

    @Test func `a question about closed standard input is refused`() throws {
        let run = try run("\"$0\" ask -m \"$1\" - x <&-", model: "patch16")
        #expect(
            run.messages
                == "smolvlm: - stands for standard input, but that is closed. Pipe a file into "
                + "smolvlm, or name one.\n")
        #expect(run.code == 1)
    }

    @Test func `a conversation ends where there are no lines`() throws {
        let run = try run("\"$0\" chat -m \"$1\" <&-")
        #expect(run.messages == "")
        #expect(run.code == 0)
    }

    @Test func `an answer that cannot be written is no success`() throws {
        let run = try run("\"$0\" ask -m \"$1\" --max-tokens 2 x <&- >&-")
        #expect(run.messages.contains("the output could not be written"))
        #expect(run.code == 1)
    }
}
