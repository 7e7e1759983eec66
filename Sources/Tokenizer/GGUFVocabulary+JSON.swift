// What a GGUF file says of a tokenizer.json. In: the bytes of the file; out: the same vocabulary as
// GGUF files have it, as the converter of llama.cpp makes it, or the sentence that says what in it
// has no place there.
// https://github.com/ggml-org/llama.cpp/blob/b4524/convert_hf_to_gguf.py
internal import JSON

extension GGUFVocabulary {
    /// Reads a `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - file: what the file is called in messages.
    ///   - rowCount: how many rows the model's table has: ids without a token are filled up.
    package init(
        json bytes: Span<UInt8>, file: String, rowCount: Int
    ) throws(TokenizerError) {
        let reader = try TokenizerFile(parsing: bytes, file: file)
        let parts = try reader.parts()
        guard parts.decoding == .bytes else {
            throw .unsupported(
                file: file, part: "decoder", found: "of SentencePiece for a GGUF file",
                known: ["ByteLevel"])
        }
        guard parts.normalizer.isIdentity, parts.prefixing.isIdentity else {
            throw .unsupported(
                file: file, part: "normalizer", found: "that changes texts for a GGUF file",
                known: ["none"])
        }
        guard parts.table.count <= rowCount else {
            throw .tooMany(
                file: file, what: "ids of tokens", found: parts.table.count, limit: rowCount)
        }
        self.init(
            file: file, model: "gpt2", pre: try Self.name(of: parts, file: file),
            tokens: ByteStrings())
        let special = Set(parts.addedTokens.filter(\.isMarker).map(\.id))
        for id in 0..<rowCount {
            let kind = id < parts.table.count ? parts.table.kind(of: id) : .absent
            if kind == .absent {
                tokens.append(Array("[PAD\(id)]".utf8).span)
                types.append(Int32(TokenKind.unused.rawValue))
            } else {
                parts.table.withText(of: id) { tokens.append($0) }
                types.append(Int32((special.contains(id) ? TokenKind.control : kind).rawValue))
            }
        }
        let list = reader.root["model"]?["merges"]
        for entry in list.map({ Array($0.elements) }) ?? [] {
            if entry.kind == .array {
                let line = entry.elements.compactMap(\.string).joined(separator: " ")
                merges.append(Array(line.utf8).span)
            } else {
                _ = entry.withUTF8 { merges.append($0) }
            }
        }
        named = parts.named
        // Whoever reads the file must not guess from the name of the pre-tokenizer.
        if let begin = parts.opening.first {
            named.begin = begin
            addsBegin = true
        } else if Self.addsBeginByName(pre) {
            addsBegin = false
        }
        if let end = parts.closing.last {
            named.end = end
            addsEnd = true
        }
    }

    /// Whether readers put the opening token before a text unless the file says otherwise.
    private static func addsBeginByName(_ name: String?) -> Bool { name == "llama-bpe" }

    private static func name(
        of parts: TokenizerParts, file: String
    ) throws(TokenizerError) -> String {
        switch parts.preTokenizer.steps {
        case [.digitsAlone, .gpt2]: return "smollm"
        case [.gpt2]: return "gpt-2"
        case [.llama3(digits: 3)]: return parts.takesWholePieces ? "llama-bpe" : "smaug-bpe"
        case [.llama3(digits: 1)]: return "qwen2"
        default:
            throw .unsupported(
                file: file, part: "pre-tokenizer", found: "that GGUF files have no name for",
                known: ["those of SmolLM, GPT-2, Llama 3 and Qwen 2"])
        }
    }
}

extension AddedToken {
    /// Whether user text must not be able to write it; some files do not say so of their markers.
    fileprivate var isMarker: Bool {
        isSpecial || content.hasPrefix("<|") && content.hasSuffix("|>")
    }
}
