/// Writes JSON in the order in which it is called.
///
///     var json = JSONWriter(style: .pretty)
///     json.object { json in
///         json.member("width", 640)
///         json.member("tiles") { $0.array { for tile in tiles { $0.value(tile.name) } } }
///     }
///
/// Numbers that JSON cannot say (infinite, not a number) become null.
package struct JSONWriter: Sendable {
    /// How the text is laid out.
    package enum Style: Sendable {
        /// One line, for a line of JSONL.
        case compact
        /// Two blanks a level, for people.
        case pretty
    }

    /// What has been written so far.
    package private(set) var text = ""
    private let style: Style
    private var depth = 0
    private var needsComma = false
    private var followsKey = false

    package init(style: Style) {
        self.style = style
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        bracketed("{", "}", body)
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        bracketed("[", "]", body)
    }

    package mutating func value(_ value: String) { item { $0.quote(value) } }
    package mutating func value(_ value: Int) { item { $0.text += String(value) } }
    package mutating func value(_ value: Bool) { item { $0.text += value ? "true" : "false" } }
    package mutating func value(_ value: Double) {
        item { json in
            guard value.isFinite else { return json.text += "null" }
            // 2.0 is written 2: readers take it for the same number.
            if let whole = Int(exactly: value), abs(whole) < 1 << 53 {
                json.text += String(whole)
            } else {
                json.text += value.description
            }
        }
    }
    package mutating func null() { item { $0.text += "null" } }

    package mutating func member(_ key: String, _ value: String) { name(key); self.value(value) }
    package mutating func member(_ key: String, _ value: Int) { name(key); self.value(value) }
    package mutating func member(_ key: String, _ value: Bool) { name(key); self.value(value) }
    package mutating func member(_ key: String, _ value: Double) { name(key); self.value(value) }

    /// A member whose value is whatever `body` writes: exactly one value.
    package mutating func member(_ key: String, _ body: (inout JSONWriter) -> Void) {
        name(key)
        body(&self)
    }

    private mutating func name(_ key: String) {
        separate()
        quote(key)
        text += style == .pretty ? ": " : ":"
        followsKey = true
    }

    private mutating func item(_ write: (inout JSONWriter) -> Void) {
        separate()
        write(&self)
        needsComma = true
    }

    private mutating func bracketed(
        _ open: String, _ close: String, _ body: (inout JSONWriter) -> Void
    ) {
        separate()
        text += open
        depth += 1
        needsComma = false
        body(&self)
        depth -= 1
        if needsComma { newLine() }
        text += close
        needsComma = true
    }

    /// Puts what must stand between the last item and the next.
    private mutating func separate() {
        if followsKey {
            followsKey = false
            return
        }
        if needsComma { text += "," }
        if depth > 0 { newLine() }
        needsComma = false
    }

    private mutating func newLine() {
        guard style == .pretty else { return }
        text += "\n"
        for _ in 0..<depth { text += "  " }
    }

    private mutating func quote(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
