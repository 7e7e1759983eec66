#!/usr/bin/env python3
"""Draws a sheet of samples of one lesson, with their questions and answers below.

    models/pocket/train/sheets.py --split eval --lesson signs --to signs.png
"""
import argparse
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from making import samples

SIDE, TEXT, COLUMNS = 300, 130, 4


def tile(sample):
    """One sample as a picture with its turns below it."""
    cell = Image.new("RGB", (SIDE, SIDE + TEXT), "white")
    frames = sample.pictures[:9]
    across = 1 if len(frames) == 1 else 2 if len(frames) <= 4 else 3
    for i, picture in enumerate(frames):
        small = picture.image.copy()
        small.thumbnail((SIDE // across - 4, SIDE // across - 4))
        cell.paste(small, (i % across * SIDE // across, i // across * SIDE // across))
    lines = []
    for turn in sample.turns:
        said = f"{turn.question} -> {turn.answer}".replace("\n", " / ")
        lines += textwrap.wrap(said, 52)[:4]
    ImageDraw.Draw(cell).multiline_text((3, SIDE + 2), "\n".join(lines[:10]), fill="black",
                                        font=ImageFont.load_default(10), spacing=2)
    return cell


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="eval", choices=samples.SPLITS)
    parser.add_argument("--lesson", default="signs", choices=samples.LESSONS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    cells = [tile(samples.sample(options.split, options.lesson, options.first + i))
             for i in range(options.count)]
    rows = -(-len(cells) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * (SIDE + TEXT)), "white")
    for i, cell in enumerate(cells):
        sheet.paste(cell, (i % COLUMNS * SIDE, i // COLUMNS * (SIDE + TEXT)))
    sheet.quantize(64, dither=Image.Dither.NONE).save(options.to, optimize=True)


if __name__ == "__main__":
    main()
