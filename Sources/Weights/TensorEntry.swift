package import Tensors

/// One tensor as a file lists it, whatever the container.
package struct TensorEntry: Sendable {
    /// How its numbers are stored.
    package enum Stored: Equatable, Sendable {
        case readable(ElementType)
        /// A type that is known by name, but not read: whole numbers, or rarer blocks.
        case other(String)

        /// The name that files and their tools use.
        package var name: String {
            switch self {
            case .readable(let type): type.name
            case .other(let name): name
            }
        }
    }

    /// The name in the file.
    package let name: String
    package let stored: Stored
    /// The outermost dimension first, as in the reference: `[out, in]` for a linear layer.
    package let shape: [Int]
    package let file: MappedFile
    /// Where its bytes begin in the file.
    package let offset: Int
    package let byteCount: Int

    /// The tensor as rows of its innermost dimension; a single row when it has only one.
    ///
    /// - Parameter flatteningTo: how many dimensions are kept: all others join the innermost.
    package func matrix(rowsFrom dimensions: Int) throws(WeightsError) -> Matrix {
        guard case .readable(let type) = stored else {
            throw .unreadableType(file: file.path, tensor: name, type: stored.name)
        }
        let rows = shape.prefix(dimensions).reduce(1, *)
        let columns = shape.dropFirst(dimensions).reduce(1, *)
        let matrix = Matrix(
            rows: rows, columns: columns, type: type, storage: file.storage, offset: offset,
            rowOrder: .asStored)
        guard let matrix else {
            // Blocks run along the innermost dimension; joined rows of part blocks have no meaning.
            throw .wrongValue(
                file: file.path, key: "the row length of tensor \(name)",
                expected: "a multiple of \(type.blockSize) for \(type.name)", found: "\(columns)")
        }
        return matrix
    }
}
