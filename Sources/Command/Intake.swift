internal import Hub
internal import Media

/// Brings in what was named on the command line: finds it, opens it, and decodes it in a process of
/// its own.
struct Intake: Sendable {
    /// The name under which the program starts itself again to decode one input.
    static let decoderCommand = "__decode"

    /// Seconds until a connection stands, and until one that brings next to nothing is given up.
    private static let connectSeconds = 15.0
    private static let stallSeconds = 30

    let options: MediaOptions
    private let decoder = DecoderProcess(
        executable: Intake.executable, arguments: [Intake.decoderCommand],
        isWanted: { !Interrupt.isPending })

    init(options: MediaOptions) {
        self.options = options
    }

    /// The inputs that an operand stands for: itself, or the pictures of a folder. What else a
    /// folder has that could be used is told.
    func sources(
        of operand: String, _ terminal: inout Terminal
    ) throws(Refusal) -> [InputSource] {
        guard !operand.isEmpty else {
            throw Refusal(
                "the name of a file is empty. Check the command line: a variable may have nothing in "
                    + "it.")
        }
        let list = try refusing { () throws(MediaError) in try InputList(of: operand) }
        if let note = list.note { terminal.complain("\(FileName.shown(operand)): \(note)") }
        return list.sources
    }

    /// Opens one input; what an address stands for is fetched first.
    func open(_ source: InputSource, _ terminal: inout Terminal) throws(Refusal) -> MediaInput {
        let limits = options.limits
        switch source {
        case .file(let path):
            return try refusing { () throws(MediaError) in try MediaInput(path: path) }
        case .standardInput:
            return try refusing { () throws(MediaError) in
                try MediaInput(
                    standardInput: source.name, limits: limits, source: 0,
                    isWanted: { !Interrupt.isPending })
            }
        case .data(let text):
            return try refusing { () throws(MediaError) in
                guard let address = DataURL(text) else { throw .notFound(name: source.name) }
                return try address.input(limits: limits)
            }
        case .address(let address):
            let spool = try refusing { () throws(MediaError) in
                try Spool(name: source.name, limit: limits.maxInputBytes)
            }
            try fetch(address, into: spool.descriptor, &terminal)
            do throws(MediaError) { return try spool.input() } catch { throw Refusal(error) }
        }
    }

    private func refusing<Result: ~Copyable>(
        _ body: () throws(MediaError) -> Result
    ) throws(Refusal) -> Result {
        do throws(MediaError) { return try body() } catch { throw Refusal(error) }
    }

    private func fetch(
        _ address: String, into descriptor: Int32, _ terminal: inout Terminal
    ) throws(Refusal) {
        let fetch = Fetch(
            byteLimit: options.limits.maxInputBytes, connectSeconds: Self.connectSeconds,
            stallSeconds: Self.stallSeconds,
            totalSeconds: options.limits.maxDownloadSeconds, isOffline: false)
        do throws(HubError) {
            _ = try fetch.get(address, into: descriptor) { progress in
                terminal.progress(
                    of: address,
                    Figures.bytes(progress.received)
                        + (progress.total.map { " of \(Figures.bytes($0))" } ?? ""))
                return !Interrupt.isPending
            }
        } catch {
            throw Refusal(error)
        }
    }

    /// Says what an input is, as far as its headers tell.
    func description(of input: borrowing MediaInput) throws(MediaError) -> MediaDescription {
        try decoder.description(of: input, options: options)
    }

    /// Decodes an input and hands over its pictures one at a time.
    func decode(
        _ input: borrowing MediaInput, deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        try decoder.decode(input, options: options, deliver: deliver)
    }

    /// This program, to be started again.
    private static var executable: String {
        #if os(Linux)
            "/proc/self/exe"
        #else
            CommandLine.arguments.first ?? ""
        #endif
    }
}
