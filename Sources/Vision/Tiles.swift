package import Media
package import Weights

/// Prepares pictures of one size: the weights of every resampling are worked out once.
package struct TileMaker: Sendable {
    package let plan: TilePlan
    private let resizing: Resample
    private let aligning: Resample
    /// From the aligned picture to one frame; nil where that is the aligned picture itself.
    private let overview: Resample?
    private let planes: FloatPlanes

    package init(plan: TilePlan, config: PreprocessorConfig) {
        self.plan = plan
        let filter = config.filter.resampling
        resizing = Resample(from: plan.input, to: plan.resized, filter: filter)
        aligning = Resample(from: plan.resized, to: plan.aligned, filter: filter)
        let frame = PixelSize(width: plan.tileEdge, height: plan.tileEdge)
        overview =
            plan.rows > 0
            ? Resample(from: plan.aligned, to: frame, filter: filter) : nil
        planes = FloatPlanes(config)
    }

    /// Resamples a picture to its frames.
    ///
    /// - Precondition: it has the size of the plan.
    package func tiles(of image: Image) -> Tiles {
        let aligned = aligning.resized(resizing.resized(image))
        return Tiles(
            plan: plan, aligned: aligned, overview: overview?.resized(aligned) ?? aligned,
            planes: planes)
    }
}

/// The frames of one picture: pixels at hand, floats written one frame at a time.
package struct Tiles: Sendable {
    package let plan: TilePlan
    private let aligned: Image
    private let overview: Image
    private let planes: FloatPlanes

    /// Prepares one picture.
    package init(_ image: Image, config: PreprocessorConfig, use: TilePlan.Use)
        throws(VisionError)
    {
        let plan = try TilePlan(
            width: image.width, height: image.height, config: config, use: use)
        self = TileMaker(plan: plan, config: config).tiles(of: image)
    }

    fileprivate init(plan: TilePlan, aligned: Image, overview: Image, planes: FloatPlanes) {
        self.plan = plan
        self.aligned = aligned
        self.overview = overview
        self.planes = planes
    }

    package var count: Int { plan.frameCount }

    /// Floats of one frame.
    package var frameLength: Int { 3 * plan.tileEdge * plan.tileEdge }

    /// Writes one frame as `[3, side, side]`, planes of red, green and blue, from `offset` on.
    ///
    /// - Precondition: `floats` holds `frameLength` floats from there on.
    package func write(frame: Int, to floats: inout MutableSpan<Float>, at offset: Int) {
        planes.write(piece(of: frame), to: &floats, at: offset)
    }

    /// All frames as `[frames, 3, side, side]`.
    package func floats() -> [Float] {
        planes.floats(of: (0..<count).map(piece(of:)))
    }

    /// The pixels of one frame, as the model sees it.
    package func picture(frame: Int) -> Image { Image(piece(of: frame)) }

    /// Where the pixels of one frame are.
    private func piece(of frame: Int) -> ImagePiece {
        precondition(frame >= 0 && frame < count, "frame \(frame) of \(count)")
        let edge = plan.tileEdge
        guard frame < plan.rows * plan.columns else {
            return ImagePiece(overview, left: 0, top: 0, width: edge, height: edge)
        }
        let (row, column) = frame.quotientAndRemainder(dividingBy: plan.columns)
        return ImagePiece(
            aligned, left: column * edge, top: row * edge, width: edge, height: edge)
    }
}

extension PreprocessorConfig.Filter {
    /// The filter of the resampler.
    fileprivate var resampling: Resample.Filter {
        switch self {
        case .nearest: .nearest
        case .lanczos: .lanczos
        case .bilinear: .bilinear
        case .bicubic: .bicubic
        case .box: .box
        }
    }
}

extension Resample {
    fileprivate init(from input: PixelSize, to output: PixelSize, filter: Filter) {
        self.init(
            fromWidth: input.width, height: input.height, toWidth: output.width,
            height: output.height, filter: filter)
    }
}

extension FloatPlanes {
    /// The float of every byte, rounded at each step as the reference rounds: scaled in double
    /// precision, and from there on in single precision.
    package init(_ config: PreprocessorConfig) {
        var tables: [Float] = []
        tables.reserveCapacity(3 * 256)
        for channel in 0..<3 {
            for byte in 0..<256 {
                var value =
                    config.rescales ? Float(Double(byte) * config.rescaleFactor) : Float(byte)
                if config.normalises {
                    value = (value - Float(config.mean[channel])) / Float(config.deviation[channel])
                }
                tables.append(value)
            }
        }
        self.init(tables: tables)
    }
}
