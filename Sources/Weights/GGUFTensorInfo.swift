internal import Tensors

/// What a GGUF header says of one tensor, before it is known where the data begins.
struct GGUFTensorInfo {
    let name: String
    let stored: TensorEntry.Stored
    /// The outermost dimension first: the reverse of the file.
    let shape: [Int]
    let byteCount: Int
    /// From the start of the data.
    let begin: Int

    /// Reads and checks the next entry of a header.
    init(number: Int, from cursor: inout GGUFCursor, alignment: Int) throws(WeightsError) {
        let name = try cursor.name("the name of tensor \(number)", maxBytes: GGUF.maxNameBytes)
        let dimensions = try cursor.number(UInt32.self, "tensor \(name)")
        guard (1...4).contains(dimensions) else {
            throw cursor.broken(
                "tensor \(name) has \(dimensions) dimensions, where 1 to 4 are allowed")
        }
        var sizes: [Int] = []
        for _ in 0..<dimensions {
            let size =
                cursor.hasShortLengths
                ? UInt64(try cursor.number(UInt32.self, "tensor \(name)"))
                : try cursor.number(UInt64.self, "tensor \(name)")
            guard size > 0 else { throw cursor.broken("tensor \(name) has a dimension of 0") }
            guard let size = Int(exactly: size) else {
                throw cursor.broken("tensor \(name) is too large to count its bytes")
            }
            sizes.append(size)
        }
        let typeNumber = try cursor.number(UInt32.self, "tensor \(name)")
        guard let layout = Self.layout(typeNumber) else {
            throw cursor.broken(
                "tensor \(name) has element type \(typeNumber), which does not exist")
        }
        guard sizes[0] % layout.elements == 0 else {
            throw cursor.broken(
                "rows of tensor \(name) have \(sizes[0]) elements, no multiple of the "
                    + "\(layout.elements) of \(layout.stored.name)")
        }
        var bytes = layout.bytes
        for size in [sizes[0] / layout.elements] + sizes.dropFirst() {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard !overflow else {
                throw cursor.broken("tensor \(name) is too large to count its bytes")
            }
            bytes = product
        }
        let offset = try cursor.number(UInt64.self, "tensor \(name)")
        guard offset % UInt64(alignment) == 0 else {
            throw cursor.broken(
                "tensor \(name) begins at \(offset), no multiple of the alignment \(alignment)")
        }
        guard let begin = Int(exactly: offset), !begin.addingReportingOverflow(bytes).overflow
        else {
            throw cursor.broken("tensor \(name) begins at \(offset), beyond any file")
        }
        self.name = name
        stored = layout.stored
        shape = sizes.reversed()
        byteCount = bytes
        self.begin = begin
    }

    /// All tensors by name, checked to lie inside the file, apart from each other, each named once.
    static func entries(
        _ infos: [GGUFTensorInfo], dataStart: Int, cursor: GGUFCursor, mayBeCut: Bool
    ) throws(WeightsError) -> [String: TensorEntry] {
        let file = cursor.file
        let sorted = infos.sorted { ($0.begin, $0.byteCount) < ($1.begin, $1.byteCount) }
        var place = 0
        for info in sorted {
            guard info.begin >= place else {
                throw cursor.broken("tensor \(info.name) overlaps the one before it")
            }
            place = info.begin + info.byteCount
        }
        let (end, overflow) = dataStart.addingReportingOverflow(place)
        guard !overflow else { throw cursor.broken("its tensors end beyond any file") }
        guard infos.isEmpty || end <= file.byteCount || mayBeCut else {
            throw .truncated(file: file.path, expected: end, actual: file.byteCount)
        }
        var entries: [String: TensorEntry] = [:]
        entries.reserveCapacity(infos.count)
        for info in infos {
            let entry = TensorEntry(
                name: info.name, stored: info.stored, shape: info.shape, file: file,
                offset: dataStart + info.begin, byteCount: info.byteCount)
            guard entries.updateValue(entry, forKey: info.name) == nil else {
                throw cursor.broken("tensor \(info.name) is listed twice")
            }
        }
        return entries
    }

    /// Elements and bytes of a block of a type; nil for numbers that name none.
    private static func layout(
        _ number: UInt32
    ) -> (stored: TensorEntry.Stored, elements: Int, bytes: Int)? {
        if let type = ElementType(rawValue: Int32(truncatingIfNeeded: number)) {
            return (.readable(type), type.blockSize, type.blockBytes)
        }
        // Types that are known, but not read: their sizes are needed to check the others.
        let (name, elements, bytes): (String, Int, Int)
        switch number {
        case 9: (name, elements, bytes) = ("Q8_1", 32, 36)
        case 15: (name, elements, bytes) = ("Q8_K", 256, 292)
        case 16: (name, elements, bytes) = ("IQ2_XXS", 256, 66)
        case 17: (name, elements, bytes) = ("IQ2_XS", 256, 74)
        case 18: (name, elements, bytes) = ("IQ3_XXS", 256, 98)
        case 19: (name, elements, bytes) = ("IQ1_S", 256, 50)
        case 21: (name, elements, bytes) = ("IQ3_S", 256, 110)
        case 22: (name, elements, bytes) = ("IQ2_S", 256, 82)
        case 24: (name, elements, bytes) = ("I8", 1, 1)
        case 25: (name, elements, bytes) = ("I16", 1, 2)
        case 26: (name, elements, bytes) = ("I32", 1, 4)
        case 27: (name, elements, bytes) = ("I64", 1, 8)
        case 28: (name, elements, bytes) = ("F64", 1, 8)
        case 29: (name, elements, bytes) = ("IQ1_M", 256, 56)
        case 34: (name, elements, bytes) = ("TQ1_0", 256, 54)
        case 35: (name, elements, bytes) = ("TQ2_0", 256, 66)
        default: return nil
        }
        return (.other(name), elements, bytes)
    }
}
