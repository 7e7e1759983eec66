/// What the options of `chat` said.
struct ChatFlags: Equatable, Sendable {
    /// What `ask` is told as well.
    var ask = AskFlags()
    var keepsHistory = true

    static let options: [Option<ChatFlags>] =
        AskFlags.answering.map { $0.within(\.ask) } + [
            .flag(
                "no-history",
                "Neither calls back lines of earlier conversations nor keeps those of this one."
            ) { $0.keepsHistory = false }
        ] + AskFlags.files.map { $0.within(\.ask) }
}
