package import SmolVLM
internal import Tensors

/// What is measured, and how often.
package struct MeasureSettings: Equatable, Sendable {
    /// A thing to measure.
    package enum Part: String, CaseIterable, Sendable {
        /// What the machine can do at most.
        case peaks
        /// One tile through the vision encoder.
        case tile
        /// Several tiles, one after the other.
        case frames
        /// A prompt through the decoder.
        case prefill
        /// An answer, token by token, behind contexts of several lengths.
        case decode
        /// From the program's start to the first token, and the memory that takes.
        case start
    }

    package var parts = Set(Part.allCases)
    /// Numbers of threads, rising.
    package var threads: [Int]
    package var precisions = Precision.allCases
    /// How often each thing is done after a first time that does not count.
    package var runs = 3
    /// Rows of a prompt.
    package var promptTokens = 512
    /// The lengths of context behind which tokens are made, rising.
    package var contexts = [64, 256, 512, 1138, 2048, 4096]
    /// Tokens that one run makes behind each length.
    package var answerTokens = 8
    /// Numbers of tiles besides one, rising.
    package var frames = [2, 4, 8, 17]
    /// The longest that a run of several tiles should take; what would take longer is left out. Nil
    /// takes as long as it takes.
    package var framesSeconds: Double? = 11

    /// Everything, with one thread and with as many as this process may keep busy.
    package init() {
        threads = Array(Set([1, Self.usableThreads])).sorted()
    }

    /// The threads that answers are made with.
    package static var usableThreads: Int { min(ProcessorCount.usable, Workers.maxThreads) }

    /// The variant of the kernels that this processor gets.
    package static var kernels: String { Kernels.chosen.name }

    /// The most threads there can be.
    package static var maxThreads: Int { Workers.maxThreads }
}

/// With how many threads and how exactly something is worked out.
package struct MeasureCase: Hashable, Sendable {
    package let threads: Int
    package let precision: Precision

    package init(threads: Int, precision: Precision) {
        self.threads = threads
        self.precision = precision
    }
}
