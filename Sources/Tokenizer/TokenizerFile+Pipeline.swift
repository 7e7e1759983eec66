internal import JSON

extension TokenizerFile {
    /// A type with its own members, such as `{"type": "Digits", ...}`; a `Sequence` is taken apart.
    private func steps(
        of value: JSONValue?, part: String, list: String
    ) throws(TokenizerError) -> [(type: String, value: JSONValue)] {
        guard let value = present(value) else { return [] }
        guard let type = value["type"]?.string else {
            throw .malformed(file: file, place: part, detail: "has no type")
        }
        guard type == "Sequence" else { return [(type, value)] }
        var result: [(type: String, value: JSONValue)] = []
        guard let inner = value[list], inner.kind == .array else {
            throw .malformed(file: file, place: part, detail: "is a Sequence without \(list)")
        }
        for element in inner.elements {
            guard let type = element["type"]?.string, type != "Sequence" else {
                throw .malformed(
                    file: file, place: part, detail: "has a step that is no plain step")
            }
            result.append((type, element))
        }
        return result
    }

    // MARK: Normalizer

    func normalizer() throws(TokenizerError) -> TextRewrite {
        var rewrite = TextRewrite()
        for (type, value) in try steps(
            of: root["normalizer"], part: "normalizer", list: "normalizers")
        {
            switch type {
            case "Prepend":
                guard let text = value["prepend"]?.string else {
                    throw .missing(file: file, what: "text in the normalizer Prepend")
                }
                rewrite.steps.append(.prepend(Array(text.utf8)))
            case "Replace":
                let (old, new) = try replacement(value, part: "normalizer")
                rewrite.steps.append(.replace(old, with: new))
            default:
                throw .unsupported(
                    file: file, part: "normalizer", found: type,
                    known: ["none", "Prepend", "Replace"])
            }
        }
        return rewrite
    }

    private func replacement(
        _ value: JSONValue, part: String
    ) throws(TokenizerError) -> (old: [UInt8], new: [UInt8]) {
        guard let old = value["pattern"]?["String"]?.string, !old.isEmpty,
            let new = value["content"]?.string
        else {
            throw .unsupported(
                file: file, part: "\(part) Replace with pattern",
                found: value["pattern"]?["Regex"]?.string ?? "?", known: ["a plain text"])
        }
        return (Array(old.utf8), Array(new.utf8))
    }

    // MARK: Pre-tokenizer

    /// The cutting rules, what is put in front of a text first, and whether bytes are written as
    /// characters of `ByteAlphabet`.
    func preTokenizer() throws(TokenizerError) -> (PreTokenizer, TextRewrite, usesBytes: Bool) {
        var usesBytes = false
        var steps: [PreTokenizer.Step] = []
        var prefixing = TextRewrite()
        let listed = try self.steps(
            of: root["pre_tokenizer"], part: "pre_tokenizer", list: "pretokenizers")
        for (index, (type, value)) in listed.enumerated() {
            switch type {
            case "Digits":
                steps.append(
                    value["individual_digits"]?.bool ?? false ? .digitsAlone : .digitRuns)
            case "ByteLevel":
                if value["add_prefix_space"]?.bool ?? true {
                    try requireFirst(index, "ByteLevel with add_prefix_space")
                    prefixing.steps = [.begin(with: Array(" ".utf8), onlyAtStart: false)]
                }
                if value["use_regex"]?.bool ?? true { steps.append(.gpt2) }
                usesBytes = true
            case "Split":
                steps.append(try split(value))
            case "Metaspace":
                try requireFirst(index, "Metaspace")
                let marker = try marker(of: value)
                prefixing.steps = [.replace(Array(" ".utf8), with: marker)]
                switch try prependScheme(of: value) {
                case .always: prefixing.steps.append(.begin(with: marker, onlyAtStart: false))
                case .first: prefixing.steps.append(.begin(with: marker, onlyAtStart: true))
                case .never: break
                }
                if value["split"]?.bool ?? true { steps.append(.beforeMarker(marker)) }
            default:
                throw .unsupported(
                    file: file, part: "pre-tokenizer", found: type,
                    known: ["ByteLevel", "Digits", "Metaspace", "Split"])
            }
        }
        return (PreTokenizer(steps: steps), prefixing, usesBytes)
    }

    /// What changes the text must come before what cuts it.
    private func requireFirst(_ index: Int, _ what: String) throws(TokenizerError) {
        guard index > 0 else { return }
        throw .unsupported(
            file: file, part: "pre-tokenizer", found: "\(what) after other steps",
            known: ["\(what) as the first step"])
    }

