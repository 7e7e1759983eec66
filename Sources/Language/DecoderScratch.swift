package import Weights

/// What a pass through the decoder works in: made once with a conversation, for chunks of rows.
package struct DecoderScratch: Sendable {
    /// The most rows that pass at once; longer inputs go chunk by chunk.
    package let chunk: Int
    /// The stream between layers, `[chunk, hidden]`.
    package internal(set) var hidden: [Float]
    var normed: [Float]
    var queries: [Float]
    /// What the queries saw.
    var seen: [Float]
    /// Half of what a layer thinks in; before that the keys of the rows at hand.
    var gate: [Float]
    /// The other half; before that their values.
    var up: [Float]
    var cosines: [Float]
    var sines: [Float]

    /// - Precondition: a chunk has at least one row.
    package init(_ config: TextConfig, chunk: Int) {
        precondition(chunk > 0, "chunks of \(chunk) rows")
        self.chunk = chunk
        func rows(_ width: Int) -> [Float] { [Float](repeating: 0, count: chunk * width) }
        let heads = config.heads * config.headSize
        hidden = rows(config.hiddenSize)
        normed = rows(max(config.hiddenSize, heads))
        queries = rows(max(config.hiddenSize, heads))
        seen = rows(heads)
        let inner = max(config.innerSize, config.keyValueHeads * config.headSize)
        gate = rows(inner)
        up = rows(inner)
        cosines = rows(config.headSize / 2)
        sines = rows(config.headSize / 2)
    }
}
