// What the vision encoder of a checkpoint is, in 32 bytes: its shapes and numbers and what adapters
// change in them, not the files that they lie in. Reading all of them takes a tenth of a second and
// more, so a store remembers what the places of some files held, as long as they are not changed.

package import Store
internal import Tensors

extension Checkpoint {
    /// What picture tokens depend on of a model; nil for one without eyes, or when the system does
    /// not tell its files from others.
    package func visionDigest(remembering store: EntryStore) -> Digest? {
        guard let vision = config.vision else { return nil }
        let weights = all.filter { $0.key.isOfVision }
            .map { VisionWeight(name: $0.key.huggingFaceName(hasVision: true), matrix: $0.value) }
            .sorted { $0.name < $1.name }
        var identities: [ObjectIdentifier: FileIdentity] = [:]
        for (storage, file) in visionFiles {
            guard let identity = file.identity else { return nil }
            identities[storage] = identity
        }
        var places = DigestMaker()
        places.add("vision weights")
        for weight in weights { weight.addPlace(to: &places, identities) }
        let isLasting = identities.values.allSatisfy(\.isSettled)
        let numbers = store.remembered(places.digest(), isLasting: isLasting) {
            var numbers = DigestMaker()
            for weight in weights { weight.addNumbers(to: &numbers) }
            return numbers.digest()
        }
        guard let numbers else { return nil }
        var maker = DigestMaker()
        maker.add("\(vision) \(config.text.hiddenSize)")
        maker.add(numbers)
        for (name, list) in changes.filter({ $0.key.isOfVision }).map({
            ($0.key.huggingFaceName(hasVision: true), $0.value)
        }).sorted(by: { $0.0 < $1.0 }) {
            maker.add(name)
            maker.add(list.count)
            for change in list {
                maker.add([change.scale])
                VisionWeight(name: "down", matrix: change.down).addNumbers(to: &maker)
                VisionWeight(name: "up", matrix: change.up).addNumbers(to: &maker)
            }
        }
        return maker.digest()
    }
}

/// A weight and what it is called.
private struct VisionWeight {
    let name: String
    let matrix: Matrix

    private func addShape(to maker: inout DigestMaker) {
        for text in [name, matrix.type.name, "\(matrix.rowOrder)"] { maker.add(text) }
        for number in [matrix.rows, matrix.columns] { maker.add(number) }
    }

    /// Adds where it lies; its numbers where they are a few of our own, made from a file's.
    func addPlace(to maker: inout DigestMaker, _ files: [ObjectIdentifier: FileIdentity]) {
        let place = matrix.place
        guard let file = files[place.storage] else { return addNumbers(to: &maker) }
        addShape(to: &maker)
        maker.add(file)
        maker.add(place.bytes.lowerBound)
    }

    /// Adds its numbers, as they are stored.
    func addNumbers(to maker: inout DigestMaker) {
        addShape(to: &maker)
        maker.add(matrix.byteCount)
        matrix.withBytes { maker.add($0) }
    }
}
