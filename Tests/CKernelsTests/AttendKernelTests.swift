import CKernels
import Foundation
import Testing

/// The table of a variant. Prints why there is none, so that a test that leaves it out says so.
private func table(_ name: String) -> smv_tensor_kernels? {
    guard let found = smv_tensor_kernels_named(name) else {
        print("left out: this processor does not run the \(name) kernels")
        return nil
    }
    return found.pointee
}

private let variants = ["generic", "avx2", "avx512"]

/// Queries, keys and values of one head.
private struct Head {
    let size: Int
    let stride: Int
    let q: [Float], k: [Float], v: [Float]
    /// The keys and values as halves, where they are that.
    var halves: (k: [UInt16], v: [UInt16])?

    init(queries: Int, count: Int, size: Int, stride: Int) {
        self.size = size
        self.stride = stride
        q = `Tensor kernels`.numbers(queries * stride, seed: 1).map { $0 / 32 }
        k = `Tensor kernels`.numbers(count * stride, seed: 2).map { $0 / 32 }
        v = `Tensor kernels`.numbers(count * stride, seed: 3)
    }

    /// The same with keys and values rounded to halves.
    func asHalves(by table: smv_tensor_kernels) -> Head {
        var head = self
        func rounded(_ x: [Float]) -> [UInt16] {
            var out = [UInt16](repeating: 0, count: x.count)
            out.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { table.to_halves(x, x.count, start) }
            }
            return out
        }
        head.halves = (rounded(k), rounded(v))
        return head
    }

    private func number(_ floats: [Float], _ halves: [UInt16]?, _ place: Int) -> Double {
        halves.map { Head.float(ofHalf: $0[place]) } ?? Double(floats[place])
    }

    /// What a half stands for.
    static func float(ofHalf half: UInt16) -> Double {
        let (exponent, fraction) = (Int(half >> 10 & 31), Double(half & 1023))
        let size =
            exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * exp2(Double(exponent) - 25)
        return half >> 15 == 1 ? -size : size
    }

    /// What a query sees of the first `seen` keys.
    func meant(query: Int, seen: Int, scale: Double) -> [Double] {
        let dots = (0..<seen).map { key in
            (0..<size).reduce(0.0) { sum, place in
                sum + Double(q[query * stride + place])
                    * number(k, halves?.k, key * stride + place)
            } * scale
        }
        let most = dots.max() ?? 0
        let shares = dots.map { exp($0 - most) }
        let total = shares.reduce(0, +)
        return (0..<size).map { place in
            (0..<seen).reduce(0.0) { sum, key in
                sum + shares[key] / total * number(v, halves?.v, key * stride + place)
            }
        }
    }

    /// Lends where the keys and values from a position on lie.
    func withRows(
        from position: Int, _ body: (UnsafeRawPointer, UnsafeRawPointer) -> Void
    ) {
        func lend<Number>(_ k: [Number], _ v: [Number]) {
            k.withUnsafeBufferPointer { k in
                v.withUnsafeBufferPointer { v in
                    guard let k = k.baseAddress, let v = v.baseAddress else { return }
                    body(k + position * stride, v + position * stride)
                }
            }
        }
        if let halves { lend(halves.k, halves.v) } else { lend(k, v) }
    }
}

@Suite struct `Attention kernels` {
    /// Of the larger of a number and 1. Worst seen: 1.85e-6.
    static let tolerance = 7.2e-6

    static func off(_ found: ArraySlice<Float>, _ meant: [Double]) -> Double {
        zip(found, meant).reduce(0) { worst, pair in
            let difference = abs(Double(pair.0) - pair.1) / max(1, abs(pair.1))
            return difference.isNaN ? .infinity : max(worst, difference)
        }
    }

    @Test(
        arguments: variants,
        [(1, 0, 64), (5, 7, 72), (30, 3, 16), (64, 200, 8), (9, 40, 33), (17, 0, 80)])
    func `of many queries is the average that it should be, over floats and halves`(
        variant: String, shape: (queries: Int, past: Int, size: Int)
    ) throws {
        guard let table = table(variant) else { return }
        let (queries, past, size) = shape
        let (count, stride) = (past + queries, size + 5)
        let floats = Head(queries: queries, count: count, size: size, stride: stride)
        for (head, isCausal) in [
            (floats, true), (floats, false), (floats.asHalves(by: table), true),
        ] {
            let (packed, work) = withUnsafePointer(to: table) {
                (smv_packed_floats($0, count, size), smv_attend_floats($0, count))
            }
            var keys = [Float](repeating: .nan, count: packed)
            var values = [Float](repeating: .nan, count: packed)
            var scores = [Float](repeating: .nan, count: work)
            var out = [Float](repeating: 1234.5, count: queries * stride)
            head.withRows(from: 0) { k, v in
                table.pack_keys(k, head.halves != nil, stride, count, size, &keys)
                table.pack_values(v, head.halves != nil, stride, count, size, &values)
            }
            table.attend(
                head.q, stride, queries, isCausal ? past + 1 : count, isCausal, keys, values, count,
                size, 0.25, &scores, &out, stride)
            for query in 0..<queries {
                let seen = isCausal ? past + query + 1 : count
                let row = out[query * stride..<(query + 1) * stride]
                let meant = head.meant(query: query, seen: seen, scale: 0.25)
                #expect(Self.off(row.prefix(size), meant) <= Self.tolerance)
                #expect(row.dropFirst(size).allSatisfy { $0 == 1234.5 })
            }
        }
    }

