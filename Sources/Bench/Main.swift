@main
struct Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "tokenizer" { TokenizerBench.run(Array(arguments.dropFirst())) }
    }
}
