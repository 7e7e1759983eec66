internal import CKernels

/// How the numbers of a row are stored: plain, or in blocks that share a scale.
///
/// The raw value is the type's number in GGUF files.
package enum ElementType: Int32, CaseIterable, Sendable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q2K = 10
    case q3K = 11
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case iq4NL = 20
    case iq4XS = 23
    case bf16 = 30
    case mxfp4 = 39

    /// The name that files and their tools use.
    package var name: String {
        switch self {
        case .f32: "F32"
        case .f16: "F16"
        case .q4_0: "Q4_0"
        case .q4_1: "Q4_1"
        case .q5_0: "Q5_0"
        case .q5_1: "Q5_1"
        case .q8_0: "Q8_0"
        case .q2K: "Q2_K"
        case .q3K: "Q3_K"
        case .q4K: "Q4_K"
        case .q5K: "Q5_K"
        case .q6K: "Q6_K"
        case .iq4NL: "IQ4_NL"
        case .iq4XS: "IQ4_XS"
        case .bf16: "BF16"
        case .mxfp4: "MXFP4"
        }
    }

    /// How many elements share one block: 1 for the plain types.
    package var blockSize: Int { layout.elements }

    /// The bytes of one block.
    package var blockBytes: Int { layout.bytes }

    /// The bytes of a row of `count` elements; nil when that is no whole number of blocks, or more
    /// than an `Int` can count.
    package func byteCount(of count: Int) -> Int? {
        let (elements, bytes) = layout
        guard count >= 0, count % elements == 0 else { return nil }
        let (product, overflow) = (count / elements).multipliedReportingOverflow(by: bytes)
        return overflow ? nil : product
    }

    private var layout: (elements: Int, bytes: Int) {
        var elements = 0
        var bytes = 0
        let known = unsafe smv_block_size(rawValue, &elements, &bytes)
        precondition(known, "\(name) has no block size")
        return (elements, bytes)
    }
}
