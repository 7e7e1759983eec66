import Media

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The clips that `Tests/make-clips` makes.
enum Clips {
    /// The folder `Tests`.
    private static let tests = String(#filePath.split(separator: "MediaTests/")[0])

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens a clip by name, lends it and closes it. Its name in messages is the bare one.
    static func with<Result>(
        _ name: String, _ body: (borrowing MediaInput) throws -> Result
    ) throws -> Result {
        let descriptor = open(tests + ".clips/" + name, O_RDONLY)
        guard descriptor >= 0 else {
            throw Missing(
                description: "The clip \(name) is not there. Run ./test, which makes the clips.")
        }
        let byteCount = Int(lseek(descriptor, 0, SEEK_END))
        return try body(MediaInput(name: name, descriptor: descriptor, byteCount: byteCount))
    }

    /// Decodes a clip and gives its frames.
    static func frames(
        _ name: String, _ change: (inout MediaOptions) -> Void = { _ in }
    ) throws -> [(time: FrameTime, image: Image)] {
        var options = MediaOptions()
        change(&options)
        return try with(name) { input in
            var frames: [(time: FrameTime, image: Image)] = []
            _ = try VideoFile.decode(input, options: options) { item in
                if case .frame(let time) = item.place { frames.append((time, item.image)) }
            }
            return frames
        }
    }

    static func description(
        _ name: String, _ change: (inout MediaOptions) -> Void = { _ in }
    ) throws -> MediaDescription.Video {
        var options = MediaOptions()
        change(&options)
        let description = try with(name) { try VideoFile.description(of: $0, options: options) }
        guard case .video(let video) = description.content else {
            throw Missing(description: "\(name) is described as no video")
        }
        return video
    }
}
