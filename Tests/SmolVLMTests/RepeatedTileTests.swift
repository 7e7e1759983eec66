import Media
import SmolVLM
import Testing

@Suite struct `Repeated tiles` {
    /// A picture that is white but for noise in its upper left quarter, if at all.
    private func picture(side: Int, noisySide: Int) -> Image {
        var rgb = [UInt8](repeating: 255, count: side * side * 3)
        for row in 0..<noisySide {
            for place in 0..<noisySide * 3 {
                rgb[row * side * 3 + place] = UInt8((row * 31 + place * 57 + row * place) % 251)
            }
        }
        return Image(width: side, height: side, rgb: rgb)
    }

    /// The tokens of pictures, and how many tiles were encoded for them.
    private func tokens(
        of pictures: [Image], splits: Bool
    ) throws -> (floats: [[Float]], encoded: Int) {
        let model = try Model.load(from: RecordedConversation.folder("patch16"))
        var options = ConversationOptions()
        options.splitsPictures = splits
        // What is not cut goes in as it is, not by way of a larger picture.
        if !splits { options.longestEdge = 128 }
        var conversation = try Conversation(with: model, options: options)
        for picture in pictures { try conversation.add(picture) }
        conversation.add("Where?")
        var wanted = AnswerOptions()
        wanted.maxTokens = 1
        let answer = try conversation.answer(wanted, isWanted: { true }) { _ in }
        let floats = pictures.indices.map { conversation.tokenFloats(of: $0) }
        return (floats, answer.encodedTileCount)
    }

    @Test func `are encoded once, and have the tokens that they have alone`() throws {
        // Tiles of 128: a noisy one, three white ones and the whole picture, smaller.
        let page = picture(side: 256, noisySide: 128)
        let blank = picture(side: 256, noisySide: 0)
        let (found, encoded) = try tokens(of: [page, blank, page], splits: true)
        #expect(encoded == 3)

        let alone = try tokens(
            of: [picture(side: 128, noisySide: 128), picture(side: 128, noisySide: 0)],
            splits: false)
        #expect(alone.encoded == 2)
        let (noisy, white) = (alone.floats[0], alone.floats[1])
        #expect(noisy != white)
        #expect(found[1] == Array(repeating: white, count: 5).flatMap(\.self))
        #expect(Array(found[0].prefix(4 * white.count)) == noisy + white + white + white)
        #expect(found[0] == found[2])
    }

    @Test func `that differ in one pixel are none`() throws {
        let (first, second) = (
            picture(side: 128, noisySide: 0), picture(side: 128, noisySide: 1)
        )
        #expect(try tokens(of: [first, second, first], splits: false).encoded == 2)
    }
}
