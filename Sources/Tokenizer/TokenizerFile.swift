// Reads tokenizer.json. In: the bytes; out: a Tokenizer, or the sentence that says what in the file
// cannot be used. What is not built in is refused, never skipped: a tokenizer that is nearly right
// gives answers that are nearly right.
internal import JSON

extension Tokenizer {
    /// Reads a `tokenizer.json`.
    ///
    /// - Parameter file: what the file is called in messages.
    package convenience init(json bytes: Span<UInt8>, file: String) throws(TokenizerError) {
        self.init(try TokenizerFile(parsing: bytes, file: file).parts())
    }
}

/// A tokenizer.json being read.
struct TokenizerFile {
    let file: String
    let root: JSONValue

    init(parsing bytes: Span<UInt8>, file: String) throws(TokenizerError) {
        self.file = file
        root = try TokenizerFile.parse(bytes, file: file)
        guard root.kind == .object else {
            throw .malformed(file: file, place: "the file", detail: "is no JSON object")
        }
    }

    static func parse(_ bytes: Span<UInt8>, file: String) throws(TokenizerError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw .notJSON(file: file, reason: error.reason)
        }
    }

    func parts() throws(TokenizerError) -> TokenizerParts {
        guard let model = present(root["model"]) else {
            throw .missing(file: file, what: "model")
        }
        let options = try ModelOptions(model, file: file)
        guard let vocabulary = model["vocab"], vocabulary.kind == .object else {
            throw .missing(file: file, what: "model.vocab")
        }
        var parts = TokenizerParts(table: try table(of: vocabulary))
        parts.takesWholePieces = options.ignoresMerges
        try readAddedTokens(into: &parts)
        parts.normalizer = try normalizer()
        let usesBytes: Bool
        (parts.preTokenizer, parts.prefixing, usesBytes) = try preTokenizer()
        parts.decoding = try decoding()
        guard usesBytes == (parts.decoding == .bytes) else {
            throw .malformed(
                file: file, place: "decoder", detail: "does not undo what the pre-tokenizer does")
        }
        (parts.opening, parts.closing) = try postProcessor()
        guard let list = model["merges"], list.kind == .array else {
            throw .missing(file: file, what: "model.merges")
        }
        parts.rule = .ranked(try mergeTable(of: list, table: parts.table))
        if let unknown = options.unknown {
            guard let id = parts.table.id(of: unknown) else {
                throw .malformed(
                    file: file, place: "model.unk_token",
                    detail: "is \(unknown), which is not in the vocabulary")
            }
            parts.named.unknown = id
        }
        parts.spelling = try spelling(&parts, options)
        return parts
    }

    /// A value that is there and not null.
    func present(_ value: JSONValue?) -> JSONValue? {
        guard let value, !value.isNull else { return nil }
        return value
    }

    // MARK: The vocabulary

    func table(of vocabulary: JSONValue) throws(TokenizerError) -> TokenTable {
        let count = vocabulary.count
        guard count <= TokenTable.idLimit else {
            throw .tooMany(file: file, what: "tokens", found: count, limit: TokenTable.idLimit)
        }
        var table = TokenTable(expectedCount: count, expectedByteCount: count * 8)
        for (key, value) in vocabulary.members {
            guard let id = value.int, (0..<TokenTable.idLimit).contains(id) else {
                throw .malformed(
                    file: file, place: "the id of token \(quoted(key))",
                    detail: "is no whole number from 0 to \(TokenTable.idLimit - 1)")
            }
            let done = key.withUTF8 { table.insert($0, id: id, kind: .normal) }
            switch done {
            case .done: break
            case .takenID:
                throw .malformed(
                    file: file, place: "id \(id)",
                    detail: "is given to both \(table.string(of: id)) and \(quoted(key))")
            case .takenText, nil:
                throw .malformed(
                    file: file, place: "token \(quoted(key))", detail: "is in the vocabulary twice")
            }
        }
        return table
    }

    private func quoted(_ value: JSONValue) -> String { value.string ?? "?" }

    func readAddedTokens(into parts: inout TokenizerParts) throws(TokenizerError) {
        guard let list = present(root["added_tokens"]) else { return }
        for (index, entry) in list.elements.enumerated() {
            guard let id = entry["id"]?.int, (0..<TokenTable.idLimit).contains(id),
                let content = entry["content"]?.string, !content.isEmpty
            else {
                throw .malformed(
                    file: file, place: "added_tokens[\(index)]", detail: "lacks an id or a content")
            }
            try add(addedToken(id: id, content: content, entry), to: &parts)
        }
    }

    /// An added token with its five flags.
    func addedToken(id: Int, content: String, _ entry: JSONValue) -> AddedToken {
        var token = AddedToken(
            id: id, content: content, isSpecial: entry["special"]?.bool ?? false)
        token.takesBlanksBefore = entry["lstrip"]?.bool ?? false
        token.takesBlanksAfter = entry["rstrip"]?.bool ?? false
        token.isSingleWord = entry["single_word"]?.bool ?? false
        token.isNormalized = entry["normalized"]?.bool ?? !token.isSpecial
        return token
    }

    func add(_ token: AddedToken, to parts: inout TokenizerParts) throws(TokenizerError) {
        if let known = parts.table.id(of: token.content) {
            guard parts.table.kind(of: known) == .normal else {
                throw .malformed(
                    file: file, place: "added token \(token.content)", detail: "is listed twice")
            }
            guard known == token.id else {
                throw .malformed(
                    file: file, place: "added token \(token.content)",
                    detail: "has the id \(token.id), but \(known) in the vocabulary")
            }
        } else {
            let text = Array(token.content.utf8)
            if case .takenID = parts.table.insert(text.span, id: token.id, kind: .userDefined) {
                throw .malformed(
                    file: file, place: "id \(token.id)",
                    detail: "is given to both \(parts.table.string(of: token.id)) and "
                        + token.content)
            }
            parts.table.setOutside(token.id)
        }
        parts.table.setKind(token.isSpecial ? .control : .userDefined, of: token.id)
        parts.addedTokens.append(token)
    }

    // MARK: Merges

    func mergeTable(
        of list: JSONValue, table: TokenTable
    ) throws(TokenizerError) -> MergeTable {
        let count = list.count
        guard count <= TokenTable.idLimit else {
            throw .tooMany(file: file, what: "merges", found: count, limit: TokenTable.idLimit)
        }
        var merges = MergeTable(expectedCount: count)
        for (rank, entry) in list.elements.enumerated() {
            let pair =
                entry.kind == .array
                ? pair(of: entry, in: table)
                : entry.withUTF8 {
                    MergePair(line: $0, separator: .onlySpace, table: table)
                } ?? .unreadable
            guard case .ids(let left, let right, let joined) = pair else {
                throw .malformed(
                    file: file, place: "model.merges[\(rank)]", detail: pair.complaint)
            }
            merges.insert(left, right, joined, rank: rank, table: table)
        }
        return merges
    }

    private func pair(of entry: JSONValue, in table: TokenTable) -> MergePair {
        // Two optionals, not an array: there are a quarter of a million of these.
        var left: Int?
        var right: Int?
        for side in entry.elements {
            guard right == nil else { return .unreadable }
            guard let id = side.withUTF8({ table.id(of: $0) }), let id else {
                return side.string.map { .unknown($0) } ?? .unreadable
            }
            if left == nil { left = id } else { right = id }
        }
        guard let left, let right else { return .unreadable }
        return MergePair(left, right, table: table)
    }

    // MARK: The smallest symbols

    private func spelling(
        _ parts: inout TokenizerParts, _ options: ModelOptions
    ) throws(TokenizerError) -> Tokenizer.Spelling {
        if parts.decoding == .bytes {
            var ids = Tokenizer.byteLevelIDs(in: parts.table)
            if let unknown = parts.named.unknown, ids.contains(.max) {
                guard !options.fusesUnknown else {
                    throw .unsupported(
                        file: file, part: "model.fuse_unk",
                        found: "true where the vocabulary lacks bytes", known: ["false"])
                }
                ids = ids.map { $0 == .max ? UInt32(unknown) : $0 }
            }
            return .bytes(ids)
        }
        var fallback = Tokenizer.Fallback(unknown: parts.named.unknown, fuses: options.fusesUnknown)
        if options.fallsBackToBytes { fallback.bytes = Tokenizer.byteTokenIDs(in: &parts.table) }
        return .characters(fallback)
    }
}

/// What `model` says besides its vocabulary and merges.
struct ModelOptions {
    let ignoresMerges: Bool
    let fallsBackToBytes: Bool
    let fusesUnknown: Bool
    let unknown: String?

    init(_ model: JSONValue, file: String) throws(TokenizerError) {
        // Old files leave the type out.
        let type = model["type"]?.string ?? "BPE"
        guard type == "BPE" else {
            throw .unsupported(file: file, part: "model", found: type, known: ["BPE"])
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let affix = model[key]?.string, !affix.isEmpty else { continue }
            throw .unsupported(
                file: file, part: "model.\(key)", found: affix, known: ["none"])
        }
        if let dropout = model["dropout"]?.double, dropout != 0 {
            throw .unsupported(
                file: file, part: "model.dropout", found: "\(dropout)", known: ["none"])
        }
        ignoresMerges = model["ignore_merges"]?.bool ?? false
        fallsBackToBytes = model["byte_fallback"]?.bool ?? false
        fusesUnknown = model["fuse_unk"]?.bool ?? false
        unknown = model["unk_token"]?.string
    }
}
