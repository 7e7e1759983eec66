/// A stretch of text to encode, and whether markers in it count as markers.
///
/// Neighbours are encoded as one text: words may run across the border, markers may not.
package struct TextPart: Sendable, Equatable {
    package var text: String
    /// True for text from a template, false for text from a user.
    package var matchesSpecial: Bool

    package init(_ text: String, matchesSpecial: Bool) {
        self.text = text
        self.matchesSpecial = matchesSpecial
    }
}

extension Tokenizer {
    /// The ids of a text. Nothing is put before or after it.
    ///
    /// Bytes that the vocabulary lacks are left out, as the reference does: the one of 49,152 has
    /// no token for a few control characters and for most of the unassigned planes.
    ///
    /// - Parameter matchSpecial: whether the model's own markers are recognised. False for text
    ///   from a user: then `<image>` is seven characters. Added tokens that are no markers, such as
    ///   `<think>`, are found either way.
    /// - Complexity: O(n log n) at worst in the length of the text.
    package func encode(_ text: String, matchSpecial: Bool) -> [Int] {
        encode([TextPart(text, matchesSpecial: matchSpecial)])
    }

    /// The ids of a text put together from several parts.
    package func encode(_ parts: [TextPart]) -> [Int] {
        var work = EncodingWork()
        var ids: [Int] = []
        encode(parts, into: &ids, work: &work)
        return ids
    }

    /// Appends the ids of a text. `work` may be kept for the next one.
    package func encode(_ parts: [TextPart], into ids: inout [Int], work: inout EncodingWork) {
        var text: [UInt8] = []
        var trust: [Range<Int>] = []
        for part in parts {
            let start = text.count
            text += part.text.utf8
            guard part.matchesSpecial, start < text.count else { continue }
            if let last = trust.last, last.upperBound == start {
                trust[trust.count - 1] = last.lowerBound..<text.count
            } else {
                trust.append(start..<text.count)
            }
        }
        work.prepare(byteCount: text.count)
        let span = text.span
        rawTokens.forEachSegment(in: 0..<text.count, of: span, trust: trust) { range, id in
            if let id {
                ids.append(id)
            } else if normalizer.isIdentity {
                encodeNormalized(
                    span, range, trust: trust, isStart: range.lowerBound == 0, into: &ids,
                    work: &work)
            } else {
                // The borders of the trusted ranges move with the text.
                var marks = trust.flatMap { range in [range.lowerBound, range.upperBound] }
                    .map { min(max($0 - range.lowerBound, 0), range.count) }
                let changed = normalizer.apply(
                    to: span.extracting(range), isStart: range.lowerBound == 0, marks: &marks)
                encodeNormalized(
                    changed.span, 0..<changed.count,
                    trust: stride(from: 0, to: marks.count, by: 2)
                        .map { marks[$0]..<marks[$0 + 1] },
                    isStart: range.lowerBound == 0, into: &ids, work: &work)
            }
        }
    }

    private func encodeNormalized(
        _ text: Span<UInt8>, _ range: Range<Int>, trust: [Range<Int>], isStart: Bool,
        into ids: inout [Int], work: inout EncodingWork
    ) {
        guard !normalizedTokens.isEmpty else {
            return encodePlain(text, range, isStart: isStart, into: &ids, work: &work)
        }
        normalizedTokens.forEachSegment(in: range, of: text, trust: trust) { part, id in
            if let id {
                ids.append(id)
            } else {
                let isStart = isStart && part.lowerBound == range.lowerBound
                encodePlain(text, part, isStart: isStart, into: &ids, work: &work)
            }
        }
    }

    /// Encodes text without markers.
    private func encodePlain(
        _ text: Span<UInt8>, _ range: Range<Int>, isStart: Bool, into ids: inout [Int],
        work: inout EncodingWork
    ) {
        guard !prefixing.isIdentity else {
            preTokenizer.forEachPiece(in: range, of: text) { piece in
                encodePiece(text.extracting(piece), into: &ids, work: &work)
            }
            return
        }
        var marks: [Int] = []
        let changed = prefixing.apply(
            to: text.extracting(range), isStart: isStart, marks: &marks)
        let span = changed.span
        preTokenizer.forEachPiece(in: 0..<changed.count, of: span) { piece in
            encodePiece(span.extracting(piece), into: &ids, work: &work)
        }
    }

    private func encodePiece(
        _ piece: Span<UInt8>, into ids: inout [Int], work: inout EncodingWork
    ) {
        if work.appendKnown(piece, to: &ids) { return }
        let first = ids.count
        if takesWholePieces, let id = work.wholeToken(piece, spelling: spelling, table: table) {
            ids.append(id)
        } else {
            spell(piece, into: &work.merging)
            work.merging.merge(piece: piece, rule: rule, table: table, into: &ids)
        }
        work.remember(piece, ids: ids[first...])
    }

    /// Puts the smallest symbols of a piece in order.
    private func spell(_ piece: Span<UInt8>, into work: inout MergeWork) {
        work.removeAll()
        switch spelling {
        case .bytes(let idOfByte):
            for index in piece.indices {
                let id = idOfByte[Int(piece[index])]
                if id != .max { work.append(id: id, start: index) }
            }
        case .characters(let fallback):
            // An unknown character waits, so that those after it can join it.
            var waiting: Int?
            var index = 0
            while index < piece.count {
                let next = CharacterClasses.recorded.decode(piece, at: index).next
                let character = piece.extracting(index..<next)
                if let id = table.id(of: character), table.isReachable(id) {
                    if let start = waiting, let unknown = fallback.unknown {
                        work.append(id: UInt32(unknown), start: start)
                    }
                    waiting = nil
                    work.append(id: UInt32(id), start: index)
                } else if let ids = fallback.bytes(of: character) {
                    for (offset, id) in ids.enumerated() {
                        work.append(id: id, start: index + offset)
                    }
                } else if let unknown = fallback.unknown {
                    if let start = waiting, !fallback.fuses {
                        work.append(id: UInt32(unknown), start: start)
                        waiting = index
                    } else if waiting == nil {
                        waiting = index
                    }
                }
                index = next
            }
            if let start = waiting, let unknown = fallback.unknown {
                work.append(id: UInt32(unknown), start: start)
            }
        }
    }
}

extension Tokenizer.Fallback {
    /// The ids of the bytes of a character, if the vocabulary has all of them.
    fileprivate func bytes(of character: Span<UInt8>) -> [UInt32]? {
        guard !bytes.isEmpty else { return nil }
        var ids: [UInt32] = []
        for index in character.indices {
            let id = bytes[Int(character[index])]
            if id == .max { return nil }
            ids.append(id)
        }
        return ids
    }
}
