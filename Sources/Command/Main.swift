internal import CTerminal
internal import Media

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main
struct Main {
    static func main() {
        let words = words()
        // Before anything else: what decodes a file from outside should find little around it.
        if words.first == Intake.decoderCommand {
            exit(DecoderChild.run(arguments: Array(words.dropFirst())))
        }
        exit(Program.run(words).rawValue)
    }

    /// What follows the program's name. A word that is not all UTF-8, which may name a file, comes
    /// as a text of `FileName`; elsewhere it would be repaired.
    private static func words() -> [String] {
        CommandLine.arguments.enumerated().dropFirst().map { index, word in
            // The sign that stands for what was repaired, and everything above it.
            guard word.unicodeScalars.contains(where: { $0.value >= 0xFFFD }) else { return word }
            var bytes: [UInt8] = []
            while let byte = UInt8(
                exactly: smv_argument_byte(Int32(index), Int32(bytes.count))), byte != 0
            {
                bytes.append(byte)
            }
            return FileName.text(of: bytes)
        }
    }
}
