/// Which ids a text is, and back. Immutable: any number of conversations share one.
///
/// Made from a `tokenizer.json`, from a `vocab.json` with its `merges.txt`, or from the vocabulary
/// in a GGUF file; ids are those the `tokenizers` package gives for the same files.
///
///     let tokenizer = try Tokenizer(json: bytes, file: "tokenizer.json")
///     let ids = tokenizer.encode("What is on platform 9?", matchSpecial: false)
///     let text = tokenizer.decode(ids, skippingSpecial: true)
package final class Tokenizer: Sendable {
    let table: TokenTable
    let rule: MergeRule
    let spelling: Spelling
    /// Whether a piece that is a token needs no merging.
    let takesWholePieces: Bool
    let normalizer: TextRewrite
    let prefixing: TextRewrite
    package let preTokenizer: PreTokenizer
    /// Found in the text as it came, then in the text as it is after normalisation.
    let rawTokens: AddedTokens, normalizedTokens: AddedTokens
    let decoding: Decoding

    /// The tokens that are matched as written, in the order of the files.
    package let addedTokens: [AddedToken]
    /// What the files put before and after a text of their own accord: nothing for this model
    /// family, `<s>` for Llama 2. `encode` never adds them.
    package let opening: [Int], closing: [Int]
    /// The ids with a known meaning.
    package let named: NamedTokens
    /// What was odd in the files but did no harm: for the log of whoever loads a model.
    package let warnings: [String]

    /// How the smallest symbols of a piece are found.
    enum Spelling: Sendable {
        /// One symbol a byte, by its id; `UInt32.max` where the vocabulary has none.
        case bytes([UInt32])
        /// One symbol a character; its bytes where the vocabulary has no such character.
        case characters(Fallback)
    }

    /// What stands for a character that the vocabulary lacks.
    struct Fallback: Sendable {
        /// By byte; `UInt32.max` where there is none. Empty when bytes are not to be used.
        var bytes: [UInt32] = []
        var unknown: Int?
        /// Whether several unknown characters in a row become one token.
        var fuses = false
    }

    init(_ parts: TokenizerParts) {
        table = parts.table
        rule = parts.rule
        spelling = parts.spelling
        takesWholePieces = parts.takesWholePieces
        normalizer = parts.normalizer
        prefixing = parts.prefixing
        preTokenizer = parts.preTokenizer
        decoding = parts.decoding
        addedTokens = parts.addedTokens
        opening = parts.opening
        closing = parts.closing
        named = parts.named
        warnings = parts.warnings
        let raw = parts.addedTokens.filter { !$0.isNormalized }
        let normalized = parts.addedTokens.filter(\.isNormalized)
        rawTokens = AddedTokens(tokens: raw, patterns: raw.map { Array($0.content.utf8) })
        normalizedTokens = AddedTokens(
            tokens: normalized,
            patterns: normalized.map { parts.normalizer.apply(to: Array($0.content.utf8)) })
    }

    /// One more than the largest id. A model may have more rows than that.
    package var count: Int { table.count }

    /// The id of the token that is written so in the vocabulary, in the characters of
    /// `ByteAlphabet` where the vocabulary uses them.
    package func id(of token: String) -> Int? { table.id(of: token) }

    /// How a token is written in the vocabulary; nil for an id that has none.
    package func token(of id: Int) -> String? {
        table.kind(of: id) == .absent ? nil : table.string(of: id)
    }

    /// What a token is for.
    package func kind(of id: Int) -> TokenKind { table.kind(of: id) }

    /// Whether text is spelled in bytes before it is merged, as in GPT-2; else in characters, as by
    /// SentencePiece.
    package var isByteLevel: Bool {
        if case .bytes = spelling { true } else { false }
    }
}

/// The ids with a known meaning, as far as the files say.
package struct NamedTokens: Sendable, Equatable {
    package var begin: Int?
    package var end: Int?
    package var endOfTurn: Int?
    package var endOfMessage: Int?
    package var unknown: Int?
    package var padding: Int?
    package var separator: Int?

    package init() {}
}

extension Tokenizer {
    /// Texts that end an answer whichever model wrote them.
    private static let endingTexts = [
        "<end_of_utterance>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>",
    ]

    /// The ids that end an answer as far as the vocabulary says; `generation_config.json` may name
    /// more.
    package var endingIDs: Set<Int> {
        Set(
            [named.end, named.endOfTurn, named.endOfMessage].compactMap(\.self)
                + Tokenizer.endingTexts.compactMap { id(of: $0) })
    }
}

/// What the readers of the several kinds of file agree on.
struct TokenizerParts {
    var table: TokenTable
    var rule = MergeRule.ranked(MergeTable(expectedCount: 0))
    var spelling = Tokenizer.Spelling.bytes([])
    var takesWholePieces = false
    var normalizer = TextRewrite()
    var prefixing = TextRewrite()
    var preTokenizer = PreTokenizer(steps: [])
    var decoding = Decoding.bytes
    var addedTokens: [AddedToken] = []
    var opening: [Int] = [], closing: [Int] = []
    var named = NamedTokens()
    var warnings: [String] = []
}
