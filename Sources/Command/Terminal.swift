internal import CTerminal

/// Where the program writes: answers to standard output, everything else to standard error.
///
/// On a terminal one line of progress may stand at the bottom of standard error; whatever is
/// written takes its place.
struct Terminal {
    private static let output: Int32 = 1
    private static let messages: Int32 = 2

    /// Whether a person reads the answers.
    let isInteractive: Bool
    /// Whether answers may use bold.
    let hasColour: Bool
    /// Characters in a line of answers.
    let width: Int
    /// Whether a line of progress is welcome.
    let showsProgress: Bool
    private let messageWidth: Int
    private let messagesHaveColour: Bool
    private var isInThought = false
    private var progressIsShown = false
    private var lastProgress: ContinuousClock.Instant?

    init() {
        smv_streams_start()
        isInteractive = smv_stream_is_terminal(Self.output) != 0
        hasColour = smv_stream_has_colour(Self.output) != 0
        width = max(Self.columns(Self.output), 40)
        showsProgress = smv_stream_is_terminal(Self.messages) != 0
        messageWidth = Self.columns(Self.messages)
        messagesHaveColour = smv_stream_has_colour(Self.messages) != 0
    }

    /// Writes an answer.
    mutating func write(_ text: String) {
        endThought()
        clearProgress()
        put(text, to: Self.output)
    }

    /// Writes a piece of an answer that is still being made, at once: a person or a program may read
    /// along. A control character in it cannot act on a terminal.
    mutating func writeAlong(_ piece: String) {
        write(isInteractive ? Self.printableLines(piece) : piece)
        _ = smv_stream_flush(Self.output)
    }

    /// Shows a piece of what a model thinks before it answers, apart from the answer: dim, on
    /// standard error, and only if a person is there to see it.
    mutating func writeThought(_ piece: String) {
        guard showsProgress else { return }
        clearProgress()
        if !isInThought { _ = smv_stream_flush(Self.output) }
        let opening = messagesHaveColour ? "\u{1B}[2m" : isInThought ? "" : "thinking: "
        isInThought = true
        let closing = messagesHaveColour ? "\u{1B}[0m" : ""
        put(opening + Self.printableLines(piece) + closing, to: Self.messages)
        _ = smv_stream_flush(Self.messages)
    }

    /// Sets what follows apart from a thought, if there was one.
    mutating func endThought() {
        guard isInThought else { return }
        isInThought = false
        put("\n\n", to: Self.messages)
        _ = smv_stream_flush(Self.messages)
    }

    /// Says on standard error what is wrong, in one line that begins with the program's name.
    mutating func complain(_ sentence: String) {
        endThought()
        clearProgress()
        _ = smv_stream_flush(Self.output)
        put("smolvlm: \(Self.printable(sentence))\n", to: Self.messages)
        _ = smv_stream_flush(Self.messages)
    }

    /// Shows how far things are, if a person is there to see it; at most ten times a second.
    mutating func progress(of name: String, _ figures: @autoclosure () -> String) {
        guard showsProgress else { return }
        if progressIsShown, let lastProgress,
            ContinuousClock.now - lastProgress < .milliseconds(100)
        {
            return
        }
        begin(name, figures())
    }

    /// Shows what is done now, if a person is there to see it.
    mutating func begin(_ name: String, _ figures: String) {
        guard showsProgress else { return }
        lastProgress = .now
        _ = smv_stream_flush(Self.output)
        // In the last column some terminals begin the next line.
        let line = ProgressLine.text(
            name: Self.printable(name), figures: figures, columns: messageWidth - 1)
        smv_progress_stands(1)
        put("\r\u{1B}[K\(line)", to: Self.messages)
        _ = smv_stream_flush(Self.messages)
        progressIsShown = true
    }

    /// Takes the line of progress away.
    mutating func clearProgress() {
        guard progressIsShown else { return }
        progressIsShown = false
        put("\r\u{1B}[K", to: Self.messages)
        _ = smv_stream_flush(Self.messages)
        smv_progress_stands(0)
    }

    /// Hands over what has been written so far.
    mutating func flush() { _ = smv_stream_flush(Self.output) }

    /// Hands everything over. Returns what kept standard output from being written, if anything.
    mutating func finish() -> String? {
        clearProgress()
        switch smv_stream_flush(Self.output) {
        case 0: return nil
        case 28: return "there is no space left on the device"
        case let code: return "error \(code) of the system"
        }
    }

    /// A heading, bold where that is welcome.
    func heading(_ text: String) -> String {
        hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    /// A text in which a control character, as a file name may hold, cannot act on the terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func printableLines(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { printable(String($0)) }.joined(separator: "\n")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    private static func columns(_ stream: Int32) -> Int {
        let known = Int(smv_stream_columns(stream))
        return known == 0 ? 80 : known
    }

    private func put(_ text: String, to stream: Int32) {
        for byte in text.utf8 { smv_stream_put(stream, byte) }
    }
}
