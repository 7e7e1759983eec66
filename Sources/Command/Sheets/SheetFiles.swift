internal import Media

/// Where the pages of a contact sheet go: the file that was named, then OUT-2.png and so on.
struct SheetFiles {
    let path: String
    /// What has been written so far.
    private(set) var written: [String] = []

    init(path: String) {
        self.path = path
    }

    mutating func write(_ page: Image) throws(PNGFile.Failure) {
        let name = written.isEmpty ? path : numbered(written.count + 1)
        try PNGFile.write(page, to: name)
        written.append(name)
    }

    private func numbered(_ number: Int) -> String {
        let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[nameStart...].lastIndex(of: "."), dot > nameStart else {
            return "\(path)-\(number)"
        }
        return "\(path[..<dot])-\(number)\(path[dot...])"
    }
}
