/// A LoRA adapter that a model is loaded with: a folder as PEFT writes it, or a GGUF adapter.
public struct Adapter: Equatable, Sendable {
    /// The folder or file.
    public var path: String
    /// How strongly it works: 1 as it was trained, 0 not at all.
    public var strength: Float

    public init(path: String, strength: Float) {
        self.path = path
        self.strength = strength
    }
}
