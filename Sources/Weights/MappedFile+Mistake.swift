internal import Tensors

extension MappedFile {
    /// Above this no pointer of Git LFS goes.
    private static let maxPointerBytes = 1024

    /// What was stored in place of the file that was meant, told by its first bytes; nil when it may
    /// be the file itself.
    func mistake() -> WeightsError? {
        if byteCount <= Self.maxPointerBytes, begins(with: "version https://git-lfs.github.com/") {
            return .pointer(file: path, byteCount: pointedByteCount)
        }
        let page = start(64).drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if page.hasPrefix("<!doctype html") || page.hasPrefix("<html") {
            return .webPage(file: path)
        }
        return nil
    }

    /// Whether its first bytes are a text.
    func begins(with text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard byteCount >= wanted.count else { return false }
        return storage.withBytes(0..<wanted.count) { bytes in
            bytes.indices.allSatisfy { bytes[$0] == wanted[$0] }
        }
    }

    /// The first bytes as text, broken UTF-8 repaired.
    func start(_ count: Int) -> String {
        storage.withBytes(0..<min(count, byteCount)) { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    /// The size that a pointer has on its line `size N`.
    private var pointedByteCount: Int? {
        start(byteCount).split(separator: "\n").first { $0.hasPrefix("size ") }
            .flatMap { Int($0.dropFirst(5)) }
    }
}
