internal import SmolVLM
internal import Weights

/// Makes the keys of the picture half of a folder's model.
struct VisionKeys {
    let folder: String
    let files: ModelFiles
    let config: VisionConfig
    /// The width of the text half.
    let textWidth: Int

    func add(
        to writer: inout GGUFWriter, name: String, numbers: Int, _ quantisation: Quantisation
    ) throws(ExportError) {
        let preparation = try reading { () throws(ModelError) in try files.preprocessor() }
        writer.addGeneral(architecture: "clip", type: "mmproj", name: name, numbers: numbers)
        writer.add("clip.has_vision_encoder", true)
        writer.add("clip.projector_type", "idefics3")
        writer.add("clip.use_gelu", true)
        func key(_ name: String) -> String { "clip.vision.\(name)" }
        writer.add(key("projection_dim"), textWidth)
        writer.add(key("image_size"), config.imageSize)
        writer.add(key("patch_size"), config.patchSize)
        writer.add(key("embedding_length"), config.hiddenSize)
        writer.add(key("feed_forward_length"), config.innerSize)
        writer.add(key("block_count"), config.layerCount)
        writer.add(key("attention.head_count"), config.heads)
        writer.add(key("attention.layer_norm_epsilon"), config.eps)
        writer.add(key("projector.scale_factor"), config.scaleFactor)
        if let preparation {
            writer.add(key("image_mean"), preparation.mean.map { Float($0) })
            writer.add(key("image_std"), preparation.deviation.map { Float($0) })
            writer.add(key("preproc_image_size"), preparation.longestEdge)
        }
        writer.addStorage(quantisation)
    }
}
