internal import JSON

/// JSON values as Python prints them, which is how SmolLM3's template writes its tools.
enum PythonLiteral {
    static func text(of value: JSONValue) -> String {
        switch value.kind {
        case .null: "None"
        case .bool: value.bool == true ? "True" : "False"
        case .integer: value.int.map(String.init) ?? value.double.map { "\(UInt64($0))" } ?? ""
        case .double: value.double.map(\.description) ?? ""
        case .string: value.string.map(quoted) ?? ""
        case .array:
            "[" + value.elements.map { text(of: $0) }.joined(separator: ", ") + "]"
        case .object:
            "{"
                + value.members.map { "\(quoted($0.key.string ?? "")): \(text(of: $0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    /// Single quotes, unless the text has some and no double ones.
    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case quote: result += "\\\(quote)"
            case " ": result += " "
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else if scalar.value < 0x100 {
                    result += "\\x" + hex(scalar, digits: 2)
                } else if scalar.value < 0x1_0000 {
                    result += "\\u" + hex(scalar, digits: 4)
                } else {
                    result += "\\U" + hex(scalar, digits: 8)
                }
            }
        }
        return result + String(quote)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            false
        default: true
        }
    }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension String {
    /// Without white space at both ends, as Python's `strip()`.
    var strippedAsPython: String {
        String(rightStrippedAsPython.unicodeScalars.drop(while: String.isPythonSpace))
    }

    /// Without white space at the end, as Python's `rstrip()`.
    var rightStrippedAsPython: String {
        var scalars = unicodeScalars[...]
        while let last = scalars.last, String.isPythonSpace(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// With every occurrence of a flag taken out.
    func without(_ flag: String) -> String {
        var rest = self[...]
        var result = ""
        while let found = rest.firstRange(of: flag) {
            result += rest[..<found.lowerBound]
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}
