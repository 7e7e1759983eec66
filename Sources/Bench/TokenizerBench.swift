internal import Foundation
internal import Tokenizer

/// Times the loading of a tokenizer.json and the encoding and decoding of mixed text.
///
///     Bench tokenizer FOLDER/tokenizer.json [TEXT]
///
/// Each figure is the median of several runs in processor time, with the fastest and the slowest.
/// Without a text one of 4 MB is made of prose, code, numbers and several scripts.
enum TokenizerBench {
    private static let runs = 9

    static func run(_ arguments: [String]) {
        guard let path = arguments.first, let json = FileManager.default.contents(atPath: path)
        else {
            print("Usage: Bench tokenizer FOLDER/tokenizer.json [TEXT]")
            return
        }
        do throws(TokenizerError) {
            try measure(Array(json), file: path, text: arguments.dropFirst().first)
        } catch {
            print(error.description)
        }
    }

    private static func measure(
        _ json: [UInt8], file: String, text path: String?
    ) throws(TokenizerError) {
        let tokenizer = try Tokenizer(json: json.span, file: file)
        report(
            "load",
            try times { () throws(TokenizerError) in
                _ = try Tokenizer(json: json.span, file: file)
            }
        ) { "\(json.count) bytes, \(tokenizer.count) ids, \($0 * 1e3) ms" }

        let text =
            path.flatMap { FileManager.default.contents(atPath: $0) }
            .map { String(decoding: $0, as: UTF8.self) } ?? mixedText(byteCount: 4_000_000)
        let megabytes = Double(text.utf8.count) / 1e6
        let parts = [TextPart(text, matchesSpecial: false)]
        var ids: [Int] = []
        let encoding = times {
            var work = EncodingWork()
            ids.removeAll(keepingCapacity: true)
            tokenizer.encode(parts, into: &ids, work: &work)
        }
        report("encode", encoding) { "\(megabytes / $0) MB/s" }
        let prompt = String(text.prefix(500))
        let short = times {
            for _ in 0..<100 { ids = tokenizer.encode(prompt, matchSpecial: false) }
        }
        report("encode 500 characters", short) { "\($0 * 1e4) us" }
        ids = tokenizer.encode(parts)
        let decoding = times { _ = tokenizer.decode(ids, skippingSpecial: true).utf8.count }
        report("decode", decoding) { "\(megabytes / $0) MB/s" }
        let streaming = times {
            var assembler = TextAssembler(
                tokenizer: tokenizer, skippingSpecial: true, stops: ["\u{1}stop"])
            for id in ids { _ = assembler.append(id) }
        }
        report("stream", streaming) { "\($0 * 1e9 / Double(ids.count)) ns an id" }
        for unit in ["a", " ", "7", "="] {
            let line = String(repeating: unit, count: 1_000_000)
            let long = times { ids = tokenizer.encode(line, matchSpecial: false) }
            report("1 MB of \(unit)", long) { "\($0 * 1e3) ms" }
        }
    }

    private static func times<Failure: Error>(
        _ body: () throws(Failure) -> Void
    ) throws(Failure) -> [Double] {
        var seconds: [Double] = []
        for _ in 0..<runs {
            let start = clock()
            try body()
            seconds.append(Double(clock() - start) / Double(CLOCKS_PER_SEC))
        }
        return seconds.sorted()
    }

    private static func report(
        _ name: String, _ times: [Double], _ text: (Double) -> String
    ) {
        let spread = "\(text(times[0])) to \(text(times[times.count - 1]))"
        print("\(name): \(text(times[times.count / 2])) (\(spread))")
    }

    private static func mixedText(byteCount: Int) -> String {
        let lines = [
            "The next train from platform 9 leaves at 23:45 and doesn't stop before Zürich.\n",
            "    for (int i = 0; i < count; ++i) { total += prices[i] * 1.08; }\n",
            "TOTAL\t€ 1,204.50\t2026-11-21\r\n", "東京駅の時刻表は次のとおりです。\n",
            "Следующий поезд отправляется с первого пути.\n",
            "🙂👩‍👩‍👧 see <https://example.org/a?b=c>\n",
        ]
        var text = ""
        var word = 1
        while text.utf8.count < byteCount {
            // Words that are not met again keep the memory of words honest.
            word = word &* 48_271 % 2_147_483_647
            text += lines[word % lines.count] + String(word, radix: 36) + " "
        }
        return text
    }
}
