import Testing
import Tokenizer

@Suite struct `Assembling text` {
    private func stream(
        _ ids: [Int], _ tokenizer: Tokenizer, skippingSpecial: Bool = true, stops: [String] = []
    ) -> (pieces: [String], stop: String?) {
        var assembler = TextAssembler(
            tokenizer: tokenizer, skippingSpecial: skippingSpecial, stops: stops)
        var pieces = ids.map { assembler.append($0) }
        pieces.append(assembler.finish())
        return (pieces, assembler.stop)
    }

    @Test(arguments: ["reduced-smolvlm", "reduced-smollm3", "sentencepiece"])
    func `pieces together are the whole text`(name: String) throws {
        let tokenizer =
            name == "sentencepiece"
            ? try Tokenizer(sentencePieceVocabulary(Golden.json("sentencepiece.json")))
            : try Golden.reduced(name)
        for line in try GeneratedLines.all.get().lines.prefix(1_000) {
            let ids = tokenizer.encode(line, matchSpecial: true)
            for skipping in [true, false] {
                let whole = tokenizer.decode(ids, skippingSpecial: skipping)
                let found = stream(ids, tokenizer, skippingSpecial: skipping)
                #expect(Array(found.pieces.joined().utf8) == Array(whole.utf8))
                // A stop string that is not met changes nothing in sum.
                let watched = stream(
                    ids, tokenizer, skippingSpecial: skipping, stops: ["\u{1}\u{2}\u{3}never", ""])
                #expect(Array(watched.pieces.joined().utf8) == Array(whole.utf8))
            }
        }
    }

    @Test func `torn characters are mended the same way in one go and in pieces`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        var source = LineSource(state: 7, tables: Tables(try Golden.json("lines.json")))
        for _ in 0..<5_000 {
            let ids = (0..<12).map { _ in source.pick(256) }
            let whole = tokenizer.decode(ids, skippingSpecial: true)
            #expect(Array(stream(ids, tokenizer).pieces.joined().utf8) == Array(whole.utf8))
        }
    }

    /// One id a byte, so that every character arrives in parts.
    private func bytes(_ text: String, _ tokenizer: Tokenizer) throws -> [Int] {
        try text.utf8.map { byte in
            let scalar = try #require(Unicode.Scalar(ByteAlphabet.scalar(for: byte)))
            return try #require(tokenizer.id(of: String(scalar)))
        }
    }

    @Test func `a character comes when its last byte does`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        let found = stream(try bytes("é東🙂!", tokenizer), tokenizer)
        #expect(found.pieces == ["", "é", "", "", "東", "", "", "", "🙂", "!", ""])
    }

    @Test func `what can never become a character is replaced at once`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        func id(_ byte: UInt8) throws -> Int {
            let scalar = try #require(Unicode.Scalar(ByteAlphabet.scalar(for: byte)))
            return try #require(tokenizer.id(of: String(scalar)))
        }
        func pieces(_ bytes: [UInt8]) throws -> [String] {
            stream(try bytes.map(id), tokenizer).pieces
        }
        #expect(try pieces([0xFF, 0x41]) == ["\u{FFFD}", "A", ""])
        #expect(try pieces([0x80, 0x41]) == ["\u{FFFD}", "A", ""])
        // E0 80 and ED A0 begin nothing; F4 90 is beyond the last character.
        #expect(try pieces([0xE0, 0x80]) == ["", "\u{FFFD}\u{FFFD}", ""])
        #expect(try pieces([0xED, 0xA0]) == ["", "\u{FFFD}\u{FFFD}", ""])
        #expect(try pieces([0xF4, 0x90]) == ["", "\u{FFFD}\u{FFFD}", ""])
        #expect(try pieces([0xE6, 0x9D, 0x41]) == ["", "", "\u{FFFD}A", ""])
        #expect(try pieces([0xF0, 0x9F, 0x99]) == ["", "", "", "\u{FFFD}"])
    }

    @Test func `text ends before a stop string however it is cut`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        let text = "One two\n\nUser: three"
        let cut = try bytes(text, tokenizer)
        let natural = tokenizer.encode(text, matchSpecial: true)
        for (stops, expected, stop) in [
            (["\n\nUser:"], "One two", "\n\nUser:"), (["\n\n"], "One two", "\n\n"),
            (["User", "\n\nUser:"], "One two\n\n", "User"), (["two", "wo\n"], "One ", "two"),
            (["e two", "two"], "On", "e two"), (["One"], "", "One"), (["four"], text, nil),
            (["thre", "three!"], "One two\n\nUser: ", "thre"),
        ] as [([String], String, String?)] {
            for ids in [cut, natural] {
                let found = stream(ids, tokenizer, stops: stops)
                #expect(found.pieces.joined() == expected, "\(stops)")
                #expect(found.stop == stop)
            }
        }
    }

    @Test func `what may begin a stop string is held back and given out later`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        let found = stream(try bytes("a##b#", tokenizer), tokenizer, stops: ["###"])
        #expect(found.pieces == ["a", "", "", "##b", "", "#"])
        let nested = stream(try bytes("####", tokenizer), tokenizer, stops: ["##!", "###x"])
        #expect(nested.pieces == ["", "", "", "#", "###"])
        #expect(nested.stop == nil)
    }

    @Test func `nothing follows a stop string`() throws {
        let tokenizer = try Golden.reduced("reduced-smollm3")
        var assembler = TextAssembler(
            tokenizer: tokenizer, skippingSpecial: true, stops: ["b"])
        var text = ""
        for id in try bytes("abc", tokenizer) { text += assembler.append(id) }
        #expect(text + assembler.append(0) + assembler.finish() == "a")
        #expect(assembler.stop == "b")
    }

    @Test func `markers are left out or shown as asked`() throws {
        let tokenizer = try Golden.reduced("reduced-smolvlm")
        let ids = tokenizer.encode("a<image>b<end_of_utterance>", matchSpecial: true)
        #expect(stream(ids, tokenizer).pieces.joined() == "ab")
        #expect(
            stream(ids, tokenizer, skippingSpecial: false).pieces.joined()
                == "a<image>b<end_of_utterance>")
        #expect(tokenizer.decode([999_999, -1], skippingSpecial: false) == "")
    }

    @Test func `the space that encoding put in front goes once`() throws {
        let tokenizer = try Tokenizer(sentencePieceVocabulary(Golden.json("sentencepiece.json")))
        let ids = tokenizer.encode("  the the", matchSpecial: true)
        #expect(stream(ids, tokenizer).pieces.joined() == "  the the")
        #expect(stream(Array(ids.dropFirst()), tokenizer).pieces.joined().hasSuffix("the the"))
    }
}
