/// Decodes video files in this process.
package enum VideoFile {
    /// Says what a video is and which of its frames will be taken. Its packets are read once for
    /// that, but no frame is decoded beyond what its headers need.
    ///
    /// - Throws: `MediaError` when it is no video, passes a limit, or has no frame between `from`
    ///   and `to`. What is damaged is told in the description.
    package static func description(
        of input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        let reader = try VideoReader(input, options: options)
        let chosen = try chosenFrames(of: reader, input: input, options: options)
        return description(of: reader, input: input, chosen: chosen, damage: reader.facts.damage)
    }

    /// Decodes the frames that were asked for and hands them over one at a time, in order. Memory
    /// does not grow with the length of the video; `deliver` stops it by throwing.
    ///
    /// - Throws: `MediaError.damaged` when the file ends too early or a frame cannot be decoded
    ///   whole, unless the options allow it; then the nearest frame stands for a missing one, and
    ///   the description that comes back tells what is damaged.
    package static func decode(
        _ input: borrowing MediaInput, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        var reader = try VideoReader(input, options: options)
        var damage = reader.facts.damage
        if let damage, !options.allowDamaged {
            throw .damaged(name: input.name, detail: damage)
        }
        let chosen = try chosenFrames(of: reader, input: input, options: options)
        try reader.choose(chosen.map(\.index))
        var difference = options.frames.distinct.map(FrameDifference.init)
        for time in chosen {
            guard let frame = try reader.next() else { break }
            if frame.isDamaged {
                let detail = problem(of: frame, time: time)
                guard options.allowDamaged else {
                    throw .damaged(name: input.name, detail: detail)
                }
                damage = damage ?? detail
            }
            if difference?.keeps(frame.image) == false { continue }
            try deliver(MediaItem(image: frame.image, place: .frame(time)))
        }
        return description(of: reader, input: input, chosen: chosen, damage: damage)
    }

    // MARK: -

    private static func chosenFrames(
        of reader: borrowing VideoReader, input: borrowing MediaInput, options: MediaOptions
    ) throws(MediaError) -> [FrameTime] {
        let facts = reader.facts
        try options.limits.check(width: facts.width, height: facts.height, name: input.name)
        let selection = options.frames
        // Closures cannot borrow what cannot be copied: the times are read first, where needed.
        var times: [Double] = []
        if selection.from != nil || selection.to != nil {
            times = [Double](repeating: 0, count: facts.rate.frameCount)
            for index in times.indices { times[index] = reader.presentationSeconds(of: index) }
        }
        let indices = FrameTimes.indices(of: facts.rate, selection: selection) { times[$0] }
        if indices.isEmpty {
            let from = selection.from.map { "from \($0) s " } ?? ""
            let to = selection.to.map { "to \($0) s " } ?? ""
            throw .unsupported(
                name: input.name,
                detail: "it shows no frame \(from)\(to)and lasts \(facts.rate.durationSeconds) s. "
                    + "Give other values to --from and --to")
        }
        var chosen: [FrameTime] = []
        for index in indices {
            chosen.append(
                FrameTime(
                    index: index, seconds: facts.rate.seconds(ofIndex: index),
                    presentationSeconds: reader.presentationSeconds(of: index)))
        }
        return chosen
    }

    private static func problem(of frame: VideoFrame, time: FrameTime) -> String {
        let place = "frame \(frame.index) at \(time.seconds) s"
        return frame.usedIndex == frame.index
            ? "\(place) has errors"
            : "\(place) cannot be decoded; the nearest that can is frame \(frame.usedIndex)"
    }

    private static func description(
        of reader: borrowing VideoReader, input: borrowing MediaInput, chosen: [FrameTime],
        damage: String?
    ) -> MediaDescription {
        let facts = reader.facts
        var video = MediaDescription.Video(
            width: facts.width, height: facts.height, rotation: facts.rotation,
            frameCount: facts.rate.frameCount, framesPerSecond: facts.rate.framesPerSecond,
            durationSeconds: facts.rate.durationSeconds, codec: facts.codec,
            pixelFormat: facts.pixelFormat, chosen: chosen)
        video.damage = damage
        return MediaDescription(
            name: input.name, kind: .video, byteCount: input.byteCount, content: .video(video))
    }
}
