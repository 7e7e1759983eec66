"""Makes the small files in stills/ and records what the reference makes of them in stills.json.

Run:  python record_stills.py   (a few seconds)

Needs pillow==13.0.0, pillow-heif==1.8.1, tifffile==2026.3.3, transformers==5.23.0,
numpy, imagecodecs==2026.3.6 and ffmpeg. What the reference does: Pillow opens the file,
ImageOps.exif_transpose turns it upright, transformers' convert_to_rgb lays it over white.

For a file that both must decode alike stills.json has the SHA-256 of the RGB bytes. For one where
decoders differ by design it names a picture in stills/expected/ and the rule for the difference.
"""

import hashlib
import io
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import PIL
import pillow_heif
import tifffile
import transformers
from PIL import Image, ImageOps
from transformers.image_transforms import convert_to_rgb

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "stills"
EXPECTED = OUT / "expected"
pillow_heif.register_heif_opener()

files = {}


# The picture that all files show: gradients, a disc, diagonal stripes; nothing is symmetric.


def scene(width=67, height=45):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / max(width - 1, 1)
    green = 255 * y / max(height - 1, 1)
    blue = 255 * (x + 2 * y) / max(width + 2 * height - 3, 1)
    disc = (x - width * 0.3) ** 2 + (y - height * 0.6) ** 2 < (min(width, height) * 0.25) ** 2
    stripes = ((x + y).astype(int) // 4 % 2 == 0) & (x > width * 0.7)
    picture = np.stack([red, green, blue], axis=-1)
    picture[disc] = [230, 40, 20]
    picture[stripes] = [10, 60, 120]
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def grey_scene(width=67, height=45):
    return np.asarray(Image.fromarray(scene(width, height)).convert("L"))


def alpha_scene(width=67, height=45):
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 5 + y * 3) % 256).astype(np.uint8)


# Recording.


def reference(data, page=0):
    image = Image.open(io.BytesIO(data))
    image.seek(page)
    image.load()
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        # The one agreed difference: Pillow clips such greys to 255, we take the high byte.
        image = ImageOps.exif_transpose(image)
        high = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(high[:, :, None], 3, axis=2)
    return np.asarray(convert_to_rgb(ImageOps.exif_transpose(image), return_numpy=True))


def add(name, data, *, rgb=None, rule=None, pages=None, orientation=1, why=None):
    """Keeps a file. `rgb`: what it must decode to, where that is not what the reference gives
    (`why` says why). `rule`: the named bound of a decoder that differs by design."""
    (OUT / name).write_bytes(data)
    entry = {}
    if orientation != 1:
        entry["orientation"] = orientation
    if why:
        entry["why"] = why
    if pages:
        entry["pages"] = []
        for page in range(pages):
            pixels = reference(data, page)
            entry["pages"].append(
                {"width": pixels.shape[1], "height": pixels.shape[0], "sha256": digest(pixels)}
            )
    else:
        pixels = reference(data) if rgb is None else rgb
        entry["width"], entry["height"] = pixels.shape[1], pixels.shape[0]
        if rule:
            entry["rule"] = rule
            entry["expected"] = name + ".png"
            Image.fromarray(pixels).save(EXPECTED / (name + ".png"), optimize=True)
        else:
            entry["sha256"] = digest(pixels)
    files[name] = entry


def digest(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


# PNG, written here because Pillow writes only some of its kinds.

PASSES = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(samples, depth):
    """[height, width, channels] integers to rows of bytes."""
    height = samples.shape[0]
    rows = samples.reshape(height, -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in rows]
    packed = []
    for row in rows:
        bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)
        packed.append(np.packbits(bits).tobytes())
    return packed


