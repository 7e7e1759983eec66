import Foundation
import JSON

/// The 20,000 lines of mixed text that `Tests/Golden/record_tokenizer.py` encodes: line n follows
/// from n and the tables in `lines.json` alone, there as here.
struct GeneratedLines: Sendable {
    let lines: [String]
    let blockSize: Int
    /// One hash a block of the bytes of the lines themselves.
    let recordedHashes: String
    let longTexts: [String]

    /// Made once for all tests.
    static let all = Result { try GeneratedLines() }

    private init() throws {
        let json = try Golden.json("lines.json")
        let tables = Tables(json)
        blockSize = json["block"]?.int ?? 1
        recordedHashes = json["text"]?.string ?? ""
        lines = (0..<UInt64(json["count"]?.int ?? 0)).map { number in
            var source = LineSource(state: number, tables: tables)
            return source.line()
        }
        var texts = (json["long"]?.elements.map { $0 } ?? []).map { entry in
            String(repeating: entry["unit"]?.string ?? "", count: entry["count"]?.int ?? 0)
        }
        for seed in UInt64(0)..<8 {
            var source = LineSource(state: 1_000_000 + seed, tables: tables)
            texts.append(source.letters(count: 5_000))
        }
        longTexts = texts
    }

    /// One hash of eight digits for each block of lines.
    func hashes(_ mix: (String, inout RollingHash) -> Void) -> String {
        hashes(of: lines, mix)
    }

    func hashes(of texts: [String], _ mix: (String, inout RollingHash) -> Void) -> String {
        var result = ""
        for start in stride(from: 0, to: texts.count, by: blockSize) {
            var hash = RollingHash()
            for text in texts[start..<min(start + blockSize, texts.count)] { mix(text, &hash) }
            result += hash.hex
        }
        return result
    }

    /// Every character there is, after a letter, after a space and before a digit.
    static let scalarTexts: [String] = stride(from: UInt32(0), to: 0x110000, by: 256)
        .filter { !(0xD800..<0xE000).contains($0) }
        .map { start in
            var text = ""
            for scalar in (start..<start + 256).compactMap({ Unicode.Scalar($0) }) {
                text.unicodeScalars.append(contentsOf: ["a", scalar, " ", scalar, "7"])
            }
            return text
        }
}

/// FNV-1a over whole numbers, as the script has it.
struct RollingHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ values: some Sequence<some BinaryInteger>) {
        for value in values { mix(UInt64(value)) }
        mix(0xFFFF_FFFF)
    }

    private mutating func mix(_ value: UInt64) { state = (state ^ value) &* 0x100_0000_01B3 }

    var hex: String {
        let text = String(UInt32(truncatingIfNeeded: state >> 32 ^ state), radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

struct Tables: Sendable {
    let strings: [String: [String]]
    let ranges: [String: [ClosedRange<UInt32>]]

    init(_ json: JSONValue) {
        var strings: [String: [String]] = [:]
        var ranges: [String: [ClosedRange<UInt32>]] = [:]
        for (key, value) in json.members {
            guard let key = key.string else { continue }
            strings[key] = value.elements.compactMap(\.string)
            ranges[key] = value.elements.compactMap { element in
                let pair = element.elements.compactMap(\.int).map { UInt32($0) }
                return pair.count == 2 ? pair[0]...pair[1] : nil
            }
        }
        self.strings = strings
        self.ranges = ranges
    }
}

/// SplitMix64 and what is picked by it.
struct LineSource {
    var state: UInt64
    let tables: Tables

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func pick(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    private mutating func string(of table: String) -> String {
        let entries = tables.strings[table] ?? []
        return entries[pick(entries.count)]
    }

    private mutating func scalar(in range: ClosedRange<UInt32>) -> Character {
        let value = range.lowerBound + UInt32(pick(range.count))
        return Character(Unicode.Scalar(value) ?? "?")
    }

    private mutating func range(of table: String) -> ClosedRange<UInt32> {
        let ranges = tables.ranges[table] ?? []
        return ranges[pick(ranges.count)]
    }

    mutating func letters(count: Int) -> String {
        String(decoding: (0..<count).map { _ in UInt8(97 + pick(26)) }, as: UTF8.self)
    }

    mutating func line() -> String {
        let count = 1 + pick(10)
        return (0..<count).map { _ in part() }.joined()
    }

    private mutating func part() -> String {
        let kind = pick(14)
        switch kind {
        case 0, 1:
            let start = pick(2) == 0 ? " " : ""
            let count = 1 + pick(6)
            return start + (0..<count).map { _ in string(of: "words") }.joined(separator: " ")
        case 2:
            let range = range(of: "ranges")
            let count = 1 + pick(12)
            return joined(count) { $0.scalar(in: range) }
        case 3:
            let count = pick(16) == 0 ? 100 + pick(200) : 1 + pick(20)
            return joined(count) { $0.scalar(in: $0.range(of: "digits")) }
        case 4:
            let count = 1 + pick(5)
            return (0..<count).map { _ in string(of: "blanks") }.joined()
        case 5: return string(of: "emoji")
        case 6:
            let letter = String(decoding: [UInt8(97 + pick(26))], as: UTF8.self)
            let count = 1 + pick(4)
            return letter + joined(count) { $0.scalar(in: $0.range(of: "marks")) }
        case 7:
            let count = 1 + pick(4)
            return joined(count) { Character(Unicode.Scalar(UInt8($0.pick(33)))) }
        case 8:
            let count = 1 + pick(24)
            return String(decoding: (0..<count).map { _ in UInt8(pick(256)) }, as: UTF8.self)
        case 9: return string(of: "code")
        case 10: return string(of: "contractions")
        case 11:
            let count = 1 + pick(4)
            return joined(count) { source in
                let value = UInt32(source.pick(0x110000 - 0x800))
                return Character(Unicode.Scalar(value >= 0xD800 ? value + 0x800 : value) ?? "?")
            }
        case 12: return string(of: "markers")
        default: return " "
        }
    }

    private mutating func joined(
        _ count: Int, _ make: (inout LineSource) -> Character
    ) -> String {
        var text = ""
        for _ in 0..<count { text.unicodeScalars.append(contentsOf: make(&self).unicodeScalars) }
        return text
    }
}
