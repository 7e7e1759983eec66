import JSON
import Testing
import Tokenizer

@Suite struct `Vocabularies of GGUF files` {
    /// A tokenizer.json of the tree as a conversion would write it.
    private func converted(_ name: String, pre: String?) throws -> GGUFVocabulary {
        let json = try Golden.json("\(name).json")
        let model = try #require(json["model"])
        var tokens: [Int: String] = [:]
        for (key, value) in try #require(model["vocab"]).members {
            tokens[try #require(value.int)] = key.string
        }
        var types: [Int: Int32] = [:]
        for token in try #require(json["added_tokens"]).elements {
            let id = try #require(token["id"]?.int)
            tokens[id] = token["content"]?.string
            types[id] = token["special"]?.bool == true ? 3 : 4
        }
        let count = (tokens.keys.max() ?? 0) + 1
        var vocabulary = GGUFVocabulary(
            file: "model.gguf", model: "gpt2", pre: pre,
            tokens: ByteStrings((0..<count).map { tokens[$0] ?? "[PAD\($0)]" }))
        vocabulary.types = (0..<count).map { types[$0] ?? (tokens[$0] == nil ? 5 : 1) }
        vocabulary.merges = ByteStrings(
            try #require(model["merges"]).elements.map { merge in
                merge.string ?? merge.elements.compactMap(\.string).joined(separator: " ")
            })
        return vocabulary
    }

    private func message(_ vocabulary: GGUFVocabulary) -> String {
        do throws(TokenizerError) {
            _ = try Tokenizer(vocabulary)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [("reduced-smolvlm", "smollm"), ("reduced-smollm3", "llama-bpe")])
    func `a conversion gives the ids of the original`(name: String, pre: String) throws {
        let original = try Golden.reduced(name)
        let tokenizer = try Tokenizer(converted(name, pre: pre))
        #expect(tokenizer.count == original.count)
        #expect(tokenizer.warnings == [])
        for line in try GeneratedLines.all.get().lines.prefix(3_000) {
            for special in [true, false] {
                let ids = tokenizer.encode(line, matchSpecial: special)
                #expect(ids == original.encode(line, matchSpecial: special))
                #expect(
                    tokenizer.decode(ids, skippingSpecial: special)
                        == original.decode(ids, skippingSpecial: special))
            }
        }
    }

    @Test func `names of pre-tokenizers mean their rules`() throws {
        let text = "a 123 don't IT'S x\n\ny"
        func ids(_ pre: String?) throws -> [Int] {
            try Tokenizer(converted("reduced-smollm3", pre: pre))
                .encode(text, matchSpecial: false)
        }
        let llama3 = try ids("llama-bpe")
        #expect(try ids("smaug-bpe") == llama3)
        #expect(try ids("llama3") == llama3)
        let gpt2 = try ids("gpt-2")
        #expect(gpt2 != llama3)
        #expect(try ids("granite-docling") == gpt2)
        #expect(try ids("smollm") != gpt2)
        #expect(try ids("qwen2") != llama3)
    }

    @Test func `an old file without a name is read with a warning`() throws {
        for pre in [nil, "default"] {
            let tokenizer = try Tokenizer(converted("reduced-smollm3", pre: pre))
            #expect(
                tokenizer.warnings == [
                    "model.gguf does not name its pre-tokenizer, as old files do not: GPT-2's is "
                        + "used. A newer conversion of the model may answer better."
                ])
        }
    }

    @Test func `only llama-bpe takes whole pieces and an opening token`() throws {
        for (pre, opens) in [("llama-bpe", true), ("smaug-bpe", false), ("smollm", false)] {
            var vocabulary = try converted("reduced-smollm3", pre: pre)
            vocabulary.named.begin = 3
            vocabulary.named.end = 4
            #expect(try Tokenizer(vocabulary).opening == (opens ? [3] : []))
            vocabulary.addsBegin = !opens
            vocabulary.addsEnd = true
            let tokenizer = try Tokenizer(vocabulary)
            #expect(tokenizer.opening == (opens ? [] : [3]))
            #expect(tokenizer.closing == [4])
            // A token no merge leads to.
            let whole = try #require(tokenizer.id(of: "Platform"))
            let ids = tokenizer.encode("Platform", matchSpecial: false)
            #expect((ids == [whole]) == opens)
        }
    }

    @Test func `control tokens are hidden and user-defined ones are not`() throws {
        var vocabulary = GGUFVocabulary(
            file: "small.gguf", model: "gpt2", pre: "smollm",
            tokens: ByteStrings(["a", "b", "ab", "<c>", "<u>", "[PAD5]", "<c>b", "Ġ"]))
        vocabulary.types = [1, 1, 1, 3, 4, 5, 99, 1]
        vocabulary.merges = ByteStrings(["a b"])
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.encode("ab<c><u>a", matchSpecial: true) == [2, 3, 4, 0])
        #expect(tokenizer.encode("<c><u>b", matchSpecial: false) == [4, 1])
        #expect(tokenizer.decode([0, 3, 4, 5, 6, 7], skippingSpecial: true) == "a<u> ")
        #expect(tokenizer.decode([3, 4], skippingSpecial: false) == "<c><u>")
        #expect(tokenizer.kind(of: 6) == .unused)
        #expect(tokenizer.kind(of: 4) == .userDefined)
    }

    @Test func `merges without a token are left out with a warning`() throws {
        var vocabulary = GGUFVocabulary(
            file: "small.gguf", model: "gpt2", pre: "gpt-2",
            tokens: ByteStrings(["a", "b", "ab", "c", "Ġ", "Ġa"]))
        // The first of two equal pairs counts.
        vocabulary.merges = ByteStrings(["a b", "b c", "x y", "Ġ a", "nospace", "a b"])
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.encode("ab ab", matchSpecial: true) == [2, 4, 2])
        #expect(
            tokenizer.warnings == [
                "small.gguf has 3 merges that make no token of its vocabulary: they are left out."
            ])
    }

    @Test func `SentencePiece keeps its markers from users`() throws {
        let tokenizer = try Tokenizer(sentencePieceVocabulary(Golden.json("sentencepiece.json")))
        #expect(tokenizer.opening == [1])
        let prompt = tokenizer.encode(
            [
                TextPart("<s>the", matchesSpecial: true), TextPart("</s>", matchesSpecial: false),
            ])
        #expect(prompt.first == 1)
        #expect(!prompt.contains(2))
        #expect(tokenizer.decode(prompt, skippingSpecial: true) == "the</s>")
        #expect(tokenizer.encode("", matchSpecial: true) == [])
        // A byte is a byte, and no text.
        #expect(tokenizer.encode("<0x0A>", matchSpecial: true).count > 2)
        #expect(
            tokenizer.decode(tokenizer.encode("🙂\n", matchSpecial: true), skippingSpecial: true)
                == "🙂\n")
    }

    @Test func `a file can ask for no space in front`() throws {
        var vocabulary = try sentencePieceVocabulary(Golden.json("sentencepiece.json"))
        vocabulary.addsSpacePrefix = false
        let tokenizer = try Tokenizer(vocabulary)
        let ids = tokenizer.encode("the", matchSpecial: false)
        #expect(ids.first.flatMap { tokenizer.token(of: $0) }?.hasPrefix("▁") == false)
        #expect(tokenizer.decode(ids, skippingSpecial: true) == "the")
    }

    @Test func `each fault has its sentence`() throws {
        let tail = "Use the tokenizer files that came with the model."
        let good = try converted("reduced-smolvlm", pre: "smollm")
        let spaced = try sentencePieceVocabulary(Golden.json("sentencepiece.json"))
        var bad = good
        bad.pre = "chatglm-bpe"
        #expect(
            message(bad) == "model.gguf asks for the pre-tokenizer chatglm-bpe, which is not built "
                + "in. Known: smollm, gpt-2, granite-docling, llama-bpe, llama3, llama-v3, "
                + "smaug-bpe, qwen2, default.")
        bad = good
        bad.model = "bert"
        #expect(
            message(bad) == "model.gguf asks for the tokenizer model bert, which is not built in. "
                + "Known: gpt2, llama.")
        bad = good
        bad.types = [1]
        #expect(
            message(bad) == "model.gguf: tokenizer.ggml.token_type has 1 entries for "
                + "\(good.tokens.count) tokens. \(tail)")
        bad = good
        bad.scores = [1]
        #expect(
            message(bad) == "model.gguf: tokenizer.ggml.scores has 1 entries for "
                + "\(good.tokens.count) tokens. \(tail)")
        bad = good
        bad.merges = ByteStrings()
        #expect(message(bad) == "model.gguf has no merges. \(tail)")
        bad = good
        bad.tokens = ByteStrings()
        #expect(message(bad) == "model.gguf has no tokens. \(tail)")
        bad = good
        bad.named.end = 1_000_000
        #expect(
            message(bad) == "model.gguf: tokenizer.ggml.eos_token_id is 1000000, but there are "
                + "\(good.tokens.count) tokens. \(tail)")
        bad = spaced
        bad.scores = []
        #expect(message(bad) == "small.gguf has no scores. \(tail)")
        bad = spaced
        bad.scores[7] = .nan
        #expect(message(bad) == "small.gguf: tokenizer.ggml.scores[7] is not a number. \(tail)")
    }

    @Test func `token bytes that are no text are kept`() throws {
        var tokens = ByteStrings(["a", "b"])
        let bytes: [UInt8] = [0xFF, 0xFE]
        tokens.append(bytes.span)
        var vocabulary = GGUFVocabulary(
            file: "odd.gguf", model: "gpt2", pre: "gpt-2", tokens: tokens)
        vocabulary.types = [1, 1, 4]
        vocabulary.merges = ByteStrings(["a b"])
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.count == 3)
        #expect(tokenizer.decode([0, 2, 1], skippingSpecial: true) == "a\u{FFFD}\u{FFFD}b")
    }
}
