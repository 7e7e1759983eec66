import Foundation
import SmolVLM
import Testing

@Suite struct `Descriptions of models` {
    private func describe(_ name: String) -> ModelDescription {
        Model.describe(RecordedConversation.folder(name), projector: nil)
    }

    @Test(arguments: ["patch16", "patch14", "tied", "text"])
    func `a description says what the opened model says`(name: String) throws {
        let description = describe(name)
        let model = try Model.load(
            from: RecordedConversation.folder(name), projector: nil, chatFormat: nil)
        #expect(description.isSound)
        #expect(description.path == model.path)
        #expect(description.kind == (model.seesPictures ? .visionModel : .textModel))
        #expect(description.chat?.format == model.chatFormatName)
        #expect(description.text?.contextLimit == model.contextLimit)
        #expect(description.memory?.weightByteCount == model.weightByteCount)
        #expect(description.warnings == model.warnings)
        #expect(description.tensors.reduce(0) { $0 + $1.byteCount } == model.weightByteCount)
    }

    @Test func `sizes are those of the configuration`() {
        let model = describe("patch16")
        #expect(model.family == "SmolVLM")
        #expect(model.container == "safetensors")
        #expect(model.files.map(\.name) == ["model.safetensors"])
        #expect(model.text?.layerCount == 3 && model.text?.width == 48)
        #expect(model.text?.heads == 6 && model.text?.keyValueHeads == 2)
        #expect(model.text?.isTied == false && model.text?.ropeScaling == nil)
        #expect(model.vision?.tileSide == 128 && model.vision?.patchSide == 16)
        #expect(model.vision?.tokensPerTile == 4)
        #expect(model.pictures?.longestEdge == 256)
        #expect(model.vocabulary?.kind == "byte-level BPE")
        #expect(model.endings.map(\.id) == [0, 2, 188])
        let long = describe("smollm3")
        #expect(long.text?.layersWithoutRotation == [3, 7])
        #expect(long.text?.ropeScaling == "YaRN, by 2 from 64 tokens")
    }

    @Test func `parts add up to the whole`() throws {
        let model = describe("patch16")
        #expect(
            model.tensors.map(\.part)
                == [.vision, .connector, .embedding, .attention, .feedForward, .norms, .head])
        // Three layers of q, k, v and output: 48 to 48, 16, 16 and back.
        let attention = try #require(model.tensors.first { $0.part == .attention })
        #expect(attention.parameterCount == 3 * 48 * (48 + 16 + 16 + 48))
        #expect(attention.tensorCount == 12 && attention.byteCount == 2 * attention.parameterCount)
        #expect(model.parameterCount == 140_144)
        #expect(model.visionParameterCount == 68_384)
        #expect(describe("tied").tensors.allSatisfy { $0.part != .head })
    }

    @Test func `memory is worked out from the sizes`() throws {
        let memory = try #require(describe("patch16").memory)
        // Keys and values of 2 heads of 8 floats in 3 layers.
        #expect(memory.keyValueBytesPerToken == 2 * 3 * 2 * 8 * 4)
        #expect(memory.fastKeyValueBytesPerToken == 2 * 3 * 2 * 8 * 2)
        #expect(memory.contextTokens == 2048)
        #expect(memory.keyValueByteCount(tokens: 1000) == 384_000)
        // 64 patches: six times their width and once their pixels; a tile of floats.
        #expect(memory.visionWorkByteCount == 64 * (6 * 32 + 768) * 4 + 3 * 128 * 128 * 4)
        #expect(describe("text").memory?.visionWorkByteCount == 0)
    }

    @Test func `what cannot be used says why, and a model is told from other things`() {
        let nothing = Model.describe("nowhere", projector: nil)
        #expect(nothing.kind == .unknown && nothing.files.isEmpty && nothing.memory == nil)
        #expect(nothing.complaints == ["nowhere: there is no such file. Check the path."])
        let incomplete = describe("llama3")
        #expect(!incomplete.isSound && incomplete.complaints.count == 1)
        #expect(incomplete.chat?.format == nil && incomplete.chat?.advice != nil)
        #expect(Model.isModel(at: RecordedConversation.folder("llama3")))
        #expect(!Model.isModel(at: "nowhere"))
        #expect(!Model.isModel(at: #filePath))
    }
}
