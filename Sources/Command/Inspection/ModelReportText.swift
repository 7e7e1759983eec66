internal import SmolVLM

/// What is known of a model, as people read it.
enum ModelReportText {
    /// A few lines, a table of its tensors, and one of the memory it needs; nothing when nothing is
    /// known but that it cannot be used.
    static func of(_ model: ModelDescription, terminal: Terminal) -> String {
        let facts = facts(model)
        guard !facts.isEmpty else { return "" }
        var lines = [terminal.heading(Terminal.printable(model.path))]
        lines += facts.flatMap { ReportText.wrapped($0, terminal) }
        if !model.tensors.isEmpty { lines += [""] + tensorTable(model) }
        if let memory = model.memory { lines += [""] + memoryTable(memory) }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: What it is

    private static func facts(_ model: ModelDescription) -> [String] {
        var facts: [String] = []
        if let line = headline(model) { facts.append(line) }
        if let container = model.container {
            let sum = model.tensors.isEmpty ? "" : ", \(parameters(model))"
            facts.append(
                "\(container == "gguf" ? "GGUF" : container), "
                    + "\(Figures.count(model.files.count, "file")), "
                    + "\(Figures.bytes(model.byteCount))\(sum)")
        }
        if let text = model.text { facts += [sizes(of: text), context(of: text)] }
        if let vision = model.vision { facts.append(sizes(of: vision)) }
        if let pictures = model.pictures {
            let cut = pictures.splits ? "cut into tiles" : "taken whole"
            facts.append(
                "pictures: longest edge \(pictures.longestEdge) pixels, \(cut); videos: "
                    + "\(Figures.plain(pictures.framesPerSecond)) "
                    + "\(pictures.framesPerSecond == 1 ? "frame" : "frames") a second, at most "
                    + "\(pictures.maxFrames)")
        }
        if let chat = model.chat { facts.append(sentence(on: chat)) }
        if let vocabulary = model.vocabulary {
            facts.append(
                "tokenizer: \(vocabulary.kind), \(Figures.count(vocabulary.tokenCount, "token")), "
                    + "\(vocabulary.addedCount) matched as written, \(vocabulary.specialCount) of "
                    + "them special")
        }
        if !model.endings.isEmpty {
            let tokens = model.endings.map { token in
                token.text.map { "\($0) (\(token.id))" } ?? "token \(token.id)"
            }
            facts.append("an answer ends at \(tokens.joined(separator: ", "))")
        }
        return facts + model.warnings.map { "note: \($0)" }
    }

    private static func headline(_ model: ModelDescription) -> String? {
        let family = model.family ?? "unknown"
        let named = model.name.map { ", named \($0)" } ?? ""
        let wide = model.publishedSize.map { ", as wide as the published \($0)" } ?? ""
        switch model.kind {
        case .visionModel: return "\(family) model\(named)\(wide): sees pictures"
        case .textModel: return "\(family) model\(named): text only"
        case .pictureHalf:
            let fits = model.publishedSize.map { ", fits the published \($0)" } ?? ""
            return "picture half (mmproj) of a \(family) model\(fits)"
        case .adapter:
            let rank = model.adapter?.rank.map { ", rank \($0)" } ?? ""
            let alpha = model.adapter?.alpha.map { ", alpha \(Figures.plain($0))" } ?? ""
            let changes = model.adapter?.changes.map { " for \($0)" } ?? ""
            return "LoRA adapter\(changes)\(rank)\(alpha)"
        case .unknown:
            if let word = model.architecture { return "model of type \(word), which is not known" }
            return model.container == nil ? nil : "weights of an unknown model"
        }
    }

    private static func parameters(_ model: ModelDescription) -> String {
        let all = "\(Figures.quantity(model.parameterCount)) parameters"
        let vision = model.visionParameterCount
        guard model.kind == .visionModel, vision > 0 else { return all }
        return "\(all): \(Figures.quantity(vision)) to see, "
            + "\(Figures.quantity(model.parameterCount - vision)) for text"
    }

    private static func sizes(of text: ModelDescription.Text) -> String {
        let shared =
            text.keyValueHeads == text.heads ? "" : " (\(text.keyValueHeads) of keys and values)"
        return
            "text: \(Figures.count(text.layerCount, "layer")), width \(text.width), feed-forward "
            + "\(text.innerWidth), \(Figures.count(text.heads, "head")) of \(text.headSize)"
            + "\(shared), vocabulary \(text.vocabularySize), "
            + (text.isTied ? "embedding is the head too" : "head of its own")
    }

    private static func context(of text: ModelDescription.Text) -> String {
        var line =
            "context: \(text.contextLimit) tokens, rotary base \(Figures.plain(text.ropeTheta))"
        if let scaling = text.ropeScaling { line += ", stretched \(scaling)" }
        let still = text.layersWithoutRotation
        if !still.isEmpty {
            line +=
                ", layers without positions (NoPE): "
                + still.map(String.init).joined(separator: " ")
        }
        return line
    }

    private static func sizes(of vision: ModelDescription.Vision) -> String {
        "vision: tiles of \(vision.tileSide) x \(vision.tileSide) pixels in patches of "
            + "\(vision.patchSide), \(Figures.count(vision.layerCount, "layer")), width "
            + "\(vision.width), feed-forward \(vision.innerWidth), "
            + "\(Figures.count(vision.heads, "head")); "
            + "\(Figures.count(vision.tokensPerTile, "token")) a tile"
    }

    private static func sentence(on chat: ModelDescription.Chat) -> String {
        if let format = chat.format {
            return "chat format: \(format)" + (chat.file.map { ", by \($0)" } ?? "")
        }
        return "chat format: " + (chat.file == nil ? "none. " : "unknown. ") + (chat.advice ?? "")
    }

    // MARK: Tables

    private static func tensorTable(_ model: ModelDescription) -> [String] {
        var table = TextTable([
            ("part", .left), ("type", .left), ("tensors", .right), ("parameters", .right),
            ("takes", .right),
        ])
        for row in model.tensors {
            table.add([
                row.part.rawValue, row.type, "\(row.tensorCount)", "\(row.parameterCount)",
                Figures.bytes(row.byteCount),
            ])
        }
        if model.tensors.count > 1 {
            table.add([
                "all", "", "\(model.tensors.reduce(0) { $0 + $1.tensorCount })",
                "\(model.parameterCount)",
                Figures.bytes(model.tensors.reduce(0) { $0 + $1.byteCount }),
            ])
        }
        return table.lines()
    }

    private static func memoryTable(_ memory: ModelMemory) -> [String] {
        var table = TextTable([("memory", .left), ("takes", .right)])
        func add(_ what: String, _ bytes: Int) { table.add([what, Figures.bytes(bytes)]) }
        if memory.weightByteCount > 0 { add("weights", memory.weightByteCount) }
        add("keys and values, 1000 tokens", memory.keyValueByteCount(tokens: 1000))
        add(
            "keys and values, \(memory.contextTokens) tokens (the usual context)",
            memory.keyValueByteCount(tokens: memory.contextTokens))
        if memory.visionWorkByteCount > 0 {
            add("work on a tile", memory.visionWorkByteCount)
        }
        return table.lines()
    }
}
