import Testing
import Weights

@Suite struct `Tensor names` {
    static let all: [TensorName] =
        [
            .patchEmbedding(.weight), .patchEmbedding(.bias), .positionEmbedding,
            .visionNorm(.weight), .visionNorm(.bias), .connector, .tokenEmbedding, .textNorm, .head,
        ]
        + TensorName.VisionPiece.allCases.flatMap { piece in
            TensorName.Part.allCases.map { .vision(layer: 11, piece, $0) }
        } + TensorName.TextPiece.allCases.map { .text(layer: 29, $0) }

    @Test(arguments: all)
    func `every tensor is found under both vocabularies`(name: TensorName) {
        #expect(TensorName(huggingFace: name.huggingFaceName(hasVision: true)) == name)
        #expect(TensorName(gguf: name.ggufName) == name)
    }

    @Test(arguments: [
        ("model.layers.3.mlp.up_proj.weight", TensorName.text(layer: 3, .up)),
        ("text_model.layers.3.mlp.up_proj.weight", .text(layer: 3, .up)),
        ("model.text_model.model.layers.3.mlp.up_proj.weight", .text(layer: 3, .up)),
        ("model.text_model.lm_head.weight", .head),
        ("vision_model.post_layernorm.bias", .visionNorm(.bias)),
        ("connector.modality_projection.proj.weight", .connector),
    ])
    func `spellings of older files and adapters are known`(spelling: String, name: TensorName) {
        #expect(TensorName(huggingFace: spelling) == name)
    }

    @Test(arguments: [
        "", "weight", "model.layers.-1.mlp.up_proj.weight", "model.layers.01.mlp.up_proj.weight",
        "model.layers.99999999999999999999.mlp.up_proj.weight", "model.layers..mlp.up_proj.weight",
        "model.layers.0.self_attn.q_proj.bias", "model.layers.0.self_attn.rotary_emb.inv_freq",
        "language_model.model.layers.0.mlp.up_proj.weight",
        "model.vision_model.embeddings.position_embedding.bias", "lm_head.bias",
    ])
    func `other names stand for nothing`(name: String) {
        #expect(TensorName(huggingFace: name) == nil)
    }

    @Test(arguments: [
        "", "blk.0.attn_qkv.weight", "blk.x.attn_q.weight", "blk.0.attn_q.bias", "v.blk.0.attn_q",
        "mm.0.weight", "output.bias",
    ])
    func `other GGUF names stand for no single tensor`(name: String) {
        #expect(TensorName(gguf: name) == nil)
    }
}
