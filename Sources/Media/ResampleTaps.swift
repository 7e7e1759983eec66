// Weights of a resampling along one axis: for every output value the window of input values it is
// made of, and what each counts. Worked out in double precision and rounded to fractions of 2^22
// step by step as Pillow does, so that the results are its own, bit for bit:
// https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/Resample.c#L193

internal import CKernels

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The windows and weights of one axis, in the form that the kernels take.
struct ResampleTaps: Equatable, Sendable {
    /// Where the window of each output value begins; never decreasing.
    private(set) var starts: [Int32] = []
    /// How many input values each window has, 1 or more.
    private(set) var counts: [Int32] = []
    /// Weights in halves, as `smv_taps` describes them.
    private(set) var halves: [Int16] = []
    /// Pairs of weights that every output value has room for.
    let pairCount: Int

    /// The longest window.
    let longestWindow: Int
    /// The input values that are used at all.
    var used: Range<Int> {
        Int(starts.first ?? 0)..<(Int(starts.last ?? 0) + Int(counts.last ?? 0))
    }

    /// - Parameter startsEven: begins each window at an even place, if need be with a weight of 0:
    ///   the kernel that resamples across takes pixels by twos.
    init(from inputCount: Int, to outputCount: Int, kernel: Kernel, startsEven: Bool) {
        let scale = Double(inputCount) / Double(outputCount)
        let filterScale = max(scale, 1)
        let support = kernel.support * filterScale
        let inverse = 1 / filterScale

        starts.reserveCapacity(outputCount)
        counts.reserveCapacity(outputCount)
        for output in 0..<outputCount {
            let centre = (Double(output) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), inputCount)
            starts.append(Int32(start))
            counts.append(Int32(end - start))
        }
        var weights = [Double](repeating: 0, count: Int(counts.max() ?? 0))
        longestWindow = weights.count + (startsEven ? 1 : 0)
        pairCount = (longestWindow + 1) / 2
        halves = [Int16](repeating: 0, count: outputCount * pairCount * 4)
        for output in 0..<outputCount {
            let centre = (Double(output) + 0.5) * scale
            let start = Int(starts[output])
            let count = Int(counts[output])
            var sum = 0.0
            for tap in 0..<count {
                let weight = kernel.weight(at: (Double(tap + start) - centre + 0.5) * inverse)
                weights[tap] = weight
                sum += weight
            }
            let skipped = startsEven ? start % 2 : 0
            starts[output] -= Int32(skipped)
            counts[output] += Int32(skipped)
            for tap in 0..<count {
                let weight = sum != 0 ? weights[tap] / sum : weights[tap]
                let whole = Int32(weight * 0x1p22 + (weight < 0 ? -0.5 : 0.5))
                let (pair, second) = (tap + skipped).quotientAndRemainder(dividingBy: 2)
                let place = (output * pairCount + pair) * 4 + second
                halves[place] = Int16(truncatingIfNeeded: whole >> 12)
                halves[place + 2] = Int16(truncatingIfNeeded: whole & 0xFFF)
            }
        }
    }

    /// Lends the weights in the form that the kernels take.
    @unsafe func withTaps<Result>(_ body: (UnsafePointer<smv_taps>) -> Result) -> Result {
        unsafe starts.withUnsafeBufferPointer { starts in
            unsafe counts.withUnsafeBufferPointer { counts in
                unsafe halves.withUnsafeBufferPointer { halves in
                    guard let start = starts.baseAddress, let count = counts.baseAddress,
                        let half = halves.baseAddress
                    else { preconditionFailure("a resampling to nothing") }
                    let taps = unsafe smv_taps(
                        starts: start, counts: count, weights: half, outputs: starts.count,
                        pairs: pairCount)
                    return unsafe withUnsafePointer(to: taps, body)
                }
            }
        }
    }

    /// A function of the distance between an input value and the middle of its window, in input
    /// values when enlarging and in output values when reducing.
    enum Kernel: Sendable {
        case box, bilinear, bicubic, lanczos

        /// The distance from which on it is zero.
        var support: Double {
            switch self {
            case .box: 0.5
            case .bilinear: 1
            case .bicubic: 2
            case .lanczos: 3
            }
        }

        func weight(at place: Double) -> Double {
            let x = abs(place)
            switch self {
            case .box:
                return place > -0.5 && place <= 0.5 ? 1 : 0
            case .bilinear:
                return x < 1 ? 1 - x : 0
            case .bicubic:
                let a = -0.5
                if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
                if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
                return 0
            case .lanczos:
                return place >= -3 && place < 3
                    ? Kernel.sinc(place) * Kernel.sinc(place / 3) : 0
            }
        }

        private static func sinc(_ x: Double) -> Double {
            if x == 0 { return 1 }
            let angle = x * Double.pi
            return sin(angle) / angle
        }
    }
}
