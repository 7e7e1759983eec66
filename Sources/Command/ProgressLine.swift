/// A line that says how far something is, no wider than the terminal.
///
/// What is too wide loses the middle of its name first, then the whole name; the figures stay.
enum ProgressLine {
    /// - Parameter columns: how wide it may be.
    static func text(name: String, figures: String, columns: Int) -> String {
        let room = columns - width(of: figures) - 2
        if width(of: name) <= room { return "\(name): \(figures)" }
        // With less than this of its name, nobody knows a file again.
        guard room >= 5 else { return String(start(of: figures, columns: columns)) }
        let tail = start(of: String(name.reversed()), columns: (room - 1) / 2)
        let head = start(of: name, columns: room - 1 - (room - 1) / 2)
        return "\(head)…\(String(tail.reversed())): \(figures)"
    }

    /// As much of a text as fits.
    private static func start(of text: String, columns: Int) -> Substring {
        var end = text.startIndex
        var used = 0
        for index in text.indices {
            used += width(of: text[index])
            if used > columns { break }
            end = text.index(after: index)
        }
        return text[..<end]
    }

    private static func width(of text: String) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    /// Columns that a character takes: two for most of East Asia and for emoji.
    private static func width(of character: Character) -> Int {
        character.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: 0
            default: isWide(scalar) ? 2 : 1
            }
        }.max() ?? 0
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: scalar.properties.isEmojiPresentation
        }
    }
}
