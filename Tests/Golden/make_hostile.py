#!/usr/bin/env python3
"""Writes hostile/: small files that are broken, that lie, or that ask for too much, and the table
of what a correct program does with each (hostile/README.md, which the tests read).

Needs Pillow 13.0.0 and the ffmpeg program of Debian 12 for a few sound files to spoil; everything
else is written byte by byte. Every run gives the same bytes.
"""

import hashlib
import io
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from PIL import Image

OUT = Path(__file__).resolve().parent / "hostile"
ROWS = []  # (name, outcome, what it is, what must happen)


def put(name, data, outcome, what, must):
    """One file and its row. Outcomes: refuse, damaged, decode, either (see the README's text)."""
    (OUT / name).write_bytes(data)
    ROWS.append((name, outcome, what, must))


# Sound files to spoil.

def speckled(width, height, mode="RGB"):
    """A picture that does not compress, the same every time."""
    channels = len(mode)
    seed, values = 12345, bytearray()
    for _ in range(width * height * channels):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        values.append((seed >> 16) & 255)
    return Image.frombytes(mode, (width, height), bytes(values))


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def filmed(*arguments, suffix=".mp4"):
    """What the ffmpeg program writes for these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        subprocess.run(["ffmpeg", "-loglevel", "error", "-threads", "1", *arguments,
                        "-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact", str(path)],
                       check=True)
        return path.read_bytes()


TEST_CARD = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=10:duration=2"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=0.1"]


# PNG.

def chunk(kind, data, crc=None):
    check = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def header(width, height, depth=8, colour=2, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def zeros(count):
    """`count` zero bytes, deflated a MiB at a time."""
    packer, out = zlib.compressobj(9), []
    block = bytes(1 << 20)
    while count > 0:
        out.append(packer.compress(block[:count]))
        count -= len(block)
    return b"".join(out) + packer.flush()


def png_files():
    grey = chunk(b"IDAT", zlib.compress((b"\0" + bytes(range(0, 256, 32))) * 8, 9))
    small = header(8, 8, 8, 0)
    whole = encoded(speckled(32, 24), "PNG")
    ends = "a sentence that the file is broken"
    put("truncated.png", whole[:len(whole) // 2], "damaged", "PNG cut in half", ends)
    put("header-only.png", whole[:33], "refuse", "PNG that ends after its header", ends)
    put("bad-header-crc.png", png(header(8, 8, 8, 0)[:-4] + b"\0\0\0\0", grey), "refuse",
        "PNG whose header has a wrong checksum", ends)
    spoiled = bytearray(whole)
    spoiled[len(whole) // 2] ^= 0xFF
    put("bad-data.png", bytes(spoiled), "damaged", "PNG with one changed byte in its pixels", ends)
    put("no-palette.png", png(header(8, 8, 8, 3), grey), "refuse",
        "palette PNG without a palette", ends)
    put("zero-width.png", png(header(0, 8, 8, 0), grey), "refuse", "PNG that is 0 pixels wide",
        "a sentence that it has no pixels")
    put("bad-depth.png", png(header(8, 8, 3, 0), grey), "refuse", "PNG of 3 bits a pixel", ends)
    put("huge-header.png", png(header(0x7FFFFFFF, 0x7FFFFFFF), grey), "refuse",
        "PNG that says 2147483647 x 2147483647", "the size limit; nothing is allocated")
    put("too-many-pixels.png", png(header(16000, 16000), grey), "refuse",
        "PNG that says 16000 x 16000", "the limit of pixels, before decoding")
    put("side-too-long.png", png(header(20000, 2, 1, 0), chunk(b"IDAT", zeros(2 * 2501))),
        "refuse", "sound PNG of 20000 x 2", "the limit of the longer side")
    put("thin.png", png(header(1, 1000, 8, 0), chunk(b"IDAT", zeros(2000))), "decode",
        "sound PNG of 1 x 1000", "it is used")
    # Row filters and packed bits of a real picture at the limit: 80 megapixels from 10 KB.
    put("bomb-pixels.png", png(header(16000, 5000, 1, 0), chunk(b"IDAT", zeros(5000 * 2001))),
        "either", "PNG of 16000 x 5000 black pixels in 10 KB",
        "240 MB of pixels, inside the limits: decoded, or refused with the limit's name")
    put("bomb-surplus.png", png(small, chunk(b"IDAT", zeros(12 << 20))), "either",
        "8 x 8 PNG with 12 MiB of pixel data", "the surplus is not kept in memory")
    put("bomb-iccp.png", png(small, chunk(b"iCCP", b"x\0\0" + zeros(24 << 20)), grey), "either",
        "PNG with a colour profile that inflates to 24 MiB", "the profile is dropped or refused")
    put("bomb-ztxt.png", png(small, chunk(b"zTXt", b"x\0\0" + zeros(8 << 20)), grey), "either",
        "PNG with a comment that inflates to 8 MiB", "the comment is never inflated, or refused")
    put("bomb-itxt.png", png(small, chunk(b"iTXt", b"x\0\1\0\0\0" + zeros(8 << 20)), grey),
        "either", "PNG with an international comment that inflates to 8 MiB", "the same")
    put("many-chunks.png", png(small, *[chunk(b"tEXt", b"k\0v")] * 250, grey), "either",
        "PNG with 250 comments", "decoded, or refused for its number of chunks")
    put("long-chunk.png", png(small)[:33] + struct.pack(">I", 0x7FFFFFFF) + b"tEXtk\0v", "refuse",
        "PNG whose comment says it is 2 GiB long", ends)
    put("trailing.png", png(small, grey) + b"PK\x03\x04 and more" * 20, "decode",
        "sound PNG with other bytes behind its end", "the rest is not looked at")


# JPEG.

def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def bits(text):
    """Entropy-coded bits: filled with ones to a byte, 0xFF followed by 0x00."""
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big")
    return data.replace(b"\xFF", b"\xFF\0")


def scan(components, first, last, high, low, data):
    head = bytes([len(components)]) + b"".join(bytes([c, 0]) for c in components)
    return segment(0xDA, head + bytes([first, last, high << 4 | low])) + bits(data)


def progressive(width, height, components, scans):
    """A progressive JPEG; DC code 0 is the difference 0, AC code 0 a run of empty blocks."""
    frame = struct.pack(">BHHB", 8, height, width, components)
    frame += b"".join(bytes([c + 1, 0x11, 0]) for c in range(components))
    one = bytes([1]) + bytes(15)
    return (b"\xFF\xD8" + segment(0xDB, bytes([0]) + bytes([16] * 64)) + segment(0xC2, frame)
            + segment(0xC4, b"\x00" + one + b"\x00") + segment(0xC4, b"\x10" + one + b"\xE0")
            + b"".join(scans) + b"\xFF\xD9")


def empty_run(blocks):
    """Bits that say `blocks` blocks or a few more are empty: runs of at most 32767."""
    return ("0" + "1" * 14) * -(-blocks // 32767)


def many_scans(side):
    """The low bits of every coefficient each in a scan of its own: 2080 scans, all allowed."""
    blocks = (side // 8) ** 2
    yield scan([1, 2, 3], 0, 0, 0, 0, "0" * (3 * blocks))
    for component in (1, 2, 3):
        for coefficient in range(1, 64):
            yield scan([component], coefficient, coefficient, 0, 10, empty_run(blocks))
            for low in range(9, -1, -1):
                yield scan([component], coefficient, coefficient, low + 1, low, empty_run(blocks))


def exif(entries, next_offset=0, first=8):
    tiff = b"II*\0" + struct.pack("<IH", first, len(entries)) + b"".join(entries)
    return segment(0xE1, b"Exif\0\0" + tiff + struct.pack("<I", next_offset))


def entry(tag, kind, count, value):
    return struct.pack("<HHII", tag, kind, count, value)


def jpeg_files():
    whole = encoded(speckled(64, 48), "JPEG", quality=70)
    small = encoded(Image.new("RGB", (16, 8), (200, 40, 40)), "JPEG", quality=70)
    frame = small.index(b"\xFF\xC0")

    def resized(width, height):
        return small[:frame + 5] + struct.pack(">HH", height, width) + small[frame + 9:]

    def with_exif(data):
        return small[:2] + data + small[2:]

    upright = "decoded as it is stored"
    put("truncated.jpg", whole[:len(whole) // 2], "damaged", "JPEG cut in half",
        "named as damaged; with --allow-damaged its upper half")
    put("start-only.jpg", b"\xFF\xD8\xFF", "refuse", "the first 3 bytes of a JPEG",
        "a sentence that the file is broken")
    put("no-pixels.jpg", small[:small.index(b"\xFF\xDA")] + b"\xFF\xD9", "refuse",
        "JPEG without a scan", "a sentence that the file is broken")
    put("zero-height.jpg", resized(16, 0), "refuse", "JPEG that is 0 pixels high",
        "a sentence that it has no pixels or is broken")
    put("huge-header.jpg", resized(65500, 65500), "refuse", "JPEG that says 65500 x 65500",
        "the size limit; nothing is allocated")
    put("lossless.jpg", small.replace(b"\xFF\xC0", b"\xFF\xC3", 1), "refuse",
        "JPEG of the lossless kind (SOF3)", "a sentence that this kind is not supported, or broken")
    put("lying-segment.jpg", small[:2] + b"\xFF\xE1\xFF\xFFExif\0\0", "refuse",
        "JPEG whose EXIF segment is longer than the file", "a sentence that the file is broken")
    put("trailing.jpg", small + b"\0" * 64 + b"PK\x03\x04", "decode",
        "sound JPEG with other bytes behind its end", "the rest is not looked at")
    put("exif-outside.jpg", with_exif(exif([entry(274, 3, 1, 6)], first=0xFFFFFFF0)), "decode",
        "JPEG whose EXIF directory lies outside the file", upright)
    put("exif-loop.jpg", with_exif(exif([entry(34665, 4, 1, 8), entry(34853, 4, 1, 8)], 8)),
        "decode", "JPEG whose EXIF directories point at themselves", upright + ", without hanging")
    put("exif-count.jpg", with_exif(exif([entry(274, 3, 0xFFFFFFFF, 6)])), "decode",
        "JPEG whose EXIF orientation says it has 4294967295 values", "decoded, turned or not")
    put("exif-nine.jpg", with_exif(exif([entry(274, 3, 1, 9)])), "decode",
        "JPEG of EXIF orientation 9", upright)
    put("exif-short.jpg", with_exif(segment(0xE1, b"Exif\0\0II*")), "decode",
        "JPEG whose EXIF data ends in its header", upright)
    put("exif-entries.jpg", with_exif(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xFF\xFF")), "decode",
        "JPEG whose EXIF directory says it has 65535 entries", upright)
    put("many-scans.jpg", progressive(256, 256, 3, many_scans(256)), "either",
        "progressive JPEG of 2080 scans, all allowed", "decoded, or refused for its scans, soon")
    run = scan([1], 1, 63, 0, 0, empty_run(2000 * 687))
    put("bomb-scans.jpg", progressive(16000, 5496, 1, [run] * 140), "damaged",
        "progressive JPEG of 88 megapixels and 140 scans, none with its mean colours",
        "named as damaged or stopped by a limit, before the time limit is long past")


# WebP, GIF, BMP, TIFF.

def riff(*chunks, size=None):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def webp_files():
    whole = encoded(speckled(48, 32), "WEBP", quality=60)
    broken = "a sentence that the file is broken"
    put("truncated.webp", whole[:len(whole) // 2], "damaged", "WebP cut in half", broken)
    put("lying-chunk.webp", whole[:16] + b"\xFE\xFF\xFF\xFF" + whole[20:], "refuse",
        "WebP whose picture says it is 4294967294 bytes long", broken)
    put("lying-riff.webp", whole[:4] + b"\xF0\xFF\xFF\x7F" + whole[8:], "damaged",
        "WebP that says it is 2 GiB long", broken)
    canvas = b"VP8X" + struct.pack("<IB3x", 10, 0) + b"\xFF" * 6
    put("huge-canvas.webp", riff(canvas, whole[12:]), "refuse",
        "WebP with a canvas of 16777216 x 16777216", "the size limit, or a broken file")
    lossless = b"\x2F" + struct.pack("<I", 16383 | 16383 << 14) + b"\0" * 8
    put("huge-lossless.webp", riff(b"VP8L" + struct.pack("<I", len(lossless)) + lossless + b"\0"),
        "refuse", "WebP that says 16384 x 16384 and has 8 bytes of pixels", "the limit of pixels")
    put("empty-riff.webp", riff(), "refuse", "WebP without a picture", broken)


def gif_files():
    whole = encoded(speckled(48, 32, "L"), "GIF")
    broken = "a sentence that the file is broken"
    pixel = b"\x2C" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0\x3B"
    palette = b"\0\0\0\xFF\xFF\xFF"
    put("truncated.gif", whole[:len(whole) // 2], "damaged", "GIF cut in half", broken)
    put("huge-screen.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + palette
        + pixel, "refuse", "GIF of 65535 x 65535 with a frame of 1 x 1", "the size limit")
    put("no-frames.gif", b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + palette + b"\x3B",
        "refuse", "GIF without a frame", broken)
    outside = b"\x2C" + struct.pack("<HHHHB", 60000, 60000, 1, 1, 0) + b"\x02\x02\x44\x01\0\x3B"
    put("frame-outside.gif", b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + palette
        + outside, "either", "GIF whose frame lies outside its screen",
        "refused, or a blank screen")
    # A name that image sequences would read as a pattern; GIF goes through FFmpeg.
    put("percent-%02d.gif", whole, "decode", "sound GIF whose name is a pattern for sequences",
        "the file of just this name is opened")


def bmp(width, height, *, offset=54, colours=0, data=b"", depth=24, planes=1, compression=0):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, planes, depth, compression, 0, 2835, 2835,
                       colours, 0)
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(data), 0, 0, offset) + head + data


def bmp_files():
    rows = bytes(range(48))
    broken = "a sentence that the file is broken"
    put("top-down.bmp", bmp(4, -4, data=rows), "decode", "sound BMP with its rows from the top",
        "it is used")
    put("truncated.bmp", bmp(4, 4, data=rows[:24]), "damaged", "BMP cut in half", broken)
    put("huge-header.bmp", bmp(0x7FFFFFFF, 0x7FFFFFFF, data=rows), "refuse",
        "BMP that says 2147483647 x 2147483647", "the size limit, or a broken file")
    put("lowest-height.bmp", bmp(4, -0x80000000, data=rows), "refuse",
        "BMP that is -2147483648 pixels high", "a broken file; the sign is not turned blindly")
    put("negative-width.bmp", bmp(-4, 4, data=rows), "refuse", "BMP that is -4 pixels wide", broken)
    put("far-offset.bmp", bmp(4, 4, offset=0xFFFFFFF0, data=rows), "refuse",
        "BMP whose pixels begin behind its end", broken)
    put("many-colours.bmp", bmp(4, 4, depth=8, colours=0xFFFFFFFF, data=rows), "either",
        "BMP that says its palette has 4294967295 colours", "refused, or used without the palette")
    put("run-length.bmp", bmp(4, 4, depth=8, compression=1, data=b"\xFF\1" * 12), "either",
        "run-length BMP whose runs leave the picture", "no byte outside the picture is written")


def tiff(entries, next_offset=0, data=b""):
    """A TIFF with one directory; `data` follows it. Its pixels begin at byte 200."""
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries)
    head += struct.pack("<I", next_offset)
    return head.ljust(200, b"\0") + data


def tiff_entries(width=4, height=4, **changed):
    entries = {256: (3, 1, width), 257: (3, 1, height), 258: (3, 1, 8), 259: (3, 1, 1),
               262: (3, 1, 1), 273: (4, 1, 200), 277: (3, 1, 1), 278: (3, 1, height),
               279: (4, 1, width * height)}
    entries.update({int(tag[1:]): value for tag, value in changed.items()})
    return [entry(tag, *entries[tag]) for tag in sorted(entries)]


def tiff_files():
    rows = bytes(range(0, 256, 16))
    whole = tiff(tiff_entries(), data=rows)
    broken = "a sentence that the file is broken"
    put("truncated.tiff", tiff(tiff_entries(32, 32), data=bytes(range(256)))[:330], "damaged",
        "TIFF cut in half", broken)
    put("loop.tiff", tiff(tiff_entries(), 8, rows), "either",
        "TIFF whose one page says that it follows itself", "one page, or refused; it ends")
    put("huge-counts.tiff", tiff(tiff_entries(t273=(4, 0xFFFFFFFF, 200),
                                              t279=(4, 0xFFFFFFFF, 200)), data=rows), "refuse",
        "TIFF that says it has 4294967295 strips", broken)
    put("huge-header.tiff", tiff(tiff_entries(t256=(4, 1, 0xFFFFFFFF), t257=(4, 1, 0xFFFFFFFF)),
                                 data=rows), "refuse", "TIFF that says 4294967295 x 4294967295",
        "the size limit, or a broken file")
    put("zero-rows.tiff", tiff(tiff_entries(t278=(3, 1, 0)), data=rows), "either",
        "TIFF with strips of 0 rows", "refused or used; no division by it")
    put("many-samples.tiff", tiff(tiff_entries(t277=(3, 1, 65535)), data=rows), "refuse",
        "TIFF of 65535 channels", broken)
    put("strip-outside.tiff", tiff(tiff_entries(t273=(4, 1, 0xFFFFFF00)), data=rows), "refuse",
        "TIFF whose pixels lie outside the file", broken)
    put("directory-outside.tiff", b"II*\0\xF0\xFF\xFF\xFF" + whole[8:], "refuse",
        "TIFF whose directory lies outside the file", broken)


# HEIC and AVIF.

def box(kind, *parts, size=None):
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


def full(kind, *parts, version=0):
    return box(kind, struct.pack(">I", version << 24), *parts)


def heif(brand, item, *, width=64, height=64, references=b"", extent=(0, 16), data=b""):
    """A still picture of one item of type `item`; `extent` is where its bytes are said to lie."""
    configuration = b"\x01\x01" + bytes(10) + b"\x5A\xF0\0\xFC\xFD\xF8\xF8\0\0\x0F\0"
    properties = box(b"ipco", full(b"ispe", struct.pack(">II", width, height)),
                     full(b"pixi", b"\3\x08\x08\x08"), box(b"hvcC", configuration))
    association = full(b"ipma", struct.pack(">IHBBBB", 1, 1, 3, 0x81, 0x02, 0x83))
    meta = full(
        b"meta", full(b"hdlr", bytes(4), b"pict", bytes(13)), full(b"pitm", struct.pack(">H", 1)),
        full(b"iloc", b"\x44\0", struct.pack(">HHHHII", 1, 1, 0, 1, *extent)),
        full(b"iinf", struct.pack(">H", 1),
             full(b"infe", struct.pack(">HH", 1, 0), item, b"\0", version=2)),
        box(b"iprp", properties, association), references)
    return box(b"ftyp", brand, bytes(4), b"mif1", brand) + meta + box(b"mdat", data)


def heif_files():
    whole = encoded(speckled(64, 48), "AVIF", quality=60, max_threads=1)
    broken = "a sentence that the file is broken"
    put("truncated.avif", whole[:len(whole) // 2], "refuse", "AVIF cut in half", broken)
    ftyp = box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic")
    nested = b""
    for _ in range(400):
        nested = box(b"iprp", nested)
    put("nested.heic", ftyp + full(b"meta", nested), "refuse", "HEIC of 400 boxes in each other",
        broken + "; the stack holds")
    put("empty-boxes.heic", ftyp + box(b"meta", size=4) * 3, "refuse",
        "HEIC with boxes shorter than their own head", broken)
    put("huge-box.heic", ftyp + struct.pack(">I4sQ", 1, b"meta", 0x7FFFFFFFFFFFFFFF) + bytes(16),
        "refuse", "HEIC with a box of 2^63 - 1 bytes", broken)
    put("no-meta.heic", ftyp, "refuse", "HEIC that ends after its type", broken)
    circle = full(b"iref", box(b"dimg", struct.pack(">HHH", 1, 1, 1)))
    # libheif 1.15.1 runs out of stack on the first, and on the second does not end.
    put("self-identity.heic", heif(b"heic", b"iden", references=circle), "refuse",
        "HEIC picture that is derived from itself", broken + "; its decoder may die, alone")
    tiles = full(b"iref", box(b"dimg", struct.pack(">HH", 1, 256), struct.pack(">H", 1) * 256))
    grid = b"\0\0\x0F\x0F" + struct.pack(">HH", 64, 64)
    sized = heif(b"heic", b"grid", references=tiles, data=grid)
    put("self-grid.heic", heif(b"heic", b"grid", references=tiles, data=grid,
                               extent=(len(sized) - 8, 8)), "refuse",
        "HEIC grid of 256 tiles, each of them the grid", broken + ", or the time limit")
    put("outside.heic", heif(b"heic", b"hvc1", extent=(0xFFFFFF00, 0xFFFFFF00)), "refuse",
        "HEIC whose picture lies outside the file", broken)
    put("huge-size.avif", heif(b"avif", b"av01", width=0x7FFFFFFF, height=0x7FFFFFFF), "refuse",
        "AVIF that says 2147483647 x 2147483647", "the size limit, or a broken file")
    at = whole.index(b"ispe") + 8
    put("lying-size.avif", whole[:at] + struct.pack(">II", 60000, 60000) + whole[at + 8:],
        "refuse", "AVIF of 64 x 48 that says 60000 x 60000", "the size limit")


# Video and sound.

def patched(data, kind, at, fields):
    """`data` with `fields` (big-endian 32 bits each) written `at` bytes behind the box name."""
    place = data.index(kind) + 4 + at
    new = struct.pack(f">{len(fields)}I", *fields)
    return data[:place] + new + data[place + len(new):]


def referring(data, path):
    """`data`, an MP4 with its index at the end, that says its frames are in the file `path`."""
    alias = box(b"alis", bytes(4), bytes(150), struct.pack(">HH", 2, len(path) + len(path) % 2),
                path + bytes(len(path) % 2), struct.pack(">HH", 0xFFFF, 0))
    at = data.index(b"url ") - 4
    old = struct.unpack(">I", data[at:at + 4])[0]
    data = bytearray(data[:at] + alias + data[at + old:])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        head = data.index(kind) - 4
        size = struct.unpack(">I", data[head:head + 4])[0] + len(alias) - old
        data[head:head + 4] = struct.pack(">I", size)
    return bytes(data)


def video_files():
    options = ["-c:v", "mpeg4", "-q:v", "12", "-g", "10", "-pix_fmt", "yuv420p"]
    late = filmed(*TEST_CARD, *options)
    early = filmed(*TEST_CARD, *options, "-movflags", "+faststart")
    mkv = filmed(*TEST_CARD, *options, suffix=".mkv")
    broken = "a sentence that the file is broken"
    put("truncated.mp4", late[:len(late) // 2], "refuse",
        "MP4 cut in half, its index at the end gone", broken)
    put("truncated-early.mp4", early[:len(early) * 2 // 3], "either",
        "MP4 cut after two thirds, its index at the start",
        "the frames that are there, or named as damaged")
    put("truncated.mkv", mkv[:len(mkv) * 2 // 3], "either", "MKV cut after two thirds",
        "the frames that are there, or named as damaged")
    samples = patched(early, b"stsz", 4, (1, 0xFFFFFFFF))
    samples = patched(samples, b"stts", 8, (0xFFFFFFFF, 1024))
    samples = patched(samples, b"stsc", 12, (0xFFFFFFFF,))
    put("many-samples.mp4", samples[:early.index(b"mdat") + 260], "refuse",
        "MP4 whose index says it has 4294967295 frames", broken + "; memory stays small")
    put("long-duration.mp4", patched(patched(early, b"mvhd", 16, (0xFFFFFFFF,)), b"mdhd", 16,
                                     (0xFFFFFFFF,)), "either",
        "MP4 of 2 s that says it lasts 49 days or more", "its real frames, or refused")
    put("no-frames.mp4", late[:late[3]] + late[late.index(b"moov") - 4:], "refuse",
        "MP4 with an index and no frames", broken)
    nested = b""
    for _ in range(400):
        nested = box(b"moov", nested)
    put("nested.mp4", box(b"ftyp", b"isom", bytes(4), b"isom") + nested, "refuse",
        "MP4 of 400 boxes in each other", broken + "; the stack holds")
    put("outside-reference.mp4", referring(late, b"/etc/passwd"), "either",
        "MP4 that says its frames are in /etc/passwd",
        "that file is never opened; refused, or its own frames")
    spoiled = bytearray(mkv)
    cluster = mkv.index(b"\x1F\x43\xB6\x75")
    spoiled[cluster + 4:cluster + 12] = b"\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFE"
    put("lying-sizes.mkv", bytes(spoiled[:len(mkv) // 2]), "either",
        "MKV with a cluster of 2^56 - 2 bytes", "the frames that are there, or refused")
    put("lying-header.mkv", b"\x1A\x45\xDF\xA3\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFE" + bytes(40),
        "refuse", "MKV whose first element is 2^56 - 2 bytes long", broken)
    put("huge-frame.y4m", b"YUV4MPEG2 W1000000 H1000000 F25:1 C420jpeg\nFRAME\n" + bytes(64),
        "refuse", "raw video of 1000000 x 1000000", "the size limit, or a broken file")
    sound = "a sentence that it has no pictures"
    put("sound.wav", filmed(*TONE, suffix=".wav"), "refuse", "sound: WAV", sound)
    put("sound.mp3", filmed(*TONE, "-c:a", "libmp3lame", "-b:a", "8k", suffix=".mp3"), "refuse",
        "sound: MP3", sound)
    put("sound.mp4", filmed(*TONE, "-c:a", "aac", "-b:a", "16k"), "refuse", "sound: AAC in MP4",
        sound)


# Text, archives and lists of files.

def zipped(names):
    """A ZIP archive of stored files, without the date of today."""
    local, central = b"", b""
    for name, data in names:
        head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data),
                           len(name), 0)
        central += (b"PK\x01\x02" + struct.pack("<H", 20) + head
                    + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name)
        local += b"PK\x03\x04" + head + name + data
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(names), len(names),
                                                         len(central), len(local), 0)


def other_files():
    no = "a sentence that says what it looks like"
    never = "no other file is opened; a sentence that says what it looks like"
    put("empty.png", b"", "refuse", "no bytes at all", "a sentence that it is empty")
    put("one-byte.jpg", b"\xFF", "refuse", "a single byte", no)
    put("text.png", b"This is not a picture.\n", "refuse", "plain text", no)
    put("wide-text.jpg", "This is not a picture.\n".encode("utf-16"), "refuse", "UTF-16 text", no)
    put("zeros.jpg", bytes(1024), "refuse", "1024 zero bytes", no)
    put("script.png", b"#!/bin/sh\nexit 1\n", "refuse", "a shell script", no)
    put("drawing.svg", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="8" '
        b'height="8"><image href="file:///etc/passwd"/></svg>\n', "refuse", "an SVG drawing", no)
    put("page.pdf", b"<!DOCTYPE html>\n<html><body>Not a PDF</body></html>\n", "refuse",
        "a web page called .pdf", no)
    put("archive.zip", zipped([(b"a.txt", b"text\n")]), "refuse", "a ZIP archive", no)
    put("letter.docx", zipped([(b"[Content_Types].xml", b"<Types/>"),
                               (b"word/document.xml", b"<document/>")]), "refuse",
        "a text document in a ZIP archive", no)
    put("squeezed.gz", b"\x1F\x8B\x08\0\0\0\0\0\x02\x03" + zlib.compress(b"text\n")[2:-4]
        + struct.pack("<II", zlib.crc32(b"text\n"), 5), "refuse", "a gzip file", no)
    playlist = (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n"
                b"file:///etc/passwd\n#EXT-X-ENDLIST\n")
    put("playlist.m3u8", playlist, "refuse", "an HLS playlist of file:///etc/passwd", never)
    put("playlist.mp4", playlist, "refuse", "the same playlist called .mp4", never)
    put("concat.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", "refuse",
        "a list of files to join, called .mp4", never)
    put("manifest.mp4", b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        b'type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
        b"<BaseURL>file:///etc/passwd</BaseURL></Representation></AdaptationSet></Period></MPD>\n",
        "refuse", "a DASH manifest called .mp4", never)
    put("session.mp4", b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\n"
        b"t=0 0\r\nm=video 9 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", "refuse",
        "a session description called .mp4", "no network; " + no)


# PDF.

def pdf(objects, trailer=b"", header_line=b"%PDF-1.4\n"):
    """A PDF of these numbered objects; number 1 is the catalogue."""
    out, places = header_line, {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer,
                                                                                start)
    return out


def stream(data, extra=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def simple(content=b"1 0 0 rg 50 50 100 100 re f", media=b"[0 0 200 200]", page_extra=b"", **more):
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>",
               2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               3: b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R %s >>"
                  % (media, page_extra), 4: stream(content)}
    objects.update({int(key[1:]): value for key, value in more.items()})
    return objects


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i, j, out = 0, 0, bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def locked(user, owner):
    """A one-page PDF under the standard handler, revision 2 (40-bit RC4)."""
    def padded(word):
        return (word + PADDING)[:32]

    identity, rights = bytes(range(16)), -4
    by_owner = rc4(hashlib.md5(padded(owner)).digest()[:5], padded(user))
    key = hashlib.md5(padded(user) + by_owner + struct.pack("<i", rights) + identity).digest()[:5]
    by_user = rc4(key, PADDING)
    content_key = hashlib.md5(key + struct.pack("<I", 4)[:3] + b"\0\0").digest()[:10]
    objects = simple(rc4(content_key, b"0 0 1 rg 50 50 100 100 re f"))
    objects[5] = b"<< /Filter /Standard /V 1 /R 2 /P %d /O <%s> /U <%s> >>" % (
        rights, by_owner.hex().encode(), by_user.hex().encode())
    return pdf(objects, b"/Encrypt 5 0 R /ID [<%s> <%s>]" % ((identity.hex().encode(),) * 2))


def pdf_files():
    broken = "a sentence that the file is broken"
    whole = pdf(simple())
    put("truncated.pdf", whole[:len(whole) // 3], "refuse", "PDF cut after a third", broken)
    put("header-only.pdf", b"%PDF-1.7\n", "refuse", "PDF that ends after its first line", broken)
    put("encrypted.pdf", locked(b"secret", b"master"), "refuse",
        "PDF that opens only with a password (which is: secret)", "a sentence that it is encrypted")
    put("owner-password.pdf", locked(b"", b"master"), "decode",
        "PDF that anyone may open and only its owner may change", "its page is used")
    million = simple()
    million[2] = b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>"
    put("million-pages.pdf", pdf(million), "either",
        "PDF that says it has 1000000 pages and has one",
        "the limit of pages, its one page, or a broken file; soon")
    circle = simple()
    circle[2] = b"<< /Type /Pages /Kids [2 0 R 2 0 R 3 0 R] /Count 3 >>"
    put("recursive-pages.pdf", pdf(circle), "either", "PDF whose list of pages contains itself",
        "refused or its one page; it ends")
    put("huge-page.pdf", pdf(simple(media=b"[0 0 1000000000 1000000000]")), "either",
        "PDF with a page 350 km wide", "refused, or drawn no larger than the limits")
    put("endless-page.pdf", pdf(simple(media=b"[0 0 1e308 1e308]")), "either",
        "PDF with a page of 1e308 points", "refused, or drawn no larger than the limits")
    put("zero-page.pdf", pdf(simple(media=b"[0 0 0 0]")), "either", "PDF with a page of no size",
        "refused, or drawn at the usual size")
    none = simple()
    none[2] = b"<< /Type /Pages /Kids [] /Count 0 >>"
    put("no-pages.pdf", pdf(none), "refuse", "PDF without a page",
        "a sentence that it has no pages")
    again = whole.replace(b"/Root 1 0 R ", b"/Root 1 0 R /Prev %d " % whole.index(b"xref\n"))
    put("xref-loop.pdf", again, "either", "PDF whose table of objects comes before itself",
        "refused or its one page; it ends")
    form = stream(b"/F Do /F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] "
                  b"/Resources << /XObject << /F 5 0 R >> >>")
    put("self-drawing.pdf", pdf(simple(b"/F Do", page_extra=b"/Resources << /XObject << "
                                       b"/F 5 0 R >> >>", _5=form)), "either",
        "PDF with a drawing that draws itself twice", "refused or a blank page; it ends")
    # Deflated three times over: 144 MB of pixels from under 1 KB.
    data = zlib.compress(zlib.compress(zeros(144_000_000), 9), 9)
    image = stream(data, b"/Type /XObject /Subtype /Image /Width 12000 /Height 12000 "
                   b"/ColorSpace /DeviceGray /BitsPerComponent 8 "
                   b"/Filter [/FlateDecode /FlateDecode /FlateDecode]")
    put("bomb-image.pdf", pdf(simple(b"200 0 0 200 0 0 cm /I Do", page_extra=b"/Resources << "
                                     b"/XObject << /I 5 0 R >> >>", _5=image)), "either",
        "PDF with a picture of 12000 x 12000 in 1 KB", "drawn, or stopped by a limit with its name")
    action = simple()
    action[1] = (b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (/bin/sh) >> >>")
    put("launch.pdf", pdf(action), "decode", "PDF that asks to start a program",
        "its page is used, nothing is started")


INTRODUCTION = """# Hostile files

Small files that are broken, that lie, or that ask for too much; `../make_hostile.py` writes them
and this table. No file here may crash the program, hang it, make it pass its limits, make it open
another file or a socket, or spoil the answer about another file. Sentences name the file.

| outcome | meaning |
|---|---|
| `refuse` | one sentence, exit code 1, also with `--allow-damaged` |
| `damaged` | one sentence, exit code 1; with `--allow-damaged` what is left of it may be used |
| `decode` | exit code 0, a picture |
| `either` | any of these, in good time and inside the limits |

| file | outcome | what it is | what must happen |
|---|---|---|---|
"""


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for make in (png_files, jpeg_files, webp_files, gif_files, bmp_files, tiff_files, heif_files,
                 video_files, pdf_files, other_files):
        make()
    lines = [f"| `{name}` | {outcome} | {what} | {must} |\n" for name, outcome, what, must in ROWS]
    (OUT / "README.md").write_text(INTRODUCTION + "".join(lines), encoding="utf-8")
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{len(ROWS)} files, {total} bytes")


if __name__ == "__main__":
    main()
