import Media
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct `Limits of stills` {
    /// A PNG whose header states this size; its pixels are missing.
    private static func png(width: Int, height: Int, colourType: UInt8 = 2) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk(
                "IHDR", big32(width) + big32(height) + [8, colourType, 0, 0, 0])
            + chunk("IDAT", [0x78, 0x9C, 3, 0, 0, 0, 0, 1]) + chunk("IEND", [])
    }

    private static func big32(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(value >> $0 & 255) }
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        let sum = body.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { word, _ in
                word & 1 == 1 ? word >> 1 ^ 0xEDB8_8320 : word >> 1
            }
        }
        return big32(data.count) + body + big32(Int(~sum))
    }

    @Test func `too many pixels are refused by the header`() throws {
        let said = try refusal(Self.png(width: 16_000, height: 16_000))
        #expect(
            said
                == """
                file has 16000 x 16000 pixels, more than the 89478485 allowed. Make it smaller, \
                or raise --max-pixels.
                """)
    }

    @Test func `a side that is too long is refused`() throws {
        let said = try refusal(Self.png(width: 3, height: 16_385))
        #expect(
            said
                == """
                file has 3 x 16385 pixels; a side may have 16384. Make it smaller, or raise \
                --max-side.
                """)
    }

    @Test func `a picture far longer than wide is refused`() throws {
        var options = MediaOptions()
        options.limits.maxAspectRatio = 100
        let said = try refusal(Self.png(width: 201, height: 2), options: options)
        #expect(
            said
                == """
                file has 201 x 2 pixels, more than 100 to 1. Cut it into pieces, or raise \
                --max-aspect.
                """)
        let fits = try refusal(Self.png(width: 200, height: 2), options: options)
        #expect(fits?.hasPrefix("file is a broken PNG file") == true)
    }

    @Test func `a picture one pixel wide and a thousand high is decoded`() throws {
        let image = Image(width: 1, height: 1000, rgb: [UInt8](repeating: 7, count: 3000))
        let bytes = try written(image)
        #expect(try decoded(bytes).items.first?.image.height == 1000)
    }

    @Test func `pixels that need too much memory at once are refused`() throws {
        var options = MediaOptions()
        options.limits.maxAllocationBytes = 1_000_000
        let said = try refusal(Self.png(width: 1000, height: 334), options: options)
        #expect(
            said
                == """
                file needs more than 1000000 bytes at once to decode. Make it smaller, or raise \
                --max-allocation.
                """)
    }

    // Room for the file and the pixels, not for the decoder's copy.
    @Test(arguments: [
        ("rgba8-interlaced.png", 10_000), ("lossless.webp", 10_000), ("alpha.heic", 10_000),
        ("tall-progressive.jpg", 48_000),
    ])
    func `a decoder's own memory counts`(name: String, limit: Int) throws {
        var options = MediaOptions()
        options.limits.maxAllocationBytes = limit
        let said = try refusal(StillFiles.bytes(of: name), options: options)
        #expect(
            said?.hasPrefix(
                "file needs more than "
                    + MediaLimits.words(forBytes: options.limits.maxAllocationBytes))
                == true)
    }

    @Test(arguments: [(0, 5), (5, 0), (0, 0)])
    func `a picture without pixels is refused`(width: Int, height: Int) throws {
        let said = try refusal(Self.png(width: width, height: height))
        #expect(
            said == "file has no pixels: its width or height is 0. Get the file again.")
    }

    @Test(arguments: [
        ("jpeg420.jpg", [0xFF, 0xC0], 5, 2), ("24.bmp", [0x42, 0x4D], 18, 4),
        ("plain.gif", [0x47, 0x49], 6, 2),
    ])
    func `no format has pictures of no width`(
        name: String, mark: [UInt8], offset: Int, length: Int
    ) throws {
        var bytes = try StillFiles.bytes(of: name)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) })
        for index in 0..<length { bytes[start + offset + index] = 0 }
        let said = try refusal(bytes)
        #expect(
            said == "file has no pixels: its width or height is 0. Get the file again.")
    }

    @Test func `pages of a TIFF are chosen by number`() throws {
        let bytes = try StillFiles.bytes(of: "pages.tif")
        var options = MediaOptions()
        options.pages = [3...3, 1...2]
        let (items, description) = try decoded(bytes, options: options)
        #expect(
            items.map(\.place)
                == [3, 1, 2].map { MediaItem.Place.page(number: $0, text: []) })
        #expect(items.map(\.image.width) == [17, 40, 31])
        guard case .picture(let picture) = description.content else { return }
        #expect(picture.count == 3 && picture.width == 17)
        #expect(
            try MediaDecoder.description(of: input(bytes, name: "file"), options: options)
                == description)
        options.pages = [2...Int.max, 1...3]
        #expect(
            try decoded(bytes, options: options).items.map(\.place)
                == [2, 3, 1].map { MediaItem.Place.page(number: $0, text: []) })
    }

    @Test(arguments: [(0...1, 0), (2...4, 4), (5...Int.max, 5)])
    func `a page that is not there is refused`(range: ClosedRange<Int>, page: Int) throws {
        var options = MediaOptions()
        options.pages = [range]
        let said = try refusal(StillFiles.bytes(of: "pages.tif"), options: options)
        #expect(said == "file has no page \(page): it has 3. Ask for pages from 1 to 3.")
    }

    @Test func `too many pages are refused`() throws {
        var options = MediaOptions()
        options.limits.maxPages = 2
        let said = try refusal(StillFiles.bytes(of: "pages.tif"), options: options)
        #expect(
            said
                == """
                file: 3 pages are more than the 2 allowed. Choose some with --pages, or raise \
                --max-pages.
                """)
    }

    @Test func `pages linked in a circle are refused`() throws {
        var bytes = try StillFiles.bytes(of: "pages.tif")
        // The link at the end of the first directory, back to its start.
        let first = Int(bytes[4]) | Int(bytes[5]) << 8
        let entries = Int(bytes[first]) | Int(bytes[first + 1]) << 8
        let link = first + 2 + entries * 12
        for index in 0..<4 { bytes[link + index] = bytes[4 + index] }
        let said = try refusal(bytes)
        #expect(
            said
                == """
                file is a broken TIFF file: its pages are linked in a circle, or are more than \
                20000. Get the file again.
                """)
    }

    @Test func `a picture written as PNG reads back the same`() throws {
        let image = try #require(decoded(StillFiles.bytes(of: "quality20.jpg")).items.first).image
        let again = try #require(decoded(written(image)).items.first).image
        #expect(again.width == image.width && again.rgb == image.rgb)
    }

    @Test func `a PNG that cannot be written says why`() {
        let image = Image(width: 1, height: 1, rgb: [1, 2, 3])
        let error = #expect(throws: PNGFile.Failure.self) {
            try PNGFile.write(image, to: "/nowhere/out.png")
        }
        #expect(
            error?.description
                == """
                /nowhere/out.png cannot be written: there is no folder /nowhere. Create it, or name \
                another.
                """)
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0, "there is no /dev/full here"))
    func `a device that takes no more stays where it is`() {
        let image = Image(width: 100, height: 100, rgb: Array(repeating: 9, count: 30_000))
        #expect(throws: PNGFile.Failure.self) { try PNGFile.write(image, to: "/dev/full") }
        #expect(access("/dev/full", W_OK) == 0)
    }

    @Test func `a file is replaced at once, and its old bytes are never touched`() throws {
        var path = Array("/tmp/smolvlm-png-XXXXXX".utf8CString)
        try #require(mkdtemp(&path) != nil)
        let folder = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(folder) }
        let name = folder + "/out.png"
        let link = folder + "/link.png"
        defer {
            unlink(name)
            unlink(link)
        }
        let small = Image(width: 1, height: 1, rgb: [1, 2, 3])
        try PNGFile.write(small, to: name)
        try #require(symlink("out.png", link) == 0)
        #expect(chmod(name, 0o640) == 0)
        let before = open(name, O_RDONLY)
        defer { close(before) }
        var old = stat()
        #expect(fstat(before, &old) == 0)
        let large = Image(width: 9, height: 9, rgb: Array(repeating: 7, count: 243))
        try PNGFile.write(large, to: link)
        // Whoever had it open still reads all of it.
        var still = stat()
        #expect(fstat(before, &still) == 0)
        #expect(still.st_size == old.st_size)
        var new = stat()
        #expect(stat(name, &new) == 0)
        #expect(new.st_ino != old.st_ino)
        #expect(new.st_mode & 0o777 == 0o640)
        var linked = stat()
        #expect(lstat(link, &linked) == 0)
        #expect(linked.st_mode & S_IFMT == S_IFLNK)
        // Nothing else is in the folder.
        unlink(name)
        unlink(link)
        #expect(rmdir(folder) == 0)
    }

    @Test func `a limit of bytes is said in the unit it was given in`() {
        let counts = [1, 1000, 4096, 256 << 20, 3 << 29, 2 << 30]
        #expect(
            counts.map(MediaLimits.words(forBytes:))
                == ["1 byte", "1000 bytes", "4 KiB", "256 MiB", "1536 MiB", "2 GiB"])
        #expect(
            MediaError.noSuchPage(name: "a.pdf", page: 2, count: 1).description
                == "a.pdf has no page 2: it has 1 page. Leave --pages out.")
    }

    @Test func `a path that can be written is checked without a trace`() throws {
        let name = "/tmp/smolvlm-check-\(getpid()).png"
        try PNGFile.check(name)
        #expect(access(name, F_OK) != 0)
        let error = #expect(throws: PNGFile.Failure.self) { try PNGFile.check("/tmp") }
        #expect(error?.cause == .isFolder)
        let under = #expect(throws: PNGFile.Failure.self) { try PNGFile.check("/dev/null/a.png") }
        #expect(under?.cause == .notAFolder("/dev/null"))
    }

    /// The bytes of a picture as `PNGFile` writes them.
    private func written(_ image: Image) throws -> [UInt8] {
        var path = Array("/tmp/smolvlm-png-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw StillFiles.Unreadable(path: "temporary file") }
        close(descriptor)
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(name) }
        try PNGFile.write(image, to: name)
        guard let file = fopen(name, "r") else { throw StillFiles.Unreadable(path: name) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
