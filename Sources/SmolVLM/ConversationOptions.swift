package import Tensors

/// What holds for a whole conversation.
public struct ConversationOptions: Equatable, Sendable {
    /// What the model is told before everything else; nil leaves that to its chat format.
    public var system: String?
    /// The most tokens in sight; nil for what the model was trained with, at most 32,768.
    public var contextTokens: Int?
    /// Whether pictures larger than a tile are cut into tiles; nil for what the model asks for.
    public var splitsPictures: Bool?
    /// The longer side, in pixels, that pictures are brought to; nil for what the model asks for.
    public var longestEdge: Int?
    /// Whether SmolLM3 thinks aloud before it answers. Other models refuse.
    public var thinks = false
    /// The day that SmolLM3 is told, such as `05 July 2025`.
    public var today = "01 June 2025"
    /// How exactly the model is worked out.
    public var precision = Precision.exact
    /// Where picture tokens are kept from one conversation to the next; nil keeps none.
    public var visionStore: VisionTokenStore?

    /// What the model itself asks for.
    public init() {}
}

/// How exactly a model is worked out.
public enum Precision: String, CaseIterable, Equatable, Sendable {
    /// In fp32, as the reference implementation does it.
    case exact
    /// Several times as fast: inputs, and weights where many inputs share them, are brought to 8
    /// bits in blocks of 32 that have a scale of their own; keys and values are kept in 16 bits.
    case fast

    /// What is done so.
    package var arithmetic: Arithmetic { self == .exact ? .exact : .fast }
}
