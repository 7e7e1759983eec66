import Foundation
import Media
import Testing

/// The pixels of a PNG file, read back.
private struct Drawing {
    let image: Image

    init(_ file: URL) throws {
        var images: [Image] = []
        _ = try MediaDecoder.decode(try MediaInput(path: file.path), options: MediaOptions()) {
            (item) throws(MediaError) in images.append(item.image)
        }
        image = try #require(images.first)
    }

    func colour(x: Int, y: Int) -> [UInt8] {
        image.withPixels { pixels in
            (0..<3).map { pixels[(y * image.width + x) * 3 + $0] }
        }
    }
}

@Suite struct `Contact sheets` {
    /// Where things are on a sheet: a file has two lines of 22 and a space of 8 above, a picture a
    /// caption of 22, a tile a label of 22.
    private let left = 24
    private let firstTile = 24 + 52 + 22 + 22

    @Test func `each tile is where its row and column say, the whole picture beside them`() throws {
        let folder = try Scratch()
        // Two tiles down, four across: each of them one colour.
        let colours: [[UInt8]] = [
            [200, 0, 0], [0, 200, 0], [0, 0, 200], [200, 200, 0],
            [0, 200, 200], [200, 0, 200], [100, 100, 100], [10, 50, 90],
        ]
        try folder.picture("grid.png", width: 400, height: 200) { x, y in
            let colour = colours[y / 100 * 4 + x / 100]
            return (colour[0], colour[1], colour[2])
        }
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--tiles", "sheet.png", "grid.png"], in: folder)
        #expect(run.messages == "")
        #expect(run.code == 0)
        let sheet = try Drawing(folder.url.appending(path: "sheet.png"))
        #expect(sheet.image.width == 1600)
        for (index, colour) in colours.enumerated() {
            let x = left + index % 4 * 290 + 140
            let y = firstTile + index / 4 * 312 + 140
            #expect(sheet.colour(x: x, y: y) == colour, "tile \(index)")
        }
        // The border is around the tile, not over it; then comes paper.
        #expect(sheet.colour(x: left, y: firstTile + 20) == colours[0])
        #expect(sheet.colour(x: left - 1, y: firstTile + 20) == [178, 180, 186])
        #expect(sheet.colour(x: left - 2, y: firstTile + 20) == [250, 250, 248])
        // The whole picture: 360 pixels, four columns of colours in two rows, framed in blue.
        let whole = left + 4 * 290 + 30
        #expect(sheet.colour(x: whole - 1, y: firstTile + 20) == [42, 104, 196])
        for (index, colour) in colours.enumerated() {
            let x = whole + index % 4 * 90 + 45
            let y = firstTile + index / 4 * 180 + 90
            #expect(sheet.colour(x: x, y: y) == colour, "part \(index) of the whole")
        }
    }

    @Test func `labels are written above the tiles`() throws {
        let folder = try Scratch()
        try folder.picture("plain.png", width: 60, height: 60) { _, _ in (255, 255, 255) }
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--tiles", "sheet.png", "plain.png"], in: folder)
        #expect(run.code == 0)
        let sheet = try Drawing(folder.url.appending(path: "sheet.png"))
        func darkest(_ x: Range<Int>, _ y: Range<Int>) -> UInt8 {
            y.flatMap { row in x.map { sheet.colour(x: $0, y: row)[1] } }.min() ?? 255
        }
        // The name in ink; "row 1, column 1" in pencil, as wide as its 15 letters and no wider.
        #expect(darkest(left..<left + 90, 24..<42) < 40)
        #expect((100...120).contains(darkest(left..<left + 135, firstTile - 22..<firstTile - 4)))
        #expect(darkest(left + 136..<left + 285, firstTile - 22..<firstTile - 4) == 250)
    }

    @Test func `a video becomes a strip of frames`() throws {
        let folder = try Scratch()
        let clip = SmolVLMProgram.root.appending(path: "samples/clip.mp4").path
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--frames", "6", "--tiles", "strip.png", clip], in: folder)
        #expect(run.code == 0)
        let sheet = try Drawing(folder.url.appending(path: "strip.png"))
        // Six frames are four in a row of 380 pixels, then two.
        let top = 24 + 52 + 22
        #expect(sheet.image.height == top + 380 + 10 + 22 + 380 + 24)
        for place in 0..<4 {
            let x = 24 + place * 390
            #expect(sheet.colour(x: x - 1, y: top + 10) == [178, 180, 186])
            #expect(sheet.colour(x: x + 380, y: top + 10) == [178, 180, 186])
        }
        // The third place of the second row is paper.
        #expect(sheet.colour(x: 24 + 2 * 390 + 100, y: top + 412 + 100) == [250, 250, 248])
    }

    @Test func `what does not fit one sheet goes to numbered ones`() throws {
        let folder = try Scratch()
        try folder.picture("tall.png", width: 100, height: 100)
        let run = try SmolVLMProgram.run(
            ["inspect", "--json", "--tiles", "out.x.png"]
                + Array(repeating: "tall.png", count: 5), in: folder)
        #expect(run.code == 0)
        #expect(run.output.contains("\"sheets\": [\n    \"out.x.png\",\n    \"out.x-2.png\"\n  ]"))
        for name in ["out.x.png", "out.x-2.png"] {
            let sheet = try Drawing(folder.url.appending(path: name))
            #expect(sheet.image.width == 1600)
            #expect(sheet.image.height <= 6000)
        }
    }