    /// Of how many numbers a head has.
    static let sizes = [1, 7, 8, 16, 24, 33, 64, 72, 80, 128]

    @Test(arguments: variants, sizes)
    func `of one position is that of its parts, however many queries share a head`(
        variant: String, size: Int
    ) throws {
        guard let table = table(variant) else { return }
        let most = 6
        let count = 71
        for stride in [size, size + 5] {
            // Queries lie one behind the other.
            let floats = Head(queries: most, count: count, size: size, stride: stride)
            let q = (0..<most).flatMap { floats.q[$0 * stride..<$0 * stride + size] }
            for (head, queries) in [
                (floats, 1), (floats, 2), (floats, 3), (floats, 4), (floats, most),
                (floats.asHalves(by: table), 1), (floats.asHalves(by: table), 3),
                (floats.asHalves(by: table), most),
            ] {
                for (seen, span) in [(1, 8), (2, 8), (7, 7), (16, 5), (63, 64), (71, 17), (71, 3)] {
                    let out = parts(table, head, q, queries, seen: seen, span: span)
                    for query in 0..<queries {
                        let meant = head.meant(query: query, seen: seen, scale: 0.25)
                        let row = out[query * size..<(query + 1) * size]
                        #expect(
                            Self.off(row, meant) <= Self.tolerance, "\(queries), \(seen)/\(span)")
                    }
                    #expect(out[(queries * size)...].allSatisfy { $0 == 1234.5 })
                }
            }
        }
    }

    /// What queries see by parts of so many positions, and a few floats behind it.
    private func parts(
        _ table: smv_tensor_kernels, _ head: Head, _ q: [Float], _ queries: Int, seen: Int,
        span: Int
    ) -> [Float] {
        let size = head.size
        let count = (seen + span - 1) / span
        var parts = [Float](repeating: .nan, count: count * queries * (size + 2) + 1)
        parts[parts.count - 1] = 1234.5
        let work = withUnsafePointer(to: table) { smv_part_floats($0, span) }
        var scores = [Float](repeating: .nan, count: work)
        for part in 0..<count {
            head.withRows(from: part * span) { k, v in
                parts.withUnsafeMutableBufferPointer { parts in
                    guard let start = parts.baseAddress else { return }
                    table.attend_part(
                        q, queries, k, v, head.halves != nil, head.stride,
                        min(span, seen - part * span), size, 0.25, &scores,
                        start + part * queries * (size + 2))
                }
            }
        }
        #expect(parts.last == 1234.5)
        var out = [Float](repeating: 1234.5, count: queries * size + 3)
        for query in 0..<queries {
            out.withUnsafeMutableBufferPointer { out in
                parts.withUnsafeBufferPointer { parts in
                    guard let to = out.baseAddress, let from = parts.baseAddress else { return }
                    table.join_parts(
                        from + query * (size + 2), count, queries * (size + 2), size, 0.25,
                        to + query * size)
                }
            }
        }
        return out
    }

    @Test(arguments: variants)
    func `the likeliest key may lie in any part, and others may be worth nothing`(
        variant: String
    ) throws {
        guard let table = table(variant) else { return }
        // Scores of 0 but for one of 400 in the last, a middle or the first part.
        for peak in [0, 20, 39] {
            var parts: [Float] = []
            for part in 0..<40 {
                parts += [Float(part), 2 * Float(part), 1, part == peak ? 400 : 0]
            }
            var out: [Float] = [0, 0]
            table.join_parts(parts, 40, 4, 2, 1, &out)
            #expect(out == [Float(peak), 2 * Float(peak)])
        }
    }

    @Test(arguments: variants, [0, 1, 7, 8, 9, 31, 33, 255])
    func `floats become the nearest halves, and what is too large the largest`(
        variant: String, count: Int
    ) throws {
        guard let table = table(variant) else { return }
        let special: [Float] = [
            0, -0.0, 1, 65504, 65519.99, 65520, 1e9, -1e9, .infinity, -.infinity, 0x1p-24, 0x1p-25,
            0x1.8p-25, 0x1p-26, 0x1.ffep-15, 1.0009765625, 1.00048828125, 1.0014648437,
        ]
        let x = (0..<count).map { index in
            index < special.count
                ? special[index] : `Tensor kernels`.numbers(count, seed: 9)[index]
        }
        var out = [UInt16](repeating: 0x1234, count: count + 1)
        out.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { table.to_halves(x, count, start) }
        }
        #expect(out[count] == 0x1234)
        for (found, value) in zip(out, x) {
            let meant = Double(max(-65504, min(65504, value)))
            let error = abs(Head.float(ofHalf: found) - meant)
            for neighbour in [found &- 1, found &+ 1] where neighbour & 0x7FFF <= 0x7BFF {
                let other = abs(Head.float(ofHalf: neighbour) - meant)
                #expect(error < other || (error == other && found & 1 == 0), "\(value)")
            }
        }
    }
}
