internal import JSON
internal import Tensors

/// Where the numbers of a configuration come from: a JSON object or the keys of a GGUF file.
protocol ConfigSource {
    /// The file that messages name.
    var file: String { get }
    /// What a key is called in a message.
    func name(_ key: String) -> String
    /// A whole number; nil when the key is absent or null.
    func integer(_ key: String) throws(WeightsError) -> Int?
    /// A number; nil when the key is absent or null.
    func number(_ key: String) throws(WeightsError) -> Double?
    func bool(_ key: String) throws(WeightsError) -> Bool?
    func string(_ key: String) throws(WeightsError) -> String?
}

/// The shapes of the tensors that a configuration goes with; none where they are not known.
struct TensorShapes: Sendable {
    let find: @Sendable (TensorName) -> (name: String, shape: [Int])?

    static let unknown = TensorShapes { _ in nil }

    /// How many layers there are, counted from 0 until one is missing.
    func layerCount(_ name: (Int) -> TensorName) -> Int {
        var count = 0
        while count < ConfigLimits.layers, find(name(count)) != nil { count += 1 }
        return count
    }
}

/// Bounds far above any model of these families, and low enough that products of two fit an `Int`
/// with room to spare.
enum ConfigLimits {
    static let width = 1 << 16
    static let layers = 1024
    static let heads = 4096
    static let vocabulary = 1 << 24
    static let positions = Attend.maxPositions
    static let side = 1 << 13
    /// Patches of one tile: all of them are looked at at once.
    static let patches = 1 << 14
}

extension ConfigSource {
    func missing(_ key: String, _ advice: String) -> WeightsError {
        .missingKey(file: file, key: name(key), advice: advice)
    }

    func wrong(_ key: String, expected: String, found: String) -> WeightsError {
        .wrongValue(file: file, key: name(key), expected: expected, found: found)
    }

    /// A whole number from 1 to a limit; nil when absent.
    func count(_ key: String, limit: Int) throws(WeightsError) -> Int? {
        guard let value = try integer(key) else { return nil }
        guard (1...limit).contains(value) else {
            throw wrong(key, expected: "a number from 1 to \(limit)", found: "\(value)")
        }
        return value
    }

    /// A positive number that is not absurd; nil when absent.
    func positive(_ key: String) throws(WeightsError) -> Double? {
        guard let value = try number(key) else { return nil }
        guard value > 0, value <= 1e12 else {
            throw wrong(key, expected: "a positive number", found: "\(value)")
        }
        return value
    }

    /// A size that a tensor shows as well. What is said must agree with what is shown; what is not
    /// said is taken from the tensor, and only without tensors from the default.
    func size(
        _ key: String, default standard: Int?, limit: Int, in tensor: TensorName, dimension: Int,
        _ shapes: TensorShapes
    ) throws(WeightsError) -> Int {
        let said = try count(key, limit: limit)
        if let (name, shape) = shapes.find(tensor), dimension < shape.count {
            if let said, said != shape[dimension] {
                throw .contradiction(
                    file: file, key: self.name(key), value: said, tensor: name, shape: shape)
            }
            guard (1...limit).contains(shape[dimension]) else {
                throw .wrongValue(
                    file: file, key: "the shape of tensor \(name)",
                    expected: "a size from 1 to \(limit)", found: "\(shape[dimension])")
            }
            return shape[dimension]
        }
        guard let size = said ?? standard else {
            throw missing(key, "Get the complete configuration of the model.")
        }
        return size
    }

    /// A number of layers: as said, or as counted, but never fewer than there are.
    func layers(
        _ key: String, default standard: Int?, _ shapes: TensorShapes, _ name: (Int) -> TensorName
    ) throws(WeightsError) -> Int {
        let counted = shapes.layerCount(name)
        let said = try count(key, limit: ConfigLimits.layers)
        if let said, said < counted, let (found, shape) = shapes.find(name(said)) {
            throw .contradiction(
                file: file, key: self.name(key), value: said, tensor: found, shape: shape)
        }
        guard let count = said ?? (counted > 0 ? counted : standard) else {
            throw missing(key, "Get the complete configuration of the model.")
        }
        return count
    }

    /// Refuses a switch that is on.
    func refuse(_ key: String) throws(WeightsError) {
        if try bool(key) == true {
            throw .unsupported(
                file: file, what: "sets \(name(key)), which smolvlm does not compute",
                advice: "Use a model without it.")
        }
    }

    /// Refuses a choice other than the one that is computed.
    func require(_ key: String, _ wanted: String) throws(WeightsError) {
        if let found = try string(key), found != wanted {
            throw .unsupported(
                file: file, what: "sets \(name(key)) to \(found), where smolvlm computes \(wanted)",
                advice: "Use a model with \(wanted).")
        }
    }
}

/// The first of some values that is there.
func firstKnown<Value>(_ values: Value?...) -> Value? {
    values.lazy.compactMap { $0 }.first
}

/// An object of a JSON file.
struct JSONConfig: ConfigSource {
    let file: String
    /// What stands before its keys in a message: `text_config.`, or nothing.
    let prefix: String
    let value: JSONValue

    func name(_ key: String) -> String { prefix + key }

    /// The value of a key; nil for an absent one and for null.
    func value(_ key: String) -> JSONValue? {
        guard let found = value[key], !found.isNull else { return nil }
        return found
    }

    /// The object under a key; nil when absent.
    func object(_ key: String) throws(WeightsError) -> JSONConfig? {
        guard let found = value(key) else { return nil }
        guard found.kind == .object else {
            throw wrong(key, expected: "an object", found: Self.kind(found))
        }
        return JSONConfig(file: file, prefix: prefix + key + ".", value: found)
    }

    func integer(_ key: String) throws(WeightsError) -> Int? {
        guard let found = value(key) else { return nil }
        guard let number = found.int else {
            throw wrong(key, expected: "a whole number", found: Self.kind(found))
        }
        return number
    }

    func number(_ key: String) throws(WeightsError) -> Double? {
        guard let found = value(key) else { return nil }
        guard let number = found.double else {
            throw wrong(key, expected: "a number", found: Self.kind(found))
        }
        return number
    }

    func bool(_ key: String) throws(WeightsError) -> Bool? {
        guard let found = value(key) else { return nil }
        guard let answer = found.bool else {
            throw wrong(key, expected: "true or false", found: Self.kind(found))
        }
        return answer
    }

    func string(_ key: String) throws(WeightsError) -> String? {
        guard let found = value(key) else { return nil }
        guard let text = found.string else {
            throw wrong(key, expected: "a string", found: Self.kind(found))
        }
        return text
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value.kind {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .double: value.double.map { "\($0)" } ?? "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// The keys of a GGUF file under a prefix: `llama.`, `clip.vision.`.
struct GGUFConfig: ConfigSource {
    let gguf: GGUF
    let prefix: String

    var file: String { gguf.file.path }
    func name(_ key: String) -> String { prefix + key }
    func integer(_ key: String) throws(WeightsError) -> Int? { try gguf.integer(prefix + key) }
    func number(_ key: String) throws(WeightsError) -> Double? { try gguf.number(prefix + key) }
    func bool(_ key: String) throws(WeightsError) -> Bool? { try gguf.bool(prefix + key) }
    func string(_ key: String) throws(WeightsError) -> String? { try gguf.string(prefix + key) }
}
