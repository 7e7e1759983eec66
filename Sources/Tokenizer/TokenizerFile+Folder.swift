internal import JSON

extension Tokenizer {
    /// Reads `vocab.json` and `merges.txt`, what a folder without `tokenizer.json` has.
    ///
    /// Such a folder names no pre-tokenizer; its class does, and the one that is known is GPT-2's.
    ///
    /// - Parameters:
    ///   - addedTokens: `added_tokens.json`, if there is one. Heeded only when `config` lists none.
    ///   - config: `tokenizer_config.json`, if there is one.
    ///   - folder: what the folder is called in messages.
    package convenience init(
        vocabulary: Span<UInt8>, merges: Span<UInt8>, addedTokens: [UInt8]?, config: [UInt8]?,
        folder: String
    ) throws(TokenizerError) {
        let name = { (file: String) in "\(folder)/\(file)" }
        let reader = try TokenizerFile(parsing: vocabulary, file: name("vocab.json"))
        var parts = TokenizerParts(table: try reader.table(of: reader.root))
        parts.preTokenizer = PreTokenizer(steps: [.gpt2])

        var listsAddedTokens = false
        if let config {
            let file = try TokenizerFile(parsing: config.span, file: name("tokenizer_config.json"))
            listsAddedTokens = try file.readConfig(into: &parts)
        }
        if let addedTokens, !listsAddedTokens {
            let file = try TokenizerFile(
                parsing: addedTokens.span, file: name("added_tokens.json"))
            for (key, value) in file.root.members {
                try file.addMarker(key.string ?? "", id: value.int, to: &parts)
            }
        }
        let table = try Tokenizer.mergeTable(
            lines: merges, file: name("merges.txt"), table: parts.table)
        parts.rule = .ranked(table)
        parts.spelling = .bytes(Tokenizer.byteLevelIDs(in: parts.table))
        self.init(parts)
    }
}

extension Tokenizer {
    /// Reads a `merges.txt`: one merge a line, and a version before them.
    private static func mergeTable(
        lines text: Span<UInt8>, file: String, table: TokenTable
    ) throws(TokenizerError) -> MergeTable {
        var ends: [Int] = text.indices.filter { text[$0] == UInt8(ascii: "\n") }
        ends.append(text.count)
        guard ends.count <= TokenTable.idLimit else {
            throw .tooMany(
                file: file, what: "lines", found: ends.count, limit: TokenTable.idLimit)
        }
        var merges = MergeTable(expectedCount: ends.count)
        var start = 0
        for (number, end) in ends.enumerated() {
            let isCRLF = end > start && text[end - 1] == UInt8(ascii: "\r")
            let line = text.extracting(start..<(isCRLF ? end - 1 : end))
            start = end + 1
            if line.isEmpty || isVersion(line) { continue }
            let pair = MergePair(line: line, separator: .onlySpace, table: table)
            guard case .ids(let left, let right, let joined) = pair else {
                throw .malformed(
                    file: file, place: "line \(number + 1)", detail: pair.complaint)
            }
            merges.insert(left, right, joined, rank: number, table: table)
        }
        return merges
    }

    private static func isVersion(_ line: Span<UInt8>) -> Bool {
        let mark = Array("#version".utf8)
        return line.count >= mark.count && mark.indices.allSatisfy { line[$0] == mark[$0] }
    }
}

extension TokenizerFile {
    private static let knownClasses = ["GPT2Tokenizer", "GPT2TokenizerFast"]

    /// Reads a `tokenizer_config.json`; true when it lists the added tokens.
    fileprivate func readConfig(into parts: inout TokenizerParts) throws(TokenizerError) -> Bool {
        if let type = root["tokenizer_class"]?.string, !TokenizerFile.knownClasses.contains(type) {
            throw .unsupported(
                file: file, part: "tokenizer class", found: type,
                known: TokenizerFile.knownClasses)
        }
        if root["add_prefix_space"]?.bool ?? false {
            parts.prefixing.steps = [.begin(with: Array(" ".utf8), onlyAtStart: false)]
        }
        let list = present(root["added_tokens_decoder"])
        for (key, value) in list?.members.map({ $0 }) ?? [] {
            guard let id = key.string.flatMap({ Int($0) }),
                (0..<TokenTable.idLimit).contains(id), let content = value["content"]?.string,
                !content.isEmpty
            else {
                throw .malformed(
                    file: file, place: "added_tokens_decoder[\(key.string ?? "?")]",
                    detail: "lacks an id or a content")
            }
            try add(addedToken(id: id, content: content, value), to: &parts)
        }
        func id(_ key: String) -> Int? {
            let text = root[key]?.string ?? root[key]?["content"]?.string
            return text.flatMap { parts.table.id(of: $0) }
        }
        parts.named.begin = id("bos_token")
        parts.named.end = id("eos_token")
        parts.named.unknown = id("unk_token")
        parts.named.padding = id("pad_token")
        return list != nil
    }

    /// One line of `added_tokens.json`: text and id, and no more is known of it. It is taken for a
    /// marker, which user text must not write.
    fileprivate func addMarker(
        _ content: String, id: Int?, to parts: inout TokenizerParts
    ) throws(TokenizerError) {
        guard let id, (0..<TokenTable.idLimit).contains(id), !content.isEmpty else {
            throw .malformed(file: file, place: "token \(content)", detail: "has no usable id")
        }
        try add(AddedToken(id: id, content: content, isSpecial: true), to: &parts)
    }
}
