import Foundation

/// A web server of a few lines on the loopback interface: answers each connection with what the
/// path maps to and closes it.
final class LoopbackServer: @unchecked Sendable {  // never changed after `init`
    enum Answer: Sendable {
        /// These bytes, then the end of the connection.
        case bytes([UInt8])
        /// Nothing at all, until the client leaves.
        case silence
        /// These bytes again and again, until the client leaves.
        case stream(first: [UInt8], then: [UInt8])
    }

    let port: Int
    private let listener: Int32
    private let answers: [String: Answer]
    private let requests = Requests()

    /// The requests so far, each as its client wrote it.
    var seen: [String] { requests.all }

    private final class Requests: @unchecked Sendable {  // `lock` guards `texts`
        private let lock = NSLock()
        private var texts: [String] = []
        var all: [String] { lock.withLock { texts } }
        func add(_ text: String) { lock.withLock { texts.append(text) } }
    }

    struct NoPort: Error {}

    /// - Parameter greeting: what every client gets at once, whatever it says.
    init(_ answers: [String: Answer], greeting: [UInt8] = []) throws {
        // A client that leaves is an error of `write`, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        self.answers = answers
        #if canImport(Glibc)
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard bound else { throw NoPort() }
        port = Int(UInt16(bigEndian: address.sin_port))
        let requests = requests
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                if !greeting.isEmpty { _ = LoopbackServer.put(greeting, to: client) }
                Thread.detachNewThread {
                    LoopbackServer.serve(client, answers: answers, requests: requests)
                }
            }
        }
    }

    /// Ends the listening; `shutdown` wakes the thread that waits for clients.
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    func address(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// An answer with a head and a body.
    static func ok(_ body: [UInt8], head: [String] = []) -> Answer {
        let lines =
            ["HTTP/1.1 200 OK", "Connection: close", "Content-Type: image/png"] + head
        return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    static func status(_ number: Int, head: [String] = []) -> Answer {
        let lines = ["HTTP/1.1 \(number) X", "Connection: close", "Content-Length: 4"] + head
        return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\nbody").utf8))
    }

    private static func serve(_ client: Int32, answers: [String: Answer], requests: Requests) {
        defer { close(client) }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !text.contains("\r\n\r\n") {
            let got = read(client, &buffer, buffer.count)
            guard got > 0 else { return }
            text += String(decoding: buffer[..<got], as: UTF8.self)
        }
        requests.add(text)
        let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        switch answers[path] ?? status(404) {
        case .bytes(let bytes): _ = put(bytes, to: client)
        case .silence: _ = read(client, &buffer, buffer.count)
        case .stream(let first, let then):
            guard put(first, to: client) else { return }
            while put(then, to: client) {}
        }
        shutdown(client, Int32(SHUT_WR))
        while read(client, &buffer, buffer.count) > 0 {}
    }

    private static func put(_ bytes: [UInt8], to client: Int32) -> Bool {
        var place = 0
        while place < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(client, $0.baseAddress?.advanced(by: place), bytes.count - place)
            }
            guard count > 0 else { return false }
            place += count
        }
        return true
    }
}