def filtered(rows, pixel_bytes, kinds):
    """Rows with filters 0 to 4 in turn, so that each is read back."""
    out, before = b"", None
    for number, row in enumerate(rows):
        kind = kinds[number % len(kinds)]
        line = np.frombuffer(row, np.uint8).astype(int)
        up = np.zeros_like(line) if before is None else before
        left = np.concatenate([np.zeros(pixel_bytes, int), line])[: len(line)]
        upleft = np.concatenate([np.zeros(pixel_bytes, int), up])[: len(line)]
        if kind == 4:
            p = left + up - upleft
            pa, pb, pc = abs(p - left), abs(p - up), abs(p - upleft)
            guess = np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, up, upleft))
        else:
            guess = [0 * line, left, up, (left + up) // 2][kind]
        out += bytes([kind]) + ((line - guess) & 255).astype(np.uint8).tobytes()
        before = line
    return out


def png(samples, colour, depth, *, interlaced=False, before=b"", after=b"", kinds=(0, 1, 2, 3, 4)):
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, -1)
    pixel_bytes = max(1, samples.shape[2] * depth // 8)
    parts = PASSES if interlaced else [(0, 0, 1, 1)]
    data = b""
    for x, y, dx, dy in parts:
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered(pack_rows(part, depth), pixel_bytes, kinds)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    body = zlib.compress(data, 9)
    half = len(body) // 2
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + before
        + chunk(b"IDAT", body[:half])
        + chunk(b"IDAT", body[half:])
        + after
        + chunk(b"IEND", b"")
    )


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


def wide(values, depth):
    """8-bit values to `depth` bits; 16-bit ones get a low byte of their own."""
    if depth == 16:
        return values.astype(np.uint16) * 256 + (255 - values)
    return values >> (8 - depth)


