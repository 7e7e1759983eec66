package import Weights

/// What the encoding of one tile works in: made once, used for every tile.
package struct VisionScratch: Sendable {
    /// The stream between layers, `[patches, hidden]`.
    package internal(set) var hidden: [Float]
    /// Patches joined for the connector, `[tokens, hidden s s]`.
    package internal(set) var joined: [Float]
    var normed: [Float]
    var queries: [Float]
    var keys: [Float]
    var values: [Float]
    /// The inner width of the feed-forward part; the numbers of the patches before the first layer.
    var inner: [Float]

    package init(_ config: VisionConfig) {
        func rows(_ width: Int) -> [Float] {
            [Float](repeating: 0, count: config.patchCount * width)
        }
        hidden = rows(config.hiddenSize)
        joined = rows(config.hiddenSize)
        normed = rows(config.hiddenSize)
        queries = rows(config.hiddenSize)
        keys = rows(config.hiddenSize)
        values = rows(config.hiddenSize)
        inner = rows(max(config.innerSize, config.patchLength))
    }

    /// The bytes that it takes for a model.
    package static func byteCount(_ config: VisionConfig) -> Int {
        let widths = 6 * config.hiddenSize + max(config.innerSize, config.patchLength)
        return config.patchCount * widths * MemoryLayout<Float>.size
    }
}
