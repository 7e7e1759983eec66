internal import Foundation
internal import Media

/// The files that `bench` writes.
enum BenchFiles {
    /// Makes sure, before anything is measured, that what is found can be written.
    static func prepare(_ flags: BenchFlags) throws(Refusal) {
        if let json = flags.json, json != "-" {
            guard FileManager.default.isWritableFile(atPath: folder(of: json)) else {
                throw Refusal(
                    "\(json) cannot be written: its folder is not there, or may not be written to. "
                        + "Name another file.")
            }
        }
        guard let plots = flags.plots else { return }
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: plots), withIntermediateDirectories: true)
        } catch {
            throw Refusal(
                "the folder \(plots) cannot be made. Name one in a place that you may write to.")
        }
        do throws(PNGFile.Failure) {
            try PNGFile.check("\(plots)/\(BenchPlots.Kind.decode.fileName)")
        } catch {
            throw Refusal(error)
        }
    }

    /// Writes what was wished for.
    static func write(
        _ report: BenchReport, _ flags: BenchFlags, _ terminal: inout Terminal
    ) throws(Refusal) {
        if let path = flags.json {
            let text = BenchJSON(report: report).text
            if path == "-" {
                terminal.write(text)
            } else {
                do {
                    try Data(text.utf8).write(to: URL(filePath: path))
                } catch {
                    throw Refusal("\(path) cannot be written. Check the permissions of its folder.")
                }
            }
        }
        guard let folder = flags.plots else { return }
        for kind in BenchPlots.Kind.allCases {
            guard let image = BenchPlots(report: report).chart(kind)?.image else { continue }
            do throws(PNGFile.Failure) {
                try PNGFile.write(image, to: "\(folder)/\(kind.fileName)")
            } catch {
                throw Refusal(error)
            }
        }
    }

    private static func folder(of path: String) -> String {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        return folder.isEmpty ? "." : folder
    }
}
