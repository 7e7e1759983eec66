internal import JSON
internal import SmolVLM

/// `smolvlm cache`: shows what is kept of pictures, and removes it.
enum CacheCommand {
    struct Arguments: Sendable {
        var clears = false
        var asJSON = false
    }

    static let command = Subcommand(
        "cache", summary: "shows or clears what is kept of pictures", operands: "",
        suggestions: .nothing,
        options: [
            .flag("clear", "Removes all of it.") { $0.clears = true },
            .flag("json", "Prints one JSON document instead of text.") { $0.asJSON = true },
        ],
        arguments: Arguments(),
        paragraphs: [
            "What a picture becomes for a model is kept on disk, so that the next question about it "
                + "is answered sooner: in the folder vision of the one that SMOLVLM_CACHE names, "
                + "else of smolvlm in XDG_CACHE_HOME or ~/.cache. Much of the pictures can be told "
                + "from it; only the user can read it. What has not been used for longest goes when "
                + "it takes more than --cache-size of ask and chat; their --no-cache keeps nothing.",
            "Prints the folder, how many entries there are (tiles, and what is known of models), "
                + "and what they take.",
        ],
        examples: [
            .init(line: "smolvlm cache", meaning: "Where it is, and how large."),
            .init(line: "smolvlm cache --clear", meaning: "Empties it."),
        ]
    ) { (arguments, operands, terminal) throws(UsageError) in
        if let first = operands.first {
            throw .unwantedOperand(text: first, command: "smolvlm cache", takes: "options only")
        }
        guard let store = VisionTokenStore.usual else {
            terminal.complain(
                "there is no place for a cache: none of SMOLVLM_CACHE, XDG_CACHE_HOME and HOME is "
                    + "set. Set one of them.")
            return .someInputFailed
        }
        do throws(ModelError) {
            let found = try arguments.clears ? store.clear() : store.contents()
            terminal.write(text(found, in: store, arguments))
            return .done
        } catch {
            terminal.complain(error.description)
            return .someInputFailed
        }
    }

    private static func text(
        _ found: VisionTokenStore.Contents, in store: VisionTokenStore, _ arguments: Arguments
    ) -> String {
        guard arguments.asJSON else {
            let entries =
                found.entryCount == 1 ? "1 entry" : "\(found.entryCount) entries"
            let removed = arguments.clears ? " removed" : ""
            return "\(store.folder): \(entries)\(removed), \(Figures.bytes(found.byteCount))\n"
        }
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("folder", store.folder)
            json.member(arguments.clears ? "removed_entries" : "entries", found.entryCount)
            json.member(arguments.clears ? "removed_bytes" : "bytes", found.byteCount)
        }
        return json.text + "\n"
    }
}
