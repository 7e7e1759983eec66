internal import Tensors
internal import Weights

/// The table of embeddings: ids become rows of the stream.
struct Embedding: Sendable {
    private let table: Matrix
    private let changes: [RowChange]

    init(_ checkpoint: Checkpoint) {
        table = checkpoint.matrix(.tokenEmbedding)
        changes = checkpoint.embeddingChanges
    }

    /// How many ids there are.
    var count: Int { table.rows }

    /// Writes the row of an id, from place `offset` on.
    ///
    /// - Precondition: the id is below `count`.
    func read(_ id: Int, into rows: inout MutableSpan<Float>, at offset: Int) {
        table.read(row: id, into: &rows, at: offset)
        for change in changes { change.add(row: id, to: &rows, at: offset) }
    }
}
