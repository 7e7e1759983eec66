// How a model wants its pictures and videos prepared, out of any vintage of its configuration files.
// What is absent or null has the value that the reference classes give it:
// https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/models/smolvlm/image_processing_smolvlm.py

package import JSON

/// How pictures and frames of videos become what a model takes; every value is checked.
package struct PreprocessorConfig: Equatable, Sendable {
    /// The filter of every resampling, by its number in the files.
    package enum Filter: Int, CaseIterable, Sendable {
        case nearest = 0
        case lanczos = 1
        case bilinear = 2
        case bicubic = 3
        case box = 4
    }

    /// How frames of a video are chosen and prepared.
    package struct Video: Equatable, Sendable {
        /// Wanted frames per second of video.
        package var framesPerSecond: Double
        package var maxFrames: Int
        /// The longer side that a frame is first resized to.
        package var longestEdge: Int

        package init(framesPerSecond: Double, maxFrames: Int, longestEdge: Int) {
            self.framesPerSecond = framesPerSecond
            self.maxFrames = maxFrames
            self.longestEdge = longestEdge
        }
    }

    /// The longer side that a picture is first resized to: `size.longest_edge`.
    package var longestEdge: Int
    /// The side of a tile: `max_image_size.longest_edge`.
    package var tileEdge: Int
    package var filter: Filter
    /// Whether a picture is resized to `longestEdge` at all.
    package var resizes: Bool
    /// Whether a picture is split into tiles.
    package var splits: Bool
    /// Whether bytes are multiplied by `rescaleFactor`.
    package var rescales: Bool
    package var rescaleFactor: Double
    /// Whether the mean is subtracted and the result divided by the deviation.
    package var normalises: Bool
    /// Of red, green and blue.
    package var mean: [Double]
    package var deviation: [Double]
    /// `<image>` tokens that one frame becomes: `image_seq_len`.
    package var tokensPerFrame: Int
    package var video: Video

    package init(
        longestEdge: Int, tileEdge: Int, filter: Filter, resizes: Bool, splits: Bool,
        rescales: Bool, rescaleFactor: Double, normalises: Bool, mean: [Double],
        deviation: [Double], tokensPerFrame: Int, video: Video
    ) {
        self.longestEdge = longestEdge
        self.tileEdge = tileEdge
        self.filter = filter
        self.resizes = resizes
        self.splits = splits
        self.rescales = rescales
        self.rescaleFactor = rescaleFactor
        self.normalises = normalises
        self.mean = mean
        self.deviation = deviation
        self.tokensPerFrame = tokensPerFrame
        self.video = video
    }

    /// What the reference classes take when the files say nothing.
    package static let classDefaults = PreprocessorConfig(
        longestEdge: 4 * 364, tileEdge: 364, filter: .lanczos, resizes: true, splits: true,
        rescales: true, rescaleFactor: 1.0 / 255, normalises: true, mean: [0.5, 0.5, 0.5],
        deviation: [0.5, 0.5, 0.5], tokensPerFrame: 169,
        video: Video(framesPerSecond: 1, maxFrames: 64, longestEdge: 4 * 364))

    /// The models of 256M and 500M.
    package static let small = PreprocessorConfig.family(
        longestEdge: 2048, tileEdge: 512, tokensPerFrame: 64)
    /// The models of 2.2B.
    package static let large = PreprocessorConfig.family(
        longestEdge: 1536, tileEdge: 384, tokensPerFrame: 81)

    private static func family(
        longestEdge: Int, tileEdge: Int, tokensPerFrame: Int
    ) -> PreprocessorConfig {
        var config = classDefaults
        config.longestEdge = longestEdge
        config.tileEdge = tileEdge
        config.tokensPerFrame = tokensPerFrame
        config.video.longestEdge = longestEdge
        return config
    }

    /// The values of `longestEdge` that make sense. Beyond 4096 a picture does not grow.
    package static let longestEdges = 1...65_536
    /// The values of `tileEdge` that make sense.
    package static let tileEdges = 1...4096
}

extension PreprocessorConfig {
    /// One configuration file: its name for messages, and what stands in it.
    package struct File: Sendable {
        package let name: String
        package let text: JSONValue

        package init(name: String, text: JSONValue) {
            self.name = name
            self.text = text
        }

        /// - Throws: `WeightsError.malformed` for what is not JSON.
        package init(name: String, parsing bytes: Span<UInt8>) throws(WeightsError) {
            self.name = name
            do throws(JSONError) {
                text = try JSONValue(parsing: bytes)
            } catch {
                throw .malformed(file: name, format: "JSON", detail: "it is \(error)")
            }
        }
    }

    /// Reads the files of a model's folder; nil for those it lacks.
    ///
    /// As in the reference, what is nested in `processor_config.json` wins over the files of their
    /// own, and a video goes by the picture's file when it has none itself.
    ///
    /// - Parameters:
    ///   - preprocessor: `preprocessor_config.json`
    ///   - processor: `processor_config.json`
    ///   - videoPreprocessor: `video_preprocessor_config.json`
    package init(
        folder: String, preprocessor: File?, processor: File?, videoPreprocessor: File?
    ) throws(WeightsError) {
        let nested = processor.map { Section(file: $0.name, object: $0.text) }
        let picture = try nested?.section("image_processor") ?? preprocessor?.section
        guard let picture else {
            throw .missingKey(
                file: folder, key: "how pictures are prepared",
                advice: "Get preprocessor_config.json and processor_config.json of the model.")
        }
        try picture.requireObject()

        self = .classDefaults
        longestEdge =
            try picture.edge("size", in: Self.longestEdges) ?? longestEdge
        tileEdge = try picture.edge("max_image_size", in: Self.tileEdges) ?? tileEdge
        filter = try picture.filter("resample") ?? filter
        resizes = try picture.bool("do_resize") ?? resizes
        splits = try picture.bool("do_image_splitting") ?? splits
        rescales = try picture.bool("do_rescale") ?? rescales
        rescaleFactor = try picture.number("rescale_factor") ?? rescaleFactor
        normalises = try picture.bool("do_normalize") ?? normalises
        mean = try picture.channels("image_mean", mayBeZero: true) ?? mean
        deviation = try picture.channels("image_std", mayBeZero: false) ?? deviation
        tokensPerFrame = try nested?.whole("image_seq_len", in: 1...65_536) ?? tokensPerFrame

        let frames =
            try nested?.section("video_processor") ?? videoPreprocessor?.section ?? picture
        try frames.requireObject()
        video = try Video(frames)
    }
}

