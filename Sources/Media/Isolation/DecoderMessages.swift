// What the program and its decoder process say to each other. The program sends one request. The
// decoder announces each picture; the program grants it memory of exactly that size; the decoder
// fills it, lets go of it and says so. Last comes what the input is, or why it cannot be used.

/// What a decoder process is asked to do.
struct DecoderRequest: Equatable {
    var name: String
    var byteCount: Int
    var wantsPictures: Bool
    /// Processor time that the decoder may take; the program keeps the time that passes.
    var cpuSeconds: Int
    var options: MediaOptions
    var fault: DecoderFault?
}

/// Mishaps that tests provoke in a decoder process.
///
/// They travel in the request alone, from the program that started the decoder: no file can ask for
/// one.
package enum DecoderFault: Int, CaseIterable, Sendable {
    /// Ends by a wild write.
    case crash
    /// Never answers.
    case hang
    /// Asks for memory, piece by piece, until there is none.
    case swell
    /// Asks for one piece of memory larger than any limit.
    case gulp
    /// Ends without an answer.
    case leave
    /// Answers with bytes that are no message.
    case babble
    /// Announces a picture far beyond the limits.
    case exaggerate
    /// Announces a picture and keeps its memory open for writing after handing it over.
    case cling
    /// Says of each forbidden thing how an attempt went, as the error's text.
    case confess
    /// The same as `confess`, as it would be for a PDF.
    case confessStartingPrograms
}

/// What a decoder process says.
enum DecoderReply {
    /// A picture of this size waits for memory.
    case picture(width: Int, height: Int, place: MediaItem.Place)
    /// Its memory is filled and let go of.
    case filled
    case done(MediaDescription)
    case failed(MediaError)
}

/// What the program answers to `picture`; the memory comes along.
let decoderGrant: [UInt8] = [UInt8(ascii: "g")]

/// Caps on what a reply may hold; a decoder that passes one is taken for a broken one.
enum ReplyCaps {
    static let messageBytes = 32 << 20
    static let text = 4096
    static let words = 400_000
    static let wordBytes = 16_384
    static let list = 1_000_000
    static let side = 1 << 30
}

extension DecoderRequest {
    var bytes: [UInt8] {
        var message = MessageWriter()
        message.put(name)
        message.put(byteCount)
        message.put(wantsPictures)
        message.put(cpuSeconds)
        message.put(options)
        message.put(fault) { $0.put($1.rawValue) }
        return message.bytes
    }

    init(bytes: [UInt8]) throws(MessageReader.Malformed) {
        var message = MessageReader(bytes)
        name = try message.string(limit: ReplyCaps.messageBytes)
        byteCount = try message.int(in: 0...Int.max)
        wantsPictures = try message.bool()
        cpuSeconds = try message.int()
        options = try message.options()
        let number = try message.optional { (r) throws(MessageReader.Malformed) in try r.int() }
        fault = number.flatMap { DecoderFault(rawValue: $0) }
        try message.finish()
    }
}

extension DecoderReply {
    var bytes: [UInt8] {
        var message = MessageWriter()
        switch self {
        case .picture(let width, let height, let place):
            message.put(0)
            message.put(width)
            message.put(height)
            message.put(place)
        case .filled: message.put(1)
        case .done(let description):
            message.put(2)
            message.put(description)
        case .failed(let error):
            message.put(3)
            message.put(error)
        }
        return message.bytes
    }

    /// - Parameter name: what the input is called; a decoder has no say in that.
    init(bytes: [UInt8], name: String) throws(MessageReader.Malformed) {
        var message = MessageReader(bytes)
        switch try message.int(in: 0...3) {
        case 0:
            self = .picture(
                width: try message.int(in: 1...ReplyCaps.side),
                height: try message.int(in: 1...ReplyCaps.side), place: try message.place())
        case 1: self = .filled
        case 2: self = .done(try message.description(name: name))
        default: self = .failed(try message.error(name: name))
        }
        try message.finish()
    }
}

