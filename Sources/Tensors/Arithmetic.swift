/// How exactly products are worked out.
package enum Arithmetic: Sendable {
    /// In fp32, as the reference does it.
    case exact
    /// Inputs, and the weights of many inputs, as bytes that share a scale by 32: several times as
    /// fast, and off by about a percent of a product's usual size.
    case fast
}
