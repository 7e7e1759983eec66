import JSON
import Testing
import Tokenizer

/// Everything here was recorded from the `tokenizers` package by Tests/Golden/record_tokenizer.py.
@Suite struct `Equal to the reference` {
    @Test func `the 20,000 lines are the recorded ones`() throws {
        let lines = try GeneratedLines.all.get()
        #expect(lines.lines.count == 20_000)
        let found = lines.hashes { line, hash in hash.mix(line.utf8) }
        #expect(Golden.differingBlocks(found, lines.recordedHashes) == [])
    }

    @Test(
        .enabled(if: Golden.hasGenuineFiles, Comment(rawValue: Golden.whyNot)),
        arguments: [
            "SmolVLM-256M-Instruct", "SmolVLM2-500M-Video-Instruct", "SmolLM2-135M-Instruct",
            "SmolLM3-3B", "granite-docling-258M",
        ])
    func `published tokenizers give the recorded ids`(name: String) throws {
        let all = try Golden.json("genuine.json")["tokenizers"]
        let recorded = try #require(all?.elements.first { $0["name"]?.string == name })
        let tokenizer = try #require(try Golden.tokenizer(name))
        try expectEqual(tokenizer, recorded)
    }

    @Test(arguments: ["reduced-smolvlm", "reduced-smollm3"])
    func `reduced tokenizers give the recorded ids`(name: String) throws {
        let all = try Golden.json("reduced.json")["tokenizers"]
        let recorded = try #require(all?.elements.first { $0["name"]?.string == name })
        try expectEqual(Golden.reduced(name), recorded)
    }

    /// A difference is reported as the numbers of the blocks of 100 lines.
    private func expectEqual(_ tokenizer: Tokenizer, _ recorded: JSONValue) throws {
        let lines = try GeneratedLines.all.get()
        var work = EncodingWork()
        var ids: [Int] = []
        func encoded(_ text: String, special: Bool) -> [Int] {
            ids.removeAll(keepingCapacity: true)
            tokenizer.encode([TextPart(text, matchesSpecial: special)], into: &ids, work: &work)
            return ids
        }
        let special = lines.hashes { $1.mix(encoded($0, special: true)) }
        #expect(Golden.differingBlocks(special, recorded["special"]?.string) == [])
        let plain = lines.hashes { $1.mix(encoded($0, special: false)) }
        #expect(Golden.differingBlocks(plain, recorded["plain"]?.string) == [])
        let decoded = lines.hashes { line, hash in
            let ids = encoded(line, special: true)
            hash.mix(tokenizer.decode(ids, skippingSpecial: true).utf8)
        }
        #expect(Golden.differingBlocks(decoded, recorded["decoded"]?.string) == [])
        // Ids that no text gives tear characters apart.
        let tables = Tables(try JSONValue(parsing: "{}"))
        let raw = lines.hashes { line, hash in
            let sum = line.utf8.reduce(UInt64(0)) { $0 + UInt64($1) }
            var source = LineSource(state: sum, tables: tables)
            let ids = (0..<20).map { _ in source.pick(tokenizer.count) }
            hash.mix(tokenizer.decode(ids, skippingSpecial: false).utf8)
        }
        #expect(Golden.differingBlocks(raw, recorded["raw"]?.string) == [])

        let scalars = lines.hashes(of: GeneratedLines.scalarTexts) { text, hash in
            hash.mix(encoded(text, special: true))
        }
        #expect(Golden.differingBlocks(scalars, recorded["scalars"]?.string) == [])

        var added = RollingHash()
        for token in tokenizer.addedTokens.sorted(by: { $0.id < $1.id }) {
            #expect(tokenizer.encode(token.content, matchSpecial: true) == [token.id])
            for context in ["a{}b", " {} ", "{}{}", "{}\n", "x{}", "<{}>", "9{}9"] {
                let text = context.replacing("{}", with: token.content)
                added.mix(tokenizer.encode(text, matchSpecial: true))
            }
        }
        #expect(added.hex == recorded["added"]?.string)

        let long = recorded["long"]?.elements.compactMap(\.string)
        let found = lines.longTexts.map { text in
            var hash = RollingHash()
            hash.mix(tokenizer.encode(text, matchSpecial: true))
            return hash.hex
        }
        #expect(found == long)
    }

    @Test func `the scores of SentencePiece give the recorded ids`() throws {
        let json = try Golden.json("sentencepiece.json")
        let tokenizer = try Tokenizer(sentencePieceVocabulary(json))
        let lines = try GeneratedLines.all.get()
        let found = lines.hashes { line, hash in
            hash.mix(tokenizer.encode(line, matchSpecial: false))
        }
        #expect(Golden.differingBlocks(found, json["plain"]?.string) == [])
        let long = lines.longTexts.map { text in
            var hash = RollingHash()
            hash.mix(tokenizer.encode(text, matchSpecial: false))
            return hash.hex
        }
        #expect(long == json["long"]?.elements.compactMap(\.string))
    }

    @Test func `all cases are there`() { #expect(Golden.caseNames.count == 28) }

    @Test(arguments: Golden.caseNames)
    func `each rule gives the recorded ids`(name: String) throws {
        let (recorded, file) = try #require(try Golden.caseFile(name))
        let tokenizer = try Tokenizer(json: file.span, file: "tokenizer.json")
        for entry in try #require(recorded["texts"]).elements {
            let text = try #require(entry["text"]?.string)
            let ids = entry["ids"]?.elements.compactMap(\.int) ?? []
            #expect(tokenizer.encode(text, matchSpecial: true) == ids, "\(text.debugDescription)")
            #expect(
                tokenizer.encode(text, matchSpecial: false)
                    == entry["plain"]?.elements.compactMap(\.int), "\(text.debugDescription)")
            #expect(
                tokenizer.opening + ids + tokenizer.closing
                    == entry["whole"]?.elements.compactMap(\.int), "\(text.debugDescription)")
            #expect(
                tokenizer.decode(ids, skippingSpecial: false) == entry["decoded"]?.string,
                "\(text.debugDescription)")
        }
        let lines = try GeneratedLines.all.get().lines.prefix(400)
        var decoded = RollingHash()
        var found = ""
        for start in stride(from: 0, to: 400, by: 100) {
            var hash = RollingHash()
            for line in lines[start..<start + 100] {
                let ids = tokenizer.encode(line, matchSpecial: true)
                hash.mix(ids)
                decoded.mix(tokenizer.decode(ids, skippingSpecial: true).utf8)
            }
            found += hash.hex
        }
        #expect(Golden.differingBlocks(found, recorded["lines"]?.string) == [])
        if let recorded = recorded["decoded"]?.string { #expect(decoded.hex == recorded) }
    }
}

/// The recorded SentencePiece vocabulary as a GGUF file would hold it.
func sentencePieceVocabulary(_ json: JSONValue) throws -> GGUFVocabulary {
    let tokens = try #require(json["tokens"]).elements.compactMap(\.string)
    var vocabulary = GGUFVocabulary(
        file: "small.gguf", model: "llama", pre: nil, tokens: ByteStrings(tokens))
    vocabulary.types = json["types"]?.elements.compactMap(\.int).map { Int32($0) } ?? []
    vocabulary.scores = json["scores"]?.elements.compactMap(\.double).map { Float($0) } ?? []
    vocabulary.named.begin = 1
    vocabulary.named.end = 2
    vocabulary.named.unknown = 0
    return vocabulary
}
