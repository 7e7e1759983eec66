import Foundation
import JSON
import Testing

@Suite struct `The cache` {
    private func run(
        _ words: [String], in folder: Scratch, variable: String = "SMOLVLM_CACHE",
        place: String? = nil
    ) throws -> ProgramRun {
        var environment = ["SMOLVLM_CACHE": "", "XDG_CACHE_HOME": "", "HOME": ""]
        environment[variable] = place ?? folder.url.appending(path: "cache").path
        return try SmolVLMProgram.run(words, environment: environment)
    }

    private func ask(_ more: [String] = []) -> [String] {
        ["ask", "-m", AskTests.model("patch16"), "--max-tokens", "3"] + more
            + [AskTests.sign, "What does it say?"]
    }

    /// How many tiles were encoded, how many came from the cache, and the answer.
    private func tiles(
        _ more: [String] = [], in folder: Scratch
    ) throws -> (encoded: Int, cached: Int, answer: String) {
        let run = try run(ask(["--json"] + more), in: folder)
        let json = try JSONValue(parsing: run.output)
        return (
            try #require(json["encoded_tiles"]?.int), try #require(json["cached_tiles"]?.int),
            try #require(json["answer"]?.string)
        )
    }

    @Test func `spares the second question the encoding`() throws {
        let folder = try Scratch()
        let first = try tiles(in: folder)
        let second = try tiles(in: folder)
        #expect(first.encoded > 0)
        #expect(first.cached == 0)
        #expect(second.encoded == 0)
        #expect(second.cached == first.encoded)
        #expect(second.answer == first.answer)
        // Another precision is another matter.
        #expect(try tiles(["--precision", "fast"], in: folder).cached == 0)
        let chat = try SmolVLMProgram.run(
            ["chat", "-m", AskTests.model("patch16"), "--max-tokens", "3", AskTests.sign],
            input: Data("What does it say?\n".utf8),
            environment: ["SMOLVLM_CACHE": folder.url.appending(path: "cache").path])
        #expect(chat.code == 0)
        #expect(chat.output.contains(first.answer))
    }

    @Test func `is left alone when it is not wanted`() throws {
        let folder = try Scratch()
        let asked = try tiles(["--no-cache"], in: folder)
        #expect(asked.encoded > 0)
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "cache").path))
        _ = try tiles(in: folder)
        #expect(try tiles(["--no-cache"], in: folder).cached == 0)
        _ = try tiles(["--cache-size", "0"], in: folder)
        let run = try run(ask(["--no-cache", "--stats"]), in: folder)
        #expect(!run.messages.contains("Tiles:"))
    }

    @Test func `is shown and cleared`() throws {
        let folder = try Scratch()
        let place = folder.url.appending(path: "cache/vision").path
        #expect(try run(["cache"], in: folder).output == "\(place): 0 entries, 0 bytes\n")
        let asked = try tiles(in: folder)
        let shown = try JSONValue(parsing: run(["cache", "--json"], in: folder).output)
        let count = try #require(shown["entries"]?.int)
        let bytes = try #require(shown["bytes"]?.int)
        #expect(count >= asked.encoded)
        #expect(shown["folder"]?.string == place)
        let cleared = try JSONValue(
            parsing: run(["cache", "--clear", "--json"], in: folder).output)
        #expect(cleared["removed_entries"]?.int == count)
        #expect(cleared["removed_bytes"]?.int == bytes)
        #expect(try run(["cache"], in: folder).output == "\(place): 0 entries, 0 bytes\n")
        #expect(try run(["cache", "all"], in: folder).code == 2)
    }

    @Test(arguments: [("XDG_CACHE_HOME", "smolvlm/vision"), ("HOME", ".cache/smolvlm/vision")])
    func `is where the system has its caches`(variable: String, place: String) throws {
        let folder = try Scratch()
        let run = try run(["cache"], in: folder, variable: variable)
        let found = folder.url.appending(path: "cache").path + "/" + place
        #expect(run.output == "\(found): 0 entries, 0 bytes\n")
    }

    @Test func `that has no place is none`() throws {
        let folder = try Scratch()
        let run = try run(["cache"], in: folder, place: "")
        #expect(run.code == 1)
        #expect(
            run.messages == "smolvlm: there is no place for a cache: none of SMOLVLM_CACHE, "
                + "XDG_CACHE_HOME and HOME is set. Set one of them.\n")
        #expect(try self.run(ask(), in: folder, place: "").code == 0)
    }

    @Test func `that cannot be written is told of in the statistics only`() throws {
        let folder = try Scratch()
        let quiet = try run(ask(), in: folder, place: "/dev/null/cache")
        #expect(quiet.code == 0)
        #expect(!quiet.messages.contains("/dev/null"))
        let run = try run(ask(["--stats"]), in: folder, place: "/dev/null/cache")
        #expect(
            run.messages.contains(
                "Nothing could be kept there: /dev/null/cache/vision: Not a directory."))
        let json = try self.run(ask(["--json"]), in: folder, place: "/dev/null/cache")
        #expect(
            try JSONValue(parsing: json.output)["cache_failure"]?.string
                == "/dev/null/cache/vision: Not a directory")
    }

    /// Runs a line of the shell with `$D` as a file system that holds two entries and no more.
    private static func withoutRoom(_ line: String, in folder: Scratch) throws -> ProgramRun {
        let shell = "mount -t tmpfs -o size=8k none \"$D\" && " + line
        return try SmolVLMProgram.run(
            URL(filePath: "/usr/bin/env"), ["unshare", "-rm", "sh", "-c", shell],
            environment: ["D": folder.url.path, "SMOLVLM_CACHE": folder.url.path])
    }

    private static let canMount = (try? withoutRoom("true", in: Scratch()))?.code == 0

    @Test(.enabled(if: canMount, "this user cannot mount a file system, not even a private one"))
    func `that has no room is told of as well`() throws {
        let words = ([SmolVLMProgram.binary.path] + ask(["--stats"])).map { "'\($0)'" }
        let run = try Self.withoutRoom(
            words.joined(separator: " ") + " && ls -A \"$D/vision\"", in: Scratch())
        #expect(run.code == 0)
        #expect(run.messages.contains("Nothing could be kept there: "))
        #expect(run.messages.contains(": No space left on device."))
        // Nothing is left of what did not fit.
        #expect(run.output.contains(".entry\n"))
        #expect(!run.output.contains(".part"))
    }

    @Test func `is used by several processes at once`() throws {
        let folder = try Scratch()
        let alone = try tiles(["--no-cache"], in: folder)
        // What a pipe connects runs at the same time.
        let script = (1...6).map { "\"$@\" > out\($0)" }.joined(separator: " | ")
        let run = try SmolVLMProgram.run(
            URL(filePath: "/bin/sh"),
            ["-c", script, "sh", SmolVLMProgram.binary.path] + ask(["--cache-size", "4000"]),
            environment: ["SMOLVLM_CACHE": folder.url.appending(path: "cache").path], in: folder)
        #expect(run.code == 0, "\(run.messages)")
        for number in 1...6 {
            #expect(try folder.text(of: "out\(number)") == alone.answer + "\n")
        }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: folder.url.appending(path: "cache/vision").path)
        #expect(names.allSatisfy { $0.hasSuffix(".entry") })
        let after = try tiles(in: folder)
        #expect(after.answer == alone.answer)
        #expect(after.encoded + after.cached == alone.encoded)
        #expect(try tiles(in: folder).encoded == 0)
    }
}
