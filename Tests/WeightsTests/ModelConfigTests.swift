import Tensors
import Testing
import Weights

@Suite struct `Model configurations` {
    static let smolVision = VisionConfig(
        hiddenSize: 768, innerSize: 3072, layerCount: 12, heads: 12, eps: 1e-6, imageSize: 512,
        patchSize: 16, scaleFactor: 4)
    static let text256 = TextConfig(
        hiddenSize: 576, innerSize: 1536, layerCount: 30, heads: 9, keyValueHeads: 3, headSize: 64,
        eps: 1e-5, theta: 100_000, scaling: .none, isRotated: Array(repeating: true, count: 30),
        vocabularySize: 49_280, maxPositions: 8192, isTied: false)

    struct Genuine: CustomTestStringConvertible {
        let name: String
        let config: ModelConfig
        let parameters: Int
        var testDescription: String { name }
        init(
            _ name: String, _ architecture: ModelConfig.Architecture, vision: VisionConfig?,
            imageTokenID: Int?, parameters: Int, _ change: (inout TextConfig) -> Void
        ) {
            var text = text256
            change(&text)
            self.name = name
            self.parameters = parameters
            config = ModelConfig(
                architecture: architecture, text: text, vision: vision, imageTokenID: imageTokenID)
        }
    }

    static let genuine: [Genuine] = [
        Genuine(
            "SmolVLM-256M-Instruct", .idefics3, vision: smolVision, imageTokenID: 49_190,
            parameters: 256_484_928
        ) { _ in },
        Genuine(
            "SmolVLM2-256M-Video-Instruct", .smolVLM, vision: smolVision, imageTokenID: 49_190,
            parameters: 256_484_928
        ) { _ in },
        Genuine(
            "SmolVLM2-500M-Video-Instruct", .smolVLM, vision: smolVision, imageTokenID: 49_190,
            parameters: 507_482_304
        ) {
            ($0.hiddenSize, $0.innerSize, $0.layerCount) = (960, 2560, 32)
            ($0.heads, $0.keyValueHeads) = (15, 5)
            $0.isRotated = Array(repeating: true, count: 32)
        },
        Genuine(
            "granite-docling-258M", .idefics3, vision: smolVision, imageTokenID: 100_270,
            parameters: 257_517_120
        ) { ($0.vocabularySize, $0.isTied) = (100_352, true) },
        Genuine(
            "SmolLM2-135M-Instruct", .llama, vision: nil, imageTokenID: nil,
            parameters: 134_515_008
        ) { ($0.vocabularySize, $0.isTied) = (49_152, true) },
        Genuine(
            "SmolLM3-3B", .smolLM3, vision: nil, imageTokenID: nil, parameters: 3_075_098_624
        ) {
            ($0.hiddenSize, $0.innerSize, $0.layerCount) = (2048, 11_008, 36)
            ($0.heads, $0.keyValueHeads, $0.headSize) = (16, 4, 128)
            ($0.eps, $0.theta, $0.maxPositions) = (1e-6, 5_000_000, 65_536)
            ($0.vocabularySize, $0.isTied) = (128_256, true)
            $0.isRotated = (0..<36).map { $0 % 4 != 3 }
        },
    ]

    @Test(
        .enabled(if: Places.hasGenuine, "the published configurations are not here"),
        arguments: genuine)
    func `published ones give the published numbers`(genuine: Genuine) throws {
        let path = try #require(Places.genuine(genuine.name + "/config.json"))
        #expect(try ModelConfig(configFile: path) == genuine.config)
    }

    @Test(arguments: genuine)
    func `tensors add up to the published number of parameters`(genuine: Genuine) {
        let sum = genuine.config.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        #expect(sum == genuine.parameters)
    }

    @Test func `the largest model has the published numbers of tensors and parameters`() {
        var text = Self.text256
        (text.hiddenSize, text.innerSize, text.layerCount) = (2048, 8192, 24)
        (text.heads, text.keyValueHeads, text.vocabularySize) = (32, 32, 49_155)
        let vision = VisionConfig(
            hiddenSize: 1152, innerSize: 4304, layerCount: 27, heads: 16, eps: 1e-6,
            imageSize: 384, patchSize: 14, scaleFactor: 3)
        let config = ModelConfig(
            architecture: .idefics3, text: text, vision: vision, imageTokenID: 49_153)
        #expect(config.tensors.count == 657)
        let parameters = config.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        #expect(parameters == 2_246_272_880)
        #expect(vision.gridSize == 27 && vision.patchCount == 729 && vision.tokensPerTile == 81)
        #expect(vision.headSize == 72 && vision.connectorInputs == 10_368)
    }

