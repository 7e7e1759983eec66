/// Tells frames that barely differ from the last kept one.
///
/// Each frame is reduced to at most 32 x 32 cells, the mean colour of what they cover, so that noise
/// and compression weigh little. Two frames differ by the mean over all cells and channels of how
/// far these means lie apart, as a share of the full range: 0 for the same picture, 1 for black
/// against white.
package struct FrameDifference: Sendable {
    private static let side = 32
    private let threshold: Double
    private var kept: [Float] = []
    private var keptColumns = 0
    private var keptRows = 0

    /// - Parameter threshold: frames that differ by less are not kept.
    package init(threshold: Double) {
        self.threshold = threshold
    }

    /// Whether a frame is kept, in which case the next one is measured against it. The first is.
    package mutating func keeps(_ image: Image) -> Bool {
        let columns = min(Self.side, image.width)
        let rows = min(Self.side, image.height)
        let cells = Self.cells(of: image, columns: columns, rows: rows)
        if columns == keptColumns, rows == keptRows, Self.distance(cells, kept) < threshold {
            return false
        }
        kept = cells
        keptColumns = columns
        keptRows = rows
        return true
    }

    /// How far two pictures of the same size lie apart, from 0 to 1.
    package static func between(_ first: Image, _ second: Image) -> Double {
        precondition(
            first.width == second.width && first.height == second.height,
            "pictures of different sizes")
        let columns = min(side, first.width)
        let rows = min(side, first.height)
        return distance(
            cells(of: first, columns: columns, rows: rows),
            cells(of: second, columns: columns, rows: rows))
    }

    private static func distance(_ first: [Float], _ second: [Float]) -> Double {
        guard first.count == second.count, !first.isEmpty else { return 1 }
        var sum = 0.0
        for index in first.indices { sum += Double(abs(first[index] - second[index])) }
        return sum / (255 * Double(first.count))
    }

    /// Mean colours of `rows * columns` cells, row by row, three values each.
    private static func cells(of image: Image, columns: Int, rows: Int) -> [Float] {
        var means: [Float] = []
        means.reserveCapacity(rows * columns * 3)
        image.withPixels { pixels in
            for row in 0..<rows {
                let lines = (row * image.height / rows)..<((row + 1) * image.height / rows)
                var sums = [Int](repeating: 0, count: columns * 3)
                for y in lines {
                    for column in 0..<columns {
                        let start = column * image.width / columns
                        let end = (column + 1) * image.width / columns
                        var (red, green, blue) = (0, 0, 0)
                        for offset in stride(
                            from: (y * image.width + start) * 3, to: (y * image.width + end) * 3,
                            by: 3)
                        {
                            red += Int(pixels[offset])
                            green += Int(pixels[offset + 1])
                            blue += Int(pixels[offset + 2])
                        }
                        sums[column * 3] += red
                        sums[column * 3 + 1] += green
                        sums[column * 3 + 2] += blue
                    }
                }
                for column in 0..<columns {
                    let start = column * image.width / columns
                    let end = (column + 1) * image.width / columns
                    let area = Float((end - start) * lines.count)
                    for channel in 0..<3 { means.append(Float(sums[column * 3 + channel]) / area) }
                }
            }
        }
        return means
    }
}
