import Foundation

/// The processes of this machine, as /proc shows them.
enum Processes {
    struct Seen {
        let id: pid_t
        let name: String
        let state: String
        let parent: pid_t
    }

    static var all: [Seen] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { entry in
            guard let id = pid_t(entry),
                let line = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
                let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")")
            else { return nil }
            let rest = line[close...].dropFirst().split(separator: " ")
            guard rest.count > 1, let parent = pid_t(rest[1]) else { return nil }
            return Seen(
                id: id, name: String(line[open..<close].dropFirst()), state: String(rest[0]),
                parent: parent)
        }
    }

    /// This process's own with a name, at most 15 letters long; also those that have ended and wait
    /// to be reaped.
    static func called(_ name: String) -> [Seen] {
        children(of: getpid()).filter { $0.name == name }
    }

    static func children(of parent: pid_t) -> [Seen] { all.filter { $0.parent == parent } }

    /// Asks again and again, a bounded number of times, until it is so.
    static func eventually(_ isSo: () -> Bool) -> Bool {
        for _ in 0..<3000 {
            if isSo() { return true }
            _ = poll(nil, 0, 5)
        }
        return false
    }
}
