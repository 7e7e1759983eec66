import JSON
import Testing
import Tokenizer

@Suite struct `Tokenizer files that cannot be used` {
    private static let head = """
        "added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel",\
        "add_prefix_space":false,"use_regex":true},"post_processor":null,\
        "decoder":{"type":"ByteLevel"}
        """
    private static let model = """
        "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}
        """
    private static let good = "{\(head),\(model)}"

    private func tokenizer(_ text: String) throws(TokenizerError) -> Tokenizer {
        let bytes = Array(text.utf8)
        return try Tokenizer(json: bytes.span, file: "tokenizer.json")
    }

    private func message(_ text: String) -> String {
        do throws(TokenizerError) {
            _ = try tokenizer(text)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func `the example they are made from is good`() throws {
        let tokenizer = try tokenizer(Self.good)
        #expect(tokenizer.encode("abba", matchSpecial: true) == [2, 1, 0])
        #expect(tokenizer.decode([2, 1, 0], skippingSpecial: true) == "abba")
    }

    /// What is put in place of what in the good example, and the sentence that follows.
    private static let changes: [(old: String, new: String, message: String)] = [
        (
            #""merges":["a b"]"#, #""merges":["a c"]"#,
            "tokenizer.json: model.merges[0] needs the token c, which is not in the vocabulary. "
                + "Use the tokenizer files that came with the model."
        ),
        (
            #""merges":["a b"]"#, #""merges":["b a"]"#,
            "tokenizer.json: model.merges[0] needs the token ba, which is not in the vocabulary. "
                + "Use the tokenizer files that came with the model."
        ),
        (
            #""merges":["a b"]"#, #""merges":["a b","ab"]"#,
            "tokenizer.json: model.merges[1] is not two tokens of the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""merges":["a b"]"#, #""merges":[["a","b","a"]]"#,
            "tokenizer.json: model.merges[0] is not two tokens of the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""merges":["a b"]"#, #""merges":[["a",1]]"#,
            "tokenizer.json: model.merges[0] is not two tokens of the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""merges":["a b"]"#, #""merges":[7]"#,
            "tokenizer.json: model.merges[0] is not two tokens of the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #","merges":["a b"]"#, "",
            "tokenizer.json has no model.merges. Use the tokenizer files that came with the model."
        ),
        (
            #""vocab":{"a":0,"b":1,"ab":2},"#, "",
            "tokenizer.json has no model.vocab. Use the tokenizer files that came with the model."
        ),
        (
            #""b":1"#, #""b":0"#,
            "tokenizer.json: id 0 is given to both a and b. Use the tokenizer files that came with "
                + "the model."
        ),
        (
            #""b":1"#, #""a":1"#,
            "tokenizer.json: token a is in the vocabulary twice. Use the tokenizer files that came "
                + "with the model."
        ),
        (
            #""b":1"#, #""b":-1"#,
            "tokenizer.json: the id of token b is no whole number from 0 to 4194303. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""b":1"#, #""b":99999999999"#,
            "tokenizer.json: the id of token b is no whole number from 0 to 4194303. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""type":"BPE""#, #""type":"Unigram""#,
            "tokenizer.json asks for the model Unigram, which is not built in. Known: BPE."
        ),
        (
            #""type":"BPE""#, #""type":"BPE","dropout":0.1"#,
            "tokenizer.json asks for the model.dropout 0.1, which is not built in. Known: none."
        ),
        (
            #""type":"BPE""#, #""type":"BPE","end_of_word_suffix":"</w>""#,
            "tokenizer.json asks for the model.end_of_word_suffix </w>, which is not built in. "
                + "Known: none."
        ),
        (
            #""type":"BPE""#, #""type":"BPE","unk_token":"<unk>""#,
            "tokenizer.json: model.unk_token is <unk>, which is not in the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""type":"BPE""#, #""type":"BPE","unk_token":"a","fuse_unk":true"#,
            "tokenizer.json asks for the model.fuse_unk true where the vocabulary lacks bytes, "
                + "which is not built in. Known: false."
        ),
        (
            #""normalizer":null"#, #""normalizer":{"type":"NFC"}"#,
            "tokenizer.json asks for the normalizer NFC, which is not built in. Known: none, "
                + "Prepend, Replace."
        ),
        (
            #""normalizer":null"#, #""normalizer":{"type":"Sequence"}"#,
            "tokenizer.json: normalizer is a Sequence without normalizers. Use the tokenizer files "
                + "that came with the model."
        ),
        (
            #""normalizer":null"#,
            #""normalizer":{"type":"Replace","pattern":{"Regex":" +"},"content":" "}"#,
            "tokenizer.json asks for the normalizer Replace with pattern  +, which is not built "
                + "in. Known: a plain text."
        ),
        (
            #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
            #"{"type":"Whitespace"}"#,
            "tokenizer.json asks for the pre-tokenizer Whitespace, which is not built in. Known: "
                + "ByteLevel, Digits, Metaspace, Split."
        ),
        (
            #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
            #"{"type":"Split","pattern":{"Regex":"\\d+"},"behavior":"Isolated"}"#,
            "tokenizer.json asks for the pre-tokenizer Split with pattern \\d+, which is not built "
                + "in. Known: those of GPT-2, GPT-4, Llama 3 and Qwen 2."
        ),
        (
            #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#, "{}",
            "tokenizer.json: pre_tokenizer has no type. Use the tokenizer files that came with the "
                + "model."
        ),
        (
            #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
            #"{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}"#,
            "tokenizer.json asks for the pre-tokenizer ByteLevel with add_prefix_space after other "
                + "steps, which is not built in. Known: ByteLevel with add_prefix_space as the "
                + "first step."
        ),
        (
            #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#, "null",
            "tokenizer.json: decoder does not undo what the pre-tokenizer does. Use the tokenizer "
                + "files that came with the model."
        ),
        (
            #""decoder":{"type":"ByteLevel"}"#, #""decoder":{"type":"WordPiece"}"#,
            "tokenizer.json asks for the decoder WordPiece, which is not built in. Known: "
                + "ByteLevel, Metaspace, Replace then ByteFallback then Fuse then Strip."
        ),
        (
            #""decoder":{"type":"ByteLevel"}"#, #""decoder":null"#,
            "tokenizer.json asks for the decoder none, which is not built in. Known: ByteLevel, "
                + "Metaspace, Replace then ByteFallback then Fuse then Strip."
        ),
        (
            #""post_processor":null"#, #""post_processor":{"type":"BertProcessing"}"#,
            "tokenizer.json asks for the post-processor BertProcessing, which is not built in. "
                + "Known: none, ByteLevel, TemplateProcessing."
        ),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}]}"#,
            "tokenizer.json: post_processor.single names a special token that it does not explain. "
                + "Use the tokenizer files that came with the model."
        ),
        (
            #""post_processor":null"#, #""post_processor":{"type":"TemplateProcessing"}"#,
            "tokenizer.json has no single in its TemplateProcessing. Use the tokenizer files that "
                + "came with the model."
        ),
        (
            #""added_tokens":[]"#, #""added_tokens":[{"id":5}]"#,
            "tokenizer.json: added_tokens[0] lacks an id or a content. Use the tokenizer files "
                + "that came with the model."
        ),
        (
            #""added_tokens":[]"#, #""added_tokens":[{"id":1,"content":"a"}]"#,
            "tokenizer.json: added token a has the id 1, but 0 in the vocabulary. Use the "
                + "tokenizer files that came with the model."
        ),
        (
            #""added_tokens":[]"#, #""added_tokens":[{"id":1,"content":"x"}]"#,
            "tokenizer.json: id 1 is given to both b and x. Use the tokenizer files that came with "
                + "the model."
        ),
        (
            #""added_tokens":[]"#,
            #""added_tokens":[{"id":9,"content":"x"},{"id":9,"content":"x"}]"#,
            "tokenizer.json: added token x is listed twice. Use the tokenizer files that came with "
                + "the model."
        ),
    ]

    @Test(arguments: changes.indices)
    func `each fault has its sentence`(index: Int) {
        let change = Self.changes[index]
        let text = Self.good.replacing(change.old, with: change.new)
        #expect(text != Self.good)
        #expect(message(text) == change.message)
    }

    @Test func `what is no tokenizer file at all has its sentence`() {
        #expect(
            message("[]")
                == "tokenizer.json: the file is no JSON object. Use the tokenizer files that came "
                + "with the model.")
        #expect(
            message("{}")
                == "tokenizer.json has no model. Use the tokenizer files that came with the model.")
        #expect(message("{\"model\":").hasPrefix("tokenizer.json is not JSON: "))
        #expect(message("").hasPrefix("tokenizer.json is not JSON: "))
    }

    /// Every value of a real file in turn becomes something else: read or refused, never a crash.
    @Test func `no single wrong value does harm`() throws {
        for name in [
            "added tokens of every kind", "Llama 2", "few letters, fused True, bytes True",
        ] {
            let file = try #require(try Golden.caseFile(name)).file
            for key in [
                "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
                "model", "vocab", "merges", "type", "content", "id", "special", "lstrip",
                "unk_token", "fuse_unk", "byte_fallback", "ignore_merges", "pattern", "String",
                "prepend", "single", "special_tokens", "ids", "pretokenizers", "decoders",
                "normalizers", "replacement", "start", "stop",
            ] {
                guard let place = file.firstRange(of: Array("\"\(key)\":".utf8)) else { continue }
                let end = try #require(JSONSpan.end(of: file, from: place.upperBound))
                for new in ["null", "7", "-1", "\"x\"", "[]", "{}", "true", "[[]]", "1e99"] {
                    let changed = file[..<place.upperBound] + Array(new.utf8) + file[end...]
                    let sentence = message(String(decoding: changed, as: UTF8.self))
                    #expect(sentence == "accepted" || sentence.hasSuffix("."), "\(key) \(new)")
                }
            }
        }
    }

    @Test func `no cut or scrambled file does harm`() throws {
        let bytes = try #require(try Golden.caseFile("Llama 2")).file
        var source = LineSource(state: 3, tables: Tables(try JSONValue(parsing: "{}")))
        for round in 0..<300 {
            var changed = bytes
            if round % 3 == 0 {
                changed.removeLast(source.pick(bytes.count))
            } else {
                for _ in 0..<1 + source.pick(20) {
                    changed[source.pick(bytes.count)] = UInt8(32 + source.pick(95))
                }
            }
            if let tokenizer = try? Tokenizer(json: changed.span, file: "tokenizer.json") {
                _ = tokenizer.encode("the quick 東京 <s>", matchSpecial: true)
                _ = tokenizer.decode(0..<tokenizer.count, skippingSpecial: false)
            }
        }
    }
}

/// Finds where a value of a JSON text ends, for tests that put another in its place.
enum JSONSpan {
    static func end(of text: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var isString = false
        var isEscaped = false
        for index in start..<text.count {
            let character = Character(Unicode.Scalar(text[index]))
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isString = false
                }
            } else if character == "\"" {
                isString = true
            } else if "[{".contains(character) {
                depth += 1
            } else if ",]}".contains(character), depth == 0 {
                return index
            } else if "]}".contains(character) {
                depth -= 1
            }
        }
        return nil
    }
}
