"""Samples as arrays: tiles as the runtime cuts them, the prompt's ids, and what is to be learned.

A picture small enough stands as a window on one tile: its patches and tokens have the places they
would have there, and the empty rest is left out. The questions about one picture follow it side by
side: each sees the picture and itself, at the places that it would have alone.
"""
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from making import samples
from .network import LETTER_SLOTS, LETTERS
from .shape import END_TOKEN, IMAGE_TOKEN

LETTER_NUMBER = {c: i + 1 for i, c in enumerate(LETTERS)}
COUNT_WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
               "fourteen fifteen sixteen seventeen eighteen nineteen twenty").split()


@lru_cache(maxsize=2)
def tokenizer(path):
    from tokenizers import Tokenizer
    return Tokenizer.from_file(str(path))


def step_sizes(width, height, longest, tile):
    """The two sizes that a picture is brought to: longest edge first, then whole tiles."""
    aspect = width / height
    if width >= height:
        w, h = longest, int(longest / aspect)
        h += h % 2
    else:
        w, h = int(longest * aspect), longest
        w += w % 2
    w, h = max(w, 1), max(h, 1)
    aspect = w / h
    if w >= h:
        w2 = math.ceil(w / tile) * tile
        h2 = math.ceil(int(w2 / aspect) / tile) * tile
    else:
        h2 = math.ceil(h / tile) * tile
        w2 = math.ceil(int(h2 * aspect) / tile) * tile
    return (w, h), (w2, h2)


def cut(picture, shape, longest):
    """Tiles, then the whole, as the processor of transformers makes them, and rows and columns."""
    t = shape.tile
    first, second = step_sizes(*picture.image.size, longest, t)
    large = picture.resized(*first).resized(*second)
    if second == (t, t):
        return [large], 0, 0
    columns, rows = second[0] // t, second[1] // t
    tiles = []
    for r in range(rows):
        for c in range(columns):
            tiles.append(large.cut(c * t, r * t, t, t))
    return tiles + [large.resized(t, t)], rows, columns


