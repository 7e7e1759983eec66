import Foundation
import Tensors
import Testing

@Suite struct `Worker threads` {
    @Test func `many callers at once each get their own result`() async throws {
        let workers = Workers(threadCount: 3)
        var numbers = SeededNumbers(state: 1)
        let matrix = Matrix(rows: 512, columns: 256, floats: numbers.floats(512 * 256))
        let inputs = (0..<6).map { _ in numbers.floats(256) }
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, x) in inputs.enumerated() {
                group.addTask {
                    guard var bench = try? Workbench(workers: workers, arithmetic: .exact),
                        var alone = try? Workbench(
                            workers: Workers(threadCount: 1), arithmetic: .exact)
                    else { return (index, false) }
                    var expected = [Float](repeating: 0, count: 512)
                    var out = expected.mutableSpan
                    matrix.multiply(x.span, count: 1, into: &out, bench: &alone)
                    var isSame = true
                    for _ in 0..<200 {
                        var y = [Float](repeating: 0, count: 512)
                        var out = y.mutableSpan
                        matrix.multiply(x.span, count: 1, into: &out, bench: &bench)
                        isSame = isSame && y == expected
                    }
                    return (index, isSame)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        #expect(results.count == 6 && results.values.allSatisfy { $0 })
    }

    @Test func `threads come and go`() throws {
        for count in [0, 1, 2, 7] {
            let workers = Workers(threadCount: count)
            #expect(workers.threadCount == max(count, 1))
        }
    }

    @Test(arguments: [
        ("max 100000", nil), ("100000 100000\n", 1), ("150000 100000", 2), ("200000 100000", 2),
        ("-1 100000", nil), ("0 100000", nil), ("1 100000", 1), ("", nil), ("1 0", nil),
        (" ", nil), ("9223372036854775807 1", Int.max),
    ])
    func `a control group grants whole processors`(text: String, processors: Int?) {
        #expect(ProcessorCount.granted(quotaAndPeriod: text) == processors)
    }

    @Test(arguments: [
        ("Name: x\nCpus_allowed_list:\t0-1\nx", [0, 1]), ("Cpus_allowed_list:\t3", [3]),
        ("Cpus_allowed_list:\t0,2-4", [0, 2, 3, 4]), ("", nil), ("Cpus_allowed_list:\t", nil),
        ("Cpus_allowed_list:\t4-2", nil), ("Cpus_allowed_list:\t0-99999999", nil),
    ])
    func `allowed processors are a list of ranges`(status: String, processors: [Int]?) {
        #expect(ProcessorCount.allowedProcessors(status: status) == processors)
    }

    @Test func `there is a processor to use`() {
        #expect(ProcessorCount.usable >= 1)
        #expect(ProcessorCount.usable <= ProcessInfo.processInfo.processorCount)
    }
}
