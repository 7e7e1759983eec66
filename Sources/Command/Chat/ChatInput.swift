internal import CTerminal
internal import Media

/// Where the lines of a conversation come from: a terminal, where they are edited if that can be
/// done, or a script.
struct ChatInput: ~Copyable {
    /// What comes of asking for a line.
    enum Line: Equatable, Sendable {
        /// A text of `FileName`, without the end of the line.
        case text(String)
        case tooLong
        case interrupted
        case end
    }

    /// Whether a person is asked.
    let isInteractive: Bool
    private let isEdited: Bool
    /// Where prompts go; nil when nobody would see them.
    private let stream: Int32?

    init(keepsHistory: Bool, _ terminal: inout Terminal) {
        isInteractive = smv_stream_is_terminal(0) != 0
        stream =
            !isInteractive
            ? nil : terminal.isInteractive ? 1 : smv_stream_is_terminal(2) != 0 ? 2 : nil
        guard let stream else {
            isEdited = false
            return
        }
        let state = Int(smv_editor_open(stream, keepsHistory ? 1 : 0))
        isEdited = state == SMV_EDITOR_OPEN
        if state == SMV_EDITOR_NO_LIBRARY {
            terminal.complain(
                "lines cannot be edited or called back, since libedit is not installed. Install "
                    + "the package libedit2.")
        }
        guard isEdited else { return }
        smv_editor_complete_by {
            let left = Self.text { smv_editor_left_byte($0) }
            let completion = ChatCompletion(of: left)
            let width = max(Int(smv_stream_columns(1)), 40)
            for byte in FileName.bytes(of: completion.insertion) { smv_editor_insert_byte(byte) }
            for byte in completion.list(width: width).utf8 { smv_editor_show_byte(byte) }
        }
    }

    deinit { smv_editor_close() }

    /// What keeps lines from being called back in later conversations.
    var historyNotice: String? {
        let number = Int(smv_history_failure())
        // No home: there is no place for it.
        guard number != 0, number != 2 else { return nil }
        let reason =
            switch number {
            case 1, 13: "it may not be written"
            case 28: "there is no space left on the device"
            case 30: "its file system cannot be written to"
            default: "error \(number) of the system"
            }
        return "the history of lines is not kept: \(reason). --no-history does without."
    }

    /// Asks for the next line.
    ///
    /// - Parameter goesOn: whether it goes on with the line before.
    func next(goesOn: Bool) -> Line {
        let prompt =
            stream == nil ? SMV_PROMPT_NONE : goesOn ? SMV_PROMPT_FURTHER : SMV_PROMPT_FIRST
        let number = Int32(prompt)
        let found = isEdited ? smv_editor_read(number) : smv_line_read(stream ?? 1, number)
        switch Int(found) {
        case SMV_LINE_READ:
            let text = Self.text { smv_line_byte($0) }
            return .text(text.hasSuffix("\r") ? String(text.dropLast()) : text)
        case SMV_LINE_TOO_LONG: return .tooLong
        case SMV_LINE_INTERRUPTED: return .interrupted
        default: return .end
        }
    }

    private static func text(_ byte: (Int32) -> Int32) -> String {
        var bytes: [UInt8] = []
        while let next = UInt8(exactly: byte(Int32(bytes.count))) { bytes.append(next) }
        return FileName.text(of: bytes)
    }
}
