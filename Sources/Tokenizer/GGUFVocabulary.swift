/// The vocabulary of a GGUF file as plain values, whoever read them.
package struct GGUFVocabulary: Sendable {
    /// What the file is called in messages.
    package var file: String
    /// `tokenizer.ggml.model`: `gpt2` or `llama`.
    package var model: String
    /// `tokenizer.ggml.pre`; old files lack it.
    package var pre: String?
    /// `tokenizer.ggml.tokens`
    package var tokens: ByteStrings
    /// `tokenizer.ggml.token_type`, one for each token; empty when the file has none.
    package var types: [Int32] = []
    /// `tokenizer.ggml.merges`: needed for `gpt2`.
    package var merges = ByteStrings()
    /// `tokenizer.ggml.scores`, one for each token: needed for `llama`.
    package var scores: [Float] = []
    /// The `tokenizer.ggml.*_token_id` keys.
    package var named = NamedTokens()
    /// `tokenizer.ggml.add_bos_token`, `add_eos_token`, `add_space_prefix`; nil when absent.
    package var addsBegin: Bool?, addsEnd: Bool?, addsSpacePrefix: Bool?

    package init(file: String, model: String, pre: String?, tokens: ByteStrings) {
        self.file = file
        self.model = model
        self.pre = pre
        self.tokens = tokens
    }
}

extension Tokenizer {
    /// Makes a tokenizer of the vocabulary in a GGUF file.
    package convenience init(_ vocabulary: GGUFVocabulary) throws(TokenizerError) {
        var parts = TokenizerParts(table: try vocabulary.table())
        parts.addedTokens = vocabulary.addedTokens(in: parts.table)
        parts.named = try vocabulary.checkedNames()
        switch vocabulary.model {
        case "gpt2":
            parts.rule = try vocabulary.readByteLevel(into: &parts)
            parts.spelling = .bytes(Tokenizer.byteLevelIDs(in: parts.table))
        case "llama":
            parts.rule = try vocabulary.readSentencePiece(into: &parts)
            parts.spelling = .characters(
                Fallback(
                    bytes: Tokenizer.byteTokenIDs(in: &parts.table), unknown: parts.named.unknown,
                    fuses: false))
        default:
            throw .unsupported(
                file: vocabulary.file, part: "tokenizer model", found: vocabulary.model,
                known: ["gpt2", "llama"])
        }
        self.init(parts)
    }
}

extension GGUFVocabulary {
    fileprivate func table() throws(TokenizerError) -> TokenTable {
        let count = tokens.count
        guard count > 0 else { throw .missing(file: file, what: "tokens") }
        guard count <= TokenTable.idLimit else {
            throw .tooMany(file: file, what: "tokens", found: count, limit: TokenTable.idLimit)
        }
        guard types.isEmpty || types.count == count else {
            throw .malformed(
                file: file, place: "tokenizer.ggml.token_type",
                detail: "has \(types.count) entries for \(count) tokens")
        }
        guard scores.isEmpty || scores.count == count else {
            throw .malformed(
                file: file, place: "tokenizer.ggml.scores",
                detail: "has \(scores.count) entries for \(count) tokens")
        }
        var table = TokenTable(expectedCount: count, expectedByteCount: tokens.byteCount)
        for id in 0..<count {
            var kind = TokenKind.normal
            if !types.isEmpty {
                // A type of later years is taken for one that text never becomes.
                kind = UInt8(exactly: types[id]).flatMap { TokenKind(rawValue: $0) } ?? .unused
                if kind == .absent { kind = .unused }
            }
            // Of two tokens with one text the first is found by it; both can be decoded.
            _ = tokens.withBytes(at: id) { table.insert($0, id: id, kind: kind) }
        }
        return table
    }

    /// Control tokens and the unknown one count as special, user-defined ones do not.
    fileprivate func addedTokens(in table: TokenTable) -> [AddedToken] {
        (0..<table.count).compactMap { id in
            switch table.kind(of: id) {
            case .control, .unknown:
                AddedToken(id: id, content: table.string(of: id), isSpecial: true)
            case .userDefined:
                AddedToken(id: id, content: table.string(of: id), isSpecial: false)
            default: nil
            }
        }
    }

