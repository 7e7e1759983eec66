internal import CCodecs
internal import CPlugin

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The bytes of a whole input, read into memory. They are not mapped: a file that shrinks under a
/// mapping ends the program with a signal.
@safe struct InputBytes: ~Copyable {
    fileprivate let base: UnsafeMutablePointer<UInt8>
    fileprivate let count: Int

    init(_ input: borrowing MediaInput, limit: Int) throws(MediaError) {
        let byteCount = input.byteCount
        let padding = Int(SMV_STILL_PADDING)
        guard byteCount > 0 else { throw .empty(name: input.name) }
        guard byteCount <= limit, let memory = unsafe malloc(byteCount + padding) else {
            throw .allocationTooLarge(name: input.name, limit: limit)
        }
        var length = 0
        while length < byteCount {
            let got = unsafe pread(
                input.descriptor, memory + length, byteCount - length, off_t(length))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                let reason = got < 0 ? unsafe String(cString: strerror(errno)) : "it shrank"
                unsafe free(memory)
                throw .unreadable(name: input.name, reason: reason)
            }
            length += got
        }
        unsafe (memory + byteCount).initializeMemory(
            as: UInt8.self, repeating: 0, count: padding)
        unsafe base = memory.assumingMemoryBound(to: UInt8.self)
        count = byteCount
    }

    deinit { unsafe free(base) }
}

/// A picture as its file's header states it.
struct StillFacts {
    let width: Int, height: Int
    let orientation: Orientation
    let count: Int
    let layout: Layout
    let storage: String

    /// How a decoder lays out the pixels of its rows.
    enum Layout { case rgb, rgba, cmyk }
}

/// A file of stills while it is being decoded, by whichever decoder reads its kind.
@safe struct StillDecoder: ~Copyable {
    private let calls: smv_still_api
    private let handle: OpaquePointer
    private let bytes: InputBytes
    private let name: String
    private let kind: MediaKind
    private let limits: MediaLimits
    /// Of the picture that `picture()` gives next.
    private(set) var facts: StillFacts

    private init(
        calls: smv_still_api, handle: OpaquePointer, bytes: consuming InputBytes, name: String,
        kind: MediaKind, limits: MediaLimits, facts: StillFacts
    ) {
        self.calls = calls
        unsafe self.handle = handle
        self.bytes = bytes
        self.name = name
        self.kind = kind
        self.limits = limits
        self.facts = facts
    }

    deinit { unsafe calls.close(handle) }

    /// Reads the headers and checks the size of the first picture against the limits.
    static func open(
        _ input: borrowing MediaInput, kind: MediaKind, limits: MediaLimits
    ) throws(MediaError) -> StillDecoder {
        let name = input.name
        let calls = try StillLibrary.calls(for: kind, name: name)
        let bytes = try InputBytes(input, limit: limits.maxAllocationBytes)
        var stated = smv_still_facts()
        var opened: OpaquePointer?
        let status = unsafe calls.open(
            bytes.base, bytes.count, limits.maxAllocationBytes, &opened, &stated)
        guard status == SMV_STILL_OK else {
            let reason = text(of: stated.reason)
            throw error(status, reason, name: name, kind: kind, limits: limits)
        }
        guard let handle = unsafe opened else { throw .zeroSize(name: name) }
        let decoder = unsafe StillDecoder(
            calls: calls, handle: handle, bytes: bytes, name: name, kind: kind, limits: limits,
            facts: facts(stated))
        try decoder.checkSize()
        return decoder
    }

    /// Goes to a picture of the file, counted from 0.
    mutating func go(to index: Int) throws(MediaError) {
        var stated = smv_still_facts()
        let status = unsafe calls.page(handle, index, &stated)
        guard status == SMV_STILL_OK else {
            throw error(status, Self.text(of: stated.reason))
        }
        facts = Self.facts(stated)
        try checkSize()
    }

    /// Decodes the picture, lays it over white, turns it upright.
    ///
    /// - Returns: the picture, and what is damaged of it.
    mutating func picture() throws(MediaError) -> (image: Image, damage: String?) {
        let size = facts.orientation.uprightSize(width: facts.width, height: facts.height)
        var damage: String?
        let image = try Image(width: size.width, height: size.height) {
            (pixels: inout MutableSpan<UInt8>) throws(MediaError) in
            damage = try unsafe pixels.withUnsafeMutableBufferPointer {
                (buffer) throws(MediaError) in try unsafe fill(buffer)
            }
        }
        return (image, damage)
    }

    private func fill(
        _ upright: UnsafeMutableBufferPointer<UInt8>
    ) throws(MediaError) -> String? {
        guard let start = upright.baseAddress else { return nil }
        return facts.layout == .rgb && facts.orientation == .upright
            ? try unsafe fillAtOnce(start) : try unsafe fillByStrips(start)
    }

    /// Decodes rows that are as the picture wants them right to their place.
    private func fillAtOnce(
        _ upright: UnsafeMutablePointer<UInt8>
    ) throws(MediaError) -> String? {
        let (written, damage) = try unsafe rows(upright, count: facts.height, before: 0)
        let rest = (facts.height - written) * facts.width * 3
        unsafe (upright + written * facts.width * 3).update(repeating: Self.missing, count: rest)
        if let damage { return damage }
        return try finish()
    }

