// What an input is, or why it cannot be used, on its way from the decoder process to the program.

extension MessageWriter {
    mutating func put(_ description: MediaDescription) {
        put(description.kind.rawValue)
        put(description.byteCount)
        switch description.content {
        case .picture(let picture):
            put(0)
            put(picture.width)
            put(picture.height)
            put(picture.orientation)
            put(picture.storage)
            put(picture.count)
            put(picture.damage) { $0.put($1) }
        case .document(let document):
            put(1)
            put(document.pageCount)
            put(list: document.pages) {
                $0.put($1.number)
                $0.put($1.widthPoints)
                $0.put($1.heightPoints)
                $0.put($1.width)
                $0.put($1.height)
                $0.put($1.dotsPerInch)
            }
            put(document.hasText)
        case .video(let video):
            put(2)
            put(video.width)
            put(video.height)
            put(video.rotation)
            put(video.frameCount)
            put(video.framesPerSecond)
            put(video.durationSeconds)
            put(video.codec)
            put(video.pixelFormat)
            put(list: video.chosen) { $0.put($1) }
            put(video.damage) { $0.put($1) }
        }
    }

    /// An error by its number, texts and numbers; its name stays behind.
    mutating func put(_ error: MediaError) {
        let fields = error.fields
        put(fields.number)
        put(list: fields.texts) { $0.put(String(decoding: $1.utf8.prefix(2000), as: UTF8.self)) }
        put(list: fields.numbers) { $0.put($1) }
        put(fields.amount)
    }
}

extension MessageReader {
    mutating func description(name: String) throws(Malformed) -> MediaDescription {
        guard let kind = MediaKind(rawValue: try string(limit: 100)) else { throw Malformed() }
        let byteCount = try int(in: 0...Int.max)
        let content: MediaDescription.Content
        switch try int(in: 0...2) {
        case 0: content = .picture(try picture())
        case 1: content = .document(try document())
        default: content = .video(try video())
        }
        return MediaDescription(name: name, kind: kind, byteCount: byteCount, content: content)
    }

    private mutating func picture() throws(Malformed) -> MediaDescription.Picture {
        MediaDescription.Picture(
            width: try int(in: 1...ReplyCaps.side), height: try int(in: 1...ReplyCaps.side),
            orientation: try int(in: 1...8), storage: try words(limit: ReplyCaps.text),
            count: try int(in: 1...ReplyCaps.side),
            damage: try optional { (r) throws(Malformed) in try r.words(limit: ReplyCaps.text) })
    }

    private mutating func document() throws(Malformed) -> MediaDescription.Document {
        let pageCount = try int(in: 0...ReplyCaps.side)
        let pages = try list(limit: ReplyCaps.list) { (r) throws(Malformed) in
            MediaDescription.PageSize(
                number: try r.int(in: 1...ReplyCaps.side), widthPoints: try r.finite(),
                heightPoints: try r.finite(), width: try r.int(in: 1...ReplyCaps.side),
                height: try r.int(in: 1...ReplyCaps.side), dotsPerInch: try r.finite())
        }
        return MediaDescription.Document(pageCount: pageCount, pages: pages, hasText: try bool())
    }

    private mutating func video() throws(Malformed) -> MediaDescription.Video {
        var video = MediaDescription.Video(
            width: try int(in: 1...ReplyCaps.side), height: try int(in: 1...ReplyCaps.side),
            rotation: try int(in: 0...359), frameCount: try int(in: 0...Int.max),
            framesPerSecond: try finite(), durationSeconds: try finite(),
            codec: try words(limit: ReplyCaps.text), pixelFormat: try words(limit: ReplyCaps.text),
            chosen: try list(limit: ReplyCaps.list) { (r) throws(Malformed) in
                try r.frameTime()
            })
        video.damage = try optional { (r) throws(Malformed) in
            try r.words(limit: ReplyCaps.text)
        }
        return video
    }

    mutating func error(name: String) throws(Malformed) -> MediaError {
        let fields = MediaError.Fields(
            number: try int(),
            texts: try list(limit: 8) { (r) throws(Malformed) in
                try r.words(limit: ReplyCaps.text)
            },
            numbers: try list(limit: 8) { (r) throws(Malformed) in try r.int() },
            amount: try double())
        guard let error = MediaError(name: name, fields: fields) else { throw Malformed() }
        return error
    }
}
