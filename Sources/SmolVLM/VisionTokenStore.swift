internal import Store

/// Picture tokens on disk, so that the next question about a picture does not wait for its encoding:
/// in this process or another, tomorrow as well.
///
/// A tile is known by its pixels, as the model sees them, by the numbers of the vision encoder, and
/// by all else that its tokens depend on: the precision, the kernels, the program. What comes from
/// the store is what encoding would give, bit by bit. What it keeps shows much of the pictures:
/// folder and files are for the user alone.
///
/// ```swift
/// var options = ConversationOptions()
/// options.visionStore = VisionTokenStore.usual
/// var conversation = try Conversation(with: model, options: options)
/// ```
///
/// Any number of processes may use one folder at once. A store that cannot be read or written costs
/// time and nothing else.
public struct VisionTokenStore: Equatable, Sendable {
    let entries: EntryStore

    /// The bytes that the program's store may take.
    public static let usualByteLimit = 256 << 20

    /// A store in a folder of its own, which is made when something is first kept there. A folder
    /// that others may write to is not used, and none that belongs to another user.
    ///
    /// - Parameters:
    ///   - folder: where its files lie; made when there is something to keep.
    ///   - byteLimit: the bytes that its files may take; what has not been used for longest goes
    ///     first.
    public init(folder: String, byteLimit: Int) {
        precondition(byteLimit >= 0, "a store of \(byteLimit) bytes")
        entries = EntryStore(folder: folder, byteLimit: byteLimit)
    }

    /// The store that the program uses: `vision` in the folder that `SMOLVLM_CACHE` names, else in
    /// `smolvlm` where the system has its caches; nil when there is no such place.
    public static var usual: VisionTokenStore? {
        CachePlace.folder.map {
            VisionTokenStore(folder: $0 + "/vision", byteLimit: usualByteLimit)
        }
    }

    /// Where it is.
    public var folder: String { entries.folder }

    /// The bytes that its files may take.
    public var byteLimit: Int { entries.byteLimit }

    /// How many entries there are, and the bytes that their files take. Nearly all of them are
    /// tiles; others say which vision encoder a file holds.
    public struct Contents: Equatable, Sendable {
        public let entryCount: Int
        public let byteCount: Int

        fileprivate init(_ contents: EntryStore.Contents) {
            entryCount = contents.count
            byteCount = contents.byteCount
        }
    }

    /// What there is now; nothing where there is no folder yet.
    public func contents() throws(ModelError) -> Contents {
        Contents(try told { () throws(StoreError) in try entries.contents() })
    }

    /// Removes all entries, and nothing else that lies in the folder; returns what is gone.
    public func clear() throws(ModelError) -> Contents {
        Contents(try told { () throws(StoreError) in try entries.clear() })
    }

    private func told<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(ModelError) -> Result {
        do throws(StoreError) { return try body() } catch {
            throw ModelError("The store of picture tokens cannot be used: \(error).")
        }
    }
}
