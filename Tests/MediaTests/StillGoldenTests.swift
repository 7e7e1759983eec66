import Media
import Testing

@Suite struct `Stills against the reference` {
    @Test func `the digest is SHA-256`() {
        #expect(
            sha256(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            sha256([UInt8](repeating: 97, count: 119))
                == "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb")
    }

    @Test func `there are files to compare`() {
        #expect(StillFiles.all.count >= 100)
    }

    @Test(arguments: StillFiles.all)
    func `a picture decodes to the pixels of the reference`(file: StillFiles.File) throws {
        let (items, description) = try decoded(StillFiles.bytes(of: file.name), name: file.name)
        try #require(items.count == file.pages.count)
        for (item, expected) in zip(items, file.pages) {
            #expect(item.image.width == expected.width)
            #expect(item.image.height == expected.height)
            if let digest = expected.sha256 { #expect(sha256(item.image.rgb) == digest) }
        }
        guard case .picture(let picture) = description.content else {
            Issue.record("\(file.name) is no picture but \(description.content)")
            return
        }
        #expect(picture.orientation == file.orientation)
        #expect(picture.damage == nil)
        #expect(picture.width == file.pages[0].width && picture.height == file.pages[0].height)
        let told = try MediaDecoder.description(
            of: input(StillFiles.bytes(of: file.name), name: file.name), options: MediaOptions())
        #expect(told == description)
    }
}
