// From the size of a picture to the sizes and tiles a model sees of it, before any pixel is touched.
// Divisions are in double precision and cut off exactly where the reference does it, since whole
// tiles hang on the last bit:
// https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/models/smolvlm/image_processing_smolvlm.py

package import Weights

/// Width and height in pixels.
package struct PixelSize: Equatable, Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// A rectangle of pixels.
package struct PixelRectangle: Equatable, Sendable {
    package var left: Int
    package var top: Int
    package var width: Int
    package var height: Int

    package init(left: Int, top: Int, width: Int, height: Int) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }
}

/// Which sizes a picture is brought to and where its tiles lie.
package struct TilePlan: Equatable, Sendable {
    /// What a picture is prepared as.
    package enum Use: Equatable, Sendable {
        /// A picture, cut into tiles where it is larger than one.
        case split
        /// A picture, squeezed into one tile.
        case whole
        /// A frame of a video, squeezed into one tile.
        case videoFrame
    }

    /// The size of the picture itself, upright.
    package let input: PixelSize
    /// The size after the first resampling, which keeps the shape.
    package let resized: PixelSize
    /// The size after the second resampling, which fills whole tiles.
    package let aligned: PixelSize
    /// Tiles down and across; both 0 when the picture goes in as one frame.
    package let rows: Int, columns: Int
    /// The side of a frame.
    package let tileEdge: Int
    /// `<image>` tokens that one frame becomes.
    package let tokensPerFrame: Int

    /// Beyond this a picture does not grow, whatever the configuration says.
    package static let longestResizedEdge = 4096
    /// The longest side of a picture.
    package static let longestInputSide = 1 << 17
    /// The most frames that one picture may become.
    package static let maxFrames = 1025

    /// Works out the plan for a picture of a size.
    package init(
        width: Int, height: Int, config: PreprocessorConfig, use: Use
    ) throws(VisionError) {
        guard width > 0, height > 0 else { throw .zeroSize(width: width, height: height) }
        guard max(width, height) <= Self.longestInputSide else {
            throw .sideTooLong(width: width, height: height, limit: Self.longestInputSide)
        }
        precondition(
            PreprocessorConfig.longestEdges.contains(config.longestEdge)
                && PreprocessorConfig.longestEdges.contains(config.video.longestEdge)
                && PreprocessorConfig.tileEdges.contains(config.tileEdge),
            "a preprocessor configuration with edges that were not checked")
        let edge = config.tileEdge
        input = PixelSize(width: width, height: height)
        tileEdge = edge
        tokensPerFrame = config.tokensPerFrame

        switch use {
        case .videoFrame:
            resized = input.stretched(
                to: min(config.video.longestEdge, Self.longestResizedEdge))
        case .split, .whole:
            resized =
                config.resizes
                ? input.stretched(to: config.longestEdge).shrunk(to: Self.longestResizedEdge)
                : input
        }

        aligned =
            use == .split
            ? resized.rounded(upTo: edge) : PixelSize(width: edge, height: edge)
        if aligned.width > edge || aligned.height > edge {
            rows = aligned.height / edge
            columns = aligned.width / edge
        } else {
            rows = 0
            columns = 0
        }
        guard frameCount <= Self.maxFrames else {
            throw .tooManyFrames(
                width: width, height: height, frames: frameCount, limit: Self.maxFrames)
        }
    }

    /// The tiles, row by row, and after them the whole once more; or just the whole.
    package var frameCount: Int { rows * columns + 1 }

    /// Where the tiles lie in the aligned picture, row by row; none when it goes in whole.
    package var tiles: [PixelRectangle] {
        (0..<rows * columns).map { index in
            PixelRectangle(
                left: index % columns * tileEdge, top: index / columns * tileEdge,
                width: tileEdge, height: tileEdge)
        }
    }

    /// `<image>` tokens of all frames.
    package var imageTokenCount: Int { frameCount * tokensPerFrame }

    /// Tokens of all frames with the markers between them, where each marker is one token.
    package var promptTokenCount: Int {
        // A tile has two markers, a row ends with a line feed, the whole has three.
        rows * columns * (tokensPerFrame + 2) + rows + tokensPerFrame + 3
    }
}

extension TilePlan {
    /// Bytes of one frame as floats.
    package var frameBytes: Int { 3 * tileEdge * tileEdge * MemoryLayout<Float>.size }

    /// Bytes of all frames as floats.
    package var allFramesBytes: Int { frameCount * frameBytes }

    /// The most bytes that the picture and its copies at other sizes take at one time.
    package var pixelBytes: Int {
        // A size that stays is the same picture, not a copy.
        let first = resized == input ? 0 : resized.byteCount
        let second = aligned == resized ? 0 : aligned.byteCount
        let overview = rows > 0 ? 3 * tileEdge * tileEdge : 0
        return input.byteCount + first + second + overview
    }

    /// Bytes of the pixels from which its frames are written.
    package var keptBytes: Int {
        aligned.byteCount + (rows > 0 ? 3 * tileEdge * tileEdge : 0)
    }
}

extension PixelSize {
    /// Bytes as RGB.
    package var byteCount: Int { width * height * 3 }

    private var aspect: Double { Double(width) / Double(height) }

    /// The longer side at a length; the shorter keeps the shape, is made even, and is at least 1.
    fileprivate func stretched(to edge: Int) -> PixelSize {
        func even(_ side: Double) -> Int {
            let side = Int(side)
            return max(side + side % 2, 1)
        }
        return width >= height
            ? PixelSize(width: edge, height: even(Double(edge) / aspect))
            : PixelSize(width: even(Double(edge) * aspect), height: edge)
    }

    /// The longer side at most a length; the shorter keeps the shape.
    fileprivate func shrunk(to edge: Int) -> PixelSize {
        if width >= height && width > edge {
            return PixelSize(width: edge, height: max(Int(Double(edge) / aspect), 1))
        }
        if height > width && height > edge {
            return PixelSize(width: max(Int(Double(edge) * aspect), 1), height: edge)
        }
        return self
    }

    /// Both sides multiples of a length, the longer side first; the shape is not kept.
    fileprivate func rounded(upTo edge: Int) -> PixelSize {
        func multiple(_ side: Int) -> Int {
            max(Int((Double(side) / Double(edge)).rounded(.up)), 1) * edge
        }
        if width >= height {
            let width = multiple(width)
            return PixelSize(width: width, height: multiple(Int(Double(width) / aspect)))
        }
        let height = multiple(height)
        return PixelSize(width: multiple(Int(Double(height) * aspect)), height: height)
    }
}
