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
    var gate: [Float]
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
        gate = rows(config.innerSize)
        up = rows(config.innerSize)
        cosines = rows(config.headSize / 2)
        sines = rows(config.headSize / 2)
    }
}