    /// Decodes some rows at a time and takes them to their place through a strip.
    private func fillByStrips(
        _ upright: UnsafeMutablePointer<UInt8>
    ) throws(MediaError) -> String? {
        let width = facts.width, height = facts.height
        let stripRows = min(height, 16)
        let strip = UnsafeMutablePointer<UInt8>.allocate(capacity: stripRows * width * 4)
        defer { unsafe strip.deallocate() }
        var damage: String?
        for first in stride(from: 0, to: height, by: stripRows) {
            let count = min(stripRows, height - first)
            var written = 0
            if damage == nil {
                (written, damage) = try unsafe rows(strip, count: count, before: first)
                switch facts.layout {
                case .rgb: break
                case .rgba: unsafe smv_rgba_over_white(strip, strip, written * width)
                case .cmyk: unsafe smv_cmyk_to_rgb(strip, strip, written * width)
                }
            }
            unsafe (strip + written * width * 3).update(
                repeating: Self.missing, count: (count - written) * width * 3)
            unsafe smv_place_rows(
                strip, first, count, width, height, Int32(facts.orientation.rawValue), upright)
        }
        if let damage { return damage }
        return try finish()
    }

    /// What stands in for rows that a damaged file does not have: the grey that JPEG would give.
    private static let missing: UInt8 = 128

    private func rows(
        _ pixels: UnsafeMutablePointer<UInt8>, count: Int, before: Int
    ) throws(MediaError) -> (written: Int, damage: String?) {
        var written = 0
        var status: Int32 = 0
        let said = unsafe Self.said(capacity: SMV_STILL_REASON) { reason in
            status = unsafe calls.rows(handle, pixels, count, &written, reason)
        }
        if status == SMV_STILL_OK { return (written, nil) }
        guard status == SMV_STILL_DAMAGED else { throw error(status, said) }
        guard before + written > 0 else { throw error(Int32(SMV_STILL_CORRUPT), said) }
        return (written, "after row \(before + written) of \(facts.height), \(said)")
    }

    private func finish() throws(MediaError) -> String? {
        var status: Int32 = 0
        let said = unsafe Self.said(capacity: SMV_STILL_REASON) { reason in
            status = unsafe calls.finish(handle, reason)
        }
        if status == SMV_STILL_OK { return nil }
        guard status == SMV_STILL_DAMAGED else { throw error(status, said) }
        return said
    }

    private func checkSize() throws(MediaError) {
        try limits.check(width: facts.width, height: facts.height, name: name)
    }

    private func error(_ status: Int32, _ reason: String) -> MediaError {
        Self.error(status, reason, name: name, kind: kind, limits: limits)
    }

    private static func error(
        _ status: Int32, _ reason: String, name: String, kind: MediaKind, limits: MediaLimits
    ) -> MediaError {
        switch Int(status) {
        case SMV_STILL_TOO_LARGE:
            .allocationTooLarge(name: name, limit: limits.maxAllocationBytes)
        case SMV_STILL_UNSUPPORTED:
            .unsupported(name: name, detail: reason)
        case SMV_STILL_DAMAGED:
            .damaged(name: name, detail: reason)
        default:
            .corrupt(name: name, kind: kind, detail: reason)
        }
    }

    private static func facts(_ stated: smv_still_facts) -> StillFacts {
        StillFacts(
            width: stated.width, height: stated.height,
            orientation: Orientation(rawValue: Int(stated.orientation)) ?? .upright,
            count: max(1, stated.count),
            layout: stated.layout == SMV_STILL_RGB
                ? .rgb : stated.layout == SMV_STILL_RGBA ? .rgba : .cmyk,
            storage: text(of: stated.storage))
    }

    /// The text that C code writes, and ends with a zero, where `write` says.
    static func said(
        capacity: Int, write: (UnsafeMutablePointer<CChar>) -> Void
    ) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            unsafe buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress else { return "" }
            unsafe write(start)
            return unsafe String(cString: start)
        }
    }

    /// The text in a C array of characters that ends at its first zero.
    private static func text<Characters>(of characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// Where the decoder of each kind of still is.
private enum StillLibrary {
    /// The calls of the decoder that reads a kind, opened first if it is in a library of its own.
    static func calls(for kind: MediaKind, name: String) throws(MediaError) -> smv_still_api {
        switch kind {
        case .png: unsafe smv_png_still().pointee
        case .jpeg: unsafe smv_jpeg_still().pointee
        case .webp: unsafe smv_webp_still().pointee
        case .heic, .avif:
            try plugin(
                "smolvlm-heif", SMV_HEIF_STILL_SYMBOL, needs: "libheif1", name: name)
        case .tiff, .gif, .bmp:
            try plugin(
                "smolvlm-video", SMV_VIDEO_STILL_SYMBOL, needs: "libavcodec59", name: name)
        case .pdf, .video:
            preconditionFailure("\(kind) is no still")
        }
    }

    private static func plugin(
        _ library: String, _ symbol: String, needs package: String, name: String
    ) throws(MediaError) -> smv_still_api {
        #if canImport(Darwin)
            let file = "lib\(library).dylib"
        #else
            let file = "lib\(library).so"
        #endif
        var table: UnsafeRawPointer?
        let said = unsafe StillDecoder.said(capacity: 512) { reason in
            unsafe table = smv_plugin_table(file, symbol, reason, 512)
        }
        guard let table = unsafe table else {
            throw .unsupported(
                name: name,
                detail: "its decoder \(file) does not load (\(said)). Install the package "
                    + "\(package) and build smolvlm again")
        }
        return unsafe table.assumingMemoryBound(to: smv_still_api.self).pointee
    }
}