def spelling(picture, patch):
    """Which letters have their middle on each patch, in reading order: [patches, slots]."""
    gw, gh = picture.image.width // patch, picture.image.height // patch
    out = np.zeros((gh * gw, LETTER_SLOTS), np.int64)
    used = np.zeros(gh * gw, np.int64)
    for c, (x, y) in zip(picture.letters, picture.points):
        column, row = int(x // patch), int(y // patch)
        if 0 <= column < gw and 0 <= row < gh:
            at = row * gw + column
            if used[at] < LETTER_SLOTS:
                out[at, used[at]] = LETTER_NUMBER[c]
            used[at] += 1
    return out


@dataclass
class Item:
    """One sample, ready: tiles of one size and the tokens about them."""
    pixels: np.ndarray      # [tiles, h, w, 3] bytes
    places: np.ndarray      # [tiles, patches]
    letters: np.ndarray     # [tiles, patches, slots]
    ids: np.ndarray         # [length]; -1 where a row of the picture goes
    positions: np.ndarray   # [length]
    turn: np.ndarray        # [length]; 0 for the picture, k for the k-th question
    learned: np.ndarray     # [length]; the id to be said next, or -100


class Maker:
    """Makes items; one in each process."""

    def __init__(self, shape, vocabulary_path):
        self.shape = shape
        self.words = tokenizer(vocabulary_path)
        self.end = self.words.token_to_id(END_TOKEN)
        self.image = self.words.token_to_id(IMAGE_TOKEN)

    def encoded(self, text):
        return self.words.encode(text).ids

    def prompt(self, sample, frames, rows, columns):
        """The prompt before the question, as a list of texts and of tile numbers."""
        block = "<fake_token_around_image>"
        if sample.times is not None:
            seconds = sample.seconds
            out = [f"<|im_start|>User: You are provided the following series of "
                   f"{COUNT_WORDS[len(frames)]} frames from a {seconds // 3600}:"
                   f"{seconds // 60 % 60:02d}:{seconds % 60:02d} [H:MM:SS] video.\n"]
            for i, t in enumerate(sample.times):
                out[-1] += f"\nFrame from {int(t) // 60:02d}:{int(t) % 60:02d}:{block}<global-img>"
                out += [i, block]
            return out
        out, number = ["<|im_start|>User:"], 0
        for r in range(rows):
            for c in range(columns):
                out[-1] += f"{block}<row_{r + 1}_col_{c + 1}>"
                out += [number, ""]
                number += 1
            out[-1] += "\n"
        out[-1] += ("\n" if rows else "") + f"{block}<global-img>"
        return out + [number, block]

    def item(self, sample, rng, longest=None, window=False, kept=None):
        """`longest`: 0 for one tile, quickly resized; else as the processor does it. `kept`: the
        part of the tile that is looked at, (x, y, width, height); the rest is left out."""
        s = self.shape
        rows = columns = 0
        origin = (0, 0)
        if kept:
            frames = [sample.pictures[0].resized(s.tile, s.tile, Image.Resampling.BICUBIC)]
            frames, origin = [frames[0].cut(*kept)], kept[:2]
        elif window:
            frames = sample.pictures
            room = [(s.tile - e) // 32 for e in frames[0].image.size]
            origin = tuple(32 * int(rng.integers(0, r + 1)) for r in room)
        elif sample.times is not None or not longest:
            frames = [p.resized(s.tile, s.tile, Image.Resampling.BICUBIC) for p in sample.pictures]
        else:
            frames, rows, columns = cut(sample.pictures[0], s, longest)
        gw, gh = (e // s.patch for e in frames[0].image.size)
        ox, oy = origin[0] // s.patch, origin[1] // s.patch
        grid = np.add.outer((np.arange(gh) + oy) * s.grid, np.arange(gw) + ox)
        side = s.grid // s.shuffle
        tokens = np.add.outer((np.arange(gh // s.shuffle) + oy // s.shuffle) * side,
                              np.arange(gw // s.shuffle) + ox // s.shuffle).reshape(-1)
        ids, positions, at = [], [], 0
        for part in self.prompt(sample, frames, rows, columns):
            if isinstance(part, int):
                ids += [-1] * len(tokens)
                positions += list(at + tokens)
                at += s.tokens
            else:
                more = self.encoded(part)
                ids += more
                positions += range(at, at + len(more))
                at += len(more)
        turn, learned = [0] * len(ids), [-100] * len(ids)
        lead = "" if sample.times is None else "\n\n"
        for number, t in enumerate(sample.turns, 1):
            asked = self.encoded(lead + t.question + END_TOKEN + "\nAssistant:")
            answer = self.encoded(" " + t.answer) + [self.end]
            block = asked + answer
            ids += block
            positions += range(at, at + len(block))
            turn += [number] * len(block)
            learned += [-100] * (len(asked) - 1) + answer + [-100]
        return Item(np.stack([np.asarray(f.image) for f in frames]),
                    np.tile(grid.reshape(1, -1), (len(frames), 1)),
                    np.stack([spelling(f, s.patch) for f in frames]),
                    np.array(ids), np.array(positions), np.array(turn), np.array(learned))


def windows(pictures, shape, rng, together):
    """Where the letters of each picture stand on its tile, as (x, y, width, height), and in an
    order in which `together` that follow each other have windows of the same size."""
    unit, tile = shape.patch * shape.shuffle, shape.tile
    boxes = []
    for p in pictures:
        at = p.points * np.array([tile / p.image.width, tile / p.image.height], np.float32)
        at = at if len(at) else np.full((1, 2), tile / 2, np.float32)
        # Points are the middles of letters, whose size shows in how far apart they are.
        apart = np.linalg.norm(np.diff(at, axis=0), axis=1)
        least = max(12, 1.3 * np.median(apart)) if len(at) > 2 else 96
        room = least + rng.integers(0, 64, (2, 2))
        low = np.clip((at.min(0) - room[0]) // unit, 0, None)
        high = np.clip(-(-(at.max(0) + room[1]) // unit), None, tile // unit)
        boxes.append((low.astype(int), high.astype(int)))
    order = sorted(range(len(boxes)), key=lambda i: np.prod(boxes[i][1] - boxes[i][0]))
    out = {}
    for first in range(0, len(order), together):
        some = order[first:first + together]
        size = np.max([boxes[i][1] - boxes[i][0] for i in some], 0)
        for i in some:
            low, high = boxes[i]
            first_x, first_y = (int(rng.integers(max(0, h - s), min(l, tile // unit - s) + 1))
                                for l, h, s in zip(low, high, size))
            out[i] = (first_x * unit, first_y * unit, int(size[0]) * unit, int(size[1]) * unit)
    return [(i, out[i]) for i in order]


def joined(items):
    """Items with tiles of the same size as one batch of arrays; shorter ones are filled up."""
    length = -(-max(len(i.ids) for i in items) // 16) * 16
    n = len(items)
    batch = dict(pixels=np.concatenate([i.pixels for i in items]),
                 places=np.concatenate([i.places for i in items]),
                 letters=np.concatenate([i.letters for i in items]).astype(np.uint8),
                 ids=np.zeros((n, length), np.int32), positions=np.zeros((n, length), np.int32),
                 turn=np.full((n, length), -1, np.int16),
                 learned=np.full((n, length), -100, np.int32))
    for row, item in enumerate(items):
        for name in ("ids", "positions", "turn", "learned"):
            batch[name][row, :len(item.ids)] = getattr(item, name)
    return batch
