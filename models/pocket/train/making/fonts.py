"""The fonts that text is drawn with: found in a folder that make_fonts.py filled."""
import os
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from . import heldout

FOLDER = Path(os.environ.get("POCKET_FONTS", Path(__file__).parent.parent / "build" / "fonts"))

# What every font can draw; make_fonts.py leaves out the fonts that lack any of it.
LETTERS = "".join(map(chr, range(32, 127))) + "£"
SCRIPTS = ("Lobster", "Kaushan", "Leckerli", "Dancing", "Breip")


@lru_cache(maxsize=None)
def names(split):
    """File names of the fonts of a split, in an order that is the same everywhere."""
    out = sorted(p.name for p in FOLDER.iterdir() if p.suffix in (".ttf", ".otf"))
    held = tuple(n for n in out if n.startswith(heldout.FONTS))
    return held if split == "eval" else tuple(n for n in out if n not in held)


@lru_cache(maxsize=None)
def plain_names(split):
    """Those without the scripts and display faces, for papers."""
    return tuple(n for n in names(split) if not n.startswith(SCRIPTS))


class Widths(dict):
    """The widths of a font's letters, each measured when it is first asked for."""

    def __init__(self, font):
        self.font = font

    def __missing__(self, letter):
        self[letter] = self.font.getlength(letter)
        return self[letter]


@lru_cache(maxsize=1500)
def face(name, size):
    """A font at a size in pixels, and the widths of its letters."""
    font = ImageFont.truetype(str(FOLDER / name), size, layout_engine=ImageFont.Layout.BASIC)
    return font, Widths(font)


def pick(rng, split, plain=False):
    pool = plain_names(split) if plain else names(split)
    return pool[int(rng.integers(len(pool)))]
