import Foundation
import JSON
import Testing
import Weights

@Suite struct `Preprocessor configurations` {
    @Test(arguments: ["{}", #"{"size": null, "resample": null, "video_sampling": null}"#])
    func `what is absent or null has the class default`(text: String) throws {
        #expect(try config(preprocessor: text) == .classDefaults)
    }

    @Test func `every key is read`() throws {
        let config = try config(
            preprocessor: """
                {"size": {"longest_edge": 1024}, "max_image_size": {"longest_edge": 256},
                 "resample": 3, "do_resize": false, "do_image_splitting": false,
                 "do_rescale": false, "rescale_factor": 0.5, "do_normalize": false,
                 "image_mean": [0.1, 0.2, 0], "image_std": 0.25,
                 "video_sampling": {"fps": 2.5, "max_frames": 32}}
                """, processor: #"{"image_seq_len": 81}"#)
        #expect(
            config
                == PreprocessorConfig(
                    longestEdge: 1024, tileEdge: 256, filter: .bicubic, resizes: false,
                    splits: false, rescales: false, rescaleFactor: 0.5, normalises: false,
                    mean: [0.1, 0.2, 0], deviation: [0.25, 0.25, 0.25], tokensPerFrame: 81,
                    video: .init(framesPerSecond: 2.5, maxFrames: 32, longestEdge: 1024)))
    }

    @Test func `what the processor file nests wins over a file of its own`() throws {
        let config = try config(
            preprocessor: #"{"size": {"longest_edge": 1000}, "resample": 2}"#,
            processor: """
                {"image_seq_len": 64, "image_processor": {"size": {"longest_edge": 2048}},
                 "video_processor": {"fps": 3, "num_frames": 10, "size": {"longest_edge": 512}}}
                """, video: #"{"fps": 7}"#)
        #expect(config.longestEdge == 2048)
        #expect(config.filter == .lanczos)
        #expect(config.video == .init(framesPerSecond: 3, maxFrames: 10, longestEdge: 512))
    }

    /// Whatever the file of a video says, the picture's file does not add to it.
    @Test func `a video goes by its own file if it has one`() throws {
        let picture =
            #"{"size": {"longest_edge": 2048}, "video_sampling": {"fps": 5, "max_frames": 9}}"#
        let own = try config(preprocessor: picture, video: #"{"fps": 2}"#)
        #expect(own.video == .init(framesPerSecond: 2, maxFrames: 64, longestEdge: 1456))
        let shared = try config(preprocessor: picture)
        #expect(shared.video == .init(framesPerSecond: 5, maxFrames: 9, longestEdge: 2048))
    }

    @Test func `of two sizes in a file for videos the reference takes the picture's`() throws {
        let sampling = #""video_sampling": {"video_size": {"longest_edge": 512}}"#
        let both = try config(preprocessor: #"{"size": {"longest_edge": 2048}, \#(sampling)}"#)
        #expect(both.video.longestEdge == 2048)
        let alone = try config(preprocessor: "{\(sampling)}")
        #expect(alone.video.longestEdge == 512)
    }

    @Test(arguments: [
        ("[]", "the whole file is a list of 0, where an object is needed"),
        (
            #"{"size": 2048}"#,
            #"size is 2048, where {"longest_edge": N}, N a whole number from 1 to 65536 is needed"#
        ),
        (
            #"{"size": {"height": 5, "width": 6}}"#,
            "size is an object with height, width, where "
                + #"{"longest_edge": N}, N a whole number from 1 to 65536 is needed"#
        ),
        (
            #"{"max_image_size": {"longest_edge": 0}}"#,
            "max_image_size is an object with longest_edge, where "
                + #"{"longest_edge": N}, N a whole number from 1 to 4096 is needed"#
        ),
        (
            #"{"resample": 5}"#,
            "resample is 5, where 0 (nearest), 1 (Lanczos), 2 (bilinear), 3 (bicubic) or 4 (box) "
                + "is needed"
        ),
        (#"{"do_resize": "yes"}"#, #"do_resize is "yes", where true or false is needed"#),
        (#"{"rescale_factor": 1e99}"#, "rescale_factor is 1e+99, where a number is needed"),
        (
            #"{"image_mean": [0.5, 0.5]}"#,
            "image_mean is a list of 2, where a list of 3 numbers is needed"
        ),
        (
            #"{"image_std": [0.5, 0, 0.5]}"#,
            "image_std is a list of 3, where a list of 3 numbers other than 0 is needed"
        ),
        (
            #"{"video_sampling": {"fps": -1}}"#,
            "video_sampling.fps is -1, where a number above 0 and up to 1000 is needed"
        ),
        (
            #"{"video_sampling": {"max_frames": 100000}}"#,
            "video_sampling.max_frames is 100000, where a whole number from 1 to 4096 is needed"
        ),
        (#"{"video_sampling": []}"#, "video_sampling is a list of 0, where an object is needed"),
    ])
    func `what cannot be meant is refused with file, key, expected and found`(
        text: String, message: String
    ) throws {
        let error = #expect(throws: WeightsError.self) { try config(preprocessor: text) }
        let whole = "preprocessor_config.json: \(message). Get the file again, or correct it."
        #expect(error?.description == whole)
    }

    @Test func `a folder that says nothing of pictures is named`() throws {
        let error = #expect(throws: WeightsError.self) {
            try PreprocessorConfig(
                folder: "models/x", preprocessor: nil,
                processor: file("processor_config.json", #"{"image_seq_len": 64}"#),
                videoPreprocessor: nil)
        }
        #expect(
            error?.description
                == "models/x does not say how pictures are prepared. Get preprocessor_config.json "
                + "and processor_config.json of the model.")
    }

    @Test func `a file that is not JSON is named`() throws {
        let error = #expect(throws: WeightsError.self) { try config(preprocessor: "{") }
        let found = error?.description ?? ""
        #expect(found.hasPrefix("preprocessor_config.json is a broken JSON file: "))
    }

    @Test(arguments: [
        "SmolVLM-256M-Instruct", "SmolVLM-500M-Instruct", "SmolVLM2-256M-Video-Instruct",
        "SmolVLM2-500M-Video-Instruct", "granite-docling-258M",
    ])
    func `the published small models have the built-in values`(model: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../shared/hf-configs/\(model)")
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        let read = try config(
            preprocessor: text("preprocessor_config.json"),
            processor: text("processor_config.json"))
        #expect(read == .small)
    }

    @Test func `the built-in families differ in their edges and tokens`() {
        #expect(PreprocessorConfig.small.longestEdge == 2048)
        #expect(PreprocessorConfig.small.tileEdge == 512)
        #expect(PreprocessorConfig.small.tokensPerFrame == 64)
        #expect(PreprocessorConfig.large.longestEdge == 1536)
        #expect(PreprocessorConfig.large.tileEdge == 384)
        #expect(PreprocessorConfig.large.tokensPerFrame == 81)
    }
}

private func file(_ name: String, _ text: String) throws -> PreprocessorConfig.File {
    try PreprocessorConfig.File(name: name, parsing: Array(text.utf8).span)
}

private func config(
    preprocessor: String, processor: String? = nil, video: String? = nil
) throws -> PreprocessorConfig {
    try PreprocessorConfig(
        folder: "folder", preprocessor: file("preprocessor_config.json", preprocessor),
        processor: processor.map { try file("processor_config.json", $0) },
        videoPreprocessor: video.map { try file("video_preprocessor_config.json", $0) })
}
