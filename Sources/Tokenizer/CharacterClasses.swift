/// The classes of characters that pre-tokenizers ask for.
struct CharacterClass: OptionSet, Sendable {
    let rawValue: UInt8

    /// \p{L}
    static let letter = CharacterClass(rawValue: 1)
    /// \p{N}
    static let number = CharacterClass(rawValue: 2)
    /// White_Space
    static let space = CharacterClass(rawValue: 4)
    /// Numeric for the rule that splits digits, which knows a few more than \p{N}.
    static let digit = CharacterClass(rawValue: 8)
    /// \w
    static let word = CharacterClass(rawValue: 16)
}

/// The class of every code point, from a table recorded from the reference.
///
/// Not from the standard library: that follows whichever version of Unicode it was built with (here
/// one with 4,644 letters more), and ids must not change with it.
struct CharacterClasses: Sendable {
    private let pageOfBlock: [UInt8]
    private let pages: [UInt8]

    static let recorded = CharacterClasses(ranges: recordedRanges)

    /// - Parameter ranges: first code point << 8 | class, ascending; each holds up to the next.
    private init(ranges: [UInt32]) {
        var pageOfBlock: [UInt8] = []
        var pages: [UInt8] = []
        var uniform: [UInt8: UInt8] = [:]
        var next = 0
        var current: UInt8 = 0
        for block in UInt32(0)..<0x1100 {
            let limit = (block + 1) << 8
            if next == ranges.count || ranges[next] >> 8 >= limit {
                // Most blocks are of one class and share a page.
                if let page = uniform[current] {
                    pageOfBlock.append(page)
                    continue
                }
                uniform[current] = UInt8(pages.count >> 8)
            }
            pageOfBlock.append(UInt8(pages.count >> 8))
            for scalar in block << 8..<limit {
                if next < ranges.count, ranges[next] >> 8 == scalar {
                    current = UInt8(truncatingIfNeeded: ranges[next])
                    next += 1
                }
                pages.append(current)
            }
        }
        self.pageOfBlock = pageOfBlock
        self.pages = pages
    }

    /// The class of a code point below U+110000.
    subscript(scalar: UInt32) -> CharacterClass {
        let page = Int(pageOfBlock[Int(scalar >> 8)])
        return CharacterClass(rawValue: pages[page << 8 | Int(scalar & 0xFF)])
    }

    /// The class of the character that begins at `index`, and where the next one begins.
    ///
    /// `text` must be valid UTF-8 and `index` the start of a character.
    @inline(__always)
    func classify(_ text: Span<UInt8>, at index: Int) -> (class: CharacterClass, next: Int) {
        let lead = text[index]
        if lead < 0x80 { return (CharacterClass(rawValue: pages[Int(lead)]), index + 1) }
        let (scalar, next) = decode(text, at: index)
        return (self[scalar], next)
    }

    /// The code point that begins at `index`, and where the next one begins.
    @inline(__always)
    func decode(_ text: Span<UInt8>, at index: Int) -> (scalar: UInt32, next: Int) {
        let lead = UInt32(text[index])
        func low(_ offset: Int) -> UInt32 { UInt32(text[index + offset] & 0x3F) }
        if lead < 0x80 { return (lead, index + 1) }
        if lead < 0xE0 { return ((lead & 0x1F) << 6 | low(1), index + 2) }
        if lead < 0xF0 { return ((lead & 0x0F) << 12 | low(1) << 6 | low(2), index + 3) }
        return ((lead & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3), index + 4)
    }

    /// Where the character before `index` begins; `index` must not be the start of the text.
    func previous(_ text: Span<UInt8>, before index: Int) -> Int {
        var start = index - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }
}
