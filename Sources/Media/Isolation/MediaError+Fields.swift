// A `MediaError` taken apart into a number, texts and numbers, and put together again under the name
// that the program knows its input by.

extension MediaError {
    struct Fields {
        var number: Int
        var texts: [String] = []
        var numbers: [Int] = []
        var amount = 0.0
    }

    var fields: Fields {
        switch self {
        case .notFound: Fields(number: 0)
        case .isDirectory: Fields(number: 1)
        case .isSpecialFile(_, let what): Fields(number: 2, texts: [what])
        case .unreadable(_, let reason): Fields(number: 3, texts: [reason])
        case .empty: Fields(number: 4)
        case .unrecognised(_, let looksLike): Fields(number: 5, texts: [looksLike])
        case .damaged(_, let detail): Fields(number: 6, texts: [detail])
        case .corrupt(_, let kind, let detail): Fields(number: 7, texts: [kind.rawValue, detail])
        case .unsupported(_, let detail): Fields(number: 8, texts: [detail])
        case .zeroSize: Fields(number: 9)
        case .tooManyPixels(_, let width, let height, let limit):
            Fields(number: 10, numbers: [width, height, limit])
        case .sideTooLong(_, let width, let height, let limit):
            Fields(number: 11, numbers: [width, height, limit])
        case .tooElongated(_, let width, let height, let limit):
            Fields(number: 12, numbers: [width, height, limit])
        case .allocationTooLarge(_, let limit): Fields(number: 13, numbers: [limit])
        case .tooSlow(_, let limit): Fields(number: 14, amount: limit)
        case .isTerminal: Fields(number: 15)
        case .badDataURL(_, let detail): Fields(number: 16, texts: [detail])
        case .inputTooLarge(_, let limit): Fields(number: 17, numbers: [limit])
        case .needsPassword: Fields(number: 18)
        case .noPages: Fields(number: 19)
        case .noSuchPage(_, let page, let count): Fields(number: 20, numbers: [page, count])
        case .tooManyPages(_, let count, let limit): Fields(number: 21, numbers: [count, limit])
        case .absurdPage(_, let page, let size): Fields(number: 22, texts: [size], numbers: [page])
        case .toolMissing(_, let tool, let package): Fields(number: 23, texts: [tool, package])
        case .crashed(_, let how): Fields(number: 24, texts: [how])
        case .ranOutOfMemory(_, let limit): Fields(number: 25, numbers: [limit])
        case .brokenDecoder(_, let detail): Fields(number: 26, texts: [detail])
        case .decoderNotStarted(_, let reason): Fields(number: 27, texts: [reason])
        case .leadsToItself: Fields(number: 28)
        case .inputClosed: Fields(number: 29)
        case .unknownAddress: Fields(number: 30)
        case .notWanted: Fields(number: 31)
        }
    }

    /// Nil when the fields are no error.
    init?(name: String, fields: Fields) {
        let texts = fields.texts
        let numbers = fields.numbers
        func text(_ index: Int) -> String { texts.indices.contains(index) ? texts[index] : "" }
        func number(_ index: Int) -> Int { numbers.indices.contains(index) ? numbers[index] : 0 }
        switch fields.number {
        case 0: self = .notFound(name: name)
        case 1: self = .isDirectory(name: name)
        case 2: self = .isSpecialFile(name: name, what: text(0))
        case 3: self = .unreadable(name: name, reason: text(0))
        case 4: self = .empty(name: name)
        case 5: self = .unrecognised(name: name, looksLike: text(0))
        case 6: self = .damaged(name: name, detail: text(0))
        case 7:
            guard let kind = MediaKind(rawValue: text(0)) else { return nil }
            self = .corrupt(name: name, kind: kind, detail: text(1))
        case 8: self = .unsupported(name: name, detail: text(0))
        case 9: self = .zeroSize(name: name)
        case 10:
            self = .tooManyPixels(
                name: name, width: number(0), height: number(1), limit: number(2))
        case 11:
            self = .sideTooLong(name: name, width: number(0), height: number(1), limit: number(2))
        case 12:
            self = .tooElongated(name: name, width: number(0), height: number(1), limit: number(2))
        case 13: self = .allocationTooLarge(name: name, limit: number(0))
        case 14: self = .tooSlow(name: name, limit: fields.amount)
        case 15: self = .isTerminal(name: name)
        case 16: self = .badDataURL(name: name, detail: text(0))
        case 17: self = .inputTooLarge(name: name, limit: number(0))
        case 18: self = .needsPassword(name: name)
        case 19: self = .noPages(name: name)
        case 20: self = .noSuchPage(name: name, page: number(0), count: number(1))
        case 21: self = .tooManyPages(name: name, count: number(0), limit: number(1))
        case 22: self = .absurdPage(name: name, page: number(0), size: text(0))
        case 23: self = .toolMissing(name: name, tool: text(0), package: text(1))
        case 24: self = .crashed(name: name, how: text(0))
        case 25: self = .ranOutOfMemory(name: name, limit: number(0))
        case 26: self = .brokenDecoder(name: name, detail: text(0))
        case 27: self = .decoderNotStarted(name: name, reason: text(0))
        case 28: self = .leadsToItself(name: name)
        case 29: self = .inputClosed(name: name)
        case 30: self = .unknownAddress(name: name)
        case 31: self = .notWanted(name: name)
        default: return nil
        }
    }
}
