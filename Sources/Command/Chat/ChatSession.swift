internal import Foundation
internal import Media
internal import SmolVLM

/// A conversation under way: reads lines, shows files, has questions answered.
struct ChatSession: ~Copyable {
    private let model: Model
    private let flags: ChatFlags
    private let options: AnswerOptions
    private let intake: AskIntake
    private let input: ChatInput
    private var conversation: Conversation
    private var transcript: Transcript
    /// Files shown since the last answer.
    private var shown: [String] = []
    private var shownPictureCount = 0
    private var hasFailed = false

    init(
        _ conversation: consuming Conversation, with model: Model, _ flags: ChatFlags,
        _ options: AnswerOptions, input: consuming ChatInput
    ) {
        self.conversation = conversation
        self.model = model
        self.flags = flags
        self.options = options
        self.input = input
        intake = AskIntake(model, flags.ask)
        transcript = Transcript(model: model.path, system: flags.ask.system)
    }

    /// Goes on until the lines end; the exit code tells how it went.
    mutating func run(showing files: [String], _ terminal: inout Terminal) -> ExitCode {
        greet(&terminal)
        for file in files {
            show(file, &terminal)
            if let code = endAfterInterrupt() { return code }
        }
        // Questions about files that are not there would be answered all the same.
        if hasFailed, !input.isInteractive { return .someInputFailed }
        while true {
            switch message() {
            case .text(let message):
                guard obey(ChatLine(message), &terminal) else { return exitCode }
                terminal.flush()
            case .tooLong:
                fail("that line is longer than a mebibyte. Say it in several.", &terminal)
            case .interrupted: break
            case .end: return exitCode
            }
            if let code = endAfterInterrupt() { return code }
        }
    }

    private var exitCode: ExitCode {
        hasFailed && !input.isInteractive ? .someInputFailed : .done
    }

    /// The exit code when the program was asked to stop; at a terminal Ctrl-C stops only what was
    /// being done.
    private func endAfterInterrupt() -> ExitCode? {
        guard Interrupt.isPending else { return nil }
        guard input.isInteractive, !Interrupt.endsProgram else { return Interrupt.exitCode }
        Interrupt.forget()
        return nil
    }

    private func greet(_ terminal: inout Terminal) {
        guard input.isInteractive else { return }
        if let notice = input.historyNotice { terminal.complain(notice) }
        terminal.complain("\(model.path) answers. /help lists the commands, Ctrl-D ends.")
    }

    /// A line, with those in which it goes on.
    private func message() -> ChatInput.Line {
        var begun: String?
        while true {
            let next = input.next(goesOn: begun != nil)
            guard case .text(let line) = next else {
                // What was begun when the lines ended is what was meant.
                if next == .end, let begun { return .text(begun) }
                return next
            }
            let whole = begun.map { "\($0)\n\(line)" } ?? line
            guard line.hasSuffix("\\"), ChatLine.goesOn(whole) else { return .text(whole) }
            begun = String(whole.dropLast())
        }
    }

    // MARK: Commands

    /// Does what a line says; false when it ends the conversation.
    private mutating func obey(_ line: ChatLine, _ terminal: inout Terminal) -> Bool {
        switch line {
        case .nothing: break
        case .question(let text): answer(FileName.shown(text), &terminal)
        case .command(.quit, _): return false
        case .command(.help, _): terminal.write(ChatCommand.overview)
        case .command(.reset, _):
            conversation.reset()
            transcript.removeAll()
            shown = []
            shownPictureCount = 0
            say("everything said and shown is forgotten.", &terminal)
        case .command(.image, let rest): showFiles(rest, &terminal)
        case .command(.save, let rest): save(rest, &terminal)
        case .commandAndMore(let command):
            fail(
                "\(command.name) is one line, and more came with it. Send it alone, then the rest.",
                &terminal)
        case .unknown(let name, let nearest):
            fail(
                "there is no command \(name). "
                    + (nearest.map { "Did you mean \($0)?" } ?? "/help lists them.")
                    + " To say something that begins with /, begin with //.", &terminal)
        }
        return true
    }

    /// Tells a person what has been done; a script knows.
    private func say(_ sentence: String, _ terminal: inout Terminal) {
        if input.isInteractive { terminal.complain(sentence) }
    }

    private mutating func fail(_ sentence: String, _ terminal: inout Terminal) {
        hasFailed = true
        terminal.complain(sentence)
    }

