// What the vision encoder of a checkpoint is, in 32 bytes: its shapes and numbers and what adapters
// change in them, not the files that they lie in. Reading all of them takes a tenth of a second and
// more, so a store remembers what the places of some files held, as long as they are not changed.

package import Store
internal import Tensors

extension Checkpoint {
    /// What picture tokens depend on of a model; nil for one without eyes.
    package func visionDigest(remembering store: EntryStore) -> Digest? {
        guard let vision = config.vision else { return nil }
        let weights = all.filter { $0.key.isOfVision }
            .map { (name: $0.key.huggingFaceName(hasVision: true), key: $0.key, matrix: $0.value) }
            .sorted { $0.name < $1.name }
        var places = DigestMaker()
        places.add("vision weights")
        var numbers = DigestMaker()
        for file in visionFiles.values where file.identity == nil { return nil }
        for (name, _, matrix) in weights {
            for text in [name, matrix.type.name, "\(matrix.rowOrder)"] { places.add(text) }
            for number in [matrix.rows, matrix.columns] { places.add(number) }
            let place = matrix.place
            if let identity = visionFiles[place.storage]?.identity {
                places.add(identity)
                places.add(place.bytes.lowerBound)
            } else {
                // A few numbers of our own, made when the model was opened.
                places.add(matrix)
            }
        }
        let isLasting = visionFiles.values.allSatisfy { $0.identity?.isSettled == true }
        let content = store.remembered(places.digest(), isLasting: isLasting) {
            for (name, _, matrix) in weights {
                for text in [name, matrix.type.name, "\(matrix.rowOrder)"] { numbers.add(text) }
                for number in [matrix.rows, matrix.columns] { numbers.add(number) }
                numbers.add(matrix)
            }
            return numbers.digest()
        }
        guard let content else { return nil }
        var maker = DigestMaker()
        maker.add("\(vision) \(config.text.hiddenSize)")
        maker.add(content)
        for (name, key, _) in weights {
            for change in changes[key] ?? [] {
                maker.add(name)
                maker.add([change.scale])
                for matrix in [change.down, change.up] {
                    for number in [matrix.rows, matrix.columns] { maker.add(number) }
                    maker.add(matrix.type.name)
                    maker.add(matrix)
                }
            }
        }
        return maker.digest()
    }
}

extension DigestMaker {
    /// Adds the numbers of a matrix, as they are stored.
    fileprivate mutating func add(_ matrix: Matrix) {
        add(matrix.byteCount)
        // By pieces: a borrowed maker cannot be changed while bytes are lent.
        var maker = self
        matrix.withBytes { maker.add($0) }
        self = maker
    }
}
