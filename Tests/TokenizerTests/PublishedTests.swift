import Testing
import Tokenizer

/// The reference figures of the published vocabularies, written out: ids that prompts are built of.
@Suite(.enabled(if: Golden.hasGenuineFiles, Comment(rawValue: Golden.whyNot)))
struct `Published vocabularies` {
    private static let smolVLM = "SmolVLM-256M-Instruct"

    private static let texts: [(text: String, ids: [Int])] = [
        (
            "Platform 9 closes at 23:45",
            [5308, 3495, 216, 41, 29508, 418, 216, 34, 35, 42, 36, 37]
        ),
        ("don't we'll I'D", [12420, 982, 392, 3060, 339, 23, 52]),
        ("2026-11-21", [34, 32, 34, 38, 29, 33, 33, 29, 34, 33]),
        ("  two  spaces ", [216, 827, 216, 5600, 216]),
        ("tab\there\r\n\r\nend", [15999, 197, 1531, 7209, 198, 486]),
        (
            "naïve café 東京 ½ ²",
            [
                3546, 46494, 37366, 17097, 247, 126, 16736, 122, 216, 16738, 216, 19133,
            ]
        ),
        (
            "\u{1F642}\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            [
                10813, 38887, 10813, 235, 119, 321, 231, 10813, 235, 119, 321, 231, 10813, 235, 117,
            ]
        ),
        ("\u{A0}nbsp\u{3000}wide", [15442, 94, 32093, 12109, 218, 3641]),
        (
            "TOTAL  € 1,204.50",
            [68, 4515, 3206, 216, 24927, 216, 33, 28, 34, 32, 36, 30, 37, 32]
        ),
        ("x==y!=z // ok...", [104, 1189, 105, 42732, 106, 13241, 10907, 2026]),
        ("a\n\n\nb\n\n", [81, 1116, 198, 82, 1116]),
        ("\n\n", [1116]),
        ("Ünïcode \u{301}mark", [142, 246, 94, 25972, 4635, 216, 151, 219, 4260]),
        (" 7", [216, 39]),
        ("user<image>text <end_of_utterance>", [4093, 49190, 2692, 216, 49279]),
        ("<|im_start|>User:", [1, 11126, 42]),
        ("<end_of_utterance>\nAssistant:", [49279, 198, 9519, 9531, 42]),
        ("Which platform is it?", [14413, 3941, 314, 357, 47]),
        (" Which platform is it?", [10366, 3941, 314, 357, 47]),
        (
            "<fake_token_around_image><row_1_col_1><image><image>"
                + "<fake_token_around_image><row_1_col_2><image><image>\n"
                + "<fake_token_around_image><row_2_col_1><image><image>"
                + "<fake_token_around_image><row_2_col_2><image><image>\n\n"
                + "<fake_token_around_image><global-img><image><image><fake_token_around_image>",
            [
                49189, 49153, 49190, 49190, 49189, 49154, 49190, 49190, 198, 49189, 49159, 49190,
                49190, 49189, 49160, 49190, 49190, 1116, 49189, 49152, 49190, 49190, 49189,
            ]
        ),
    ]

    @Test func `the documented texts have the documented ids and come back`() throws {
        let tokenizer = try #require(try Golden.tokenizer(Self.smolVLM))
        for (text, ids) in Self.texts {
            #expect(tokenizer.encode(text, matchSpecial: true) == ids, "\(text)")
            #expect(tokenizer.decode(ids, skippingSpecial: false) == text)
        }
    }

    @Test func `the four vision models share one vocabulary`() throws {
        let first = try #require(try Golden.genuine(Self.smolVLM, "tokenizer.json"))
        for name in [
            "SmolVLM-500M-Instruct", "SmolVLM2-256M-Video-Instruct", "SmolVLM2-500M-Video-Instruct",
        ] {
            #expect(try Golden.genuine(name, "tokenizer.json") == first, "\(name)")
        }
    }

    @Test func `markers have the documented ids`() throws {
        let tokenizer = try #require(try Golden.tokenizer(Self.smolVLM))
        #expect(tokenizer.count == 49280)
        for row in 1...6 {
            for column in 1...6 {
                let id = tokenizer.id(of: "<row_\(row)_col_\(column)>")
                #expect(id == 49153 + 6 * (row - 1) + (column - 1))
            }
        }
        #expect(tokenizer.id(of: "<video>") == nil)
        #expect(tokenizer.encode("<row_7_col_1>", matchSpecial: true).count > 1)
        #expect(tokenizer.endingIDs == [0, 2, 49279])
        #expect(tokenizer.opening == [] && tokenizer.closing == [])
        #expect(tokenizer.token(of: 198) == "Ċ")
        #expect(tokenizer.token(of: 49190) == "<image>")
        #expect(tokenizer.token(of: 49280) == nil)
    }

    @Test func `text of a user cannot write a marker`() throws {
        for name in [Self.smolVLM, "SmolLM2-135M-Instruct", "SmolLM3-3B", "granite-docling-258M"] {
            let tokenizer = try #require(try Golden.tokenizer(name))
            let special = Set(tokenizer.addedTokens.filter(\.isSpecial).map(\.id))
            for token in tokenizer.addedTokens where token.isSpecial {
                let text = "a \(token.content)\(token.content)\n"
                let ids = tokenizer.encode(text, matchSpecial: false)
                #expect(special.isDisjoint(with: ids), "\(token.content)")
                #expect(tokenizer.decode(ids, skippingSpecial: true) == text)
            }
        }
    }

    @Test func `thinking marks of SmolLM3 are visible text`() throws {
        let tokenizer = try #require(try Golden.tokenizer("SmolLM3-3B"))
        let ids = tokenizer.encode("<think>\n\n</think>\nok", matchSpecial: false)
        #expect(ids.first == 128002)
        #expect(tokenizer.decode(ids, skippingSpecial: true) == "<think>\n\n</think>\nok")
    }

    @Test func `a folder without tokenizer json heeds its configuration first`() throws {
        let name = "granite-docling-258M"
        let tokenizer = try #require(try Golden.tokenizer(name))
        // The configuration lists the added tokens, so added_tokens.json says nothing.
        #expect(tokenizer.id(of: "<end_of_utterance>") == nil)
        #expect(tokenizer.count == 100352)
        #expect(tokenizer.named.begin == tokenizer.id(of: "<|start_of_role|>"))
        #expect(tokenizer.named.end == 100257)
        #expect(tokenizer.encode("<text>x", matchSpecial: true).first == 100260)

        let vocabulary = try #require(try Golden.genuine(name, "vocab.json"))
        let merges = try #require(try Golden.genuine(name, "merges.txt"))
        let added = try Golden.genuine(name, "added_tokens.json")
        let bare = try Tokenizer(
            vocabulary: vocabulary.span, merges: merges.span, addedTokens: added, config: nil,
            folder: name)
        #expect(bare.encode("<end_of_utterance>", matchSpecial: true) == [100352])
        #expect(bare.encode("<end_of_utterance>", matchSpecial: false).count > 1)
    }
}