    private func split(_ value: JSONValue) throws(TokenizerError) -> PreTokenizer.Step {
        let pattern = value["pattern"]?["Regex"]?.string ?? value["pattern"]?["String"]?.string
        guard let pattern, let step = PreTokenizer.step(forPattern: pattern) else {
            throw .unsupported(
                file: file, part: "pre-tokenizer Split with pattern", found: pattern ?? "?",
                known: ["those of GPT-2, GPT-4, Llama 3 and Qwen 2"])
        }
        // The known patterns leave nothing unmatched, so removing the rest removes nothing.
        let behavior = value["behavior"]?.string ?? ""
        let isInverted = value["invert"]?.bool ?? false
        guard (behavior == "Isolated" && !isInverted) || (behavior == "Removed" && isInverted)
        else {
            throw .unsupported(
                file: file, part: "pre-tokenizer Split with behavior", found: behavior,
                known: ["Isolated"])
        }
        return step
    }

    private enum PrependScheme: String { case always, first, never }

    private func prependScheme(of value: JSONValue) throws(TokenizerError) -> PrependScheme {
        guard let name = value["prepend_scheme"]?.string else {
            return value["add_prefix_space"]?.bool ?? true ? .always : .never
        }
        guard let scheme = PrependScheme(rawValue: name) else {
            throw .unsupported(
                file: file, part: "prepend_scheme", found: name,
                known: ["always", "first", "never"])
        }
        return scheme
    }

    private func marker(of value: JSONValue) throws(TokenizerError) -> [UInt8] {
        guard let marker = value["replacement"]?.string, !marker.isEmpty else {
            throw .missing(file: file, what: "replacement in Metaspace")
        }
        return Array(marker.utf8)
    }

    // MARK: Decoder

    func decoding() throws(TokenizerError) -> Decoding {
        let listed = try steps(of: root["decoder"], part: "decoder", list: "decoders")
        if listed.map(\.type) == ["ByteLevel"] { return .bytes }
        var rule = CharacterDecoding(marker: [], usesBytes: false, leading: .stays)
        let order = ["Replace", "ByteFallback", "Fuse", "Metaspace", "Strip"]
        var last = -1
        for (type, value) in listed {
            guard let place = order.firstIndex(of: type), place > last else {
                throw unknownDecoder(listed.map(\.type))
            }
            last = place
            switch type {
            case "Replace":
                let (old, new) = try replacement(value, part: "decoder")
                guard new == Array(" ".utf8) else { throw unknownDecoder(listed.map(\.type)) }
                rule.marker = old
            case "ByteFallback": rule.usesBytes = true
            case "Metaspace":
                rule.marker = try marker(of: value)
                rule.leading = try prependScheme(of: value) == .never ? .stays : .dropsMarkers
            case "Strip":
                guard value["content"]?.string == " ", value["start"]?.int == 1,
                    value["stop"]?.int == 0, rule.leading == .stays
                else { throw unknownDecoder(listed.map(\.type)) }
                rule.leading = .dropsSpace
            default: break
            }
        }
        // Without Fuse, Strip would see each token instead of the whole text.
        let types = listed.map(\.type)
        guard !rule.marker.isEmpty, !types.contains("Strip") || types.contains("Fuse") else {
            throw unknownDecoder(types)
        }
        return .characters(rule)
    }

    private func unknownDecoder(_ types: [String]) -> TokenizerError {
        .unsupported(
            file: file, part: "decoder",
            found: types.isEmpty ? "none" : types.joined(separator: " then "),
            known: ["ByteLevel", "Metaspace", "Replace then ByteFallback then Fuse then Strip"])
    }

    // MARK: Post-processor

    /// What is put before and after a text.
    func postProcessor() throws(TokenizerError) -> (opening: [Int], closing: [Int]) {
        var opening: [Int] = []
        var closing: [Int] = []
        for (type, value) in try steps(
            of: root["post_processor"], part: "post_processor", list: "processors")
        {
            switch type {
            case "ByteLevel": break  // It moves offsets only.
            case "TemplateProcessing":
                var hasText = false
                guard let single = value["single"], single.kind == .array else {
                    throw .missing(file: file, what: "single in its TemplateProcessing")
                }
                for piece in single.elements {
                    if present(piece["Sequence"]) != nil {
                        hasText = true
                    } else if let name = piece["SpecialToken"]?["id"]?.string,
                        let ids = value["special_tokens"]?[name]?["ids"], ids.kind == .array
                    {
                        let ids = ids.elements.compactMap(\.int)
                        if hasText { closing += ids } else { opening += ids }
                    } else {
                        throw .malformed(
                            file: file, place: "post_processor.single",
                            detail: "names a special token that it does not explain")
                    }
                }
            default:
                throw .unsupported(
                    file: file, part: "post-processor", found: type,
                    known: ["none", "ByteLevel", "TemplateProcessing"])
            }
        }
        return (opening, closing)
    }
}
