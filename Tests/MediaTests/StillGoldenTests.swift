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
            if let picture = expected.picture, let rule = expected.rule {
                let bound = try #require(Bound.named[rule])
                let (seen, _) = try decoded(StillFiles.bytes(of: "expected/" + picture))
                let difference = Difference(item.image.rgb, try #require(seen.first).image.rgb)
                #expect(difference.largest <= bound.largest, "\(difference)")
                #expect(difference.mean <= bound.mean, "\(difference)")
            }
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

/// How far a decoder that differs by design may be from the reference's, in steps of 255.
private struct Bound {
    let largest: Int
    let mean: Double

    static let named = [
        // Seen with libheif 1.15.1 against 1.23.6 and libavif 1.4.2: 1 and 0.16.
        "heif": Bound(largest: 2, mean: 0.4),
        // Seen: 2 and 0.57; ten bits are rounded down or to nearest.
        "10-bit heif": Bound(largest: 4, mean: 1.2),
        // Seen: 92 and 5.4, at the edges of saturated stripes: libheif doubles the samples of
        // chroma, libavif interpolates.
        "4:2:0 avif": Bound(largest: 140, mean: 8),
    ]
}

/// The largest and the mean difference of two pictures' bytes.
private struct Difference {
    let largest: Int
    let mean: Double

    init(_ one: [UInt8], _ other: [UInt8]) {
        let steps = zip(one, other).map { abs(Int($0) - Int($1)) }
        largest = one.count == other.count ? steps.max() ?? 0 : 256
        mean = Double(steps.reduce(0, +)) / Double(max(1, steps.count))
    }
}
