internal import Media

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main
struct Main {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count > 1, arguments[1] == "__decode" {
            exit(DecoderChild.run(arguments: Array(arguments.dropFirst(2))))
        }
        print("smolvlm")
    }
}
