internal import Foundation
internal import JSON
internal import Measure
internal import SmolVLM

/// What `bench` found out, as JSON. Its names are kept from version to version; new ones may be added.
struct BenchJSON {
    let report: BenchReport

    var text: String {
        var json = JSONWriter(style: .pretty)
        json.object { json in
            json.member("smolvlm", Program.version)
            json.member("date", Date().formatted(.iso8601))
            json.member("command") { json in
                json.array { json in
                    json.value("smolvlm")
                    for word in CommandLine.arguments.dropFirst() { json.value(word) }
                }
            }
            json.member("complete", report.result.isComplete)
            json.member("machine") { $0.object(writeMachine) }
            if report.model != nil { json.member("model") { $0.object(writeModel) } }
            json.member("settings") { $0.object(writeSettings) }
            json.member("peaks") { $0.array(writePeaks) }
            for part in [MeasureSettings.Part.tile, .frames, .prefill, .decode] {
                json.member(part.rawValue) { json in
                    json.array { json in
                        for figure in report.result.figures(of: part)
                        where !figure.seconds.values.isEmpty {
                            json.object { write(figure, &$0) }
                        }
                    }
                }
            }
            json.member("start") { $0.array(writeStarts) }
            json.member("agreement") { $0.object(writeAgreement) }
            json.member("notes") { $0.array { for note in report.notes { $0.value(note) } } }
        }
        return json.text + "\n"
    }

    private func writeMachine(_ json: inout JSONWriter) {
        json.member("processor", report.machine.processor)
        json.member("cores", report.machine.cores)
        json.member("memory_bytes", report.machine.memoryByteCount)
        json.member("system", report.machine.system)
        json.member("kernels", report.machine.kernels)
    }

    private func writeModel(_ json: inout JSONWriter) {
        guard let model = report.model else { return }
        json.member("name", report.name)
        json.member("weight_bytes", model.weightByteCount)
        json.member("types") { json in
            json.object { json in
                for type in model.types { json.member(type.name, type.count) }
            }
        }
        if let side = model.tileSide { json.member("tile_side", side) }
    }

    private func writeSettings(_ json: inout JSONWriter) {
        let settings = report.settings
        json.member("parts") { json in
            json.array { json in
                for part in MeasureSettings.Part.allCases where settings.parts.contains(part) {
                    json.value(part.rawValue)
                }
            }
        }
        json.member("threads") { $0.array { for count in settings.threads { $0.value(count) } } }
        json.member("precisions") { json in
            json.array { for one in settings.precisions { $0.value(one.rawValue) } }
        }
        json.member("runs", settings.runs)
        json.member("answer_tokens", settings.answerTokens)
    }

    private func writePeaks(_ json: inout JSONWriter) {
        for one in report.result.peaks where !one.reading.values.isEmpty {
            json.object { json in
                json.member("threads", one.threads)
                json.member("float_gflops") { write(one.floats.map { $0 * 2 / 1e9 }, &$0) }
                json.member("byte_gmacs") { write(one.bytes.map { $0 / 1e9 }, &$0) }
                json.member("memory_gb_per_second") { write(one.reading.map { $0 / 1e9 }, &$0) }
            }
        }
    }

    private func write(_ figure: MeasureFigure, _ json: inout JSONWriter) {
        json.member("precision", figure.measured.precision.rawValue)
        json.member("threads", figure.measured.threads)
        switch figure.part {
        case .decode: json.member("context", figure.size)
        case .prefill: json.member("tokens", figure.size)
        default: json.member("tiles", figure.size)
        }
        json.member(figure.part == .decode ? "seconds_per_token" : "seconds") {
            write(figure.seconds, &$0)
        }
        json.member("per_second", figure.rate.median)
        if let limit = figure.limitSeconds { json.member("limit_seconds", limit) }
        if let share = figure.share { json.member("share_of_limit", share) }
    }

    private func writeStarts(_ json: inout JSONWriter) {
        for figure in report.starts where !figure.seconds.values.isEmpty {
            json.object { json in
                json.member("precision", figure.precision.rawValue)
                json.member("about", BenchTables.subject(figure, report.flags))
                json.member("command") { json in
                    json.array { json in
                        json.value("smolvlm")
                        for word in figure.words { json.value(word) }
                    }
                }
                json.member("seconds") { write(figure.seconds, &$0) }
                json.member("peak_bytes") { write(figure.peakBytes, &$0) }
            }
        }
    }

    private func writeAgreement(_ json: inout JSONWriter) {
        let found = report.result.agreement
        if let cosine = found.tileCosine { json.member("tile_cosine", cosine) }
        if let cosine = found.logitCosine { json.member("logit_cosine", cosine) }
        if let divergence = found.divergence { json.member("divergence_nats", divergence) }
    }

    private func write(_ samples: Samples, _ json: inout JSONWriter) {
        json.object { json in
            json.member("median", samples.median)
            json.member("least", samples.least)
            json.member("most", samples.most)
            json.member("samples") { json in
                json.array { for value in samples.values { $0.value(value) } }
            }
        }
    }
}
