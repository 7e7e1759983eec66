#!/usr/bin/env python3
"""Remakes every made file of this folder; the photographs stay as they came. See README.md.

    make.py [NAME ...]      all of them, or those named, for instance receipt.jpg
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

from PIL import Image  # noqa: E402

from drawing import clip, close, papers, signs  # noqa: E402


def jpeg(quality, draw, exif=None):
    def write(path):
        extra = {"exif": exif} if exif else {}
        draw().save(path, quality=quality, optimize=True, **extra)
    return write


def png(draw, colours=None):
    def write(path):
        image = draw()
        if colours:
            image = image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        image.save(path, optimize=True)
    return write


def turned_photo(path):
    """A phone held upright: the sensor lies on its side, and tag 274 says how to turn it back."""
    exif = Image.Exif()
    exif[271], exif[272], exif[274] = "Samples", "Made by make.py", 6
    sideways = close.phone_photo().transpose(Image.Transpose.ROTATE_90)
    sideways.save(path, quality=82, optimize=True, exif=exif)


def webp(path):
    close.menu_board().save(path, quality=78, method=6)


def heic(path):
    import pillow_heif
    pillow_heif.register_heif_opener()
    close.parcel_label().save(path, quality=48)


def report(path):
    from drawing import report
    path.write_bytes(report.two_page())


FILES = {
    "station-sign.jpg": jpeg(82, signs.station_sign),
    "shop-sign.jpg": jpeg(74, signs.shop_sign),
    "receipt.jpg": jpeg(80, papers.receipt),
    "invoice.png": png(papers.invoice, 64),
    "form.png": png(papers.form, 128),
    "chart.png": png(papers.chart),
    "scanned-page.jpg": jpeg(72, papers.scanned_page),
    "phone-photo.jpg": turned_photo,
    "menu-board.webp": webp,
    "parcel-label.heic": heic,
    "two-page.pdf": report,
    "clip.mp4": clip.write,
}


def main(names):
    unknown = [name for name in names if name not in FILES]
    if unknown:
        raise SystemExit(f"{unknown[0]} is not made here; choose from {', '.join(FILES)}.")
    for name in names or FILES:
        FILES[name](HERE / name)
        print(f"{(HERE / name).stat().st_size:8d}  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