    /// The files that are named behind a command, or why none are.
    private func files(_ text: String, of command: ChatCommand) throws(Refusal) -> [String] {
        guard !text.isEmpty else {
            throw Refusal("\(command.name) wants a file: \(command.synopsis).")
        }
        // A name with blanks needs no quotes when it is meant alone and is there.
        if FileManager.default.fileExists(atPath: text) { return [text] }
        guard let files = ChatWords.files(in: text) else {
            throw Refusal("a quote in \(text) is not closed. Close it, or write \\ before it.")
        }
        return files
    }

    private mutating func showFiles(_ text: String, _ terminal: inout Terminal) {
        do throws(Refusal) {
            for file in try files(text, of: .image) where !Interrupt.isPending {
                show(file, &terminal)
            }
        } catch {
            fail(error.sentence, &terminal)
        }
    }

    private mutating func show(_ file: String, _ terminal: inout Terminal) {
        do throws(Refusal) {
            guard file != "-" else {
                throw Refusal(
                    "- stands for standard input, but that is where the questions come from. Name "
                        + "a file.")
            }
            shownPictureCount = try intake.add(
                [file], besides: shownPictureCount, to: &conversation, &terminal)
            shown.append(FileName.shown(file))
            say("\(FileName.shown(file)) is shown with the next question.", &terminal)
        } catch {
            fail(error.sentence, &terminal)
        }
    }

    private mutating func save(_ text: String, _ terminal: inout Terminal) {
        do throws(Refusal) {
            let files = try files(text, of: .save)
            guard files.count == 1, let file = files.first else {
                throw Refusal(
                    "/save wants one file, but \(text) names \(files.count). Put quotes around a "
                        + "name with blanks.")
            }
            try write(transcript.text(forFile: file), to: file)
            say("the conversation is in \(file).", &terminal)
        } catch {
            fail(error.sentence, &terminal)
        }
    }

    private func write(_ text: String, to file: String) throws(Refusal) {
        do {
            try Data(text.utf8).write(to: URL(filePath: file), options: .withoutOverwriting)
        } catch CocoaError.fileWriteFileExists {
            throw Refusal("\(file) is there already. Name another file, or remove that one first.")
        } catch CocoaError.fileNoSuchFile {
            throw Refusal("\(file) cannot be written: there is no such folder. Make it first.")
        } catch {
            throw Refusal("\(file) cannot be written. Check the permissions of its folder.")
        }
    }

    // MARK: Answers

    private mutating func answer(_ question: String, _ terminal: inout Terminal) {
        conversation.add(question)
        do throws(Refusal) {
            try MemoryBudget.check(conversation, answer: options, flags.ask)
            let answer = try Answering.answer(
                options, &conversation, flags.ask, showsText: true, &terminal)
            guard answer.stopped != .cancelled || !answer.tokenIDs.isEmpty else {
                conversation.takeBack(keepingFiles: true)
                return terminal.complain(
                    "stopped: cancelled. The question is taken back"
                        + (shown.isEmpty ? "." : "; its files are shown with the next one."))
            }
            terminal.write("\n")
            transcript.add(.init(files: shown, question: question, answer: answer))
            shown = []
            shownPictureCount = 0
            tell(of: answer, &terminal)
        } catch {
            conversation.takeBack(keepingFiles: false)
            shown = []
            shownPictureCount = 0
            fail(
                error.sentence + " What was said and shown since the last answer is taken back; "
                    + "/reset forgets everything.", &terminal)
        }
    }

    private func tell(of answer: Answer, _ terminal: inout Terminal) {
        if flags.ask.showsStatistics {
            terminal.complain(
                "prompt \(Figures.count(answer.promptTokenCount, "token")), of these "
                    + "\(answer.cachedTokenCount) known and \(answer.visionTokenCount) of pictures; "
                    + "pictures \(Figures.took(answer.visionTime.seconds)), prompt "
                    + "\(Figures.took(answer.promptTime.seconds)), answer "
                    + "\(Figures.took(answer.answerTime.seconds)) for "
                    + "\(Figures.count(answer.tokenIDs.count, "token")); stopped: "
                    + "\(answer.stopped.rawValue).")
        }
        if let note = AnswerReport.note(on: answer) {
            terminal.complain(
                note + (answer.stopped == .contextFull ? " /reset begins again." : ""))
        }
    }
}
