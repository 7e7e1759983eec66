import CKernels
import Testing

@Suite struct `Kernels` {
    @Test func `the portable variant is always there`() {
        #expect(smv_kernels_named("generic") != nil)
        #expect(smv_kernels_named("no such") == nil)
        #expect(["generic", "avx2"].contains(String(cString: smv_kernels_name())))
    }

    /// What a variant leaves out would be a null pointer, found only when it is called.
    @Test(arguments: ["generic", "avx2"])
    func `a variant has every kernel`(name: String) throws {
        guard let kernels = smv_kernels_named(name) else { return }
        let count = MemoryLayout<smv_kernels>.size / MemoryLayout<UInt>.size
        kernels.withMemoryRebound(to: UInt.self, capacity: count) { addresses in
            for index in 0..<count { #expect(addresses[index] != 0, "kernel \(index) of \(name)") }
        }
    }
}

/// Deterministic bytes and numbers for inputs.
struct Noise {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 2 &+ 1 }

    mutating func next() -> UInt32 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt32(truncatingIfNeeded: state >> 32)
    }

    mutating func below(_ bound: Int) -> Int { Int(next()) % bound }

    /// Bytes of which many are 0 and 255, where sums are largest.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            let value = next()
            return value & 3 == 0 ? 0 : value & 3 == 1 ? 255 : UInt8(truncatingIfNeeded: value >> 8)
        }
    }
}
