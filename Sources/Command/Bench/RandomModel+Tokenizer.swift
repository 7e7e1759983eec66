internal import JSON

extension RandomModel {
    /// A vocabulary as large as the published one: bytes, pairs of bytes, and the marks of pictures
    /// and turns in their places.
    static var tokenizer: String {
        let letters = byteLetters
        let first = 3
        var pairs: [(String, String)] = []
        for one in letters {
            for other in letters where pairs.count < 49_152 - first - letters.count {
                pairs.append((one, other))
            }
        }
        var json = JSONWriter(style: .compact)
        json.object { json in
            json.member("version", "1.0")
            json.member("added_tokens") { json in
                json.array { json in
                    for (id, text) in marks { write(mark: text, id, &json) }
                }
            }
            json.member("normalizer") { $0.null() }
            json.member("pre_tokenizer") { $0.object { writeByteLevel(&$0) } }
            json.member("post_processor") { $0.null() }
            json.member("decoder") { $0.object { writeByteLevel(&$0) } }
            json.member("model") { json in
                json.object { json in
                    json.member("type", "BPE")
                    json.member("vocab") { json in
                        json.object { json in
                            let texts = letters + pairs.map { $0.0 + $0.1 }
                            for (place, text) in texts.enumerated() {
                                json.member(text, first + place)
                            }
                        }
                    }
                    json.member("merges") { json in
                        json.array { for (one, other) in pairs { $0.value("\(one) \(other)") } }
                    }
                }
            }
        }
        return json.text
    }

    private static func writeByteLevel(_ json: inout JSONWriter) {
        json.member("type", "ByteLevel")
        json.member("add_prefix_space", false)
        json.member("trim_offsets", true)
        json.member("use_regex", true)
    }

    private static func write(mark text: String, _ id: Int, _ json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("content", text)
            for key in ["single_word", "lstrip", "rstrip", "normalized"] { json.member(key, false) }
            json.member("special", true)
        }
    }

    /// The texts that stand for something, by their ids.
    private static var marks: [(id: Int, text: String)] {
        var marks = [(0, "<|endoftext|>"), (1, "<|im_start|>"), (2, "<|im_end|>")]
        var texts = ["<global-img>"]
        for row in 1...6 { for column in 1...6 { texts.append("<row_\(row)_col_\(column)>") } }
        texts += ["<fake_token_around_image>", "<image>"]
        marks += texts.enumerated().map { (49_152 + $0.offset, $0.element) }
        return marks + [(49_279, "<end_of_utterance>")]
    }

    /// The letter that stands for each byte in files of this kind: itself where it can be seen, else
    /// the next free one from U+0100 on.
    private static var byteLetters: [String] {
        var next: UInt32 = 0x100
        return (UInt32(0)...255).map { byte in
            let isSeen =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte)
                || (0xAE...0xFF).contains(byte)
            let code = isSeen ? byte : next
            if !isSeen { next += 1 }
            return Unicode.Scalar(code).map { String(Character($0)) } ?? "?"
        }
    }
}
