import Foundation
import Hub
import Testing

private let ordinary = Fetch(
    byteLimit: 1 << 20, connectSeconds: 10, stallSeconds: 30, totalSeconds: nil, isOffline: false)

/// Fetches into a file without a name; what arrived and what was said about it.
private func fetch(
    _ address: String, with fetch: Fetch = ordinary,
    progress: (Fetch.Progress) -> Bool = { _ in true }
) throws -> (answer: Fetch.Answer, bytes: [UInt8]) {
    var name = Array("\(NSTemporaryDirectory())/smolvlm-fetch-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    defer { close(descriptor) }
    unlink(name)
    let answer = try fetch.get(address, into: descriptor, progress: progress)
    var bytes = [UInt8](repeating: 0, count: answer.byteCount + 1)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return (answer, Array(bytes.prefix(max(0, count))))
}

private func failure(
    of address: String, with: Fetch = ordinary, progress: (Fetch.Progress) -> Bool = { _ in true }
) -> HubError? {
    do {
        _ = try fetch(address, with: with, progress: progress)
        return nil
    } catch {
        return error as? HubError
    }
}

@Suite struct `Fetching an address` {
    @Test func `brings its bytes`() throws {
        let body = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        let server = try LoopbackServer(["/a.png": LoopbackServer.ok(body)])
        let (answer, bytes) = try fetch(server.address("/a.png"))
        #expect(bytes == body)
        #expect(answer.byteCount == body.count)
        #expect(answer.type == "image/png")
        #expect(answer.address == server.address("/a.png"))
        #expect(server.seen.first?.contains("User-Agent: smolvlm\r\n") == true)
    }

    @Test func `follows redirects`() throws {
        let server = try LoopbackServer([
            "/a": LoopbackServer.status(302, head: ["Location: /b"]),
            "/b": LoopbackServer.ok([1, 2, 3]),
        ])
        let (answer, bytes) = try fetch(server.address("/a"))
        #expect(bytes == [1, 2, 3])
        #expect(answer.address == server.address("/b"))
    }

    @Test(arguments: ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"])
    func `is never led to anything but http`(target: String) throws {
        let server = try LoopbackServer([
            "/a": LoopbackServer.status(302, head: ["Location: \(target)"])
        ])
        let address = server.address("/a")
        #expect(failure(of: address) == .badAddress(address: address))
        #expect(failure(of: target) == .badAddress(address: target))
    }

    @Test func `gives up redirects without end`() throws {
        let server = try LoopbackServer([
            "/a": LoopbackServer.status(302, head: ["Location: /a"])
        ])
        let address = server.address("/a")
        #expect(failure(of: address) == .tooManyRedirects(address: address))
        #expect(server.seen.count == 11)
    }

    @Test(arguments: [400, 401, 403, 404, 410, 429, 500, 503])
    func `names the status of an answer that is none`(status: Int) throws {
        let server = try LoopbackServer(["/a": LoopbackServer.status(status)])
        let address = server.address("/a")
        #expect(failure(of: address) == .status(address: address, status: status))
    }

    @Test func `stops at the limit, announced or not`() throws {
        var small = ordinary
        small.byteLimit = 1000
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        let server = try LoopbackServer([
            "/announced": LoopbackServer.ok(
                [UInt8](repeating: 1, count: 5000), head: ["Content-Length: 5000"]),
            "/endless": .stream(first: Array(head.utf8), then: [UInt8](repeating: 1, count: 700)),
            "/just": LoopbackServer.ok([UInt8](repeating: 1, count: 1000)),
        ])
        for path in ["/announced", "/endless"] {
            let address = server.address(path)
            #expect(failure(of: address, with: small) == .tooLarge(address: address, limit: 1000))
        }
        #expect(failure(of: server.address("/just"), with: small) == nil)
    }

    @Test func `gives up a server that says nothing`() throws {
        var hasty = ordinary
        hasty.totalSeconds = 0.3
        let server = try LoopbackServer(["/a": .silence])
        let address = server.address("/a")
        #expect(failure(of: address, with: hasty) == .tooSlow(address: address))
    }

    @Test func `notices an answer that ends early`() throws {
        let server = try LoopbackServer([
            "/cut": LoopbackServer.ok([1, 2, 3], head: ["Content-Length: 10"]),
            "/empty": LoopbackServer.ok([]),
            "/none": .bytes([]),
        ])
        let cut = server.address("/cut")
        let empty = server.address("/empty")
        let none = server.address("/none")
        #expect(failure(of: cut) == .cutOff(address: cut, byteCount: 3))
        #expect(failure(of: empty) == .empty(address: empty))
        #expect(failure(of: none) == .cutOff(address: none, byteCount: 0))
    }

    @Test func `says when nobody takes the connection`() throws {
        let port = try LoopbackServer([:]).port  // gone again after this line
        let address = "http://127.0.0.1:\(port)/"
        #expect(failure(of: address) == .noConnection(address: address, host: "127.0.0.1"))
    }

    @Test func `says when there is no such host`() {
        // A name of more letters than a name may have is never asked of the network.
        let host = String(repeating: "x", count: 64) + ".invalid"
        let address = "http://\(host)/a.png"
        #expect(failure(of: address) == .hostNotFound(address: address, host: host))
    }

    @Test func `trusts no connection that is not secure`() throws {
        let server = try LoopbackServer([:], greeting: Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let address = "https://127.0.0.1:\(server.port)/"
        guard case .notTrusted(address, "127.0.0.1", _) = failure(of: address) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `tells how far it is and can be stopped`() throws {
        let body = [UInt8](repeating: 1, count: 300_000)
        let server = try LoopbackServer([
            "/a": LoopbackServer.ok(body, head: ["Content-Length: 300000"])
        ])
        let address = server.address("/a")
        var last: Fetch.Progress?
        _ = try fetch(address) {
            last = $0
            return true
        }
        #expect(last?.received == 300_000)
        #expect(last?.total == 300_000)
        #expect(failure(of: address) { _ in false } == .stopped(address: address))
    }

    @Test func `stays offline when told to`() {
        var offline = ordinary
        offline.isOffline = true
        #expect(
            failure(of: "http://127.0.0.1/", with: offline)
                == .offline(address: "http://127.0.0.1/"))
    }

    @Test func `says when it cannot be kept`() throws {
        let server = try LoopbackServer(["/a": LoopbackServer.ok([1, 2, 3])])
        let address = server.address("/a")
        #expect(throws: HubError.notWritten(address: address, reason: "Bad file descriptor")) {
            try ordinary.get(address, into: -1) { _ in true }
        }
    }

    @Test(arguments: ["http://", "http://a b/", "https://\u{7}/", "", "http:/a"])
    func `refuses what is no address`(text: String) {
        let shown = text.replacing("\u{7}", with: "?")
        let error = failure(of: text)
        #expect(error == .badAddress(address: shown))
    }

    @Test func `never shows a password`() throws {
        let server = try LoopbackServer([:])
        #expect(
            failure(of: "http://me:secret@127.0.0.1:\(server.port)/a@b")
                == .status(address: "http://127.0.0.1:\(server.port)/a@b", status: 404))
    }
}
