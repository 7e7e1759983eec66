// Resampling of 8-bit pictures as Pillow 13 does it, bit for bit: across, rounded to bytes, then
// down, or the other way round where the height shrinks by much more than the width; an axis whose
// length stays is left alone. What one pass gave is kept only as long as the next needs it, so the
// work memory does not grow with the picture. The rule of the order came with Pillow 13 (before, it
// was always across first) and changes tall pictures by a bit here and there:
// https://github.com/python-pillow/Pillow/pull/9549

internal import CKernels

/// How pictures of one size become pictures of another.
package struct Resample: Equatable, Sendable {
    /// What a new pixel is made of. All but `nearest` average over what a pixel covers.
    package enum Filter: String, CaseIterable, Sendable {
        case nearest, box, bilinear, bicubic, lanczos
    }

    private enum Method: Equatable, Sendable {
        case same
        /// The source column of each column and the source row of each row; -1 for none.
        case picked(columns: [Int], rows: [Int])
        case weighed(across: ResampleTaps?, down: ResampleTaps?, downFirst: Bool)
    }

    /// The size that pictures come in with.
    package let inputWidth: Int, inputHeight: Int
    package let width: Int, height: Int
    private let method: Method

    /// Rows that the kernel resamples across at one time.
    private let blockRows = 8

    /// Works out the weights for one pair of sizes, for any number of pictures.
    ///
    /// - Precondition: all sides are in 1...`longestSide`.
    package init(
        fromWidth inputWidth: Int, height inputHeight: Int, toWidth width: Int, height: Int,
        filter: Filter
    ) {
        for side in [inputWidth, inputHeight, width, height] {
            precondition(
                (1...Resample.longestSide).contains(side), "a side of \(side) pixels to resample")
        }
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
        self.width = width
        self.height = height
        if (inputWidth, inputHeight) == (width, height) {
            method = .same
        } else if let kernel = filter.kernel {
            method = .weighed(
                across: inputWidth == width
                    ? nil
                    : ResampleTaps(
                        from: inputWidth, to: width, kernel: kernel, startsEven: true),
                down: inputHeight == height
                    ? nil
                    : ResampleTaps(
                        from: inputHeight, to: height, kernel: kernel, startsEven: false),
                downFirst: inputHeight > height
                    && inputHeight - height > (inputWidth - width) * 2)
        } else {
            method = .picked(
                columns: Resample.picks(from: inputWidth, to: width),
                rows: Resample.picks(from: inputHeight, to: height))
        }
    }

    /// The longest side that comes in or goes out: keeps every size and sum far from overflow.
    package static let longestSide = 1 << 20

    /// A picture at another size.
    package static func resized(
        _ image: Image, width: Int, height: Int, filter: Filter
    ) -> Image {
        Resample(
            fromWidth: image.width, height: image.height, toWidth: width, height: height,
            filter: filter
        ).resized(image)
    }

    /// A picture of the input size at the output size.
    package func resized(_ image: Image) -> Image {
        precondition(
            (image.width, image.height) == (inputWidth, inputHeight),
            "a picture of \(image.width)x\(image.height) where \(inputWidth)x\(inputHeight) is due")
        switch method {
        case .same: return image
        case .picked(let columns, let rows): return picked(image, columns: columns, rows: rows)
        case .weighed(nil, nil, _): return image
        case .weighed(let across?, nil, _): return acrossOnly(image, across)
        case .weighed(nil, let down?, _): return downOnly(image, down)
        case .weighed(let across?, let down?, downFirst: false):
            return acrossThenDown(image, across, down)
        case .weighed(let across?, let down?, downFirst: true):
            return downThenAcross(image, across, down)
        }
    }

    private func acrossOnly(_ image: Image, _ taps: ResampleTaps) -> Image {
        Image(width: width, height: height) { output in
            image.withPixels { input in
                across(input, rows: 0..<height, taps, into: &output, at: 0)
            }
        }
    }

    private func downOnly(_ image: Image, _ taps: ResampleTaps) -> Image {
        Image(width: width, height: height) { output in
            image.withPixels { input in
                for row in 0..<height {
                    down(input, firstRow: 0, taps, row: row, into: &output, at: row)
                }
            }
        }
    }

    private func acrossThenDown(
        _ image: Image, _ acrossTaps: ResampleTaps, _ downTaps: ResampleTaps
    ) -> Image {
        // Rows `first..<end` of what came out across lie at the beginning of `window`.
        let used = downTaps.used
        let longest = downTaps.longestWindow
        let capacity = min(used.count, longest + max(longest, 4 * blockRows))
        let rowBytes = width * 3
        var window = [UInt8](repeating: 0, count: capacity * rowBytes)
        var first = used.lowerBound
        var end = first
        return Image(width: width, height: height) { output in
            image.withPixels { input in
                for row in 0..<height {
                    let start = Int(downTaps.starts[row])
                    let needed = start + Int(downTaps.counts[row])
                    while end < needed {
                        let wanted = min(blockRows, used.upperBound - end)
                        if end + wanted > first + capacity {
                            let next = min(start, end)
                            let kept = (next - first) * rowBytes..<(end - first) * rowBytes
                            unsafe window.withUnsafeMutableBytes { bytes in
                                guard let base = bytes.baseAddress else { return }
                                unsafe base.copyMemory(
                                    from: base + kept.lowerBound, byteCount: kept.count)
                            }
                            first = next
                        }
                        let room = min(first + capacity, used.upperBound) - end
                        let count = room > blockRows ? room / blockRows * blockRows : room
                        var rows = window.mutableSpan
                        across(
                            input, rows: end..<end + count, acrossTaps, into: &rows,
                            at: end - first)
                        end += count
                    }
                    down(window.span, firstRow: first, downTaps, row: row, into: &output, at: row)
                }
            }
        }
    }

    private func downThenAcross(
        _ image: Image, _ acrossTaps: ResampleTaps, _ downTaps: ResampleTaps
    ) -> Image {
        var block = [UInt8](repeating: 0, count: min(height, blockRows) * inputWidth * 3)
        return Image(width: width, height: height) { output in
            image.withPixels { input in
                for first in stride(from: 0, to: height, by: blockRows) {
                    let count = min(blockRows, height - first)
                    var rows = block.mutableSpan
                    for row in 0..<count {
                        down(input, firstRow: 0, downTaps, row: first + row, into: &rows, at: row)
                    }
                    across(block.span, rows: 0..<count, acrossTaps, into: &output, at: first)
                }
            }
        }
    }

    /// Resamples rows of the input across and writes them to the rows of `output` from `place` on.
    private func across(
        _ input: Span<UInt8>, rows: Range<Int>, _ taps: ResampleTaps,
        into output: inout MutableSpan<UInt8>, at place: Int
    ) {
        let stride = inputWidth * 3
        let outputStride = width * 3
        precondition(
            rows.lowerBound >= 0 && rows.upperBound * stride <= input.count && place >= 0
                && (place + rows.count) * outputStride <= output.count && !rows.isEmpty,
            "rows outside their picture")
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                unsafe taps.withTaps { taps in
                    unsafe smv_resample_across(
                        from + rows.lowerBound * stride, stride, inputWidth, rows.count, taps,
                        to + place * outputStride, outputStride)
                }
            }
        }
    }

    /// Makes row number `row` of the output out of whole rows, the first of which is number
    /// `firstRow` of all, and writes it to row `place` of `output`.
    private func down(
        _ input: Span<UInt8>, firstRow: Int, _ taps: ResampleTaps, row: Int,
        into output: inout MutableSpan<UInt8>, at place: Int
    ) {
        let stride = downWidth * 3
        let start = (Int(taps.starts[row]) - firstRow) * stride
        precondition(
            start >= 0 && start + Int(taps.counts[row]) * stride <= input.count
                && place >= 0 && (place + 1) * stride <= output.count,
            "rows outside their picture")
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                unsafe taps.withTaps { taps in
                    unsafe smv_resample_down(
                        from + start, stride, stride, taps, row, to + place * stride)
                }
            }
        }
    }

    /// How wide the picture is when it is resampled down.
    private var downWidth: Int {
        if case .weighed(_, _, downFirst: true) = method { inputWidth } else { width }
    }

    private func picked(_ image: Image, columns: [Int], rows: [Int]) -> Image {
        Image(width: width, height: height) { output in
            image.withPixels { input in
                for row in 0..<height {
                    for column in 0..<width {
                        let to = (row * width + column) * 3
                        let isInside = rows[row] >= 0 && columns[column] >= 0
                        let from = (rows[row] * inputWidth + columns[column]) * 3
                        for channel in 0..<3 {
                            output[to + channel] = isInside ? input[from + channel] : 0
                        }
                    }
                }
            }
        }
    }

    /// For each output place the input place under its middle, added up step by step as Pillow
    /// does; -1 where the sum has drifted out of the picture, which Pillow leaves black.
    private static func picks(from inputCount: Int, to outputCount: Int) -> [Int] {
        let step = Double(inputCount) / Double(outputCount)
        var place = step * 0.5
        return (0..<outputCount).map { _ in
            defer { place += step }
            return Int(place) < inputCount ? Int(place) : -1
        }
    }
}

extension Resample.Filter {
    fileprivate var kernel: ResampleTaps.Kernel? {
        switch self {
        case .nearest: nil
        case .box: .box
        case .bilinear: .bilinear
        case .bicubic: .bicubic
        case .lanczos: .lanczos
        }
    }
}
