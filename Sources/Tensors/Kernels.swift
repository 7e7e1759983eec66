internal import CKernels

/// A table of kernels: the ones for this processor, or by name for comparing them.
@safe package struct Kernels: @unchecked Sendable {  // a table that never changes once it is filled
    let table: UnsafePointer<smv_tensor_kernels>

    /// The fastest that this processor can run, or what `SMOLVLM_KERNELS` names.
    package static let chosen = unsafe Kernels(table: smv_tensor_kernels_chosen())

    /// The kernels of a name, `generic` or `avx2`; nil when this processor cannot run them.
    package init?(named name: String) {
        guard let found = unsafe smv_tensor_kernels_named(name) else { return nil }
        unsafe table = unsafe found
    }

    private init(table: UnsafePointer<smv_tensor_kernels>) {
        unsafe self.table = unsafe table
    }

    /// What they are called.
    package var name: String { unsafe String(cString: table.pointee.name) }

    /// The floats that a row of some type stands for.
    ///
    /// - Precondition: `row` holds exactly the blocks of `count` elements.
    package func expand(_ row: Span<UInt8>, type: ElementType, count: Int) -> [Float] {
        precondition(type.byteCount(of: count) == row.count, "\(row.count) bytes of \(type.name)")
        return unsafe [Float](unsafeUninitializedCapacity: count) { out, made in
            unsafe row.withUnsafeBytes { row in
                if let from = row.baseAddress, let to = out.baseAddress {
                    unsafe smv_expand(table, type.rawValue, from, to, count)
                }
            }
            made = count
        }
    }

    /// The product of a row of some type with floats.
    ///
    /// - Precondition: `row` holds exactly the blocks of `x.count` elements.
    package func dot(_ row: Span<UInt8>, type: ElementType, _ x: Span<Float>) -> Float {
        precondition(type.byteCount(of: x.count) == row.count, "\(row.count) bytes of \(type.name)")
        return unsafe row.withUnsafeBytes { row in
            unsafe x.withUnsafeBufferPointer { x in
                guard let row = row.baseAddress, let start = x.baseAddress else { return 0 }
                return unsafe smv_dot(table, type.rawValue, row, start, x.count)
            }
        }
    }
}