extension PreprocessorConfig.Video {
    fileprivate init(_ section: Section) throws(WeightsError) {
        let defaults = PreprocessorConfig.classDefaults.video
        let edges = PreprocessorConfig.longestEdges
        let sampling = try section.section("video_sampling")
        let sampledRate = try sampling?.rate("fps")
        let sampledFrames = try sampling?.whole("max_frames", in: 1...4096)
        let sampledEdge = try sampling?.edge("video_size", in: edges)
        let rate = try section.rate("fps")
        let frames = try section.whole("num_frames", in: 1...4096)
        let edge = try section.edge("size", in: edges)
        framesPerSecond = sampledRate ?? rate ?? defaults.framesPerSecond
        maxFrames = sampledFrames ?? frames ?? defaults.maxFrames
        // Where both stand in one file, the reference takes `size` and ignores `video_size`.
        longestEdge = edge ?? sampledEdge ?? defaults.longestEdge
    }
}

extension PreprocessorConfig.File {
    fileprivate var section: Section { Section(file: name, object: text) }
}

/// An object of a configuration file, with its path for messages. A null counts as absent.
private struct Section {
    let file: String
    var path = ""
    let object: JSONValue

    func requireObject() throws(WeightsError) {
        guard object.kind == .object else {
            throw .wrongValue(
                file: file, key: path.isEmpty ? "the whole file" : path, expected: "an object",
                found: object.summary)
        }
    }

    func section(_ key: String) throws(WeightsError) -> Section? {
        guard let value = value(key) else { return nil }
        let section = Section(file: file, path: path(of: key), object: value)
        try section.requireObject()
        return section
    }

    func bool(_ key: String) throws(WeightsError) -> Bool? {
        try read(key, expected: "true or false", \.bool)
    }

    func whole(_ key: String, in range: ClosedRange<Int>) throws(WeightsError) -> Int? {
        try read(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            $0.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func number(_ key: String) throws(WeightsError) -> Double? {
        try read(key, expected: "a number") { $0.finite }
    }

    func rate(_ key: String) throws(WeightsError) -> Double? {
        try read(key, expected: "a number above 0 and up to 1000") {
            $0.finite.flatMap { $0 > 0 && $0 <= 1000 ? $0 : nil }
        }
    }

    /// `{"longest_edge": 2048}`.
    func edge(_ key: String, in range: ClosedRange<Int>) throws(WeightsError) -> Int? {
        let whole = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return try read(key, expected: "{\"longest_edge\": N}, N \(whole)") { value in
            value["longest_edge"]?.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func filter(_ key: String) throws(WeightsError) -> PreprocessorConfig.Filter? {
        try read(
            key,
            expected: "0 (nearest), 1 (Lanczos), 2 (bilinear), 3 (bicubic) or 4 (box)"
        ) { $0.int.flatMap(PreprocessorConfig.Filter.init(rawValue:)) }
    }

    /// One number for red, green and blue each, or one for all.
    func channels(_ key: String, mayBeZero: Bool) throws(WeightsError) -> [Double]? {
        try read(key, expected: "a list of 3 numbers" + (mayBeZero ? "" : " other than 0")) {
            value in
            let numbers =
                value.kind == .array
                ? value.elements.map(\.finite) : [Double?](repeating: value.finite, count: 3)
            let usable = numbers.compactMap(\.self).filter { mayBeZero || Float($0) != 0 }
            return numbers.count == 3 && usable.count == 3 ? usable : nil
        }
    }

    private func value(_ key: String) -> JSONValue? {
        object[key].flatMap { $0.isNull ? nil : $0 }
    }

    private func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func read<Value>(
        _ key: String, expected: String, _ convert: (JSONValue) -> Value?
    ) throws(WeightsError) -> Value? {
        guard let found = value(key) else { return nil }
        guard let value = convert(found) else {
            throw .wrongValue(
                file: file, key: path(of: key), expected: expected, found: found.summary)
        }
        return value
    }
}

extension JSONValue {
    /// A number that is still one as a 32-bit float.
    fileprivate var finite: Double? {
        double.flatMap { Float($0).isFinite ? $0 : nil }
    }

    /// The value in few words, for a message.
    fileprivate var summary: String {
        switch kind {
        case .null: "null"
        case .bool: bool == true ? "true" : "false"
        case .integer, .double: int.map(String.init) ?? double.map { "\($0)" } ?? "a number"
        case .string: "\"\((string ?? "").prefix(40))\""
        case .array: "a list of \(count)"
        case .object:
            "an object with "
                + (count == 0
                    ? "no keys"
                    : members.prefix(4).map { String(($0.key.string ?? "").prefix(40)) }
                        .joined(separator: ", "))
        }
    }
}
