// From what a model and a job are made of to the bytes that the job takes, before it is begun. No
// file is touched here. A job goes through stages that do not overlap; what it needs is what the
// largest of them needs. Weights count as far as they are read: mapped pages are memory of the
// process once they have been touched.

/// What a job takes of memory, worked out before it is begun.
public struct MemoryPlan: Equatable, Sendable {
    /// What is in memory during one stage, in bytes.
    public struct Use: Equatable, Sendable {
        /// The program itself: what was there before the model was opened, and the library that
        /// multiplies matrices.
        public var program = 0
        /// Weights: pages of their files that are read, and the short lists that are copied.
        public var weights = 0
        /// The tables of the tokenizer.
        public var vocabulary = 0
        /// Keys and values of the positions that prompt and answer fill.
        public var keysAndValues = 0
        /// Decoded pictures, their resized copies, and the picture tokens that they become.
        public var pictures = 0
        /// What the vision encoder works in.
        public var visionWork = 0
        /// What the decoder works in, the logits among it.
        public var decoderWork = 0
        /// What each thread works in.
        public var threads = 0

        /// All of it.
        public var byteCount: Int {
            program + weights + vocabulary + keysAndValues + pictures + visionWork + decoderWork
                + threads
        }
    }

    /// While the model was opened: measured, for it has happened.
    public var opening = 0
    /// While files are decoded and resized.
    public var decoding = Use()
    /// While pictures become picture tokens; as `decoding` where there are none.
    public var encoding = Use()
    /// While the prompt is read and the answer written, at its longest.
    public var answering = Use()
    /// Tokens of the prompt.
    public var promptTokenCount = 0
    /// The most tokens of the answer.
    public var answerTokenCount = 0
    /// Tiles and frames that are encoded.
    public var tileCount = 0

    /// The most bytes in memory at one time.
    public var peakByteCount: Int { max(opening, peak.byteCount) }

    /// What is in memory when it is most.
    public var peak: Use {
        [encoding, answering].reduce(decoding) { $0.byteCount >= $1.byteCount ? $0 : $1 }
    }
}

/// What a process had in memory before and while a model was opened, in bytes.
package struct MemoryGround: Equatable, Sendable {
    /// Before.
    package var program: Int
    /// The most until the model was open; 0 when it had had more before.
    package var opening: Int

    package init(program: Int, opening: Int) {
        self.program = program
        self.opening = opening
    }
}

/// What of a model takes memory, whatever the job.
struct ModelFootprint: Equatable, Sendable {
    /// The tables of the tokenizer.
    var vocabulary: Int
    /// Bytes before the weights in their files, all read when the model is opened.
    var headers: Int
    /// Weights of the decoder and head, and of the vision encoder.
    var text: HalfFootprint, vision: HalfFootprint
    /// Bytes of the token embedding; 0 where it is the head, too.
    var embedding: Int
    /// How many ids there are.
    var vocabularySize: Int
    var visionScratch: Int
    var threadCount: Int

    /// The weights of one half of a model.
    struct HalfFootprint: Equatable, Sendable {
        var mapped = 0
        /// Bytes of them that opening the model reads.
        var opened = 0
        var copied = 0
        /// What one thread works in.
        var work = 0
    }
}

/// What of a job takes memory, whatever the model.
struct JobFootprint: Equatable, Sendable {
    /// Each picture or frame that is to be encoded, in order.
    var pictures: [Picture] = []
    /// Bytes of picture tokens that are there already.
    var encoded = 0
    var promptTokenCount = 0
    /// 64 KiB pieces of the embedding that the prompt's ids lie in.
    var embeddingPieces = 0
    /// The most tokens of the answer.
    var answerTokenCount = 0
    /// Bytes of keys and values at the end of the answer.
    var keysAndValues = 0
    var decoderScratch = 0
    /// What one thread has of scores while the prompt is read.
    var scores = 0

    /// A picture or frame.
    struct Picture: Equatable, Sendable {
        /// Bytes while it is being resized, and bytes that are kept of it until it is encoded.
        var resizing: Int, kept: Int
        /// Bytes of floats of one tile.
        var tileFloats: Int
        var tileCount: Int
        /// Bytes of the picture tokens that it becomes.
        var tokens: Int
    }
}

extension MemoryPlan {
    /// The system brings in this much of a mapped file around each place that is read.
    static let readAround = 65_536
    /// What of the program's own code and tables is touched first by a model and a job: 2.1 MiB were
    /// seen.
    static let programLater = 5 << 19
    /// What of the library for products is touched: 2.1 MiB were seen.
    static let productLibrary = 3 << 20

    init(of job: JobFootprint, with model: ModelFootprint, on ground: MemoryGround) {
        let floats = MemoryLayout<Float>.size
        var idle = Use()
        idle.program = ground.program + Self.programLater
        idle.vocabulary = model.vocabulary
        idle.weights =
            model.headers + model.text.opened + model.vision.opened + model.text.copied
            + model.vision.copied
        idle.pictures = job.encoded
        // Rows for the decoder, its work memory and the logits are made with a conversation.
        idle.decoderWork = job.decoderScratch + model.vocabularySize * floats

        decoding = idle
        var kept = 0
        var most = 0
        for picture in job.pictures {
            most = max(most, kept + picture.resizing)
            kept += picture.kept
        }
        decoding.pictures += most

        encoding = decoding
        if !job.pictures.isEmpty {
            encoding = idle
            encoding.program += Self.productLibrary
            encoding.weights += model.vision.mapped - model.vision.opened
            encoding.visionWork = model.visionScratch
            encoding.threads = model.threadCount * model.vision.work
            var tokens = 0
            most = 0
            for picture in job.pictures {
                tokens += picture.tokens
                most = max(most, kept + tokens + picture.tileFloats)
                kept -= picture.kept
            }
            encoding.pictures += most
        }

        answering = idle
        answering.program += Self.productLibrary
        let pieces = job.embeddingPieces + job.answerTokenCount
        answering.weights +=
            model.text.mapped - model.text.opened
            + min(pieces * Self.readAround, model.embedding)
        // The vision encoder's weights have been let go of.
        if !job.pictures.isEmpty { answering.weights -= model.vision.opened }
        answering.keysAndValues = job.keysAndValues
        answering.pictures += job.pictures.reduce(0) { $0 + $1.tokens }
        answering.threads =
            model.threadCount
            * max(job.pictures.isEmpty ? 0 : model.vision.work, model.text.work, job.scores)

        opening = ground.opening
        promptTokenCount = job.promptTokenCount
        answerTokenCount = job.answerTokenCount
        tileCount = job.pictures.reduce(0) { $0 + $1.tileCount }
    }
}
