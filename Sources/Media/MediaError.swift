/// Why an input could not be used: what was wrong, where, and what to do next.
public enum MediaError: Error, Equatable, CustomStringConvertible {
    case notFound(name: String)
    case isDirectory(name: String)
    case isSpecialFile(name: String, what: String)
    case unreadable(name: String, reason: String)
    case empty(name: String)
    case unrecognised(name: String, looksLike: String)
    case damaged(name: String, detail: String)
    case corrupt(name: String, kind: MediaKind, detail: String)
    case unsupported(name: String, detail: String)
    case zeroSize(name: String)
    case tooManyPixels(name: String, width: Int, height: Int, limit: Int)
    case sideTooLong(name: String, width: Int, height: Int, limit: Int)
    case tooElongated(name: String, width: Int, height: Int, limit: Int)
    case allocationTooLarge(name: String, limit: Int)
    case tooSlow(name: String, limit: Double)
    case isTerminal(name: String)
    case badDataURL(name: String, detail: String)
    case inputTooLarge(name: String, limit: Int)
    case needsPassword(name: String)
    case noPages(name: String)
    case noSuchPage(name: String, page: Int, count: Int)
    case tooManyPages(name: String, count: Int, limit: Int)
    case absurdPage(name: String, page: Int, size: String)
    case toolMissing(name: String, tool: String, package: String)
    case crashed(name: String, how: String)
    case ranOutOfMemory(name: String, limit: Int)
    case brokenDecoder(name: String, detail: String)
    case decoderNotStarted(name: String, reason: String)
    case leadsToItself(name: String)
    case inputClosed(name: String)
    case unknownAddress(name: String)
    case notWanted(name: String)

    public var description: String {
        switch self {
        case .notFound(let name):
            "\(name): there is no such file. Check the path."
        case .isDirectory(let name):
            "\(name) is a folder without pictures. Name a file, or a folder that has some."
        case .isSpecialFile(let name, let what):
            "\(name) is \(what), not a file. Name a file, or use - to read from standard input."
        case .unreadable(let name, let reason):
            "\(name) cannot be read: \(reason). Check its permissions."
        case .empty(let name):
            "\(name) is empty. Get the file again."
        case .unrecognised(let name, let looksLike):
            "\(name) is no picture, PDF or video that smolvlm knows: it looks like \(looksLike). "
                + "Convert it to PNG, JPEG, PDF or MP4 first."
        case .damaged(let name, let detail):
            "\(name) is damaged: \(detail). Get the file again, or use what is left of it with "
                + "--allow-damaged."
        case .corrupt(let name, let kind, let detail):
            "\(name) is a broken \(kind.rawValue.uppercased()) file: \(detail). Get the file again."
        case .unsupported(let name, let detail):
            "\(name): \(detail)."
        case .zeroSize(let name):
            "\(name) has no pixels: its width or height is 0. Get the file again."
        case .tooManyPixels(let name, let width, let height, let limit):
            "\(name) has \(width) x \(height) pixels, more than the \(limit) allowed. Make it "
                + "smaller, or raise --max-pixels."
        case .sideTooLong(let name, let width, let height, let limit):
            "\(name) has \(width) x \(height) pixels; a side may have \(limit). Make it smaller, or "
                + "raise --max-side."
        case .tooElongated(let name, let width, let height, let limit):
            "\(name) has \(width) x \(height) pixels, more than \(limit) to 1. Cut it into pieces, "
                + "or raise --max-aspect."
        case .allocationTooLarge(let name, let limit):
            "\(name) needs more than \(MediaLimits.words(forBytes: limit)) at once to decode. "
                + "Make it smaller, or raise --max-allocation."
        case .tooSlow(let name, let limit):
            "\(name) took longer than \(limit) seconds to decode and was stopped. Make it smaller, "
                + "or raise --decode-timeout."
        case .isTerminal(let name):
            "\(name) stands for standard input, but nothing is piped into it. Pipe a file into "
                + "smolvlm, or name one."
        case .badDataURL(let name, let detail):
            "\(name) is no usable data: address: \(detail). Copy it again, or save the picture as a "
                + "file."
        case .inputTooLarge(let name, let limit):
            "\(name) brings more than \(MediaLimits.words(forBytes: limit)). Save it as a file and "
                + "name that, or raise --max-input."
        case .needsPassword(let name):
            "\(name) is encrypted and opens with a password only. Save a copy without one."
        case .noPages(let name):
            "\(name) is a PDF without pages. Get the file again."
        case .noSuchPage(let name, let page, let count):
            count == 1
                ? "\(name) has no page \(page): it has 1 page. Leave --pages out."
                : "\(name) has no page \(page): it has \(count). Ask for pages from 1 to \(count)."
        case .tooManyPages(let name, let count, let limit):
            "\(name): \(count) pages are more than the \(limit) allowed. Choose some with --pages, "
                + "or raise --max-pages."
        case .absurdPage(let name, let page, let size):
            "\(name) cannot be drawn: page \(page) measures \(size). Leave that page out with "
                + "--pages."
        case .toolMissing(let name, let tool, let package):
            "\(name) is a PDF, and the program \(tool) that draws its pages is not there. Install "
                + "the package \(package)."
        case .crashed(let name, let how):
            "\(name) made its decoder crash (\(how)). The file is broken or harmful: get it again, "
                + "or convert it to PNG, JPEG or MP4 first."
        case .ranOutOfMemory(let name, let limit):
            "\(name) needs more than the \(MediaLimits.words(forBytes: limit)) of memory that its "
                + "decoder may have. Make it smaller, or raise --max-allocation."
        case .brokenDecoder(let name, let detail):
            "\(name) got its decoder out of step (\(detail)). The file is broken or harmful: get it "
                + "again, or convert it to PNG, JPEG or MP4 first."
        case .decoderNotStarted(let name, let reason):
            "\(name) was not looked at, since its decoder process could not be started: \(reason)."
        case .leadsToItself(let name):
            "\(name) is a link that leads to itself. Name the file that it should lead to."
        case .inputClosed(let name):
            "\(name) stands for standard input, but that is closed. Pipe a file into smolvlm, or "
                + "name one."
        case .unknownAddress(let name):
            "\(name) is an address of a kind that is not understood: http, https and data "
                + "addresses are. Name a file by its path alone."
        case .notWanted(let name):
            "\(name) was not read to its end, since it was not wanted any more."
        }
    }
}
