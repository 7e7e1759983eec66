internal import CTerminal

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The wish of the user (Ctrl-C) or of the system (SIGTERM) that the program stop.
///
/// A command that can stop in good order watches for it and asks `isPending` between its steps. A
/// second such wish ends the program at once.
enum Interrupt {
    /// From now on the first wish is noted instead of ending the program.
    static func watch() { smv_interrupts_watch() }

    /// Whether the program was asked to stop.
    static var isPending: Bool { smv_interrupt() != 0 }

    /// Forgets that the program was asked to stop what it was doing.
    static func forget() { smv_interrupt_forget() }

    /// Whether not a person at the terminal, but the system wants the program to end.
    static var endsProgram: Bool { smv_interrupt() == SIGTERM }

    /// How a command that was stopped ends.
    static var exitCode: ExitCode { endsProgram ? .terminated : .interrupted }
}
