// Rotary positions. In: heads of d numbers at a position p. Out: element i turned against element
// i + d/2 by the angle p * f[i]. The frequencies, with the ways in which long contexts bend them:
// https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/modeling_rope_utils.py
internal import CKernels

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How heads are turned by their position: half a head's frequencies and a factor for both waves.
package struct Rotation: Equatable, Sendable {
    /// How the frequencies are bent for contexts longer than those of the training.
    package enum Scaling: Equatable, Sendable {
        case none
        /// All frequencies divided by a factor.
        case linear(factor: Double)
        /// Frequencies that turn seldom are divided by a factor, those that turn often are kept, with
        /// a ramp between them; both waves are scaled.
        case yarn(Yarn)
        /// Frequencies of long waves are divided by a factor, those of short ones kept, with a smooth
        /// step between them.
        case llama3(Llama3)
        /// Each frequency divided by its own factor, as GGUF files carry them in `rope_freqs`.
        case divided(by: [Float])
    }

    /// YaRN: high frequencies stay, low ones are stretched, with a ramp between.
    package struct Yarn: Equatable, Sendable {
        package var factor: Double
        package var originalLength: Double
        package var betaFast: Double
        package var betaSlow: Double
        /// Whether the ends of the ramp are whole numbers.
        package var isTruncated: Bool
        /// What both waves are multiplied by; nil for 0.1 ln(factor) + 1.
        package var attentionFactor: Double?

        package init(
            factor: Double, originalLength: Double, betaFast: Double, betaSlow: Double,
            isTruncated: Bool, attentionFactor: Double?
        ) {
            self.factor = factor
            self.originalLength = originalLength
            self.betaFast = betaFast
            self.betaSlow = betaSlow
            self.isTruncated = isTruncated
            self.attentionFactor = attentionFactor
        }

        /// What both waves are multiplied by when nothing else is said.
        package static func usualAttentionFactor(_ factor: Double) -> Double {
            factor <= 1 ? 1 : 0.1 * log(factor) + 1
        }
    }

    /// Llama 3.1: as YaRN, with a ramp over wavelengths and no factor for the waves.
    package struct Llama3: Equatable, Sendable {
        package var factor: Double
        package var lowFrequencyFactor: Double
        package var highFrequencyFactor: Double
        package var originalLength: Double

        package init(
            factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
            originalLength: Double
        ) {
            self.factor = factor
            self.lowFrequencyFactor = lowFrequencyFactor
            self.highFrequencyFactor = highFrequencyFactor
            self.originalLength = originalLength
        }
    }

    /// Radians a position, half a head of them.
    package let frequencies: [Float]
    /// What both waves are multiplied by.
    package let waveFactor: Float

    /// The rotation of heads of `headSize` numbers with base `theta`.
    ///
    /// - Precondition: the head size is even, and factors of `divided` are half as many.
    package init(headSize: Int, theta: Double, scaling: Scaling) {
        precondition(headSize > 0 && headSize % 2 == 0, "a head of \(headSize) numbers")
        let half = headSize / 2
        // As the reference: powers in fp32.
        let powers = (0..<half).map { powf(Float(theta), Float(2 * $0) / Float(headSize)) }
        var waveFactor = 1.0
        switch scaling {
        case .none: frequencies = powers.map { 1 / $0 }
        case .linear(let factor): frequencies = powers.map { 1 / $0 / Float(factor) }
        case .divided(let factors):
            precondition(factors.count == half, "\(factors.count) factors for \(half) frequencies")
            frequencies = zip(powers, factors).map { 1 / $0 / $1 }
        case .yarn(let yarn):
            frequencies = Self.frequencies(yarn, powers: powers, headSize: headSize, theta: theta)
            waveFactor = yarn.attentionFactor ?? Yarn.usualAttentionFactor(yarn.factor)
        case .llama3(let llama): frequencies = powers.map { Self.frequency(llama, 1 / $0) }
        }
        self.waveFactor = Float(waveFactor)
    }

    private static func frequencies(
        _ yarn: Yarn, powers: [Float], headSize: Int, theta: Double
    ) -> [Float] {
        // The element whose wave turns `turns` times within the original length.
        func place(turns: Double) -> Double {
            Double(headSize) * log(yarn.originalLength / (turns * 2 * Double.pi)) / (2 * log(theta))
        }
        var low = place(turns: yarn.betaFast)
        var high = place(turns: yarn.betaSlow)
        if yarn.isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        low = max(low, 0)
        high = min(high, Double(headSize - 1))
        if low == high { high += 0.001 }
        return powers.enumerated().map { index, power in
            let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
            // The reference's two weights, rounded as it does.
            let kept = 1 - ramp
            return 1 / (Float(yarn.factor) * power) * (1 - kept) + 1 / power * kept
        }
    }

    private static func frequency(_ llama: Llama3, _ frequency: Float) -> Float {
        let wave = 2 * Float.pi / frequency
        let longest = Float(llama.originalLength / llama.lowFrequencyFactor)
        let shortest = Float(llama.originalLength / llama.highFrequencyFactor)
        if wave < shortest { return frequency }
        if wave > longest { return frequency / Float(llama.factor) }
        let smooth =
            (Float(llama.originalLength) / wave - Float(llama.lowFrequencyFactor))
            / Float(llama.highFrequencyFactor - llama.lowFrequencyFactor)
        return (1 - smooth) * frequency / Float(llama.factor) + smooth * frequency
    }

    /// Writes the cosines and sines of some positions, half a head a position, from row `row` on.
    ///
    /// - Precondition: both have room for `row + positions.count` halves; they may have more.
    package func waves(
        at positions: Range<Int>, row: Int, cosines: inout [Float], sines: inout [Float]
    ) {
        let half = frequencies.count
        precondition(
            row >= 0 && min(cosines.count, sines.count) >= (row + positions.count) * half,
            "waves of \(positions.count) positions from row \(row) on")
        var place = row * half
        for position in positions {
            for frequency in frequencies {
                // The angle in fp32 as the reference has it; its waves are then exact.
                let angle = Double(Float(position) * frequency)
                cosines[place] = Float(cos(angle)) * waveFactor
                sines[place] = Float(sin(angle)) * waveFactor
                place += 1
            }
        }
    }

    /// Turns all heads of x[positions, heads * headSize] in place by the waves of their positions;
    /// all three may be longer.
    package func apply(
        _ x: inout MutableSpan<Float>, count positions: Int, heads: Int, cosines: Span<Float>,
        sines: Span<Float>, bench: inout Workbench
    ) {
        let half = frequencies.count
        precondition(x.count >= positions * heads * half * 2, "\(x.count) floats to rotate")
        precondition(min(cosines.count, sines.count) >= positions * half, "too few waves")
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe cosines.withUnsafeBufferPointer { cosines in
                unsafe sines.withUnsafeBufferPointer { sines in
                    guard let x = x.baseAddress, let cosines = cosines.baseAddress,
                        let sines = sines.baseAddress
                    else { return }
                    let work = unsafe Positions(
                        x: x, cosines: cosines, sines: sines, positions: positions, heads: heads,
                        half: half, kernels: Kernels.chosen)
                    bench.workers.run(
                        work, chunks: (positions + Positions.perChunk - 1) / Positions.perChunk)
                }
            }
        }
    }

    @safe private struct Positions: ChunkedWork {
        static let perChunk = 32
        let x: UnsafeMutablePointer<Float>
        let cosines: UnsafePointer<Float>
        let sines: UnsafePointer<Float>
        let positions: Int
        let heads: Int
        let half: Int
        let kernels: Kernels

        func run(chunk: Int, worker: Int) {
            for position in chunk * Self.perChunk..<min(positions, (chunk + 1) * Self.perChunk) {
                unsafe kernels.table.pointee.rotate(
                    x + position * heads * half * 2, cosines + position * half,
                    sines + position * half, heads, half * 2)
            }
        }
    }
}
