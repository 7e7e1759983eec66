internal import Media

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main
struct Main {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        // Before anything else: what decodes a file from outside should find little around it.
        if words.first == Intake.decoderCommand {
            exit(DecoderChild.run(arguments: Array(words.dropFirst())))
        }
        exit(Program.run(words).rawValue)
    }
}
