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
        return answer.map { text in
            .malformed(
                file: path, format: path.hasSuffix(".gguf") ? "GGUF" : "safetensors",
                detail: "it holds nothing but the text \"\(text)\"")
        }
    }

    /// What a server answered instead of sending the file: `Entry not found`, saved under its name.
    private var answer: String? {
        guard path.hasSuffix(".safetensors") || path.hasSuffix(".gguf"),
            (8...200).contains(byteCount)
        else { return nil }
        let isText = storage.withBytes(0..<byteCount) { bytes in
            bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) || bytes[$0] == 0x0A }
        }
        guard isText else { return nil }
        return start(byteCount).split(whereSeparator: \.isNewline).joined(separator: " ")
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
