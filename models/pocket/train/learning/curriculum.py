"""What is learned when: phases of lessons, from single words to pages and clips.

A lesson's batch is a number of samples that go through the network at once; a step of the
optimizer takes one batch of each lesson that is drawn for it.
"""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lesson:
    name: str
    batch: int                # samples at once
    window: bool = False      # a window on a tile instead of a whole one
    cropped: bool = False     # what lies far from the letters of a tile is left out
    longest: int = 0          # longest edge of the processor; 0: one tile
    only_letters: bool = False  # the tower alone learns, to spell each patch


@dataclass(frozen=True)
class Phase:
    name: str
    steps: int
    mix: dict                 # lesson (a key of LESSONS) to its share of the batches
    batches: int              # batches in one step of the optimizer


LESSONS = {
    "letters": Lesson("letters", 32, window=True, only_letters=True),
    "words": Lesson("words", 32, window=True),
    "lines": Lesson("lines", 16, window=True),
    "signs": Lesson("signs", 8),
    "signs, cropped": Lesson("signs", 16, cropped=True),
    "small papers, cropped": Lesson("small papers", 16, cropped=True),
    "signs, tiled": Lesson("signs", 2, longest=1024),
    "small papers": Lesson("small papers", 8),
    "small papers, tiled": Lesson("small papers", 2, longest=1024),
    "scenes, tiled": Lesson("scenes", 2, longest=1024),
    "wordless, tiled": Lesson("wordless", 2, longest=1024),
    "papers": Lesson("papers", 2, longest=1024),
    "scenes": Lesson("scenes", 8),
    "wordless": Lesson("wordless", 8),
    "clips": Lesson("clips", 2),
}

# On a large GPU every batch is this many times larger.
GPU_BATCH = 8

PLANS = {
    # 28 minutes of one H100 with the large shape and --echo 2: see README.md for the estimate.
    "gpu": [
        Phase("letters", 2200, {"letters": 1.0}, 1),
        Phase("words", 450, {"letters": 0.2, "words": 0.8}, 4),
        Phase("lines", 1050, {"words": 0.2, "lines": 0.8}, 4),
        Phase("signs", 1150, {"lines": 0.3, "signs": 0.45, "small papers": 0.1, "scenes": 0.1,
                              "wordless": 0.05}, 4),
        Phase("papers", 900, {"lines": 0.1, "signs": 0.25, "small papers": 0.35, "scenes": 0.08,
                               "wordless": 0.05, "clips": 0.12, "papers": 0.05}, 4),
        # What the folder's longest edge of 1024 makes of every still: tiles and the whole.
        Phase("tiled", 390, {"signs, tiled": 0.35, "papers": 0.25, "small papers, tiled": 0.15,
                              "scenes, tiled": 0.08, "wordless, tiled": 0.05, "clips": 0.12}, 6),
    ],
    # Two processor cores with the small shape.
    "cpu": [
        Phase("letters", 12000, {"letters": 1.0}, 1),
        Phase("words", 2200, {"letters": 0.3, "words": 0.7}, 1),
        Phase("lines", 3500, {"letters": 0.2, "words": 0.25, "lines": 0.55}, 1),
        Phase("signs", 2100, {"words": 0.08, "lines": 0.27, "signs, cropped": 0.25, "signs": 0.2,
                              "small papers, cropped": 0.1, "scenes": 0.06, "wordless": 0.04}, 1),
        Phase("all", 1700, {"lines": 0.12, "signs, cropped": 0.2, "signs": 0.2,
                            "small papers, cropped": 0.18, "small papers": 0.1, "scenes": 0.07,
                            "wordless": 0.04, "clips": 0.09}, 1),
        Phase("further", 2600, {"lines": 0.06, "signs, cropped": 0.17, "signs": 0.17,
                                "small papers, cropped": 0.22, "small papers": 0.13,
                                "scenes": 0.09, "wordless": 0.04, "clips": 0.12}, 1),
    ],
    "try": [
        Phase("words", 20, {"words": 1.0}, 1),
        Phase("all", 12, {"lines": 0.3, "signs": 0.1, "small papers": 0.1, "papers": 0.1,
                          "scenes": 0.1, "clips": 0.2, "wordless": 0.1}, 2),
    ],
}


def batches(plan, scale=1.0):
    """All batches of a plan in order, as (step, phase, lesson key, number of that lesson)."""
    counts, step = {}, 0
    rng = np.random.default_rng(5)
    for phase in PLANS[plan]:
        names, shares = list(phase.mix), np.array(list(phase.mix.values()))
        for _ in range(max(1, round(phase.steps * scale))):
            for _ in range(phase.batches):
                key = names[int(rng.choice(len(names), p=shares / shares.sum()))]
                number = counts.get(key, 0)
                counts[key] = number + 1
                yield step, phase.name, key, number
            step += 1