extension MessageWriter {
    fileprivate mutating func put(_ options: MediaOptions) {
        put(options.limits)
        put(options.pages) {
            $0.put(list: $1) {
                $0.put($1.lowerBound); $0.put($1.upperBound)
            }
        }
        put(options.pageLongestEdge)
        put(options.dotsPerInch) { $0.put($1) }
        put(options.frames)
        put(options.videoThreads)
        put(options.allowDamaged)
    }

    private mutating func put(_ limits: MediaLimits) {
        for number in [
            limits.maxPixels, limits.maxSide, limits.maxAspectRatio, limits.maxAllocationBytes,
            limits.maxPages, limits.maxPictures, limits.maxInputBytes,
        ] { put(number) }
        put(limits.maxSeconds)
    }

    private mutating func put(_ frames: FrameSelection) {
        put(frames.framesPerSecond)
        put(frames.maxFrames)
        put(frames.skipSeconds)
        put(frames.count) { $0.put($1) }
        put(frames.from) { $0.put($1) }
        put(frames.to) { $0.put($1) }
        put(frames.distinct) { $0.put($1) }
    }

    fileprivate mutating func put(_ place: MediaItem.Place) {
        switch place {
        case .picture: put(0)
        case .page(let number, let text):
            put(1)
            put(number)
            put(list: text) {
                $0.put($1.text)
                for edge in [$1.left, $1.top, $1.right, $1.bottom] { $0.put(edge) }
            }
        case .frame(let time):
            put(2)
            put(time)
        }
    }

    mutating func put(_ time: FrameTime) {
        put(time.index)
        put(time.seconds)
        put(time.presentationSeconds)
    }
}

extension MessageReader {
    fileprivate mutating func options() throws(Malformed) -> MediaOptions {
        var options = MediaOptions()
        options.limits = try limits()
        options.pages = try optional { (r) throws(Malformed) in
            try r.list(limit: ReplyCaps.list) { (r) throws(Malformed) in
                let first = try r.int()
                return first...(try r.int(in: first...Int.max))
            }
        }
        options.pageLongestEdge = try int()
        options.dotsPerInch = try optional { (r) throws(Malformed) in try r.int() }
        options.frames = try frames()
        options.videoThreads = try int()
        options.allowDamaged = try bool()
        return options
    }

    private mutating func limits() throws(Malformed) -> MediaLimits {
        var limits = MediaLimits()
        limits.maxPixels = try int()
        limits.maxSide = try int()
        limits.maxAspectRatio = try int()
        limits.maxAllocationBytes = try int()
        limits.maxPages = try int()
        limits.maxPictures = try int()
        limits.maxInputBytes = try int()
        limits.maxSeconds = try double()
        return limits
    }

    private mutating func frames() throws(Malformed) -> FrameSelection {
        var frames = FrameSelection()
        frames.framesPerSecond = try double()
        frames.maxFrames = try int()
        frames.skipSeconds = try double()
        frames.count = try optional { (r) throws(Malformed) in try r.int() }
        frames.from = try optional { (r) throws(Malformed) in try r.double() }
        frames.to = try optional { (r) throws(Malformed) in try r.double() }
        frames.distinct = try optional { (r) throws(Malformed) in try r.double() }
        return frames
    }

    fileprivate mutating func place() throws(Malformed) -> MediaItem.Place {
        switch try int(in: 0...2) {
        case 0: return .picture
        case 1:
            let number = try int(in: 1...ReplyCaps.side)
            let text = try list(limit: ReplyCaps.words) { (r) throws(Malformed) in
                TextBox(
                    text: try r.words(limit: ReplyCaps.wordBytes), left: try r.finite(),
                    top: try r.finite(), right: try r.finite(), bottom: try r.finite())
            }
            return .page(number: number, text: text)
        default: return .frame(try frameTime())
        }
    }

    mutating func frameTime() throws(Malformed) -> FrameTime {
        FrameTime(
            index: try int(in: 0...Int.max), seconds: try finite(),
            presentationSeconds: try finite())
    }
}
