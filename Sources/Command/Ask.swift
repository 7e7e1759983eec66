internal import Media

/// `smolvlm ask`: answers a question about files.
enum Ask {
    static let command = Subcommand(
        "ask", summary: "answers a question about files",
        operands: "[FILE...] QUESTION", suggestions: .files, options: MediaFlags.options,
        arguments: MediaFlags(),
        paragraphs: [
            "The last operand is the question; the files before it are what it is about, in "
                + "their order. Files are what `smolvlm inspect` takes.",
            "This version prepares the files and finds what is wrong with them, but does not "
                + "answer yet.",
        ],
        examples: [
            .init(
                line: "smolvlm ask receipt.jpg \"What is the total?\"",
                meaning: "One picture, one question.")
        ],
        perform: run)

    private static func run(
        _ flags: MediaFlags, _ operands: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        try flags.check()
        return .done
    }
}
