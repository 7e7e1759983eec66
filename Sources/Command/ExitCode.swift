/// What the program tells whoever started it.
enum ExitCode: Int32, Sendable {
    case done = 0
    /// Some input could not be used, or some output not written; the rest was done.
    case someInputFailed = 1
    /// The command line was not understood; nothing was done.
    case usage = 2
    /// Ctrl-C (SIGINT) ended it before it was done; the number is that of shells.
    case interrupted = 130
    /// SIGTERM ended it before it was done; the number is that of shells.
    case terminated = 143
}
