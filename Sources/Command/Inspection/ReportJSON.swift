internal import JSON
internal import Media

/// Reports as one JSON document. Its names are kept from version to version; new ones may be added.
enum ReportJSON {
    static func of(_ reports: [FileReport], sheets: [String]) -> String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("files") { $0.array { for report in reports { write(report, &$0) } } }
            if !sheets.isEmpty {
                json.member("sheets") { $0.array { for sheet in sheets { $0.value(sheet) } } }
            }
        }
        return json.text + "\n"
    }

    private static func write(_ report: FileReport, _ json: inout JSONWriter) {
        json.object { json in
            json.member("name", report.name)
            switch report.outcome {
            case .refused(let sentence):
                json.member("error", sentence)
            case .shown(let contents):
                write(contents, &json)
            case .model(let model):
                ModelReportJSON.write(model, &json)
            }
        }
    }

    private static func write(_ contents: FileReport.Contents, _ json: inout JSONWriter) {
        json.member("kind", contents.description.kind.rawValue)
        json.member("bytes", contents.description.byteCount)
        switch contents.description.content {
        case .picture(let picture): write(picture, &json)
        case .document(let document): write(document, &json)
        case .video(let video): write(video, &json)
        }
        json.member("decode_seconds", contents.decodeSeconds)
        json.member("pictures") { json in
            json.array { for picture in contents.pictures { write(picture, &$0) } }
        }
        json.member("plans") { json in
            json.array { for plan in contents.plans { write(plan, &$0) } }
        }
    }

    private static func write(_ picture: MediaDescription.Picture, _ json: inout JSONWriter) {
        json.member("picture") { json in
            json.object { json in
                json.member("width", picture.width)
                json.member("height", picture.height)
                json.member("orientation", picture.orientation)
                json.member("storage", picture.storage)
                json.member("count", picture.count)
                if let damage = picture.damage { json.member("damage", damage) }
            }
        }
    }

    private static func write(_ document: MediaDescription.Document, _ json: inout JSONWriter) {
        json.member("document") { json in
            json.object { json in
                json.member("page_count", document.pageCount)
                json.member("has_text", document.hasText)
                json.member("pages") { json in
                    json.array { json in
                        for page in document.pages {
                            json.object { json in
                                json.member("number", page.number)
                                json.member("width_points", page.widthPoints)
                                json.member("height_points", page.heightPoints)
                                json.member("width", page.width)
                                json.member("height", page.height)
                                json.member("dots_per_inch", page.dotsPerInch)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ video: MediaDescription.Video, _ json: inout JSONWriter) {
        json.member("video") { json in
            json.object { json in
                json.member("width", video.width)
                json.member("height", video.height)
                json.member("rotation", video.rotation)
                json.member("frame_count", video.frameCount)
                json.member("frames_per_second", video.framesPerSecond)
                json.member("duration_seconds", video.durationSeconds)
                json.member("codec", video.codec)
                json.member("pixel_format", video.pixelFormat)
                if let damage = video.damage { json.member("damage", damage) }
                json.member("chosen") { json in
                    json.array { json in
                        for time in video.chosen {
                            json.object { json in
                                json.member("index", time.index)
                                json.member("seconds", time.seconds)
                                json.member("presentation_seconds", time.presentationSeconds)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ picture: FileReport.Picture, _ json: inout JSONWriter) {
        json.object { json in
            switch picture.place {
            case .picture: break
            case .page(let number, let wordCount):
                json.member("page", number)
                json.member("words", wordCount)
            case .frame(let time):
                json.member("frame", time.index)
                json.member("seconds", time.seconds)
            }
            json.member("width", picture.width)
            json.member("height", picture.height)
        }
    }

    private static func write(_ plan: ModelPlan, _ json: inout JSONWriter) {
        json.object { json in
            json.member("model", plan.model)
            json.member("frames", plan.frameCount)
            json.member("vision_tokens", plan.visionTokenCount)
            json.member("prompt_tokens", plan.promptTokenCount)
            json.member("prompt_tokens_exact", plan.hasMarkers)
            json.member("memory_bytes", plan.memoryBytes)
            json.member("pictures") { json in
                json.array { for layout in plan.layouts { write(layout, &$0) } }
            }
        }
    }

    private static func write(_ layout: PictureLayout, _ json: inout JSONWriter) {
        json.object { json in
            json.member("resized_width", layout.resizedWidth)
            json.member("resized_height", layout.resizedHeight)
            json.member("grid_width", layout.gridWidth)
            json.member("grid_height", layout.gridHeight)
            json.member("rows", layout.rows)
            json.member("columns", layout.columns)
            json.member("frames", layout.frameCount)
            json.member("vision_tokens", layout.visionTokenCount)
            json.member("prompt_tokens", layout.promptTokenCount)
        }
    }
}
