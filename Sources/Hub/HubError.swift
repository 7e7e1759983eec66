/// Why something could not be fetched: what was wrong, where, and what to do next.
package enum HubError: Error, Equatable, CustomStringConvertible {
    case offline(address: String)
    case noTransferLibrary(reason: String)
    case badAddress(address: String)
    case hostNotFound(address: String, host: String)
    case proxyNotFound(address: String)
    case noConnection(address: String, host: String)
    case notTrusted(address: String, host: String, reason: String)
    case tooManyRedirects(address: String)
    case status(address: String, status: Int)
    case tooLarge(address: String, limit: Int)
    case tooSlow(address: String)
    case tookTooLong(address: String, limit: Double)
    case cutOff(address: String, byteCount: Int)
    case notWritten(address: String, reason: String)
    case empty(address: String)
    case stopped(address: String)
    case failed(address: String, reason: String)

    package var description: String {
        switch self {
        case .offline(let address):
            "\(address) was not fetched, since smolvlm is set to stay offline. Name a file instead, "
                + "or go online."
        case .noTransferLibrary(let reason):
            "Nothing can be fetched: libcurl does not open (\(reason)). Install the package "
                + "libcurl4, or name a file."
        case .badAddress(let address):
            "\(address) is no address that can be fetched: it must lead to http:// or https://. "
                + "Check how it is written."
        case .hostNotFound(let address, let host):
            "\(address) cannot be fetched: there is no host called \(host), or no network. Check the "
                + "address and the connection."
        case .proxyNotFound(let address):
            "\(address) cannot be fetched: the proxy cannot be found. Check HTTP_PROXY and "
                + "HTTPS_PROXY."
        case .noConnection(let address, let host):
            "\(address) cannot be fetched: \(host) does not take the connection. Check the address, "
                + "or try again later."
        case .notTrusted(let address, let host, let reason):
            "\(address) was not fetched: the connection to \(host) is not secure (\(reason)). Check "
                + "the address and the certificates of this machine."
        case .tooManyRedirects(let address):
            "\(address) cannot be fetched: it leads from one address to the next without end. Check "
                + "the address."
        case .status(let address, let status):
            switch status {
            case 401, 403:
                "\(address) was refused by the server (\(status)): it wants to know who asks. Fetch "
                    + "it by other means and name the file."
            case 404, 410:
                "\(address) is not there: the server answers \(status). Check the address."
            case 429:
                "\(address) was refused by the server (429): it has been asked too often. Try again "
                    + "later."
            case 500...:
                "\(address) cannot be fetched: the server failed (\(status)). Try again later."
            default:
                "\(address) cannot be fetched: the server answers \(status). Check the address."
            }
        case .tooLarge(let address, let limit):
            "\(address) brings more than \(Self.words(forBytes: limit)). Fetch it by other means and name the file, "
                + "or raise --max-input."
        case .tooSlow(let address):
            "\(address) was given up: the server takes too long. Try again later."
        case .tookTooLong(let address, let limit):
            "\(address) took longer than \(limit) seconds to fetch and was given up. Fetch it by "
                + "other means and name the file, or raise --download-timeout."
        case .cutOff(let address, let byteCount):
            "\(address) was cut off after \(byteCount) bytes. Try again."
        case .notWritten(let address, let reason):
            "\(address) cannot be kept: \(reason). Make room, or set TMPDIR to a folder that has."
        case .empty(let address):
            "\(address) is empty. Check the address."
        case .stopped(let address):
            "\(address) was not fetched to its end: it was stopped."
        case .failed(let address, let reason):
            "\(address) cannot be fetched: \(reason). Check the address, or try again later."
        }
    }

    /// A limit in the largest unit of which it is a whole number, as help writes it.
    private static func words(forBytes count: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where count > 0 && count % (1 << shift) == 0 {
            return "\(count >> shift) \(unit)"
        }
        return count == 1 ? "1 byte" : "\(count) bytes"
    }
}
