import Media
import Testing

@Suite struct `Damaged stills` {
    /// Small enough that no flipped bit in a header makes a decoder work long.
    static let options: MediaOptions = {
        var options = MediaOptions()
        options.limits.maxPixels = 1 << 18
        options.limits.maxSide = 4096
        options.limits.maxAllocationBytes = 16 << 20
        return options
    }()

    static func use(_ bytes: [UInt8], name: String, allowDamaged: Bool) throws -> MediaDescription?
    {
        var options = options
        options.allowDamaged = allowDamaged
        do {
            return try decoded(bytes, name: name, options: options).description
        } catch let error as MediaError {
            // One sentence or more, about this file, with something to do.
            #expect(error.description.hasPrefix(name) && error.description.hasSuffix("."))
            return nil
        }
    }

    @Test(arguments: StillFiles.all)
    func `no part of a file crashes its decoder or passes for the whole`(
        file: StillFiles.File
    ) throws {
        let whole = try StillFiles.bytes(of: file.name)
        var lengths = Array(stride(from: 1, to: whole.count, by: max(1, whole.count / 18)))
        lengths += [whole.count - 1, whole.count - 8].filter { $0 > 0 }
        for length in lengths {
            let part = Array(whole[..<length])
            _ = try Self.use(part, name: "part", allowDamaged: true)
            let passes = try Self.use(part, name: "part", allowDamaged: false) != nil
            // The other formats have no end mark, or bytes after the picture that may be missing.
            if ["png", "jpg", "webp"].contains(file.ending) || length <= whole.count / 2 {
                #expect(!passes, "\(length) of \(whole.count) bytes pass for all")
            }
        }
    }

    @Test(arguments: StillFiles.all)
    func `no flipped bits crash a decoder`(file: StillFiles.File) throws {
        let whole = try StillFiles.bytes(of: file.name)
        var random = Random(state: UInt64(whole.count) &* 0x9E37_79B9_7F4A_7C15 | 1)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0...random.below(3) {
                // Half of them near the start, where the headers are.
                let reach = random.below(2) == 0 ? min(whole.count, 200) : whole.count
                bytes[random.below(reach)] ^= UInt8(1 << random.below(8))
            }
            _ = try Self.use(bytes, name: "flipped", allowDamaged: random.below(2) == 0)
        }
    }

    @Test(arguments: StillFiles.all)
    func `no run of zeros crashes a decoder`(file: StillFiles.File) throws {
        let whole = try StillFiles.bytes(of: file.name)
        for eighth in 0..<8 {
            var bytes = whole
            for index in whole.count * eighth / 8..<whole.count { bytes[index] = 0 }
            _ = try Self.use(bytes, name: "half written", allowDamaged: true)
        }
    }

    @Test func `half a JPEG is refused, and used when that is allowed`() throws {
        let whole = try StillFiles.bytes(of: "jpeg444.jpg")
        let half = Array(whole[..<(whole.count / 2)])
        let said = try refusal(half, name: "half.jpg")
        #expect(
            said
                == """
                half.jpg is damaged: from about row 16 of 45 on, the picture data ends early. Get \
                the file again, or use what is left of it with --allow-damaged.
                """)
        var options = MediaOptions()
        options.allowDamaged = true
        let (items, description) = try decoded(half, options: options)
        let left = try #require(items.first).image.rgb
        let all = try #require(decoded(whole).items.first).image.rgb
        #expect(left[..<(67 * 3 * 16)] == all[..<(67 * 3 * 16)])
        #expect(left != all)
        guard case .picture(let picture) = description.content else { return }
        #expect(picture.damage == "from about row 16 of 45 on, the picture data ends early")
    }

    @Test func `a JPEG written halfway, zeros from there on, is refused`() throws {
        var bytes = try StillFiles.bytes(of: "jpeg420.jpg")
        for index in bytes.count / 2..<bytes.count { bytes[index] = 0 }
        #expect(try refusal(bytes)?.hasPrefix("file is damaged: from about row") == true)
    }

    @Test func `zeros between the data and the end of a JPEG are no damage`() throws {
        let whole = try StillFiles.bytes(of: "jpeg420.jpg")
        let padded = whole.dropLast(2) + [UInt8](repeating: 0, count: 100) + whole.suffix(2)
        #expect(try decoded(Array(padded)).description.damage == nil)
    }

    @Test func `a JPEG with a scan too many for any picture is refused`() throws {
        let whole = try StillFiles.bytes(of: "grey-progressive.jpg")
        let last = try #require(whole.indices.last { whole[$0...].starts(with: [0xFF, 0xDA]) })
        let scan = Array(whole[last...].dropLast(2))
        let bomb = whole.dropLast(2) + (0..<120).flatMap { _ in scan } + whole.suffix(2)
        let said = try refusal(Array(bomb))
        #expect(
            said
                == "file is a broken JPEG file: it has more than 100 scans. Get the file again.")
    }

    @Test func `a PNG that ends early is refused with the row at which it does`() throws {
        let whole = try StillFiles.bytes(of: "rgba16.png")
        let said = try refusal(Array(whole[..<(whole.count / 2)]), name: "half.png")
        #expect(
            said
                == """
                half.png is damaged: after row 19 of 45, the file ends early. Get the file again, \
                or use what is left of it with --allow-damaged.
                """)
        let saidWithoutEnd = try refusal(Array(whole.dropLast(12)), name: "half.png")
        #expect(
            saidWithoutEnd
                == """
                half.png is damaged: the file ends early. Get the file again, or use what is left \
                of it with --allow-damaged.
                """)
    }

    @Test func `a PNG whose checksum is off is refused`() throws {
        var bytes = try StillFiles.bytes(of: "rgb8.png")
        bytes[bytes.count - 13] ^= 1
        let said = try refusal(bytes)
        #expect(
            said
                == """
                file is damaged: after row 44 of 45, IDAT: CRC error. Get the file again, or use \
                what is left of it with --allow-damaged.
                """)
    }

    @Test func `rows that are missing show as grey`() throws {
        let whole = try StillFiles.bytes(of: "24-top-down.bmp")
        var options = MediaOptions()
        options.allowDamaged = true
        let (items, description) = try decoded(Array(whole[..<(whole.count / 2)]), options: options)
        let image = try #require(items.first).image
        #expect(image.rgb.suffix(41 * 3) == [UInt8](repeating: 128, count: 41 * 3)[...])
        #expect(description.damage == "after row 13 of 27, the picture data ends early")
    }

    @Test func `a broken strip of a TIFF costs only itself`() throws {
        let whole = try StillFiles.bytes(of: "rgb-strips.tif")
        var bytes = whole
        for index in whole.count * 6 / 10..<whole.count * 65 / 100 { bytes[index] = 0 }
        var options = MediaOptions()
        options.allowDamaged = true
        let (items, description) = try decoded(bytes, options: options)
        let left = try #require(items.first).image.rgb
        let all = try #require(decoded(whole).items.first).image.rgb
        let damage = try #require(description.damage)
        #expect(damage.hasSuffix("on, picture data is garbled or missing"))
        #expect(left.prefix(41 * 3 * 7) == all.prefix(41 * 3 * 7))
        #expect(left.suffix(41 * 3 * 6) == all.suffix(41 * 3 * 6))
        #expect(left != all)
    }
}

extension MediaDescription {
    var damage: String? {
        if case .picture(let picture) = content { picture.damage } else { nil }
    }
}

/// The same numbers in every run.
private struct Random {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }
}
