internal import Tensors

/// The weights of one half of a model, as far as memory is concerned.
package struct WeightsFootprint: Equatable, Sendable {
    /// Bytes of the files that are read where they lie.
    package var mappedByteCount = 0
    /// How many lists of numbers (biases, weights of norms) among them are read when the model is
    /// opened.
    package var vectorCount = 0
    /// Bytes of those lists as floats of our own.
    package var copiedByteCount = 0
    /// The bytes of one thread's memory that the largest product with many inputs works in.
    package var workByteCount = 0

    package init() {}

    fileprivate mutating func add(_ matrix: Matrix, isCopied: Bool, inputs: Int) {
        mappedByteCount += matrix.byteCount
        if isCopied {
            vectorCount += 1
            copiedByteCount += matrix.rows * matrix.columns * MemoryLayout<Float>.size
        } else if inputs > 0 {
            workByteCount = max(workByteCount, matrix.workByteCount(inputs: inputs))
        }
    }
}

extension Checkpoint {
    /// The weights of the vision encoder and the connector.
    package var visionFootprint: WeightsFootprint {
        var footprint = WeightsFootprint()
        let patches = config.vision?.patchCount ?? 0
        for (name, matrix) in all where name.isOfVision {
            let isCopied = matrix.isVector || name == .positionEmbedding
            footprint.add(matrix, isCopied: isCopied, inputs: patches)
        }
        return footprint
    }

    /// The weights of the decoder and the head, without a token embedding of its own.
    ///
    /// - Parameter inputs: the most rows that pass through the decoder at once.
    package func textFootprint(inputs: Int) -> WeightsFootprint {
        var footprint = WeightsFootprint()
        for (name, matrix) in all where !name.isOfVision {
            if name == .tokenEmbedding && !config.text.isTied { continue }
            let isHead = name == .head || name == .tokenEmbedding
            footprint.add(matrix, isCopied: matrix.isVector, inputs: isHead ? 0 : inputs)
        }
        return footprint
    }

    /// The bytes before the first tensor of each file: names, shapes, and in GGUF the vocabulary.
    package var headerByteCount: Int {
        var starts: [ObjectIdentifier: Int] = [:]
        for (_, matrix) in all {
            let place = matrix.place
            starts[place.storage] = min(starts[place.storage] ?? .max, place.bytes.lowerBound)
        }
        return starts.values.reduce(0, +)
    }

    /// Lets go of the pages of the vision encoder's weights: they are read again with the next
    /// picture.
    package func giveBackVision() {
        var places: [(matrix: Matrix, bytes: Range<Int>)] = []
        for (name, matrix) in all where name.isOfVision {
            places.append((matrix, matrix.place.bytes))
        }
        places.sort {
            ($0.matrix.place.storage, $0.bytes.lowerBound)
                < ($1.matrix.place.storage, $1.bytes.lowerBound)
        }
        // Tensors that follow each other share pages: they are given back as one.
        var index = 0
        while index < places.count {
            let first = places[index]
            var end = first.bytes.upperBound
            index += 1
            while index < places.count,
                places[index].matrix.place.storage == first.matrix.place.storage,
                places[index].bytes.lowerBound - end < 64
            {
                end = max(end, places[index].bytes.upperBound)
                index += 1
            }
            first.matrix.giveBack(first.bytes.lowerBound..<end)
        }
    }
}

extension Matrix {
    /// Whether it is a list of numbers, one row.
    fileprivate var isVector: Bool { rows == 1 }
}

extension TensorName {
    /// Whether it belongs to the vision encoder or the connector.
    var isOfVision: Bool {
        switch self {
        case .patchEmbedding, .positionEmbedding, .vision, .visionNorm, .connector: true
        case .tokenEmbedding, .text, .textNorm, .head, .rotaryFactors: false
        }
    }
}
