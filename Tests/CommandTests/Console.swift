import Foundation

/// The program at a terminal of its own, driven as a person would: by keys, and by looking at what
/// the terminal is sent.
final class Console {
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// How long nothing may come before a test is given up: no measure of anything.
    private static let silenceMilliseconds: Int32 = 60_000

    let id: pid_t
    private let terminal: Int32
    private var unread = ""
    private var isOver = false

    /// Starts a shell line in a folder, with the program's path in `$P` and the folder as home.
    init(_ line: String, in folder: Scratch, environment: [String: String] = [:]) throws {
        terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlock, number) = (Int32(0), Int32(-1))
        let (lockRequest, numberRequest) = (UInt(0x4004_5431), UInt(0x8004_5430))
        guard terminal >= 0, ioctl(terminal, lockRequest, &unlock) == 0,
            ioctl(terminal, numberRequest, &number) == 0
        else { throw Trouble(description: "there is no terminal to be had") }
        let name = "/dev/pts/\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for number in 0..<Int32(3) {
            posix_spawn_file_actions_addopen(&actions, number, name, O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGQUIT] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // A session of its own makes the terminal its own.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | newSession)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var variables = ProcessInfo.processInfo.environment
        for name in ["COLUMNS", "XDG_STATE_HOME", "LC_ALL", "LC_CTYPE", "NO_COLOR"] {
            variables[name] = nil
        }
        variables.merge([
            "P": SmolVLMProgram.binary.path, "HOME": folder.url.path, "TERM": "xterm",
            "LANG": "C.UTF-8", "SMOLVLM_CACHE": "/dev/null/none",
        ]) { $1 }
        variables.merge(environment) { $1 }
        let words = [
            "/bin/sh", "-c", "cd '\(folder.url.path)' && stty cols 100 rows 40 && \(line)",
        ]
        var started: pid_t = 0
        var arguments = words.map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let failure = posix_spawn(
            &started, words[0], &actions, &attributes, &arguments, &settings)
        for text in arguments + settings { free(text) }
        guard failure == 0 else { throw Trouble(description: "error \(failure) at the start") }
        id = started
    }

    deinit {
        if !isOver {
            kill(id, SIGKILL)
            var status: Int32 = 0
            waitpid(id, &status, 0)
        }
        close(terminal)
    }

    /// Types keys.
    func type(_ keys: String) {
        var bytes = Array(keys.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Reads until the terminal was sent a text; returns everything up to its end.
    @discardableResult
    func see(_ text: String) throws -> String {
        var looked = ""
        while true {
            if let found = unread.firstRange(of: text) {
                looked += unread[..<found.upperBound]
                unread = String(unread[found.upperBound...])
                return looked
            }
            guard try readMore() else {
                throw Trouble(description: "it ended without \(text); there was: \(unread)")
            }
        }
    }

    private var partial: [UInt8] = []

    /// Takes in what has come; false at the end.
    private func readMore() throws -> Bool {
        var request = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, Self.silenceMilliseconds) > 0 else {
            throw Trouble(description: "nothing came any more; there was: \(unread)")
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(terminal, &buffer, buffer.count)
        guard count > 0 else { return false }
        partial += buffer[..<count]
        // A character may come in two pieces.
        guard let text = String(validating: partial, as: UTF8.self) else { return true }
        unread += text
        partial = []
        return true
    }

    /// Waits for the end: what was sent until then, and the exit code as a shell has it.
    func end() throws -> (screen: String, code: Int32) {
        while try readMore() {}
        var status: Int32 = 0
        waitpid(id, &status, 0)
        isOver = true
        let signal = status & 0x7F
        return (unread, signal == 0 ? status >> 8 & 0xFF : 128 + signal)
    }
}

/// Keys that have no letters.
enum Key {
    static let ctrlC = "\u{3}", ctrlD = "\u{4}", tab = "\t", enter = "\r"
    /// Not a key, but what comes before the prompt of an edited line, when the terminal is ready.
    static let prompt = "\u{1B}[?2004h"
    static let up = "\u{1B}[A", left = "\u{1B}[D", backspace = "\u{7F}"
}

extension Scratch {
    /// A copy of a tiny model that answers without end: it has much in sight, and what would end an
    /// answer is not among the 40 likeliest tokens. Returns what is said to the program for that.
    func endlessModel() throws -> String {
        let files = FileManager.default
        let source = SmolVLMProgram.root.appending(path: "models/tiny/patch16")
        let copy = url.appending(path: "endless")
        try files.copyItem(at: source, to: copy)
        let config = copy.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try text.replacing(
            "\"max_position_embeddings\": 2048", with: "\"max_position_embeddings\": 32768"
        ).write(to: config, atomically: false, encoding: .utf8)
        let weights = copy.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: weights)
        let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        let header = try JSONSerialization.jsonObject(with: bytes[8..<8 + length])
        guard let head = (header as? [String: Any])?["lm_head.weight"] as? [String: Any],
            let shape = head["shape"] as? [Int], let place = head["data_offsets"] as? [Int]
        else { throw Console.Trouble(description: "the tiny model has another structure") }
        let rowBytes = (place[1] - place[0]) / shape[0]
        for id in [0, 1, 2] + Array(184..<192) {
            let start = 8 + length + place[0] + id * rowBytes
            bytes.replaceSubrange(
                start..<start + rowBytes, with: [UInt8](repeating: 0, count: rowBytes))
        }
        try bytes.write(to: weights)
        return "-m endless --temperature 1 --top-k 40 --seed 1 --max-tokens 30000"
    }

    /// A PDF that takes years to draw: each drawing calls the next ten times.
    @discardableResult
    func endlessPDF(_ name: String) throws -> URL {
        let names = (0..<15).map { "/X\($0) \(5 + $0) 0 R" }.joined(separator: " ")
        let resources = "/Resources << /XObject << \(names) >> >>"
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \(resources) >>",
            "<< /Length 6 >>\nstream\n/X0 Do\nendstream",
        ]
        for depth in 0..<15 {
            let content =
                depth == 14
                ? "0 0 m 612 792 l S" : String(repeating: "/X\(depth + 1) Do ", count: 10)
            objects.append(
                "<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] \(resources) /Length "
                    + "\(content.count) >>\nstream\n\(content)\nendstream")
        }
        var text = "%PDF-1.4\n"
        var places: [Int] = []
        for (index, object) in objects.enumerated() {
            places.append(text.utf8.count)
            text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = text.utf8.count
        text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for place in places {
            text += String(repeating: "0", count: 10 - "\(place)".count) + "\(place) 00000 n \n"
        }
        text += "trailer << /Root 1 0 R /Size \(objects.count + 1) >>\nstartxref\n\(start)\n%%EOF\n"
        return try file(name, holding: Data(text.utf8))
    }
}
