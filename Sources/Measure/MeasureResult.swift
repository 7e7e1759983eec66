internal import SmolVLM

/// What was measured of one thing in one case.
package struct MeasureFigure: Equatable, Sendable {
    package let part: MeasureSettings.Part
    package let measured: MeasureCase
    /// Tiles, rows of the prompt, or tokens of the context.
    package let size: Int
    /// What each run took, in seconds; of `decode` a token of it.
    package var seconds = Samples()
    /// The same at the machine's peaks; nil when they are not known.
    package var limitSeconds: Double?

    package init(part: MeasureSettings.Part, measured: MeasureCase, size: Int) {
        self.part = part
        self.measured = measured
        self.size = size
    }

    /// How many tiles, rows or tokens a second.
    package var rate: Samples {
        let things = part == .decode ? 1 : Double(size)
        return seconds.map { things / max($0, 1e-12) }
    }

    /// What share of the machine's peaks was used: 1 is all of it.
    package var share: Double? {
        guard let limitSeconds, seconds.median > 0 else { return nil }
        return limitSeconds / seconds.median
    }
}

/// How near `fast` comes to `exact`.
package struct MeasureAgreement: Equatable, Sendable {
    /// Of the tokens of a tile; nil for a model without eyes.
    package var tileCosine: Double?
    /// Of the logits behind the prompt.
    package var logitCosine: Double?
    /// The Kullback-Leibler divergence of the next token's probabilities, in nats.
    package var divergence: Double?
}

/// Everything that was measured of a model.
package struct MeasureResult: Equatable, Sendable {
    /// With each number of threads.
    package var peaks: [MachinePeaks] = []
    /// In the order in which they were begun.
    package var figures: [MeasureFigure] = []
    package var agreement = MeasureAgreement()
    /// Whether all was measured that was asked for.
    package var isComplete = true

    package init() {}

    /// The figures of one part.
    package func figures(of part: MeasureSettings.Part) -> [MeasureFigure] {
        figures.filter { $0.part == part }
    }
}

/// How far measuring is.
package struct MeasureProgress: Equatable, Sendable {
    package let part: MeasureSettings.Part
    /// What is measured now.
    package let measured: MeasureCase?
    package let size: Int
    /// About how many seconds are left; nil before that can be told.
    package let secondsLeft: Double?
}
