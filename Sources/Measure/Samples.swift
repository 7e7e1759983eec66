/// How long the runs of one job took, in seconds; or what else was counted of each.
package struct Samples: Equatable, Sendable {
    /// One number a run, in their order.
    package private(set) var values: [Double] = []

    package init() {}

    /// Samples that were taken elsewhere.
    package init(_ values: [Double]) { self.values = values }

    /// Keeps what one run took.
    package mutating func add(_ value: Double) { values.append(value) }

    /// The middle one; of an even number, the mean of the two in the middle. Zero for none.
    package var median: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The least, or zero for none.
    package var least: Double { values.min() ?? 0 }

    /// The largest, or zero for none.
    package var most: Double { values.max() ?? 0 }

    /// All samples put through a formula, such as a time to a rate.
    package func map(_ formula: (Double) -> Double) -> Samples { Samples(values.map(formula)) }
}
