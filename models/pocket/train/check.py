#!/usr/bin/env python3
"""Checks what the data promise: the same number gives the same sample, evaluation's parts are
apart from training's, letters lie where they were drawn, and tiles are those of the runtime.

    models/pocket/train/check.py
"""
import numpy as np
from PIL import Image

from learning.batches import step_sizes
from making import fonts, heldout, papers, questions, samples, signs
from making.canvas import Canvas, Picture
from making.camera import placed, tilted_quad


def same(lesson, split, index):
    """The same sample twice, whatever was made between."""
    first = samples.sample(split, lesson, index)
    samples.sample("train", "signs", 12345)
    second = samples.sample(split, lesson, index)
    assert first.turns == second.turns, (lesson, split, index)
    for a, b in zip(first.pictures, second.pictures):
        assert a.image.tobytes() == b.image.tobytes(), (lesson, split, index)
        assert np.array_equal(a.points, b.points)


def letters_stay():
    """Dark letters on a white plate, tilted: the middle of the letters' box is near each point."""
    rng = np.random.default_rng(1)
    name = fonts.names("train")[0]
    canvas = Canvas(400, 200, (255, 255, 255))
    canvas.text(200, 100, "HH", name, 90, (0, 0, 0), "m")
    flat = Picture(Image.new("RGB", (600, 400), (255, 255, 255)))
    quad = tilted_quad(rng, 600, 400, (400, 200))
    picture = placed(canvas.picture(), quad, flat)
    dark = np.argwhere(np.asarray(picture.image.convert("L")) < 128)[:, ::-1]
    assert np.abs(dark.mean(0) - picture.points.mean(0)).max() < 6, "letters and points part"


def main():
    questions.check()
    train, held = set(fonts.names("train")), set(fonts.names("eval"))
    assert held and not train & held
    for known, names in ((set(papers.LAYOUTS) | set(signs.PLATES), heldout.LAYOUTS),
                         (set(signs.WALLS), heldout.BACKGROUNDS)):
        unknown = set(names) - known - {"chart: dots"}
        assert not unknown, f"held out, but not there: {unknown}"
    for lesson in samples.LESSONS:
        for split in ("train", "eval"):
            same(lesson, split, 3)
    letters_stay()
    # From the reference notes' examples: width, height, longest, tile, the two sizes.
    for w, h, longest, tile, first, second in (
            (1600, 1200, 2048, 512, (2048, 1536), (2048, 1536)),
            (3000, 500, 2048, 512, (2048, 342), (2048, 512)),
            (100, 2000, 1536, 384, (76, 1536), (384, 1536)),
            (1654, 2339, 2048, 512, (1448, 2048), (1536, 2048))):
        assert step_sizes(w, h, longest, tile) == (first, second), (w, h)
    print(f"{len(train)} fonts to learn from, {len(held)} held out; "
          f"{len(papers.LAYOUTS) + len(signs.PLATES)} layouts; all as promised")


if __name__ == "__main__":
    main()
