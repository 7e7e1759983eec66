/// Columns of text, as wide as their widest entry.
struct TextTable {
    enum Side: Sendable { case left, right }

    private let columns: [(heading: String, side: Side)]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, side: Side)]) {
        self.columns = columns
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    /// The lines, each indented by two blanks; columns that are empty in every row are left out.
    func lines() -> [String] {
        let shown = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        return ([columns.map(\.heading)] + rows).map { row in
            var line = " "
            for column in shown {
                let widest = rows.map(\.[column].count).max() ?? 0
                let width = max(widest, columns[column].heading.count)
                let blanks = String(repeating: " ", count: width - row[column].count)
                line +=
                    " "
                    + (columns[column].side == .left ? row[column] + blanks : blanks + row[column])
                    + " "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