    fileprivate func checkedNames() throws(TokenizerError) -> NamedTokens {
        let all: [(String, Int?)] = [
            ("bos", named.begin), ("eos", named.end), ("eot", named.endOfTurn),
            ("eom", named.endOfMessage), ("unknown", named.unknown), ("padding", named.padding),
            ("seperator", named.separator),
        ]
        for (name, id) in all {
            guard let id, !(0..<tokens.count).contains(id) else { continue }
            throw .malformed(
                file: file, place: "tokenizer.ggml.\(name)_token_id",
                detail: "is \(id), but there are \(tokens.count) tokens")
        }
        return named
    }

    /// What is added of its own accord, unless the file says otherwise.
    private func readEnds(into parts: inout TokenizerParts, beginByDefault: Bool) {
        if let begin = named.begin, addsBegin ?? beginByDefault { parts.opening = [begin] }
        if let end = named.end, addsEnd ?? false { parts.closing = [end] }
    }

    fileprivate func readByteLevel(
        into parts: inout TokenizerParts
    ) throws(TokenizerError) -> MergeRule {
        let name = pre ?? "default"
        guard let preTokenizer = PreTokenizer(named: name) else {
            throw .unsupported(
                file: file, part: "pre-tokenizer", found: name, known: PreTokenizer.knownNames)
        }
        if name == "default" {
            parts.warnings.append(
                "\(file) does not name its pre-tokenizer, as old files do not: GPT-2's is used. "
                    + "A newer conversion of the model may answer better.")
        }
        parts.preTokenizer = preTokenizer
        parts.takesWholePieces = PreTokenizer.namesOfWholePieces.contains(name)
        if addsSpacePrefix ?? false {
            parts.prefixing.steps = [.begin(with: Array(" ".utf8), onlyAtStart: false)]
        }
        readEnds(into: &parts, beginByDefault: PreTokenizer.namesOfWholePieces.contains(name))
        guard merges.count > 0 else { throw .missing(file: file, what: "merges") }
        guard merges.count <= TokenTable.idLimit else {
            throw .tooMany(
                file: file, what: "merges", found: merges.count, limit: TokenTable.idLimit)
        }
        var table = MergeTable(expectedCount: merges.count)
        var unknown = 0
        for rank in 0..<merges.count {
            let pair = merges.withBytes(at: rank) {
                MergePair(line: $0, separator: .firstSpace, table: parts.table)
            }
            guard case .ids(let left, let right, let joined) = pair,
                parts.table.isReachable(joined)
            else {
                unknown += 1
                continue
            }
            table.insert(
                left: left, right: right, merge: Merge(rank: UInt32(rank), id: UInt32(joined)),
                repeated: .firstStays)
        }
        if unknown > 0 {
            parts.warnings.append(
                "\(file) has \(unknown) merges that make no token of its vocabulary: they are left "
                    + "out.")
        }
        return .ranked(table)
    }

    fileprivate func readSentencePiece(
        into parts: inout TokenizerParts
    ) throws(TokenizerError) -> MergeRule {
        guard !scores.isEmpty else { throw .missing(file: file, what: "scores") }
        if let id = scores.firstIndex(where: \.isNaN) {
            throw .malformed(
                file: file, place: "tokenizer.ggml.scores[\(id)]", detail: "is not a number")
        }
        let marker = Array("\u{2581}".utf8)
        let hasPrefix = addsSpacePrefix ?? true
        if hasPrefix { parts.normalizer.steps.append(.prepend(marker)) }
        parts.normalizer.steps.append(.replace(Array(" ".utf8), with: marker))
        parts.decoding = .characters(
            CharacterDecoding(
                marker: marker, usesBytes: true, leading: hasPrefix ? .dropsSpace : .stays))
        readEnds(into: &parts, beginByDefault: true)
        return .scored(MergeScores(scores: scores, table: parts.table))
    }
}

extension PreTokenizer {
    /// The GGUF names that also mean: a piece that is a token needs no merging, and the opening
    /// token is added.
    fileprivate static let namesOfWholePieces = ["llama-bpe", "llama3", "llama-v3"]
}
