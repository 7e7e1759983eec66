import Foundation
import Testing
import Weights

/// Numbers that are the same on every run.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Cuts a sound file, or turns over some of its bits and bytes, and lets `read` try it: whatever
/// error there is must be a `WeightsError`.
func damaged(
    _ sound: [UInt8], seed: Int, rounds: Int, _ read: (String) throws -> Void
) throws {
    var numbers = SeededNumbers(state: UInt64(seed))
    let folder = try TemporaryFile([0], name: "x")
    for round in 0..<rounds {
        var bytes = sound
        if round % 4 == 0 {
            bytes = Array(bytes[..<Int.random(in: 0..<bytes.count, using: &numbers)])
        } else {
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                bytes[place] =
                    round % 4 == 1
                    ? bytes[place] ^ (1 << UInt8.random(in: 0..<8, using: &numbers))
                    : [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &numbers) ?? 0
            }
        }
        let path = folder.path + ".damaged"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            try read(path)
        } catch {
            #expect(error is WeightsError, "\(error)")
        }
    }
}