def record_png():
    rgb, grey, alpha = scene(), grey_scene(), alpha_scene()
    palette = np.asarray(Image.fromarray(rgb).quantize(256, dither=Image.Dither.NONE).getpalette())
    palette = palette.reshape(-1, 3).astype(np.uint8)
    for depth in (1, 2, 4, 8, 16):
        for interlaced in (False, True):
            name = f"grey{depth}{'-interlaced' if interlaced else ''}.png"
            add(name, png(wide(grey, depth), 0, depth, interlaced=interlaced))
    for depth in (8, 16):
        for interlaced in (False, True):
            ending = f"{depth}{'-interlaced' if interlaced else ''}.png"
            greya = np.stack([wide(grey, depth), wide(alpha, depth)], axis=-1)
            rgba = np.concatenate([wide(rgb, depth), wide(alpha, depth)[..., None]], axis=-1)
            add("greya" + ending, png(greya, 4, depth, interlaced=interlaced))
            add("rgb" + ending, png(wide(rgb, depth), 2, depth, interlaced=interlaced))
            add("rgba" + ending, png(rgba, 6, depth, interlaced=interlaced))
    for depth in (1, 2, 4, 8):
        for interlaced in (False, True):
            count = 1 << depth
            image = Image.fromarray(rgb).quantize(count, dither=Image.Dither.NONE)
            colours = bytes(image.getpalette()[: count * 3]).ljust(count * 3, b"\0")
            indices = np.asarray(image)
            some = bytes((i * 37) % 256 for i in range(max(1, count - 1)))
            ending = f"{depth}{'-interlaced' if interlaced else ''}.png"
            plte, trns = chunk(b"PLTE", colours), chunk(b"tRNS", some)
            add("palette" + ending, png(indices, 3, depth, interlaced=interlaced, before=plte))
            add(
                "palette-alpha" + ending,
                png(indices, 3, depth, interlaced=interlaced, before=plte + trns),
            )

    # Every alpha times every colour, which settles the arithmetic of the composite.
    y, x = np.mgrid[0:256, 0:256].astype(np.uint8)
    add("composite.png", png(np.stack([x, 255 - x, x // 2, y], axis=-1), 6, 8, kinds=(1,)))

    # A transparent colour.
    key = lambda *values: chunk(b"tRNS", struct.pack(f">{len(values)}H", *values))
    add("grey8-key.png", png(grey, 0, 8, before=key(int(grey[20, 20]))))
    add("rgb8-key.png", png(rgb, 2, 8, before=key(10, 60, 120)))
    for depth in (1, 2, 4):
        small = wide(grey, depth)
        top = (1 << depth) - 1
        shown = (small.astype(int) * 255 // top).astype(np.uint8)
        shown[small == 1] = 255
        add(
            f"grey{depth}-key.png",
            png(small, 0, depth, before=key(1)),
            rgb=np.repeat(shown[:, :, None], 3, axis=2),
            why="Pillow compares the key with the widened grey; the rule is the stored one",
        )
    grey16 = wide(grey, 16)
    shown = grey.copy()
    shown[grey16 == grey16[20, 20]] = 255
    add(
        "grey16-key.png",
        png(grey16, 0, 16, before=key(int(grey16[20, 20]))),
        rgb=np.repeat(shown[:, :, None], 3, axis=2),
        why="16-bit grey by its high byte",
    )
    rgb16 = wide(rgb, 16)
    shown = rgb.copy()
    shown[(rgb == [10, 60, 120]).all(axis=-1)] = 255
    add(
        "rgb16-key.png",
        png(rgb16, 2, 16, before=key(*(int(v) for v in wide(np.array([10, 60, 120]), 16)))),
        rgb=shown,
        why="Pillow compares the 16-bit key with 8-bit pixels",
    )

    for value in range(1, 9):
        add(
            f"exif{value}.png",
            png(rgb, 2, 8, before=chunk(b"eXIf", exif(value, "<>"[value % 2]))),
            orientation=value,
        )
    small = scene(9, 6)
    add("exif-late.png", png(small, 2, 8, after=chunk(b"eXIf", exif(6))), orientation=6)
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    )
    itxt = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)
    add("xmp8.png", png(small, 2, 8, before=itxt), orientation=8)
    bomb = zlib.compress(b"\0" * (8 << 20), 9)
    packed = chunk(b"zTXt", b"Comment\0\0" + bomb) + chunk(b"iCCP", b"profile\0\0" + bomb)
    add("bomb.png", png(small, 2, 8, before=packed), rgb=small, why="Pillow refuses the chunks")
    add("gamma.png", png(small, 2, 8, before=chunk(b"gAMA", struct.pack(">I", 100000))))
    for width, height in ((1, 1), (1, 9), (9, 1), (2, 3), (8, 8), (33, 65)):
        for interlaced in (False, True):
            ending = "-interlaced" if interlaced else ""
            add(
                f"size{width}x{height}{ending}.png",
                png(scene(width, height), 2, 8, interlaced=interlaced),
            )


# JPEG.


def jpeg(array, mode="RGB", **options):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, "JPEG", **({"quality": 90} | options))
    return out.getvalue()


def with_app(data, marker, payload):
    return (
        data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload + data[2:]
    )


def without_adobe(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0] :]


def ffmpeg(array, *options, suffix):
    """Runs ffmpeg on one picture."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.png"), pathlib.Path(folder, "out" + suffix)
        Image.fromarray(array).save(source)
        subprocess.run(
            [
                "ffmpeg",
                "-v",
                "error",
                "-i",
                source,
                "-bitexact",
                "-frames:v",
                "1",
                *options,
                target,
            ],
            check=True,
        )
        return target.read_bytes()


def record_jpeg():
    rgb, grey = scene(), grey_scene()
    for subsampling in ("4:4:4", "4:2:2", "4:2:0", "4:1:1"):
        for progressive in (False, True):
            name = "jpeg" + subsampling.replace(":", "") + ("-progressive" if progressive else "")
            add(name + ".jpg", jpeg(rgb, subsampling=subsampling, progressive=progressive))
    add("jpeg440.jpg", ffmpeg(rgb, "-pix_fmt", "yuvj440p", "-q:v", "3", suffix=".jpg"))
    add("grey.jpg", jpeg(grey, "L"))
    add("grey-progressive.jpg", jpeg(grey, "L", progressive=True))
    add("rgb.jpg", jpeg(rgb, keep_rgb=True))
    add("restart.jpg", jpeg(rgb, restart_marker_blocks=3))
    add("tall-progressive.jpg", jpeg(scene(40, 400), progressive=True, subsampling="4:4:4"))
    add("quality20.jpg", jpeg(rgb, quality=20))
    for width, height in ((1, 1), (7, 9), (16, 16), (17, 33), (65, 3), (2, 70)):
        add(f"size{width}x{height}.jpg", jpeg(scene(width, height)))
    for value in range(1, 9):
        block = b"Exif\0\0" + exif(value, "<>"[value % 2])
        add(f"exif{value}.jpg", jpeg(rgb, exif=block), orientation=value)
    small = jpeg(scene(20, 12))
    packet = (
        b"http://ns.adobe.com/xap/1.0/\0<rdf:Description><tiff:Orientation>3</tiff:Orientation>"
    )
    add("xmp3.jpg", with_app(small, 0xE1, packet), orientation=3)
    add("icc.jpg", jpeg(scene(20, 12), icc_profile=b"not a profile, and not looked at"))
    cmyk = np.asarray(Image.fromarray(rgb).convert("CMYK")).copy()
    cmyk[..., 3] = 255 - np.maximum(alpha_scene(), 120)
    adobe = jpeg(cmyk, "CMYK")
    add("cmyk.jpg", adobe)
    add("cmyk-progressive.jpg", jpeg(cmyk, "CMYK", progressive=True))
    add("cmyk-plain.jpg", without_adobe(adobe))
    ycc = np.asarray(Image.fromarray(rgb).convert("YCbCr"))
    ycck = 255 - np.concatenate([ycc, np.maximum(alpha_scene(), 120)[..., None]], axis=-1)
    data = bytearray(jpeg(ycck.astype(np.uint8), "CMYK"))
    at = data.index(b"\xff\xee")
    assert data[at + 4 : at + 9] == b"Adobe" and data[at + 15] == 0
    data[at + 15] = 2
    add("ycck.jpg", bytes(data))


# WebP.


def save(array, form, mode=None, **options):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, form, **options)
    return out.getvalue()


def rgba_scene(width=67, height=45):
    return np.concatenate([scene(width, height), alpha_scene(width, height)[..., None]], axis=-1)


def record_webp():
    rgb, rgba = scene(), rgba_scene()
    add("lossy.webp", save(rgb, "WEBP", quality=80))
    add("lossy-alpha.webp", save(rgba, "WEBP", quality=80))
    add("lossless.webp", save(rgb, "WEBP", lossless=True))
    add("lossless-alpha.webp", save(rgba, "WEBP", lossless=True, exact=True))
    for value in (3, 6, 7):
        add(f"exif{value}.webp", save(rgb, "WEBP", exif=exif(value)), orientation=value)
    add("size1x1.webp", save(scene(1, 1), "WEBP"))
    add("size33x17.webp", save(scene(33, 17), "WEBP", quality=50))

    out = io.BytesIO()
    frames = [Image.fromarray(np.roll(rgb, 9 * i, axis=1)) for i in range(3)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=70)
    add("animated.webp", out.getvalue())
    out = io.BytesIO()
    frames = [Image.fromarray(np.roll(rgba, 9 * i, axis=1)) for i in range(2)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    add("animated-alpha.webp", out.getvalue())


# HEIC and AVIF. libheif, which decodes both here, rounds otherwise than its later versions in
# pillow-heif, and doubles chroma where libavif in Pillow interpolates: compared within bounds.


def heif(array, mode=None, form="HEIF", **options):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, form, **options)
    return out.getvalue()


def record_heif():
    rgb, rgba = scene(), rgba_scene()
    even = scene(68, 46)
    add("even.heic", heif(even, quality=80), rule="heif")
    add("odd.heic", heif(rgb, quality=80), rule="heif")
    add("444.heic", heif(rgb, quality=90, chroma=444), rule="heif")
    add("alpha.heic", heif(rgba, quality=80), rule="heif")
    for value in (3, 6, 7):
        data = heif(even, quality=80, exif=exif(value))
        add(f"exif{value}.heic", data, rule="heif")
    ten = io.BytesIO()
    pillow_heif.encode("RGB;16", even.shape[1::-1], wide(even, 16).tobytes(), ten, quality=80)
    add("10-bit.heic", ten.getvalue(), rule="10-bit heif")
    add("even.avif", heif(even, form="AVIF", quality=80), rule="4:2:0 avif")
    add("444.avif", heif(rgb, form="AVIF", quality=90, subsampling="4:4:4"), rule="heif")
    add("alpha.avif", heif(rgba, form="AVIF", quality=80), rule="4:2:0 avif")
    add("exif6.avif", heif(even, form="AVIF", quality=80, exif=exif(6)), rule="4:2:0 avif")


# TIFF.


def tiff(array, **options):
    out = io.BytesIO()
    with tifffile.TiffWriter(out, byteorder=options.pop("byteorder", "<"), bigtiff=False) as writer:
        writer.write(array, metadata=None, software=False, **options)
    return out.getvalue()


def pillow_tiff(array, mode=None, **options):
    out = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array, mode)
    image.save(out, "TIFF", **options)
    return out.getvalue()


def record_tiff():
    size = 41, 27
    rgb, grey, rgba = scene(*size), grey_scene(*size), rgba_scene(*size)
    for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        add(f"rgb-{name.removeprefix('tiff_')}.tif", pillow_tiff(rgb, compression=name))
    add("rgb-predictor.tif", tiff(rgb, photometric="rgb", compression="lzw", predictor=True))
    add("rgb-strips.tif", tiff(rgb, photometric="rgb", rowsperstrip=7, compression="deflate"))
    add("rgb-big-endian.tif", tiff(rgb, photometric="rgb", byteorder=">"))
    add("rgb16.tif", tiff(wide(rgb, 16), photometric="rgb"))
    add("rgb16-big-endian.tif", tiff(wide(rgb, 16), photometric="rgb", byteorder=">"))
    planes = np.ascontiguousarray(np.moveaxis(rgb, -1, 0))
    add("rgb-planes.tif", tiff(planes, photometric="rgb", planarconfig="separate"))
    add("rgb-tiles.tif", tiff(rgb, photometric="rgb", tile=(16, 32), compression="deflate"))
    add("grey8.tif", tiff(grey, photometric="minisblack", compression="lzw"))
    add("grey8-white-is-0.tif", tiff(grey, photometric="miniswhite"))
    add("grey8-tiles.tif", tiff(grey, photometric="minisblack", tile=(32, 16)))
    add("grey16.tif", tiff(wide(grey, 16), photometric="minisblack"))
    add("grey16-big-endian.tif", tiff(wide(grey, 16), photometric="minisblack", byteorder=">"))
    bilevel = Image.fromarray(grey).convert("1", dither=Image.Dither.NONE)
    for name in ("raw", "group3", "group4", "packbits"):
        add(f"bilevel-{name}.tif", pillow_tiff(bilevel, compression=name))
    palette = Image.fromarray(rgb).quantize(200, dither=Image.Dither.NONE)
    add("palette.tif", pillow_tiff(palette, compression="tiff_lzw"))
    add("rgba.tif", tiff(rgba, photometric="rgb", extrasamples=["unassalpha"], compression="lzw"))
    add(
        "rgba-premultiplied.tif",
        tiff(
            np.concatenate(
                [(rgb.astype(int) * rgba[..., 3:] // 255).astype(np.uint8), rgba[..., 3:]], axis=-1
            ),
            photometric="rgb",
            extrasamples=["assocalpha"],
        ),
    )
    add("rgbx.tif", tiff(rgba, photometric="rgb", extrasamples=["unspecified"]))
    greya = np.stack([grey, alpha_scene(*size)], axis=-1)
    add(
        "greya.tif",
        tiff(greya, photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"),
    )
    cmyk = np.asarray(Image.fromarray(rgb).convert("CMYK")).copy()
    cmyk[..., 3] = 255 - np.maximum(alpha_scene(*size), 120)
    add("cmyk.tif", pillow_tiff(cmyk, "CMYK", compression="tiff_lzw"))
    add("jpeg.tif", pillow_tiff(rgb, compression="jpeg", quality=90))
    add("jpeg-grey.tif", pillow_tiff(grey, compression="jpeg", quality=90))
    for value in (3, 6, 8):
        add(
            f"exif{value}.tif",
            pillow_tiff(rgb, compression="raw", tiffinfo={274: value}),
            orientation=value,
        )
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=False) as writer:
        options = {"metadata": None, "software": False, "compression": "deflate"}
        writer.write(scene(40, 30), photometric="rgb", **options)
        writer.write(grey_scene(31, 50), photometric="minisblack", **options)
        writer.write(scene(17, 9), photometric="rgb", **options)
    add("pages.tif", out.getvalue(), pages=3)


# GIF.


def gif_blocks(data):
    parts = [data[i : i + 255] for i in range(0, len(data), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def gif_codes(indices, root):
    """LZW without a dictionary: every pixel its own code, cleared before the codes get wider."""
    clear, bits, width = 1 << root, [], root + 1
    codes = []
    for number, index in enumerate(indices.reshape(-1)):
        if number % (clear - 2) == 0:
            codes.append(clear)
        codes.append(int(index))
    for code in codes + [clear + 1]:
        bits += [(code >> i) & 1 for i in range(width)]
    return bytes([root]) + gif_blocks(
        np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes()
    )


def gif(canvas, frames, palette, *, background=0):
    """frames: (left, top, indices, transparent or None, local palette or None, disposal)."""
    out = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0xF4, background, 0) + palette.ljust(96, b"\0")
    for left, top, indices, transparent, local, disposal in frames:
        flags = disposal << 2 | (transparent is not None)
        out += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, 10, transparent or 0, 0)
        height, width = indices.shape
        out += b"," + struct.pack("<HHHHB", left, top, width, height, 0x84 if local else 0)
        out += (local.ljust(96, b"\0") if local else b"") + gif_codes(indices, 5)
    return out + b";"


def record_gif():
    rgb = scene()
    image = Image.fromarray(rgb).quantize(256, dither=Image.Dither.NONE)
    for interlace in (0, 1):
        out = io.BytesIO()
        image.save(out, "GIF", interlace=interlace)
        add(f"plain{'-interlaced' if interlace else ''}.gif", out.getvalue())
    out = io.BytesIO()
    image.save(out, "GIF", transparency=int(np.asarray(image)[20, 20]))
    add("transparent.gif", out.getvalue())
    small = Image.fromarray(scene(30, 20)).quantize(30, dither=Image.Dither.NONE)
    palette, indices = bytes(small.getpalette()[:90]), np.asarray(small)
    key = int(indices[10, 10])
    whole = (0, 0, indices, None, None, 0)
    add("local-palette.gif", gif((30, 20), [(0, 0, indices, None, palette[::-1], 0)], palette))
    add("animated.gif", gif((30, 20), [whole, (0, 0, indices[::-1], None, None, 1)], palette))
    add("animated-transparent.gif", gif((30, 20), [(0, 0, indices, key, None, 2), whole], palette))
    add("inset-transparent.gif", gif((41, 33), [(5, 7, indices, key, None, 0)], palette))
    add("inset.gif", gif((41, 33), [(5, 7, indices, None, None, 0)], palette, background=3))


# BMP.


def bmp(
    width, height, bits, rows, *, compression=0, palette=b"", masks=b"", header=40, top_down=False
):
    body = b"".join(rows) if isinstance(rows, list) else rows
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack(
            "<IiiHHIIiiII",
            header,
            width,
            -height if top_down else height,
            1,
            bits,
            compression,
            len(body),
            2835,
            2835,
            len(palette) // 4,
            0,
        )
        info += masks if header == 40 else masks.ljust(header - 40, b"\0")
    offset = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + info + palette + body


def bmp_rows(rows, top_down=False):
    rows = [row.ljust((len(row) + 3) // 4 * 4, b"\0") for row in rows]
    return rows if top_down else rows[::-1]


def record_bmp():
    rgb, alpha = scene(41, 27), alpha_scene(41, 27)
    height, width = rgb.shape[:2]
    bgr = rgb[..., ::-1]
    add("24.bmp", bmp(width, height, 24, bmp_rows(pack_rows(bgr, 8))))
    add("24-top-down.bmp", bmp(width, height, 24, bmp_rows(pack_rows(bgr, 8), True), top_down=True))
    add("24-os2.bmp", bmp(width, height, 24, bmp_rows(pack_rows(bgr, 8)), header=12))
    for bits in (1, 4, 8):
        count = 1 << bits
        image = Image.fromarray(rgb).quantize(count, dither=Image.Dither.NONE)
        colours = np.zeros((count, 4), np.uint8)
        some = np.array(image.getpalette()[: count * 3], np.uint8).reshape(-1, 3)
        colours[: len(some), :3] = some[:, ::-1]
        rows = bmp_rows(pack_rows(np.asarray(image), bits))
        add(f"{bits}.bmp", bmp(width, height, bits, rows, palette=colours.tobytes()))
        if bits == 1:
            continue
        small = np.asarray(image)[5:25, 9:32]
        body = b""
        for line in small[::-1]:
            # Runs, then three pixels as they are.
            for value in line[:-3]:
                body += bytes([1, int(value) << 4 if bits == 4 else int(value)])
            a, b, c = (int(v) for v in line[-3:])
            body += bytes([0, 3]) + (
                bytes([a << 4 | b, c << 4]) if bits == 4 else bytes([a, b, c, 0])
            )
            body += b"\0\0"
        data = bmp(
            23, 20, bits, body + b"\0\1", compression=3 - bits // 4, palette=colours.tobytes()
        )
        add(f"{bits}-runs.bmp", data)
    add(
        "32.bmp",
        bmp(width, height, 32, bmp_rows(pack_rows(np.concatenate([bgr, alpha[..., None]], -1), 8))),
    )
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    rows = bmp_rows(pack_rows(np.concatenate([bgr, alpha[..., None]], -1), 8))
    add("32-alpha.bmp", bmp(width, height, 32, rows, compression=3, masks=masks, header=108))
    small = rgb.astype(int) >> 3
    five = (small[..., 0] << 10 | small[..., 1] << 5 | small[..., 2]).astype("<u2")
    add("16-555.bmp", bmp(width, height, 16, bmp_rows([row.tobytes() for row in five])))
    six = (small[..., 0] << 11 | rgb[..., 1].astype(int) >> 2 << 5 | small[..., 2]).astype("<u2")
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    rows = bmp_rows([row.tobytes() for row in six])
    add("16-565.bmp", bmp(width, height, 16, rows, compression=3, masks=masks))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    EXPECTED.mkdir(parents=True)
    record_png()
    record_jpeg()
    record_webp()
    record_heif()
    record_tiff()
    record_gif()
    record_bmp()
    versions = {
        module.__name__: module.__version__
        for module in (PIL, pillow_heif, tifffile, transformers, np)
    }
    record = {"versions": versions, "files": files}
    (HERE / "stills.json").write_text(json.dumps(record, indent=1) + "\n")
    total = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(len(files), "files,", total, "bytes", file=sys.stderr)


main()
