import Testing
import Tokenizer

@Suite struct `A vocabulary with its merges` {
    private func tokenizer(
        vocabulary: String = #"{"a":0,"b":1,"ab":2,"<m>":3,"Ġ":4}"#, merges: String = "a b\n",
        added: String? = nil, config: String? = nil
    ) throws(TokenizerError) -> Tokenizer {
        let vocabulary = Array(vocabulary.utf8)
        let merges = Array(merges.utf8)
        return try Tokenizer(
            vocabulary: vocabulary.span, merges: merges.span,
            addedTokens: added.map { Array($0.utf8) },
            config: config.map { Array($0.utf8) }, folder: "model")
    }

    private func message(
        _ make: () throws(TokenizerError) -> Tokenizer
    ) -> String {
        do throws(TokenizerError) {
            _ = try make()
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        "a b", "a b\n", "#version: 0.2\na b\n", "#version: 0.2\r\na b\r\n", "\na b\n\n",
    ])
    func `merges are one a line`(merges: String) throws {
        let tokenizer = try tokenizer(merges: merges)
        #expect(tokenizer.encode("aabb", matchSpecial: true) == [0, 2, 1])
    }

    @Test func `added tokens are markers`() throws {
        let tokenizer = try tokenizer(added: #"{"<m>":3,"<n>":9}"#)
        #expect(tokenizer.encode("a<m><n>", matchSpecial: true) == [0, 3, 9])
        #expect(tokenizer.encode("<n>a", matchSpecial: false) == [0])
        #expect(tokenizer.count == 10)
        #expect(tokenizer.token(of: 7) == nil)
    }

    @Test func `the configuration names tokens and flags`() throws {
        let tokenizer = try tokenizer(
            added: #"{"<never>":8}"#,
            config: """
                {"tokenizer_class":"GPT2Tokenizer","bos_token":"<m>","eos_token":{"content":"b"},\
                "add_prefix_space":true,"added_tokens_decoder":{"3":{"content":"<m>",\
                "special":true,"rstrip":true,"normalized":false}}}
                """)
        #expect(tokenizer.named.begin == 3)
        #expect(tokenizer.named.end == 1)
        #expect(tokenizer.id(of: "<never>") == nil)
        #expect(tokenizer.encode("<m>  ab", matchSpecial: true) == [3, 4, 2])
    }

    @Test func `each fault has its sentence`() {
        #expect(
            message { () throws(TokenizerError) in try tokenizer(merges: "a b\na c\n") }
                == "model/merges.txt: line 2 needs the token c, which is not in the vocabulary. Use "
                + "the tokenizer files that came with the model.")
        #expect(
            message { () throws(TokenizerError) in try tokenizer(merges: "ab\n") }
                == "model/merges.txt: line 1 is not two tokens of the vocabulary. Use the tokenizer "
                + "files that came with the model.")
        #expect(
            message { () throws(TokenizerError) in try tokenizer(vocabulary: "[1]") }
                == "model/vocab.json: the file is no JSON object. Use the tokenizer files that came "
                + "with the model.")
        #expect(
            message { () throws(TokenizerError) in try tokenizer(added: #"{"<n>":"x"}"#) }
                == "model/added_tokens.json: token <n> has no usable id. Use the tokenizer files "
                + "that came with the model.")
        #expect(
            message { () throws(TokenizerError) in
                try tokenizer(config: #"{"tokenizer_class":"T5Tokenizer"}"#)
            }
                == "model/tokenizer_config.json asks for the tokenizer class T5Tokenizer, which is "
                + "not built in. Known: GPT2Tokenizer, GPT2TokenizerFast.")
        #expect(
            message { () throws(TokenizerError) in
                try tokenizer(config: #"{"added_tokens_decoder":{"x":{}}}"#)
            }
                == "model/tokenizer_config.json: added_tokens_decoder[x] lacks an id or a content. "
                + "Use the tokenizer files that came with the model.")
    }
}
