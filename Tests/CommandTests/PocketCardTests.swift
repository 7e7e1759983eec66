import Foundation
import JSON
import Testing

/// What the card of the pocket model says, against the files behind it.
@Suite struct `The card of the pocket model` {
    private static let folder = SmolVLMProgram.root.appending(path: "models/pocket")

    /// The cells of each row of its tables, by what stands first in the row.
    private static func rows() throws -> [String: [String]] {
        let card = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
        var rows: [String: [String]] = [:]
        for line in card.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            rows[String(cells[0].dropFirst().prefix { $0 != "`" })] = cells
        }
        return rows
    }

    @Test func `says what was measured`() throws {
        let rows = try Self.rows()
        let figures = Self.folder.appending(path: "figures")
        let names = try FileManager.default.contentsOfDirectory(atPath: figures.path)
            .filter { $0.hasSuffix(".json") }
        #expect(names.count == 8)
        for name in names {
            let text = try String(contentsOf: figures.appending(path: name), encoding: .utf8)
            let all = try #require(try JSONValue(parsing: text)["all"])
            let set = String(name.dropLast(5))
            let cells = try #require(rows[set], "no row for \(set)")
            try #require(cells.count == 9)
            #expect(cells[1] == all["questions"]?.int.map { "\($0)" }, "\(set)")
            for (cell, figure) in zip(cells[2...], ["accuracy", "exact", "anls", "cer", "wer"]) {
                let share = all[figure]?.double.map { String(format: "%.1f %%", 100 * $0) }
                // Beside the figure stands the aim, or the figure is in bold.
                let said = cell.prefix { $0 != "(" }.filter { $0 != "*" }
                #expect(
                    said.trimmingCharacters(in: .whitespaces) == share ?? "", "\(set): \(figure)")
            }
        }
    }

    @Test func `says first what it cannot do, and which models can`() throws {
        let card = try String(
            contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
        let first = card.split(separator: "\n").prefix(4).joined(separator: " ")
        #expect(first.contains("does **not** describe photographs of the world"))
        #expect(first.contains("SmolVLM") && first.contains("(../README.md)"))
    }
}