    @Test func `a heading stands with its tiles, on every page that has some`() throws {
        let folder = try Scratch()
        try folder.picture("tall.png", width: 100, height: 100)
        // A heading is 52 pixels high, a picture 1280, the pause between two files 16.
        let full = 24 + 4 * (52 + 1280) + 3 * 16 + 14
        let run = try SmolVLMProgram.run(
            ["inspect", "-m", "small", "--tiles", "a.png"]
                + Array(repeating: "tall.png", count: 5), in: folder)
        #expect(run.code == 0)
        #expect(try Drawing(folder.url.appending(path: "a.png")).image.height == full)
        let last = 24 + 52 + 1280 + 14
        #expect(try Drawing(folder.url.appending(path: "a-2.png")).image.height == last)

        let pdf = SmolVLMProgram.root.appending(path: "samples/two-page.pdf").path
        let pages = try SmolVLMProgram.run(
            [
                "inspect", "-m", "small", "--tiles", "b.png", "tall.png", "tall.png", "tall.png",
                pdf,
            ],
            in: folder)
        #expect(pages.code == 0)
        #expect(try Drawing(folder.url.appending(path: "b.png")).image.height == full)
        #expect(try Drawing(folder.url.appending(path: "b-2.png")).image.height == last)
    }

    @Test func `a sheet never overwrites what it shows`() throws {
        let folder = try Scratch()
        let file = try folder.picture("a.png", width: 30, height: 20)
        let before = try Data(contentsOf: file)
        let run = try SmolVLMProgram.run(["inspect", "--tiles", "a.png", "a.png"], in: folder)
        #expect(
            run.messages
                == "smolvlm: --tiles a.png and the file a.png cannot be used together: the drawing "
                + "would overwrite it.\n")
        #expect(run.code == 2)
        #expect(try Data(contentsOf: file) == before)
    }

    // MARK: Where it goes

    @Test func `a sheet that cannot be written is refused before anything is decoded`() throws {
        let folder = try Scratch()
        try folder.picture("a.png", width: 30, height: 20)
        let sub = folder.url.appending(path: "sub.png")
        try FileManager.default.createDirectory(at: sub, withIntermediateDirectories: true)
        var refusals = [
            ("nowhere/out.png", "there is no folder nowhere. Create it, or name another."),
            ("a.png/out.png", "a.png is no folder. Name a file in one that is."),
            ("sub.png", "it is a folder. Name a file."),
        ]
        if geteuid() != 0 {
            #expect(chmod(sub.path, 0o500) == 0)
            refusals.append(
                (
                    "sub.png/out.png",
                    "that is not permitted. Change the permissions, or name another file."
                ))
        }
        for (path, words) in refusals {
            // The file that is not there would be complained about, were it looked at.
            let run = try SmolVLMProgram.run(
                ["inspect", "--tiles", path, "a.png", "b.png"], in: folder)
            #expect(run.messages == "smolvlm: \(path) cannot be written: \(words)\n")
            #expect(run.output == "")
            #expect(run.code == 1)
        }
        #expect(chmod(sub.path, 0o700) == 0)
    }

    @Test(arguments: ["-", "sheet", "sheet.jpg", ".png", "nowhere/.png"])
    func `a sheet has the name of a PNG file`(name: String) throws {
        let run = try SmolVLMProgram.run(["inspect", "--tiles", name, "a.png"])
        #expect(
            run.messages
                == "smolvlm: --tiles wants the name of a file that ends in .png, not `\(name)`.\n")
        #expect(run.code == 2)
    }

    /// What becomes of a sheet for which there is no room: of the program that is told so, and of
    /// the one that is ended at that moment.
    @Test(arguments: [true, false])
    func `a sheet written in part never has its name`(isTold: Bool) throws {
        let folder = try Scratch()
        // Noise, so that the drawing is larger than a file may be, and the pixels are not.
        var state: UInt32 = 1
        try folder.picture("a.png", width: 60, height: 60) { _, _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (UInt8(state >> 24), UInt8(state >> 16 & 255), UInt8(state >> 8 & 255))
        }
        try folder.file("sheet.png", holding: Data("before".utf8))
        // Whoever started the tests may have chosen to be told.
        let start = isTold ? "trap '' XFSZ; exec" : "ulimit -c 0; exec env --default-signal=XFSZ"
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/bash"),
            [
                "-c", "ulimit -f 64; \(start) \"$0\" inspect --tiles sheet.png a.png",
                SmolVLMProgram.binary.path,
            ],
            in: folder)
        #expect(try folder.text(of: "sheet.png") == "before")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        let others = names.filter { $0 != "a.png" && $0 != "sheet.png" }
        if isTold {
            #expect(
                run.messages
                    == "smolvlm: sheet.png cannot be written: there is no room left. Make some, or "
                    + "name a file on another disk.\n")
            #expect(run.code == 1)
            #expect(others == [])
        } else {
            #expect(run.code == 128 + SIGXFSZ)
            #expect(others.count == 1)
            #expect(others.allSatisfy { $0.hasPrefix(".smolvlm-") && $0.hasSuffix(".part") })
        }
    }
}
