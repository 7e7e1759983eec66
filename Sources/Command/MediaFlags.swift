internal import Media

/// What the options about media said; the same for every command that takes files.
struct MediaFlags: Equatable, Sendable {
    var media = MediaOptions()
    var model: String?
    var splits = true
    var longestEdge: Int?
    /// Wanted frames per second; nil for what the model asks for.
    var framesPerSecond: Double?

    /// The share of the full range by which frames must differ to be kept, when `--distinct` stands
    /// alone.
    static let usualDistinct = 0.02

    static let options: [Option<MediaFlags>] =
        preparation + parts + caps.map { $0.within(\.media.limits) }

    private static let preparation: [Option<MediaFlags>] = [
        .value(
            "model", short: "m", "MODEL", .text("small, large or a folder of a model"),
            suggestions: .wordsOrFolders(TargetModel.Family.allCases.map(\.rawValue)),
            "Which model the files are prepared for: small (256M and 500M), large (2.2B), or a "
                + "folder with a preprocessor_config.json."
        ) { $0.model = $1 },
        .flag(
            "no-split",
            "Gives each picture to the model as a single frame. That is much faster, but small "
                + "print is lost."
        ) { $0.splits = false },
        .value(
            "longest-edge", "PIXELS", .whole(1...4096),
            "Makes the longer side of each picture this long instead of what the model asks for. "
                + "Fewer pixels make fewer tiles, and so a faster answer."
        ) { $0.longestEdge = $1 },
    ]

    private static let parts: [Option<MediaFlags>] = [
        .value(
            "pages", "RANGES", .pages, section: .parts,
            "Takes only these pages of a PDF or a TIFF, such as 1-3,7 or 5- (to the last). "
                + "Given twice, both count."
        ) { $0.media.pages = ($0.media.pages ?? []) + $1 },
        .value(
            "dpi", "N", .whole(10...1200), section: .parts,
            "Draws PDF pages at this many dots per inch instead of what the model can use."
        ) { $0.media.dotsPerInch = $1 },
        .value(
            "frames", "N", .whole(1...1000), section: .parts,
            "Takes this many frames of a video, evenly spaced, instead of one a second and at "
                + "most 64."
        ) { $0.media.frames.count = $1 },
        .value(
            "fps", "RATE", .number(0.01...1000, such: "2 or 0.5"), section: .parts,
            "Takes this many frames per second of video, and at most 64."
        ) { $0.framesPerSecond = $1 },
        .value(
            "from", "TIME", .time(atLeast: 0), section: .parts,
            "Begins at this time of a video: 90, 1:30 or 1m30s."
        ) { $0.media.frames.from = $1 },
        .value(
            "to", "TIME", .time(atLeast: 0.001), section: .parts,
            "Ends at this time of a video."
        ) { $0.media.frames.to = $1 },
        .optionalValue(
            "distinct", "SHARE", .number(0...1, such: "0.02"), standard: usualDistinct,
            section: .parts,
            "Drops frames of a video that barely differ from the last one kept: by less than this "
                + "share of the full range on average (\(Figures.plain(usualDistinct)) when left "
                + "out)."
        ) { $0.media.frames.distinct = $1 },
        .flag(
            "allow-damaged", section: .parts,
            "Uses what could be decoded of a damaged picture instead of refusing it."
        ) { $0.media.allowDamaged = true },
    ]

    private static let standard = MediaLimits()

    private static let caps: [Option<MediaLimits>] = [
        .value(
            "max-pixels", "N", .amount(of: "pixels", 1...2_000_000_000), section: .limits,
            "Pixels of one picture, page or frame, such as 40M (\(standard.maxPixels))."
        ) { $0.maxPixels = $1 },
        .value(
            "max-side", "N", .amount(of: "pixels", 1...1_000_000), section: .limits,
            "Pixels of the longer side (\(standard.maxSide))."
        ) { $0.maxSide = $1 },
        .value(
            "max-aspect", "N", .whole(1...1_000_000), section: .limits,
            "How many times longer than wide, or wider than long, a picture may be "
                + "(\(standard.maxAspectRatio))."
        ) { $0.maxAspectRatio = $1 },
        .value(
            "max-allocation", "BYTES", .bytes(atLeast: 1 << 20), section: .limits,
            "Bytes that a decoder may ask for at once, such as 512MiB "
                + "(\(standard.maxAllocationBytes >> 20)MiB)."
        ) { $0.maxAllocationBytes = $1 },
        .value(
            "decode-timeout", "TIME", .time(atLeast: 0.001), section: .limits,
            "How long one file may take to decode, such as 30 or 2m30s "
                + "(\(Figures.plain(standard.maxSeconds)))."
        ) { $0.maxSeconds = $1 },
        .value(
            "max-input", "BYTES", .bytes(atLeast: 1 << 10), section: .limits,
            "Bytes that standard input, a download or a data: address may bring "
                + "(\(standard.maxInputBytes >> 20)MiB)."
        ) { $0.maxInputBytes = $1 },
        .value(
            "download-timeout", "TIME", .time(atLeast: 0.001), section: .limits,
            "How long a download may take, such as 30 or 10m "
                + "(\(Figures.plain(standard.maxDownloadSeconds)))."
        ) { $0.maxDownloadSeconds = $1 },
        .value(
            "max-pages", "N", .whole(1...1_000_000), section: .limits,
            "Pages of one document (\(standard.maxPages))."
        ) { $0.maxPages = $1 },
        .value(
            "max-pictures", "N", .whole(1...100_000), section: .limits,
            "Pictures and pages of one question (\(standard.maxPictures)). Frames of a video do "
                + "not count; their number has an option of its own."
        ) { $0.maxPictures = $1 },
    ]

    /// Refuses options and files that cannot be meant together.
    func check(files: [String]) throws(UsageError) {
        if files.count(where: { $0 == "-" }) > 1 {
            throw .contradiction(
                first: "-", second: "another -", reason: "standard input can be read only once")
        }
        let frames = media.frames
        if frames.count != nil, framesPerSecond != nil {
            throw .contradiction(
                first: "--frames", second: "--fps",
                reason: "one says how many frames, the other how many a second")
        }
        if let from = frames.from, let to = frames.to, to <= from {
            throw .contradiction(
                first: "--from", second: "--to",
                reason: "\(Figures.clock(to)) is not after \(Figures.clock(from))")
        }
    }
}
