import Media
import Testing

@Suite struct `Kinds of media` {
    private static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8($0.value) }
    }

    @Test(arguments: StillFiles.all)
    func `a picture is told by its content`(file: StillFiles.File) throws {
        let kinds: [String: MediaKind] = [
            "png": .png, "jpg": .jpeg, "webp": .webp, "heic": .heic, "avif": .avif, "tif": .tiff,
            "gif": .gif, "bmp": .bmp,
        ]
        let bytes = try StillFiles.bytes(of: file.name)
        #expect(MediaKind.recognise(firstBytes: bytes.span) == kinds[file.ending])
    }

    @Test func `a wrong ending does not matter`() throws {
        let bytes = try StillFiles.bytes(of: "jpeg420.jpg")
        #expect(try decoded(bytes, name: "photo.png").description.kind == .jpeg)
    }

    @Test(arguments: [
        ("\0\0\0\u{18}ftypisom\0\0\u{2}\0isomiso2", MediaKind.video),
        ("\0\0\0\u{14}ftypqt  \0\0\u{2}\0qt  ", .video),
        ("\0\0\0\u{18}ftyp3gp4\0\0\0\0isom3gp4", .video),
        ("\0\0\0\u{18}ftypavis\0\0\0\0avisavif", .video),
        ("\0\0\0\u{18}ftypmsf1\0\0\0\0msf1hevc", .video),
        ("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", .heic),
        ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heix", .heic),
        ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif", .avif),
        ("\0\0\0\u{8}moov", .video),
        ("\0\u{1}\0\0mdat", .video),
        ("\u{1A}\u{45}\u{DF}\u{A3}\u{1}\0\0\0", .video),
        ("RIFF\0\0\0\0AVI LIST", .video),
        ("FLV\u{1}\u{5}\0\0\0", .video),
        ("OggS\0\u{2}\0\0", .video),
        ("\u{30}\u{26}\u{B2}\u{75}\u{8E}\u{66}\u{CF}\u{11}\u{A6}\u{D9}", .video),
        ("\0\0\u{1}\u{BA}\u{44}\0", .video),
        ("%PDF-1.7\n", .pdf),
        ("\r\n junk of a mail \r\n%PDF-1.4\n", .pdf),
        ("MM\0*\0\0\0\u{8}", .tiff),
        ("II+\0\u{8}\0\0\0", .tiff),
        ("\u{89}PNG\r", .png),
    ])
    func `containers are told by their signatures`(start: String, kind: MediaKind) {
        #expect(MediaKind.recognise(firstBytes: Self.bytes(start).span) == kind)
    }

    @Test func `a transport stream is told by its sync bytes`() {
        for (spacing, offset) in [(188, 0), (192, 4)] {
            var bytes = [UInt8](repeating: 0xFF, count: 1024)
            for index in stride(from: offset, to: bytes.count, by: spacing) { bytes[index] = 0x47 }
            #expect(MediaKind.recognise(firstBytes: bytes.span) == .video)
        }
    }

    @Test(arguments: [
        ("dear all,\nplease find attached\n", "text"),
        ("\u{C3}\u{A9}t\u{C3}\u{A9}\n", "text"),
        ("\u{FF}\u{FE}h\0i\0", "text (UTF-16)"),
        ("<!DOCTYPE html>\n<html>", "a web page (HTML)"),
        ("\n  <html lang=\"en\"><body>404", "a web page (HTML)"),
        ("<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "an SVG drawing"),
        ("<?xml version=\"1.0\"?>\n<note/>", "XML"),
        ("{\"error\": \"not found\"}", "JSON"),
        ("#!/bin/sh\nexit\n", "a script"),
        (
            "version https://git-lfs.github.com/spec/v1\n",
            "a Git LFS pointer in place of the file itself"
        ),
        ("PK\u{3}\u{4}\u{14}\0", "a ZIP archive or an office document"),
        ("\u{D0}\u{CF}\u{11}\u{E0}\u{A1}\u{B1}\u{1A}\u{E1}", "an old office document"),
        ("\u{1F}\u{8B}\u{8}\0", "gzip-compressed data"),
        ("RIFF\0\0\0\0WAVEfmt ", "audio (WAV)"),
        ("ID3\u{4}\0", "audio (MP3)"),
        ("\u{FF}\u{FB}\u{90}\0", "audio (MP3)"),
        ("fLaC\0\0\0\u{22}", "audio (FLAC)"),
        ("\0\0\0\u{18}ftypM4A \0\0\0\0M4A mp42", "audio (M4A)"),
        ("\0\0\0\u{C}JXL \r\n\u{87}\n", "a JPEG XL picture"),
        ("\u{FF}\u{A}\u{FA}\u{1F}", "a JPEG XL picture"),
        ("\0\0\0\u{C}jP  \r\n\u{87}\n", "a JPEG 2000 picture"),
        ("II*\0\u{10}\0\0\0CR\u{2}\0", "a raw file of a camera"),
        ("GGUF\u{3}\0\0\0", "model weights (GGUF)"),
        ("\u{40}\u{1}\0\0\0\0\0\0{\"__metadata__\":", "model weights (safetensors)"),
        ("\u{7F}ELF\u{2}\u{1}", "a program"),
        ("MZ\u{90}\0", "a Windows program"),
        ("\0\0\0\0\0\0\0\0", "nothing but zeros, as a broken download leaves"),
        ("\u{1}\u{2}\u{3}\u{80}", "data of an unknown kind"),
        ("BMW is a maker of cars.", "text"),
    ])
    func `unknown content is named in the refusal`(start: String, words: String) throws {
        let bytes = Self.bytes(start)
        #expect(MediaKind.recognise(firstBytes: bytes.span) == nil)
        let said = try refusal(bytes, name: "thing.png")
        #expect(
            said
                == """
                thing.png is no picture, PDF or video that smolvlm knows: it looks like \
                \(words). Convert it to PNG, JPEG, PDF or MP4 first.
                """)
    }

    @Test func `an empty input is refused`() throws {
        let said = try refusal([], name: "empty.png")
        #expect(said == "empty.png is empty. Get the file again.")
    }
}
