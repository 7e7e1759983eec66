/// Decodes files of still pictures in this process.
package enum ImageFile {
    /// Says what a file of pictures is, from its headers alone. Its size is checked against the
    /// limits.
    package static func description(
        of input: borrowing MediaInput, kind: MediaKind, options: MediaOptions
    ) throws(MediaError) -> MediaDescription {
        var decoder = try StillDecoder.open(input, kind: kind, limits: options.limits)
        let pages = try pages(of: decoder.facts, name: input.name, kind: kind, options: options)
        if let first = pages.first, first > 1 { try decoder.go(to: first - 1) }
        return description(of: input, kind: kind, facts: decoder.facts, damage: nil)
    }

    /// Decodes a file of pictures and hands them over one at a time, in order.
    ///
    /// - Throws: `MediaError.damaged` for a picture that is there only in part, unless the options
    ///   allow it; then the description that comes back tells what is damaged.
    package static func decode(
        _ input: borrowing MediaInput, kind: MediaKind, options: MediaOptions,
        deliver: (MediaItem) throws(MediaError) -> Void
    ) throws(MediaError) -> MediaDescription {
        var decoder = try StillDecoder.open(input, kind: kind, limits: options.limits)
        let count = decoder.facts.count
        let pages = try pages(of: decoder.facts, name: input.name, kind: kind, options: options)
        var first: StillFacts?
        var damage: String?
        for page in pages {
            if page > 1 || first != nil { try decoder.go(to: page - 1) }
            let (image, found) = try decoder.picture()
            if let found {
                let place = pages.count > 1 ? "page \(page), " : ""
                guard options.allowDamaged else {
                    throw .damaged(name: input.name, detail: place + found)
                }
                damage = damage ?? place + found
            }
            first = first ?? decoder.facts
            try deliver(
                MediaItem(
                    image: image,
                    place: kind == .tiff && count > 1 ? .page(number: page, text: []) : .picture))
        }
        return description(
            of: input, kind: kind, facts: first ?? decoder.facts, damage: damage)
    }

    /// The numbers, from 1, of the pictures that are wanted: all pages of a TIFF that were asked
    /// for, the first picture of any other file.
    private static func pages(
        of facts: StillFacts, name: String, kind: MediaKind, options: MediaOptions
    ) throws(MediaError) -> [Int] {
        guard kind == .tiff else { return [1] }
        let ranges = options.pages ?? [1...facts.count]
        let limit = options.limits.maxPages
        var pages: [Int] = []
        for range in ranges {
            guard range.lowerBound >= 1 else {
                throw .noSuchPage(name: name, page: range.lowerBound, count: facts.count)
            }
            guard range.upperBound <= facts.count else {
                throw .noSuchPage(name: name, page: range.upperBound, count: facts.count)
            }
            guard pages.count + range.count <= limit else {
                throw .tooManyPages(name: name, count: pages.count + range.count, limit: limit)
            }
            pages += range
        }
        return pages
    }

    private static func description(
        of input: borrowing MediaInput, kind: MediaKind, facts: StillFacts, damage: String?
    ) -> MediaDescription {
        let size = facts.orientation.uprightSize(width: facts.width, height: facts.height)
        return MediaDescription(
            name: input.name, kind: kind, byteCount: input.byteCount,
            content: .picture(
                MediaDescription.Picture(
                    width: size.width, height: size.height,
                    orientation: facts.orientation.rawValue, storage: facts.storage,
                    count: facts.count, damage: damage)))
    }
}
