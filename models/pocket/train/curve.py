#!/usr/bin/env python3
"""Draws the loss curves of a run's log.csv as a PNG.

    models/pocket/train/curve.py RUN/log.csv --to curve.png
"""
import argparse
import csv
import math
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW = 1000, 560, 60, 20, 40, 50
LEAST, MOST = 0.08, 6.0      # of what is drawn, on a scale of logarithms
CURVES = {"spelling": ("letters on patches", "#c8401f"), "answer": ("answers", "#1f5fb4")}


def series(rows, column, parts=200):
    """Steps, and the mean of a column over each stretch of them; what is 0 was not learned yet."""
    rows = [r for r in rows if float(r[column]) > 0]
    size = max(1, len(rows) // parts)
    for i in range(0, len(rows) - size + 1, size):
        part = rows[i:i + size]
        yield int(part[-1]["step"]), sum(float(r[column]) for r in part) / size


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    with open(options.log, newline="") as file:
        rows = list(csv.DictReader(file))
    steps = int(rows[-1]["step"]) + 1
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)

    def at(step, loss):
        share = math.log(min(MOST, max(LEAST, loss)) / LEAST) / math.log(MOST / LEAST)
        return (LEFT + step / steps * (WIDTH - LEFT - RIGHT),
                HEIGHT - BELOW - share * (HEIGHT - ABOVE - BELOW))

    for loss in (0.1, 0.2, 0.5, 1, 2, 5):
        pen.line([at(0, loss), at(steps, loss)], fill="#dddddd")
        pen.text((LEFT - 8, at(0, loss)[1]), f"{loss:g}", fill="black", font=font, anchor="rm")
    for phase, part in groupby(rows, key=lambda r: r["phase"]):
        first = int(next(part)["step"])
        pen.line([at(first, LEAST), at(first, MOST)], fill="#999999")
        pen.text((at(first, 0)[0] + 4, ABOVE - 18), phase, fill="#666666", font=font)
    for step in range(0, steps, 5000):
        pen.text((at(step, 0)[0], HEIGHT - BELOW + 8), f"{step:,}", fill="black", font=font,
                 anchor="ma")
    pen.text((WIDTH / 2, HEIGHT - 20), "step; mean loss by phase", fill="black", font=font,
             anchor="ma")
    for i, (column, (name, colour)) in enumerate(CURVES.items()):
        pen.line([at(*point) for point in series(rows, column)], fill=colour, width=2)
        pen.text((LEFT + 12, HEIGHT - BELOW - 44 + 18 * i), name, fill=colour, font=font)
    image.quantize(32).save(options.to, optimize=True)


if __name__ == "__main__":
    main()
