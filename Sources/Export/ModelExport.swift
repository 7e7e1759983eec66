// A model becomes GGUF files: the text half and, where there is one, the picture half beside it. In:
// a checkpoint, whatever its files; out: files that llama.cpp and this project read. First all of the
// headers are made, so that what cannot be done is refused before anything is written; then tensor
// after tensor goes through a few megabytes of memory.
internal import Tensors
internal import Weights

/// A model that is to be written as GGUF.
package struct ModelExport: Sendable {
    /// What is wanted.
    package struct Wish: Equatable, Sendable {
        /// A folder or a GGUF file.
        package var input: String
        /// The picture half of a GGUF file, where it does not lie beside it.
        package var projector: String?
        /// The text half that is written; the picture half goes beside it as `mmproj-` and its name.
        package var output: String
        package var text: Quantisation
        package var vision: Quantisation
        /// Whether files that are there already are replaced.
        package var replaces: Bool
        /// Nil for as many as the process may keep busy.
        package var threadCount: Int?

        package init(
            input: String, projector: String?, output: String, text: Quantisation,
            vision: Quantisation, replaces: Bool, threadCount: Int?
        ) {
            self.input = input
            self.projector = projector
            self.output = output
            self.text = text
            self.vision = vision
            self.replaces = replaces
            self.threadCount = threadCount
        }

        /// Where the picture half goes.
        package var projectorOutput: String {
            guard let slash = output.lastIndex(of: "/") else { return "mmproj-\(output)" }
            let start = output.index(after: slash)
            return "\(output[..<start])mmproj-\(output[start...])"
        }
    }

    private let wish: Wish
    private let checkpoint: Checkpoint
    private let text: ExportedFile
    private let vision: ExportedFile?

    /// Reads a model and plans its files.
    package init(_ wish: Wish) throws(ExportError) {
        self.wish = wish
        let checkpoint = try reading { () throws(WeightsError) in
            try Checkpoint.open(wish.input, projector: wish.projector)
        }
        self.checkpoint = checkpoint
        for file in checkpoint.files
        where file.path == wish.output
            || file.path == wish.projectorOutput
        {
            throw .ontoItself(file: file.path)
        }
        let plan = ExportPlan(checkpoint: checkpoint, name: Self.name(of: wish.input))
        text = try plan.textFile(path: wish.output, wish.text)
        vision = try plan.visionFile(path: wish.projectorOutput, wish.vision)
    }

    /// The last part of a path, as a model is named by it.
    private static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last == "." || last == ".." ? "model" : last
    }

    /// The bytes of all files that will be written.
    package var byteCount: Int { text.byteCount + (vision?.byteCount ?? 0) }

    /// Writes the files.
    ///
    /// - Parameters:
    ///   - isWanted: asked between pieces of a few megabytes; once it says no, nothing stays.
    ///   - progress: told how many of the bytes are written.
    package func run(
        isWanted: () -> Bool, progress: (Int) -> Void
    ) throws(ExportError) -> ExportReport {
        let workers = wish.threadCount.map { Workers(threadCount: $0) } ?? Workers()
        let replaces = wish.replaces
        var first = try writing { () throws(NewFileError) in
            try NewFile(path: text.path, replaces: replaces, byteCount: byteCount)
        }
        var tally = ExportTally()
        guard let vision else {
            try write(text, to: first, workers, isWanted, progress, &tally, from: 0)
            try writing { () throws(NewFileError) in try first.publish() }
            return report(tally)
        }
        var second = try writing { () throws(NewFileError) in
            try NewFile(path: vision.path, replaces: replaces, byteCount: vision.byteCount)
        }
        try write(text, to: first, workers, isWanted, progress, &tally, from: 0)
        try write(
            vision, to: second, workers, isWanted, progress, &tally, from: text.byteCount)
        guard isWanted() else { throw .cancelled }
        // The text half comes last: whoever waits for it finds its picture half.
        try writing { () throws(NewFileError) in try second.publish() }
        do throws(ExportError) {
            try writing { () throws(NewFileError) in try first.publish() }
        } catch {
            if !replaces { NewFile.remove(vision.path) }
            throw error
        }
        return report(tally)
    }

    private func write(
        _ plan: ExportedFile, to file: borrowing NewFile, _ workers: Workers,
        _ isWanted: () -> Bool, _ progress: (Int) -> Void, _ tally: inout ExportTally,
        from start: Int
    ) throws(ExportError) {
        try Self.put(plan.header.span, to: file)
        var written = start + plan.header.count
        for (entry, source) in zip(plan.tensors, plan.sources) {
            let matrix =
                switch source.content {
                case .stored: checkpoint.matrix(source.name)
                case .made(let numbers):
                    Matrix(rows: 1, columns: numbers.count, floats: numbers)
                }
            let encoder = RowEncoder(type: entry.type, workers: workers)
            let size = matrix.rows > 0 ? entry.byteCount / matrix.rows : 0
            let slab = max(1, Self.slabBytes / max(size, matrix.columns * 4))
            var bytes = [UInt8](repeating: 0, count: min(slab, matrix.rows) * size)
            var loss = EncodingLoss()
            var row = 0
            while row < matrix.rows {
                guard isWanted() else { throw .cancelled }
                let rows = (row..<min(row + slab, matrix.rows)).map {
                    source.isPaired
                        ? Self.row(storedAt: $0, headSize: checkpoint.config.text.headSize) : $0
                }
                encoder.encode(rows, of: matrix, into: &bytes, loss: &loss)
                try check(loss, entry)
                try Self.put(bytes.span.extracting(0..<rows.count * size), to: file)
                // However large a tensor is, few of its pages are held at a time.
                matrix.giveBack(matrix.place.bytes)
                row += rows.count
                written += rows.count * size
                progress(written)
            }
            let gap = GGUFWriter.aligned(entry.byteCount) - entry.byteCount
            try Self.put([UInt8](repeating: 0, count: gap).span, to: file)
            written += gap
            tally.add(source, entry, bytesBefore: matrix.byteCount, loss)
        }
    }

    /// The bytes that go through memory at a time.
    private static let slabBytes = 4 << 20

    private static func put(
        _ bytes: Span<UInt8>, to file: borrowing NewFile
    ) throws(ExportError) {
        do throws(NewFileError) {
            try file.write(bytes)
        } catch {
            throw .unwritten(error.description)
        }
    }

    private func check(_ loss: EncodingLoss, _ tensor: GGUFWriter.Tensor) throws(ExportError) {
        if loss.notFinite > 0 {
            throw .notFinite(file: wish.input, tensor: tensor.name, count: loss.notFinite)
        }
        if loss.tooLarge > 0 {
            throw .tooLarge(file: wish.input, tensor: tensor.name, type: tensor.type.name)
        }
    }

    /// Which row of a head's rows lies at a place in the order of GGUF files: for a rotation of
    /// neighbours.
    private static func row(storedAt place: Int, headSize: Int) -> Int {
        let (head, inHead) = place.quotientAndRemainder(dividingBy: headSize)
        return head * headSize + inHead % 2 * (headSize / 2) + inHead / 2
    }

    // MARK: Report

    private func report(_ tally: ExportTally) -> ExportReport {
        var report = ExportReport()
        report.groups = tally.groups
        report.files = [text, vision].compactMap(\.self).map { file in
            ExportReport.File(
                path: file.path, quantisation: file.quantisation.rawValue,
                byteCount: file.byteCount,
                bytesBefore: file.sources.reduce(0) { sum, source in
                    guard case .stored = source.content else { return sum }
                    return sum + checkpoint.matrix(source.name).byteCount
                })
        }
        report.notes = notes
        return report
    }

    private var notes: [String] {
        var notes: [String] = []
        let coarse = checkpoint.typeCounts.keys.filter { $0.blockSize > 1 }
        if !coarse.isEmpty {
            let names = coarse.map(\.name).sorted().joined(separator: ", ")
            notes.append(
                "\(wish.input) is quantised already (\(names)): what was lost then stays lost, and "
                    + "the errors above come on top.")
        }
        if !checkpoint.unused.isEmpty {
            let count = checkpoint.unused.count
            notes.append(
                "\(count == 1 ? "A tensor" : "\(count) tensors") of \(wish.input) that the model has "
                    + "no use for \(count == 1 ? "was" : "were") left out: "
                    + checkpoint.unused.prefix(3).joined(separator: ", ")
                    + (count > 3 ? " and others." : "."))
        }
        return notes
    }
}
