internal import Evaluate
internal import Foundation
internal import Media

/// The page of `--html`: one file that needs nothing else, for light and dark screens.
struct EvalPage {
    /// Pictures of one file that are shown.
    static let pictureCount = 4
    /// Misses that are shown; each has pictures of some ten kilobytes.
    static let missCount = 300
    private static let longestSide = 480
    private static let quality: Float = 60

    let report: EvalReport
    private let intake: Intake

    init(report: EvalReport, _ flags: EvalFlags) {
        self.report = report
        // A few pictures of each file are enough.
        var options = flags.ask.media.mediaOptions(for: [])
        options.frames.count = Self.pictureCount
        intake = Intake(options: options)
    }

    /// Makes sure, before anything is asked, that a page can be written.
    static func check(_ path: String) throws(Refusal) {
        let files = FileManager.default
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let kind = (try? files.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
        let place = kind == nil ? folder.isEmpty ? "." : folder : path
        guard kind != .typeDirectory, files.isWritableFile(atPath: place)
        else {
            throw Refusal(
                "\(path) cannot be written: it is a folder, or its folder is not there or may not "
                    + "be written to. Name another file.")
        }
    }

    func write(to path: String, _ terminal: inout Terminal) throws(Refusal) {
        let text = text(&terminal)
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Refusal(
                "\(path) cannot be written. Check the permissions of its folder, and whether the "
                    + "disk is full.")
        }
    }

    // MARK: The page

    private func text(_ terminal: inout Terminal) -> String {
        let misses = report.misses
        let title = Self.escaped(report.set)
        var page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
            <title>\(title)</title>
            <style nonce="page">
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>\(title)</h1>

            """
        for note in report.notes { page += "<p>\(Self.escaped(note))</p>\n" }
        page += table
        page += misses.isEmpty ? "<h2>No misses</h2>\n" : "<h2>Misses: \(misses.count)</h2>\n"
        if misses.count > Self.missCount {
            page += "<p>The first \(Self.missCount) are shown.</p>\n"
        }
        var path: String?
        for (number, miss) in misses.prefix(Self.missCount).enumerated() {
            terminal.progress(
                of: "page", "miss \(number + 1) of \(min(misses.count, Self.missCount))")
            // Questions about one file stand beside its pictures.
            if path != miss.path {
                if path != nil { page += Self.end }
                path = miss.path
                page +=
                    "<article>\n<div class=\"pictures\">\(pictures(of: miss))</div>\n<div>\n"
            }
            page += card(of: miss)
        }
        if path != nil { page += Self.end }
        terminal.clearProgress()
        return page + "</body>\n</html>\n"
    }

    private static let policy = "default-src 'none'; img-src data:; style-src 'nonce-page'"

    private static let style = """
        :root { --ink: #1f2126; --paper: #fafaf8; --soft: #686a72; --line: #d4d5da; --bad: #b3261e;
                --good: #1b6e3c; }
        @media (prefers-color-scheme: dark) {
        :root { --ink: #e6e6e9; --paper: #17181b; --soft: #9a9ca5; --line: #3a3c43; --bad: #ff8a80;
                --good: #7fd6a0; }
        }
        body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif;
               max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
        h1, h2 { line-height: 1.2; }
        p { margin: .2rem 0; color: var(--soft); overflow-wrap: anywhere; }
        .wide { overflow-x: auto; margin: 1.5rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line);
                 white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; }
        tbody tr:last-child td { font-weight: 600; }
        article { display: flex; flex-wrap: wrap; gap: 1.2rem; padding: 1.2rem 0;
                  border-top: 1px solid var(--line); }
        .pictures img { max-width: 100%; display: block; margin-bottom: .5rem; }
        article > div { flex: 1 1 22rem; min-width: 0; }
        article > .pictures { flex: 0 1 20rem; }
        .pictures:empty { display: none; }
        dl { margin: 0 0 2rem; }
        dt { color: var(--soft); font-size: .85rem; }
        dd { margin: 0 0 .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        .said { color: var(--bad); }
        .due { color: var(--good); }
        """

    private var table: String {
        let rows = report.rows
        let shown = EvalReport.headings.indices.filter { column in
            rows.contains { !$0[column].isEmpty }
        }
        func cells(_ row: [String], _ tag: String) -> String {
            shown.map { "<\(tag)>\(Self.escaped(row[$0]))</\(tag)>" }.joined()
        }
        return "<div class=\"wide\"><table>\n<thead><tr>\(cells(EvalReport.headings, "th"))</tr>"
            + "</thead>\n<tbody>\n"
            + rows.map { "<tr>\(cells($0, "td"))</tr>\n" }.joined() + "</tbody>\n</table></div>\n"
    }

    private static let end = "</div>\n</article>\n"

    private func card(of miss: EvalResult) -> String {
        var card = "<dl>\n"
        func add(_ name: String, _ text: String, _ kind: String) {
            card += "<dt>\(name)</dt><dd class=\"\(kind)\">\(Self.escaped(text))</dd>\n"
        }
        add("question", miss.item.question, "asked")
        add(
            miss.item.answers.isEmpty ? "must have" : "expected",
            miss.item.expected.joined(separator: "\n"), "due")
        if let answer = miss.answer {
            add("answer", answer.isEmpty ? "(nothing)" : answer, "said")
        }
        if let failure = miss.failure { add("failed", failure, "said") }
        add("file", facts(of: miss), "file")
        return card + "</dl>\n"
    }

    private func facts(of miss: EvalResult) -> String {
        var facts = [miss.item.file]
        if !miss.item.category.isEmpty { facts.append(miss.item.category) }
        if let rate = miss.score.letters?.rate, miss.answer != nil {
            facts.append("\(EvalReport.percent(rate)) of the letters wrong")
        }
        if miss.score.isFalseRefusal { facts.append("false refusal") }
        if let cost = miss.cost { facts.append(Figures.took(cost.seconds)) }
        return facts.joined(separator: " · ")
    }

    /// The pictures of a file, made small; none where it cannot be decoded.
    private func pictures(of miss: EvalResult) -> String {
        var pictures = ""
        var count = 0
        do {
            let input = try MediaInput(path: miss.path)
            _ = try intake.decode(input) { item in
                guard count < Self.pictureCount,
                    let bytes = WebPPicture.bytes(
                        of: item.image, longestSide: Self.longestSide, quality: Self.quality)
                else { return }
                count += 1
                pictures +=
                    "<img alt=\"\" src=\"data:image/webp;base64,"
                    + Data(bytes).base64EncodedString() + "\">"
            }
        } catch {
            // What is wrong with the file stands beside it already.
            return pictures
        }
        return pictures
    }

    /// A text in which nothing means anything to a browser.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(character)
            case _ where character.value < 0x20 || (0x7F...0x9F).contains(character.value):
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
