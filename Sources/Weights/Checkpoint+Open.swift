extension Checkpoint {
    /// Opens a model.
    ///
    /// - Parameter path: a folder with `config.json` and safetensors files, a folder with one GGUF
    ///   model, a safetensors file of such a folder, or a GGUF file (of several: the first).
    /// - Parameter projector: the GGUF file of the picture half. Without one, a single `mmproj` file
    ///   beside a GGUF model is taken when it is of the same model.
    package static func open(
        _ path: String, projector: String?
    ) throws(WeightsError) -> Checkpoint {
        let survey = ModelSurvey(path, projector: projector)
        guard let checkpoint = survey.checkpoint else {
            throw survey.faults.first ?? .noModel(folder: path, wanted: "there is nothing in it")
        }
        return checkpoint
    }

    /// What the tensors of some files lack that a configuration calls for, in the order of a model.
    ///
    /// - Parameter isComplete: whether all files could be read, so that what was not found is missing.
    static func faults(
        of found: [TensorName: TensorSource], for config: ModelConfig, path: String,
        hasGGUFNames: Bool, isComplete: Bool
    ) -> [WeightsError] {
        var faults: [(place: Int, fault: WeightsError)] = []
        var missing: (place: Int, tensor: String, count: Int)?
        var misshapen: (place: Int, tensor: TensorSource, shape: [Int], count: Int)?
        var types: Set<String> = []
        for (place, (name, shape)) in config.tensors.enumerated() {
            guard let tensor = found[name] else {
                let wanted =
                    hasGGUFNames
                    ? name.ggufName : name.huggingFaceName(hasVision: config.vision != nil)
                missing = (
                    missing?.place ?? place, missing?.tensor ?? wanted, (missing?.count ?? 0) + 1
                )
                continue
            }
            if tensor.shape != shape {
                misshapen = (
                    misshapen?.place ?? place, misshapen?.tensor ?? tensor,
                    misshapen?.shape ?? shape, (misshapen?.count ?? 0) + 1
                )
            } else if case .other(let type) = tensor.entry.stored, types.insert(type).inserted {
                let entry = tensor.entry
                faults.append(
                    (
                        place,
                        .unreadableType(file: entry.file.path, tensor: entry.name, type: type)
                    ))
            }
        }
        if let missing, isComplete {
            faults.append(
                (
                    missing.place,
                    .missingTensor(file: path, tensor: missing.tensor, others: missing.count - 1)
                ))
        }
        if let misshapen {
            let entry = misshapen.tensor.entry
            faults.append(
                (
                    misshapen.place,
                    .wrongShape(
                        file: entry.file.path, tensor: entry.name, expected: misshapen.shape,
                        found: misshapen.tensor.shape, others: misshapen.count - 1)
                ))
        }
        return faults.sorted { $0.place < $1.place }.map(\.fault)
    }
}
