#!/usr/bin/env python3
"""Draws the loss curves of a run's log.csv as a PNG.

    models/pocket/train/curve.py RUN/log.csv [MORE/log.csv ...] --to curve.png
"""
import argparse
import csv
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, LEFT, BELOW = 1000, 560, 60, 50
COLOURS = ["#1f5fb4", "#c8401f", "#2c8a3a", "#8a3fb0", "#b08a1f", "#3a3a3a"]


def series(path, column, parts=250):
    """Samples seen, and the mean of a column over each of `parts` stretches."""
    rows = list(csv.DictReader(open(path)))
    step = max(1, len(rows) // parts)
    out = []
    for i in range(0, len(rows), step):
        part = rows[i:i + step]
        out.append((float(part[-1]["samples"]), sum(float(r[column]) for r in part) / len(part)))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    lines = [(f"{log.parent.name}: {name}", series(log, column))
             for log in options.logs for name, column in (("answers", "answer"),
                                                          ("letters on patches", "spelling"))]
    most = max(x for _, line in lines for x, _ in line)
    top, low = 8.0, 0.01
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)

    def at(x, y):
        share = (math.log(max(y, low)) - math.log(low)) / (math.log(top) - math.log(low))
        return (LEFT + x / most * (WIDTH - LEFT - 20),
                HEIGHT - BELOW - share * (HEIGHT - BELOW - 20))
    for y in (0.01, 0.03, 0.1, 0.3, 1, 3):
        pen.line([at(0, y), at(most, y)], fill="#dddddd")
        pen.text((8, at(0, y)[1] - 8), f"{y:g}", fill="black", font=font)
    for k in range(6):
        x = most * k / 5
        pen.text((at(x, low)[0] - 20, HEIGHT - BELOW + 8), f"{x / 1000:.0f}k", fill="black",
                 font=font)
    pen.text((WIDTH // 2 - 40, HEIGHT - 22), "samples seen; loss", fill="black", font=font)
    for i, (name, line) in enumerate(lines):
        pen.line([at(x, y) for x, y in line], fill=COLOURS[i % len(COLOURS)], width=2)
        pen.text((WIDTH - 330, 20 + 18 * i), name, fill=COLOURS[i % len(COLOURS)], font=font)
    image.quantize(32).save(options.to, optimize=True)


if __name__ == "__main__":
    main()