    static let tiny = #"""
        {"model_type":"llama","hidden_size":32,"intermediate_size":56,"num_hidden_layers":2,
        "num_attention_heads":4,"rope_theta":10000.0,"vocab_size":192}
        """#

    static func read(_ text: String) throws -> ModelConfig {
        let file = try TemporaryFile(Array(text.utf8), name: "config.json")
        return try withExtendedLifetime(file) { try ModelConfig(configFile: file.path) }
    }

    @Test func `what a Llama does not say has the reference's defaults`() throws {
        let text = try Self.read(Self.tiny).text
        #expect(text.keyValueHeads == 4 && text.headSize == 8 && text.eps == 1e-6)
        #expect(text.maxPositions == 2048 && !text.isTied && text.scaling == .none)
    }

    @Test func `what a vision encoder does not say has the reference's defaults`() throws {
        let vision = try Self.read(
            #"""
            {"model_type":"smolvlm","text_config":\#(Self.tiny),
            "vision_config":{"image_size":384,"patch_size":14},"scale_factor":3}
            """#
        ).vision
        #expect(
            vision
                == VisionConfig(
                    hiddenSize: 1152, innerSize: 3072, layerCount: 12, heads: 16, eps: 1e-6,
                    imageSize: 384, patchSize: 14, scaleFactor: 3))
    }

    @Test(arguments: [
        (#""rope_parameters":{"rope_type":"default","rope_theta":7}"#, 7.0, Rotation.Scaling.none),
        (#""rope_scaling":{"type":"linear","factor":4}"#, 10_000, .linear(factor: 4)),
        (
            #""rope_scaling":{"rope_type":"yarn","factor":2.0}"#, 10_000,
            .yarn(
                Rotation.Yarn(
                    factor: 2, originalLength: 2048, betaFast: 32, betaSlow: 1, isTruncated: true,
                    attentionFactor: nil))
        ),
        (
            #""rope_parameters":{"rope_type":"llama3","rope_theta":5e5,"factor":8,"#
                + #""low_freq_factor":1,"high_freq_factor":4,"#
                + #""original_max_position_embeddings":8192}"#, 500_000,
            .llama3(
                Rotation.Llama3(
                    factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalLength: 8192))
        ),
    ])
    func `positions are stretched as old and new files say`(
        key: String, theta: Double, scaling: Rotation.Scaling
    ) throws {
        let text = try Self.read(Self.tiny.dropLast() + "," + key + "}").text
        #expect(text.theta == theta && text.scaling == scaling)
    }

    @Test func `layers without rotation follow the list, or every fourth`() throws {
        let smol = Self.tiny.replacing("llama", with: "smollm3").replacing(
            #""num_hidden_layers":2"#, with: #""num_hidden_layers":5"#)
        #expect(try Self.read(smol).text.isRotated == [true, true, true, false, true])
        #expect(try Self.read(smol).text.keyValueHeads == 4)
        let listed = String(smol.dropLast()) + #","no_rope_layers":[0,1,1,1,0]}"#
        #expect(try Self.read(listed).text.isRotated == [false, true, true, true, false])
    }

    /// A key and value put into the tiny configuration, and what is said of it.
    @Test(arguments: [
        (
            #""rope_interleaved":true"#,
            " sets rope_interleaved, which smolvlm does not compute. "
                + "Use a model without it."
        ),
        (
            #""qk_layer_norms":true"#,
            " sets qk_layer_norms, which smolvlm does not compute. "
                + "Use a model without it."
        ),
        (
            #""use_resampler":true"#,
            " sets use_resampler, which smolvlm does not compute. "
                + "Use a model without it."
        ),
        (
            #""attention_bias":true"#,
            " sets attention_bias, which smolvlm does not compute. "
                + "Use a model without it."
        ),
        (
            #""hidden_act":"gelu""#,
            " sets hidden_act to gelu, where smolvlm computes silu. "
                + "Use a model with silu."
        ),
        (
            #""head_dim":7"#,
            ": head_dim is 7, where an even number is needed. Get the file again, "
                + "or correct it."
        ),
        (
            #""num_key_value_heads":3"#,
            ": num_key_value_heads is 3, where a divisor of the 4 "
                + "attention heads is needed. Get the file again, or correct it."
        ),
        (
            #""head_dim":8192"#,
            ": num_attention_heads is 4 heads of 8192, where heads of fewer numbers together is "
                + "needed. Get the file again, or correct it."
        ),
        (
            #""head_dim":0"#,
            ": head_dim is 0, where a number from 1 to 65536 is needed. Get the "
                + "file again, or correct it."
        ),
        (
            #""head_dim":"x""#,
            ": head_dim is a string, where a whole number is needed. Get the "
                + "file again, or correct it."
        ),
        (
            #""rms_norm_eps":-1"#,
            ": rms_norm_eps is -1.0, where a positive number is needed. Get "
                + "the file again, or correct it."
        ),
        (
            #""partial_rotary_factor":0.5"#,
            ": partial_rotary_factor is 0.5, where 1 is needed. "
                + "Get the file again, or correct it."
        ),
        (
            #""rope_scaling":{"type":"dynamic","factor":2}"#,
            " stretches positions by dynamic, "
                + "which smolvlm cannot. It knows default, linear, yarn and llama3."
        ),
        (
            #""rope_scaling":{"type":"yarn"}"#,
            " does not say rope_scaling.factor. Get the complete "
                + "configuration of the model."
        ),
        (
            #""rope_scaling":7"#,
            ": rope_scaling is 7.0, where an object is needed. Get the file "
                + "again, or correct it."
        ),
    ])
    func `what is not computed is refused`(key: String, sentence: String) throws {
        let text = Self.tiny.dropLast() + "," + key + "}"
        let file = try TemporaryFile(Array(text.utf8), name: "config.json")
        let error = #expect(throws: WeightsError.self) { try ModelConfig(configFile: file.path) }
        #expect(error?.description == file.path + sentence)
    }

    @Test(arguments: [
        (
            "rope_theta",
            " does not say rope_theta. Positions cannot be computed without it. Get "
                + "the model's own configuration; for a first or second Llama the value is 10000."
        ),
        ("hidden_size", " does not say hidden_size. Get the complete configuration of the model."),
        ("model_type", " does not say model_type. Get the complete configuration of the model."),
    ])
    func `what cannot be guessed is asked for`(key: String, sentence: String) throws {
        let text = Self.tiny.replacing(key, with: "x")
        let file = try TemporaryFile(Array(text.utf8), name: "config.json")
        let error = #expect(throws: WeightsError.self) { try ModelConfig(configFile: file.path) }
        #expect(error?.description == file.path + sentence)
    }

    @Test func `more heads than numbers, and patches beyond counting, are refused`() throws {
        let heads = Self.tiny.replacing(
            #""num_attention_heads":4"#, with: #""num_attention_heads":64"#)
        let noHead = #expect(throws: WeightsError.self) { try Self.read(heads) }
        #expect(noHead?.description.contains("head_dim is 0, where an even number") == true)
        let vision = #"""
            {"model_type":"smolvlm","text_config":\#(Self.tiny),
            "vision_config":{"image_size":8192,"patch_size":1},"scale_factor":2}
            """#
        let patches = #expect(throws: WeightsError.self) { try Self.read(vision) }
        #expect(
            patches?.description.contains(
                "patch_size is 1, which makes 67108864, where a size that makes at most 16384")
                == true)
    }

    @Test func `a model of another kind is refused by its name`() throws {
        let text = Self.tiny.replacing("llama", with: "qwen2_vl")
        let error = #expect(throws: WeightsError.self) { try Self.read(text) }
        #expect(
            error?.description.hasSuffix(
                " describes a model of type qwen2_vl. smolvlm runs SmolVLM, Idefics3, Llama and "
                    + "SmolLM3 models.") == true)
    }

    @Test(arguments: 0..<4)
    func `damage of any kind ends in a value or a sentence`(seed: Int) throws {
        let text =
            #"{"model_type":"smolvlm","text_config":\#(Self.tiny),"#
            + #""vision_config":{"image_size":384,"patch_size":14},"scale_factor":3}"#
        try damaged(Array(text.utf8), seed: seed, rounds: 200) { path in
            _ = try ModelConfig(configFile: path)
        }
    }
}
