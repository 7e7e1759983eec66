// In: how many frames a video has and how fast they follow each other, and what was asked for.
// Out: which frames are taken, and their times. No file is touched here.
//
// The rule by rate is `sample_frames` of the SmolVLM video processor of transformers 5.23, step by
// step and in its arithmetic (IEEE doubles, numpy's `linspace`, ties to even):
// https://github.com/huggingface/transformers/blob/main/src/transformers/models/smolvlm/video_processing_smolvlm.py

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How many frames a video has and how fast they follow each other.
package struct FrameRate: Equatable, Sendable {
    /// Frames that are shown.
    package let frameCount: Int
    /// Average frames a second, as a fraction.
    package let numerator: Int
    package let denominator: Int

    /// A rate that nothing tells (0 or less) counts as one frame a second.
    package init(frameCount: Int, numerator: Int, denominator: Int) {
        precondition(frameCount > 0, "a video of \(frameCount) frames")
        let isKnown = numerator > 0 && denominator > 0
        self.frameCount = frameCount
        self.numerator = isKnown ? numerator : 1
        self.denominator = isKnown ? denominator : 1
    }

    package var framesPerSecond: Double { Double(numerator) / Double(denominator) }

    /// Frames by rate, as the reference has it: never what the container says it lasts.
    package var durationSeconds: Double { seconds(ofFrames: frameCount) }

    /// How long `count` frames last. Divided once, so that the result is the nearest double.
    func seconds(ofFrames count: Int) -> Double {
        Double(count) * Double(denominator) / Double(numerator)
    }

    /// The reference's time of a frame: its place by the rate.
    package func seconds(ofIndex index: Int) -> Double { Double(index) / framesPerSecond }
}

/// Which frames of a video are taken.
package enum FrameTimes {
    /// The places of the frames taken, ascending, each once.
    ///
    /// - With neither `from` nor `to` nor `count`: the rule of the reference.
    /// - `from` and `to` are instants on the clock of the file; the frames on screen at these two
    ///   and all between count as the whole video then, and nothing is left out at its ends.
    /// - `count` takes that many frames, evenly spaced from the first to the last, whatever the
    ///   rate; all when there are fewer.
    ///
    /// - Parameter presentationSeconds: when a frame is shown, on the clock of the file; ascending.
    ///   Called only for `from` and `to`.
    /// - Returns: nothing when no frame is on screen between `from` and `to`.
    package static func indices(
        of rate: FrameRate, selection: FrameSelection, presentationSeconds: (Int) -> Double
    ) -> [Int] {
        guard
            let window = window(
                of: rate, selection: selection, presentationSeconds: presentationSeconds)
        else { return [] }
        if let count = selection.count {
            return evenlySpaced(
                from: window.lowerBound, to: window.upperBound,
                count: min(max(count, 1), window.count))
        }
        let duration = rate.seconds(ofFrames: window.count)
        let isWhole = selection.from == nil && selection.to == nil
        let (first, last) =
            isWhole
            ? ends(of: rate, duration: duration, selection: selection)
            : (window.lowerBound, window.upperBound)
        let wanted = (selection.framesPerSecond * duration).rounded(.toNearestOrEven)
        let limit = max(selection.maxFrames, 1)
        // A wanted count that is no number takes one frame.
        let count = wanted >= Double(limit) ? limit : wanted >= 1 ? Int(wanted) : 1
        return evenlySpaced(from: first, to: last, count: count)
    }

    /// The first and the last frame that may be taken: a long video loses its ends.
    private static func ends(
        of rate: FrameRate, duration: Double, selection: FrameSelection
    ) -> (first: Int, last: Int) {
        let skip = selection.skipSeconds
        let final = rate.frameCount - 1
        let bound = Double(selection.maxFrames) * selection.framesPerSecond
        guard skip > 0, duration - 2 * skip > bound else { return (0, final) }
        let skipped = skip * rate.framesPerSecond
        let first = whole(skipped, within: 0...final)
        let last = whole(Double(rate.frameCount) - skipped, within: 0...final)
        return first >= last ? (0, final) : (first, last)
    }

    /// A number without its fraction, brought into a range first.
    private static func whole(_ value: Double, within range: ClosedRange<Int>) -> Int {
        Int(min(max(value, Double(range.lowerBound)), Double(range.upperBound)))
    }

    /// The frames on screen from `from` to `to`.
    private static func window(
        of rate: FrameRate, selection: FrameSelection, presentationSeconds: (Int) -> Double
    ) -> ClosedRange<Int>? {
        var first = 0
        var last = rate.frameCount - 1
        if let from = selection.from {
            // The last frame stays on screen for as long as one lasts on average.
            guard from < presentationSeconds(last) + rate.seconds(ofFrames: 1) else { return nil }
            first = max(0, lastIndex(of: rate, shownBy: from, presentationSeconds))
        }
        if let to = selection.to {
            last = lastIndex(of: rate, shownBy: to, presentationSeconds)
        }
        return first <= last ? first...last : nil
    }

    /// The last frame whose time is at most `instant`; -1 when there is none.
    private static func lastIndex(
        of rate: FrameRate, shownBy instant: Double, _ presentationSeconds: (Int) -> Double
    ) -> Int {
        var low = 0
        var high = rate.frameCount
        while low < high {
            let middle = low + (high - low) / 2
            if presentationSeconds(middle) <= instant { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// `count` places from `first` to `last` inclusive, rounded down, each once: numpy's
    /// `unique(linspace(first, last, count, dtype=int))`.
    static func evenlySpaced(from first: Int, to last: Int, count: Int) -> [Int] {
        guard count > 1 else { return [first] }
        let step = Double(last - first) / Double(count - 1)
        var indices: [Int] = []
        indices.reserveCapacity(count)
        for place in 0..<count {
            // Multiplied, then added: fused, the sum could fall on the other side of an integer.
            let product = Double(place) * step
            let index = place == count - 1 ? last : Int(floor(product + Double(first)))
            if indices.last != index { indices.append(index) }
        }
        return indices
    }
}
