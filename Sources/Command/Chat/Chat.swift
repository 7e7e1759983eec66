internal import SmolVLM

/// `smolvlm chat`: a conversation, at a terminal or from a script.
enum Chat {
    static let command = Subcommand(
        "chat", summary: "has a conversation about files", operands: "[FILE...]",
        suggestions: .files, options: ChatFlags.options, arguments: ChatFlags(),
        paragraphs: [
            "Each line is a question, answered in the light of all that was said and shown before. "
                + "The files are shown with the first one. A line that ends in \\ goes on in the "
                + "next one.",
            "A line that begins with / is a command: "
                + ChatCommand.allCases.map { "\($0.synopsis) \($0.meaning)" }
                .joined(separator: "; ") + ". A line that begins with // is text that begins with "
                + "/.",
            "Ctrl-C ends an answer or clears the line, Ctrl-D ends the conversation, Tab completes "
                + "commands and names of files. Lines are kept in smolvlm/history in the folder "
                + "XDG_STATE_HOME, else in ~/.local/state.",
            "When standard input is no terminal, its lines are read as a script: without prompts, "
                + "the answers to standard output. The exit code is 1 when one of them failed.",
        ],
        examples: [
            .init(
                line: "smolvlm chat -m SmolVLM-256M-Instruct receipt.jpg",
                meaning: "Talks about a picture."),
            .init(
                line: "smolvlm chat -m SmolVLM-256M-Instruct receipt.jpg < questions.txt",
                meaning: "Answers a file of questions about it, one a line."),
        ],
        perform: run)

    private static func run(
        _ flags: ChatFlags, _ files: [String], _ terminal: inout Terminal
    ) throws(UsageError) -> ExitCode {
        try flags.ask.media.check(files: files)
        let options = try flags.ask.answerOptions()
        if files.contains("-") {
            throw .contradiction(
                first: "-", second: command.title,
                reason: "standard input is where the questions come from")
        }
        var flags = flags
        guard let path = flags.ask.chooseModel(&terminal) else { return .usage }
        Interrupt.watch()
        do throws(Refusal) {
            let settings = Answering.conversationOptions(flags.ask)
            let model = try Ask.refusing { () throws(ModelError) in
                try Model.load(
                    from: path, projector: flags.ask.projector, chatFormat: flags.ask.chatFormat,
                    adapters: flags.ask.adapters)
            }
            for warning in model.warnings { terminal.complain(warning) }
            let conversation = try Ask.refusing { () throws(ModelError) in
                try Conversation(with: model, options: settings)
            }
            var session = ChatSession(
                conversation, with: model, flags, options,
                input: ChatInput(keepsHistory: flags.keepsHistory, &terminal))
            return session.run(showing: files, &terminal)
        } catch {
            terminal.complain(error.sentence)
            return .someInputFailed
        }
    }
}
