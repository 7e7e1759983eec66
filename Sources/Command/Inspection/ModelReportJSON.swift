internal import JSON
internal import SmolVLM

/// What is known of a model, as members of a JSON object.
enum ModelReportJSON {
    static func write(_ model: ModelDescription, _ json: inout JSONWriter) {
        if let first = model.complaints.first {
            json.member("error", first)
            strings("errors", model.complaints, &json)
        }
        json.member("kind", "model")
        json.member("bytes", model.byteCount)
        json.member("model") { json in
            json.object { json in
                json.member("kind", model.kind.rawValue)
                if let container = model.container { json.member("container", container) }
                if let name = model.name { json.member("name", name) }
                if let word = model.architecture { json.member("architecture", word) }
                if let family = model.family { json.member("family", family) }
                if let size = model.publishedSize { json.member("published_size", size) }
                files(model, &json)
                json.member("parameters", model.parameterCount)
                json.member("vision_parameters", model.visionParameterCount)
                if let text = model.text { write(text, &json) }
                if let vision = model.vision { write(vision, &json) }
                if let pictures = model.pictures { write(pictures, &json) }
                if let adapter = model.adapter { write(adapter, &json) }
                tensors(model, &json)
                if let chat = model.chat { write(chat, &json) }
                if let vocabulary = model.vocabulary { write(vocabulary, &json) }
                endings(model, &json)
                if let memory = model.memory { write(memory, &json) }
                strings("warnings", model.warnings, &json)
            }
        }
    }

    private static func strings(_ key: String, _ all: [String], _ json: inout JSONWriter) {
        json.member(key) { $0.array { for text in all { $0.value(text) } } }
    }

    private static func files(_ model: ModelDescription, _ json: inout JSONWriter) {
        json.member("files") { json in
            json.array { json in
                for file in model.files {
                    json.object { json in
                        json.member("name", file.name)
                        json.member("bytes", file.byteCount)
                    }
                }
            }
        }
    }

    private static func write(_ text: ModelDescription.Text, _ json: inout JSONWriter) {
        json.member("text") { json in
            json.object { json in
                json.member("layers", text.layerCount)
                json.member("width", text.width)
                json.member("inner_width", text.innerWidth)
                json.member("heads", text.heads)
                json.member("key_value_heads", text.keyValueHeads)
                json.member("head_size", text.headSize)
                json.member("vocabulary", text.vocabularySize)
                json.member("context", text.contextLimit)
                json.member("rope_theta", text.ropeTheta)
                if let scaling = text.ropeScaling { json.member("rope_scaling", scaling) }
                json.member("layers_without_rotation") { json in
                    json.array { for layer in text.layersWithoutRotation { $0.value(layer) } }
                }
                json.member("tied", text.isTied)
            }
        }
    }

    private static func write(_ vision: ModelDescription.Vision, _ json: inout JSONWriter) {
        json.member("vision") { json in
            json.object { json in
                json.member("tile_side", vision.tileSide)
                json.member("patch_side", vision.patchSide)
                json.member("layers", vision.layerCount)
                json.member("width", vision.width)
                json.member("inner_width", vision.innerWidth)
                json.member("heads", vision.heads)
                json.member("patches_per_tile", vision.patchesPerTile)
                json.member("tokens_per_tile", vision.tokensPerTile)
            }
        }
    }

    private static func write(_ pictures: ModelDescription.Pictures, _ json: inout JSONWriter) {
        json.member("pictures") { json in
            json.object { json in
                json.member("longest_edge", pictures.longestEdge)
                json.member("splits", pictures.splits)
                json.member("frames_per_second", pictures.framesPerSecond)
                json.member("max_frames", pictures.maxFrames)
            }
        }
    }

    private static func write(_ adapter: ModelDescription.Adapter, _ json: inout JSONWriter) {
        json.member("adapter") { json in
            json.object { json in
                if let changes = adapter.changes { json.member("changes", changes) }
                if let rank = adapter.rank { json.member("rank", rank) }
                if let alpha = adapter.alpha { json.member("alpha", alpha) }
            }
        }
    }

    private static func tensors(_ model: ModelDescription, _ json: inout JSONWriter) {
        json.member("tensors") { json in
            json.array { json in
                for row in model.tensors {
                    json.object { json in
                        json.member("part", row.part.rawValue)
                        json.member("type", row.type)
                        json.member("count", row.tensorCount)
                        json.member("parameters", row.parameterCount)
                        json.member("bytes", row.byteCount)
                    }
                }
            }
        }
    }

    private static func write(_ chat: ModelDescription.Chat, _ json: inout JSONWriter) {
        json.member("chat") { json in
            json.object { json in
                if let format = chat.format { json.member("format", format) }
                if let file = chat.file { json.member("file", file) }
                if let advice = chat.advice { json.member("advice", advice) }
            }
        }
    }

    private static func write(
        _ vocabulary: ModelDescription.Vocabulary, _ json: inout JSONWriter
    ) {
        json.member("tokenizer") { json in
            json.object { json in
                json.member("kind", vocabulary.kind)
                json.member("tokens", vocabulary.tokenCount)
                json.member("added", vocabulary.addedCount)
                json.member("special", vocabulary.specialCount)
            }
        }
    }

    private static func endings(_ model: ModelDescription, _ json: inout JSONWriter) {
        json.member("endings") { json in
            json.array { json in
                for token in model.endings {
                    json.object { json in
                        json.member("id", token.id)
                        if let text = token.text { json.member("text", text) }
                    }
                }
            }
        }
    }

    private static func write(_ memory: ModelMemory, _ json: inout JSONWriter) {
        json.member("memory") { json in
            json.object { json in
                json.member("weights_bytes", memory.weightByteCount)
                json.member("key_value_bytes_per_token", memory.keyValueBytesPerToken)
                json.member("fast_key_value_bytes_per_token", memory.fastKeyValueBytesPerToken)
                json.member("context_tokens", memory.contextTokens)
                json.member(
                    "key_value_bytes", memory.keyValueByteCount(tokens: memory.contextTokens))
                json.member("vision_work_bytes", memory.visionWorkByteCount)
            }
        }
    }
}
