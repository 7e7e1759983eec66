internal import Export
internal import JSON

/// What `smolvlm quantize` says at the end.
struct QuantiseReport {
    let report: ExportReport
    let input: String
    let seconds: Double

    func text(_ terminal: Terminal) -> String {
        var text = ""
        for file in report.files {
            text +=
                "\(terminal.heading(Terminal.printable(file.path))): \(file.quantisation), "
                + "\(Figures.bytes(file.byteCount)), of \(Figures.bytes(file.bytesBefore))\n"
        }
        var table = TextTable([
            ("tensors", .left), ("", .right), ("stored as", .left), ("before", .right),
            ("after", .right), ("error", .right),
        ])
        for group in report.groups {
            table.add([
                group.group.rawValue, "\(group.tensorCount)", Self.types(of: group),
                Figures.bytes(group.bytesBefore), Figures.bytes(group.bytesAfter),
                Self.percent(group.relativeError),
            ])
        }
        text += "\n" + table.lines().joined(separator: "\n") + "\n"
        return text + "\nIt took \(Figures.took(seconds)).\n"
    }

    private static func types(of group: ExportReport.Group) -> String {
        guard group.types.count > 1 else { return group.types.first?.name ?? "" }
        return group.types.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    }

    /// `0.42 %`: with two digits that say something, as long as there are.
    static func percent(_ share: Double) -> String {
        let percent = share * 100
        if percent == 0 { return "0" }
        if percent < 0.001 { return "< 0.001 %" }
        let decimals = percent < 0.1 ? 3 : percent < 10 ? 2 : 1
        let unit = decimals == 3 ? 1000 : decimals == 2 ? 100 : 10
        let units = Int((percent * Double(unit)).rounded())
        let digits = "\(units % unit)"
        let zeros = String(repeating: "0", count: decimals - digits.count)
        return "\(units / unit).\(zeros)\(digits) %"
    }

    var json: String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("input", input)
            json.member("files") { json in
                json.array { json in
                    for file in report.files {
                        json.object { json in
                            json.member("path", file.path)
                            json.member("type", file.quantisation)
                            json.member("bytes", file.byteCount)
                            json.member("bytesBefore", file.bytesBefore)
                        }
                    }
                }
            }
            json.member("groups") { json in
                json.array { json in
                    for group in report.groups { json.object { Self.write(group, to: &$0) } }
                }
            }
            json.member("notes") { json in
                json.array { json in for note in report.notes { json.value(note) } }
            }
            json.member("seconds", seconds)
        }
        return json.text + "\n"
    }

    private static func write(_ group: ExportReport.Group, to json: inout JSONWriter) {
        json.member("tensors", group.group.rawValue)
        json.member("count", group.tensorCount)
        json.member("numbers", group.numberCount)
        json.member("bytesBefore", group.bytesBefore)
        json.member("bytesAfter", group.bytesAfter)
        json.member("types") { json in
            json.object { json in
                for type in group.types { json.member(type.name, type.count) }
            }
        }
        json.member("relativeError", group.relativeError)
    }
}
