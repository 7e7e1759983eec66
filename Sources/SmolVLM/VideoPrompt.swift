// In: the times of the frames taken and how long the video is. Out: what stands in its place in the
// prompt, as `replace_video_token` of the SmolVLM processor of transformers 5.23 writes it:
// https://github.com/huggingface/transformers/blob/main/src/transformers/models/smolvlm/processing_smolvlm.py

/// What stands for a video in a prompt.
package enum VideoPrompt {
    /// An introduction, then each frame as a whole picture behind its time.
    ///
    /// - Parameters:
    ///   - seconds: the time of each frame by the average rate, in order.
    ///   - duration: seconds of the whole video; nil when unknown, for which the time of the last
    ///     frame stands.
    ///   - tokenCount: vision tokens of each frame.
    package static func segments(
        seconds: [Double], duration: Double?, tokenCount: Int
    ) -> [PromptSegment] {
        let length = durationText(duration ?? seconds.last ?? 0)
        var segments: [PromptSegment] = [
            .text(
                "You are provided the following series of \(NumberWords.english(seconds.count)) "
                    + "frames from a \(length) [H:MM:SS] video.\n")
        ]
        for time in seconds {
            segments.append(.text("\nFrame from \(timeText(time)):"))
            segments += ImagePrompt.whole(tokenCount: tokenCount)
        }
        segments.append(.text("\n\n"))
        return segments.joined
    }

    /// Minutes and seconds, two digits at least, the fraction cut off: `00:07`, `75:03`.
    package static func timeText(_ seconds: Double) -> String {
        let whole = wholeSeconds(seconds)
        return "\(twoDigits(whole / 60)):\(twoDigits(whole % 60))"
    }

    /// Hours, minutes and seconds, the fraction cut off, as Python prints a `timedelta`: `0:02:00`,
    /// `1 day, 0:00:00`.
    package static func durationText(_ seconds: Double) -> String {
        let whole = wholeSeconds(seconds)
        let (days, rest) = whole.quotientAndRemainder(dividingBy: 86_400)
        let clock = "\(rest / 3600):\(twoDigits(rest / 60 % 60)):\(twoDigits(rest % 60))"
        return days == 0 ? clock : "\(days) day\(days == 1 ? "" : "s"), \(clock)"
    }

    /// The fraction cut off; times that no video has are brought into range.
    private static func wholeSeconds(_ seconds: Double) -> Int {
        seconds > 0 ? Int(min(seconds, 1e15)) : 0
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
