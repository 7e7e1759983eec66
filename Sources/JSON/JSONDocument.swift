internal import CJSON

/// A parsed text: simdjson's tape, read in place by the `JSONValue`s that point into it.
///
/// This file alone touches the C tape; `JSONValue` gives it its types.
@safe final class JSONDocument: @unchecked Sendable {  // never changed after `init`
    private let handle: OpaquePointer
    private let tape: UnsafePointer<UInt64>
    private let strings: UnsafePointer<UInt8>
    let wordCount: Int

    init(_ bytes: Span<UInt8>) throws(JSONError) {
        var reason: UnsafePointer<CChar>?
        let parsed = unsafe bytes.withUnsafeBufferPointer { buffer in
            // simdjson wants an address even for no bytes.
            var nothing: UInt8 = 0
            return unsafe withUnsafePointer(to: &nothing) { empty in
                unsafe smv_json_parse(buffer.baseAddress ?? empty, buffer.count, &reason)
            }
        }
        guard let parsed = unsafe parsed else {
            throw JSONError(reason: unsafe reason.map { unsafe String(cString: $0) } ?? "unknown")
        }
        unsafe handle = parsed
        var count = 0
        unsafe tape = smv_json_tape(parsed, &count)
        unsafe strings = smv_json_strings(parsed)
        wordCount = count
    }

    deinit { unsafe smv_json_free(handle) }

    func word(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < wordCount, "a JSON value outside its document")
        return unsafe tape[index]
    }

    /// Lends the bytes of the string that a tape word points at.
    func withString<Result>(at index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let start = unsafe strings + Int(word(at: index) & JSONDocument.payloadMask)
        let count = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        let bytes = unsafe UnsafeBufferPointer(start: start + 4, count: Int(count))
        return body(unsafe bytes.span)
    }

    static let payloadMask: UInt64 = 0x00FF_FFFF_FFFF_FFFF
}

/// Why a text is not JSON.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// In words, without a full stop: it stands inside a sentence.
    package let reason: String

    init(reason: String) {
        self.reason = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
    }

    package var description: String { "not valid JSON: \(reason)" }
}
