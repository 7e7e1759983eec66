// Entries of bytes under digests, each a file of its own, in a folder that any number of processes
// use at once:
//   the words `smolvlm entry 1`, a line feed; the digest; the bytes; a digest of all before it.
// A file comes whole, under another name first. One that is cut off, changed, of another version or
// no file at all is as good as not there, and is replaced when its entry is kept again.

/// Entries of bytes on disk. It is bounded: what has not been used for longest goes first.
package struct EntryStore: Equatable, Sendable {
    /// Where it is.
    package let folder: String
    /// The bytes that its files may take together. Several processes that write at once may go over
    /// it for a moment.
    package let byteLimit: Int

    /// A store in a folder, which is made when something is kept for the first time.
    package init(folder: String, byteLimit: Int) {
        self.folder = folder
        self.byteLimit = byteLimit
    }

    /// How many entries there are, and what they take.
    package struct Contents: Equatable, Sendable {
        package var count = 0
        package var byteCount = 0

        package init() {}
    }

    private static let mark = Array("smolvlm entry 1\n".utf8)
    private static let ending = ".entry"
    private static let passingEnding = ".part"
    /// Nanoseconds after which what a process left half written is of no use to anyone.
    private static let passingAge = 3_600_000_000_000

    /// Bytes of a file that are not its entry's.
    package static let overhead = mark.count + 2 * Digest.byteCount

    /// The bytes of an entry; nil when it is not there or not as it was written.
    ///
    /// - Parameter byteCount: what it must have.
    package func entry(_ key: Digest, byteCount: Int) -> [UInt8]? {
        let whole = byteCount + Self.overhead
        guard let folder = try? StoreFolder(existing: folder),
            let file = folder.bytes(of: Self.name(key), atMost: whole), file.count == whole,
            file.starts(with: Self.mark)
        else { return nil }
        let sealed = file.count - Digest.byteCount
        var maker = DigestMaker()
        maker.add(file.span.extracting(0..<sealed))
        let start = Self.mark.count + Digest.byteCount
        guard Digest(bytes: file.span.extracting(sealed..<file.count)) == maker.digest(),
            Digest(bytes: file.span.extracting(Self.mark.count..<start)) == key
        else { return nil }
        return Array(file[start..<sealed])
    }

    /// Keeps an entry. What is larger than the whole store may be is not kept.
    package func keep(_ bytes: [UInt8], under key: Digest) throws(StoreError) {
        guard bytes.count + Self.overhead <= byteLimit else { return }
        var file: [UInt8] = []
        file.reserveCapacity(bytes.count + Self.overhead)
        for part in [Self.mark, key.bytes, bytes] { file += part }
        var maker = DigestMaker()
        maker.add(file.span)
        file += maker.digest().bytes
        let folder = try StoreFolder(creating: folder)
        let way = "\(UInt64.random(in: 0 ... .max))" + Self.passingEnding
        try folder.put(file.span, as: Self.name(key), by: way)
    }

    /// An entry of floats; nil as above.
    package func floats(_ key: Digest, count: Int) -> [Float]? {
        let byteCount = count * MemoryLayout<Float>.size
        guard let bytes = entry(key, byteCount: byteCount) else { return nil }
        return unsafe [Float](unsafeUninitializedCapacity: count) { out, made in
            unsafe UnsafeMutableRawBufferPointer(out).copyBytes(from: bytes)
            made = count
        }
    }

    /// Keeps an entry of floats, bit by bit.
    package func keep(_ floats: [Float], under key: Digest) throws(StoreError) {
        try keep(unsafe floats.withUnsafeBytes { unsafe [UInt8]($0) }, under: key)
    }

    /// Removes what has not been used for longest, until the rest is within the limit.
    package func trim() {
        guard let folder = try? StoreFolder(existing: folder) else { return }
        let old = StoreFolder.now - Self.passingAge
        for file in folder.files(Self.isPassing) where file.used < old { folder.remove(file.name) }
        let files = folder.files(Self.isEntry)
        var total = files.reduce(0) { $0 + $1.byteCount }
        guard total > byteLimit else { return }
        for file in files.sorted(by: { ($0.used, $0.name) < ($1.used, $1.name) })
        where total > byteLimit {
            folder.remove(file.name)
            total -= file.byteCount
        }
    }

    /// What there is.
    package func contents() throws(StoreError) -> Contents {
        var contents = Contents()
        guard let folder = try StoreFolder(existing: folder) else { return contents }
        for file in folder.files(Self.isEntry) {
            contents.count += 1
            contents.byteCount += file.byteCount
        }
        return contents
    }

    /// Removes all entries, and what was left half written; returns what is gone.
    package func clear() throws(StoreError) -> Contents {
        var gone = Contents()
        guard let folder = try StoreFolder(existing: folder) else { return gone }
        for file in folder.files({ Self.isEntry($0) || Self.isPassing($0) }) {
            guard folder.remove(file.name) else { continue }
            gone.count += Self.isEntry(file.name) ? 1 : 0
            gone.byteCount += file.byteCount
        }
        let left = folder.files(Self.isEntry)
        guard left.isEmpty else {
            throw StoreError("\(left.count) entries of \(self.folder) cannot be removed")
        }
        return gone
    }

    private static func name(_ key: Digest) -> String { key.hexadecimal + ending }

    /// Whether a file is named as entries are: no other is ever removed.
    private static func isEntry(_ name: String) -> Bool {
        guard name.hasSuffix(ending) else { return false }
        let stem = name.utf8.dropLast(ending.utf8.count)
        return stem.count == 2 * Digest.byteCount
            && stem.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Whether a file is named as one that is being written.
    private static func isPassing(_ name: String) -> Bool {
        guard name.hasSuffix(passingEnding) else { return false }
        let stem = name.utf8.dropLast(passingEnding.utf8.count)
        return !stem.isEmpty && stem.allSatisfy { (48...57).contains($0) }
    }
}
