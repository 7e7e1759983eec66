public import Media
internal import Vision
internal import Weights

extension Conversation {
    /// What to take out of files for this conversation: pages no larger than its model can use,
    /// frames of a video as the model was trained with.
    public var mediaOptions: MediaOptions {
        var options = MediaOptions()
        guard let config else { return options }
        options.pageLongestEdge = config.longestEdge
        options.frames.framesPerSecond = config.video.framesPerSecond
        options.frames.maxFrames = config.video.maxFrames
        return options
    }

    /// Decodes a file in this process and adds it: a picture, all pages of a document, or a video.
    public mutating func add(file path: String) throws(ModelError) {
        let options = mediaOptions
        try add(explained { () throws(MediaError) in try MediaFile(path: path, options: options) })
    }

    /// Adds what came out of a file: a picture, pages, or the frames of a video.
    public mutating func add(_ file: MediaFile) throws(ModelError) {
        guard case .video(let video) = file.description.content else {
            // All or none: a page that cannot be used leaves none of the others behind.
            var pictures: [PreparedPicture] = []
            for item in file.items { pictures.append(try prepared(item.image)) }
            for picture in pictures { add(picture) }
            return
        }
        try add(
            frames: file.items.map(\.image),
            seconds: file.items.map { item in
                if case .frame(let time) = item.place { time.seconds } else { 0 }
            },
            durationSeconds: video.durationSeconds)
    }
}
