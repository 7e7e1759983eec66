internal import CTransfer

/// Gets what a web address stands for. Only http and https are spoken, also after redirects, and
/// certificates are always verified.
package struct Fetch: Sendable {
    /// Bytes that an answer may have.
    package var byteLimit: Int
    /// Seconds until the connection must stand.
    package var connectSeconds: Double
    /// Whole seconds after which a connection that brings nothing is given up.
    package var stallSeconds: Int
    /// Seconds for all of it; nil for as long as something arrives.
    package var totalSeconds: Double?
    /// Refuses to fetch anything.
    package var isOffline: Bool

    package init(
        byteLimit: Int, connectSeconds: Double, stallSeconds: Int, totalSeconds: Double?,
        isOffline: Bool
    ) {
        self.byteLimit = byteLimit
        self.connectSeconds = connectSeconds
        self.stallSeconds = stallSeconds
        self.totalSeconds = totalSeconds
        self.isOffline = isOffline
    }

    /// What came back.
    package struct Answer: Equatable, Sendable {
        package let byteCount: Int
        /// What the server says it is; nobody relies on it.
        package let type: String
        /// Where the redirects led.
        package let address: String
    }

    /// How far a transfer is; the total is nil while it is not known.
    package struct Progress: Equatable, Sendable {
        package let received: Int
        package let total: Int?
    }

    /// Writes what the address stands for to a descriptor, from its current place on.
    ///
    /// - Parameter progress: told now and then how far it is; false stops the transfer.
    package func get(
        _ address: String, into descriptor: Int32, progress: (Progress) -> Bool
    ) throws(HubError) -> Answer {
        let shown = Fetch.shown(address)
        guard !isOffline else { throw .offline(address: shown) }
        let start = address.lowercased()
        guard start.hasPrefix("http://") || start.hasPrefix("https://"),
            address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw .badAddress(address: shown) }
        var result = smv_transfer_result()
        withoutActuallyEscaping(progress) { progress in
            let watcher = Watcher(tell: progress)
            transfer(address, into: descriptor, watcher: watcher, result: &result)
        }
        let answer = Answer(
            byteCount: Int(result.byte_count), type: Fetch.text(&result.type),
            address: Fetch.text(&result.address))
        if let error = error(of: result, reason: Fetch.text(&result.reason), address: shown) {
            throw error
        }
        guard answer.byteCount > 0 else { throw .empty(address: shown) }
        return answer
    }

    /// What `progress` is called by on the C side.
    private final class Watcher {
        let tell: (Progress) -> Bool
        init(tell: @escaping (Progress) -> Bool) { self.tell = tell }
    }

    private func transfer(
        _ address: String, into descriptor: Int32, watcher: Watcher,
        result: inout smv_transfer_result
    ) {
        unsafe address.withCString { address in
            unsafe "smolvlm".withCString { agent in
                var request = unsafe smv_transfer_request()
                unsafe request.address = address
                unsafe request.user_agent = agent
                unsafe request.descriptor = descriptor
                unsafe request.byte_limit = Int64(byteLimit)
                unsafe request.connect_ms = Fetch.milliseconds(connectSeconds)
                unsafe request.stall_seconds = stallSeconds
                unsafe request.total_ms = totalSeconds.map(Fetch.milliseconds) ?? 0
                unsafe request.context = Unmanaged.passUnretained(watcher).toOpaque()
                unsafe request.progress = { context, received, total in
                    guard let context = unsafe context else { return 1 }
                    let watcher = unsafe Unmanaged<Watcher>.fromOpaque(context)
                        .takeUnretainedValue()
                    let progress = Progress(
                        received: Int(received), total: total < 0 ? nil : Int(total))
                    return watcher.tell(progress) ? 0 : 1
                }
                withExtendedLifetime(watcher) { unsafe smv_transfer(&request, &result) }
            }
        }
    }

    private func error(
        of result: smv_transfer_result, reason: String, address: String
    ) -> HubError? {
        let host = Fetch.host(of: address)
        switch result.failure {
        case SMV_TRANSFER_DONE: return nil
        case SMV_TRANSFER_NO_LIBRARY: return .noTransferLibrary(reason: reason)
        case SMV_TRANSFER_BAD_ADDRESS: return .badAddress(address: address)
        case SMV_TRANSFER_NO_HOST: return .hostNotFound(address: address, host: host)
        case SMV_TRANSFER_NO_PROXY: return .proxyNotFound(address: address)
        case SMV_TRANSFER_REFUSED: return .noConnection(address: address, host: host)
        case SMV_TRANSFER_TLS:
            return .notTrusted(address: address, host: host, reason: reason)
        case SMV_TRANSFER_TOO_MANY_TURNS: return .tooManyRedirects(address: address)
        case SMV_TRANSFER_STATUS: return .status(address: address, status: result.status)
        case SMV_TRANSFER_TOO_LARGE: return .tooLarge(address: address, limit: byteLimit)
        case SMV_TRANSFER_TOO_SLOW: return .tooSlow(address: address)
        case SMV_TRANSFER_CUT_OFF:
            return .cutOff(address: address, byteCount: Int(result.byte_count))
        case SMV_TRANSFER_NOT_WRITTEN: return .notWritten(address: address, reason: reason)
        case SMV_TRANSFER_STOPPED: return .stopped(address: address)
        default: return .failed(address: address, reason: reason)
        }
    }

    /// The host of an address as shown, without its port.
    private static func host(of address: String) -> String {
        let place = address.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            return String(place[...end])
        }
        return String(place.prefix { $0 != ":" && $0 != "?" && $0 != "#" })
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        Int(max(1, min(seconds, 1e6) * 1000))
    }

    /// The address as it may be shown: without the password it may hold.
    private static func shown(_ address: String) -> String {
        let parts = address.split(
            separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let at = parts[2].lastIndex(of: "@") else {
            return printable(address)
        }
        let host = parts[2][parts[2].index(after: at)...]
        return printable(([parts[0], parts[1], host] + parts.dropFirst(3)).joined(separator: "/"))
    }

    /// A text without the characters that a terminal would obey.
    private static func printable(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control ? "?" : Character(scalar)
            })
    }

    /// The text in an array of C characters.
    private static func text<Characters>(_ characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe printable(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
}
