internal import Foundation

/// `Bench NAME ARGUMENTS...` runs one of the benchmarks below.
@main
struct Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "accuracy": try AccuracyBench(arguments: Array(arguments.dropFirst())).run()
            case "batch": try BatchBench(arguments: Array(arguments.dropFirst())).run()
            case "pixels": try PixelsBench(arguments: Array(arguments.dropFirst())).run()
            case "stages": try StagesBench(arguments: Array(arguments.dropFirst())).run()
            case "tokenizer": TokenizerBench.run(Array(arguments.dropFirst()))
            case "video": try VideoBench(arguments: Array(arguments.dropFirst())).run()
            default:
                throw BenchError(
                    """
                    usage: Bench accuracy MODEL... [--reference MODEL] [--pictures FILE,FILE] \
                    [--tiles N] [--text FILE] [--windows N] [--window N] [--questions FILE] [--steps N] \
                    [--threads N] [--json FILE] [--sequences FILE] [--logits NAME=FILE]
                           Bench batch MODEL [--conversations 1,2,4,8] [--tokens N] [--runs N] \
                    [--precision exact|fast]
                           Bench pixels --python PYTHON [--runs N] [--file PICTURE]
                           Bench stages --model FOLDER --out FOLDER [--picture FILE] [--split no] \
                    [--follow IDS] QUESTION
                           Bench tokenizer TOKENIZER.JSON [TEXT]
                           Bench video CLIP [--python PYTHON] [--backend pyav|decord] [--runs N] \
                    [--threads N]
                    """)
            }
        } catch {
            FileHandle.standardError.write(Data("Bench: \(error)\n".utf8))
            exit(2)
        }
    }
}

/// Why a benchmark could not run.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
