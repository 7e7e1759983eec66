/// What the program tells whoever started it.
enum ExitCode: Int32, Sendable {
    case done = 0
    /// Some input could not be used, or some output not written; the rest was done.
    case someInputFailed = 1
    /// The command line was not understood; nothing was done.
    case usage = 2
}
