"""Sample number i of a split and a lesson: a pure function of those three.

A sample is one picture (or the frames of one clip) with questions that are answered apart from
each other. A lesson is what a part of training consists of, from single words to clips.
"""
import json
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from . import papers, questions, scenes, signs, words
from .canvas import Picture

NO_TEXT = "There is no text in the picture."
NOT_STATED = "The document does not say."
# Samples whose numbers lie in the same group of this size have windows of the same size.
GROUP = 256
SPLITS = {"train": 1, "eval": 2, "check": 3}   # "check": training's parts, unseen numbers
LESSONS = ("words", "lines", "signs", "small papers", "papers", "scenes", "clips", "wordless",
           "letters")


@dataclass
class Turn:
    question: str
    answer: str
    category: str


@dataclass
class Sample:
    pictures: list                 # one Picture, or the frames of a clip
    turns: list = field(default_factory=list)
    times: list = None             # of the frames, in seconds
    seconds: int = 0


def generator(split, lesson, index):
    return np.random.default_rng([20261121, SPLITS[split], LESSONS.index(lesson), index])


def sample(split, lesson, index, turns=4):
    """The sample of this number. `turns`: at most so many questions about it."""
    rng = generator(split, lesson, index)
    pool = "eval" if split == "eval" else "train"
    if lesson in WINDOWS:
        sizes = generator(split, lesson, 10 ** 9 + index // GROUP)
        return make_window(rng, pool, *WINDOWS[lesson](sizes))
    return globals()["make_" + lesson.replace(" ", "_")](rng, pool, turns)


def read_turn(rng, split, lines, key=None):
    key = key or words.choice(rng, ["text", "sign"])
    return Turn(questions.ask(rng, split, key), "\n".join(lines), "text")


def window_of_words(rng):
    """A word or two that fill a small picture, 32 pixels or more high."""
    w, h = 32 * int(rng.integers(3, 9)), 32 * int(rng.integers(1, 4))
    return w, h, 1, max(3, min(16, w // 12))


def window_of_lines(rng):
    """Some lines that fill part of a tile."""
    w, h = 32 * int(rng.integers(6, 13)), 32 * int(rng.integers(3, 9))
    return w, h, min(5, h // 28), min(30, w // 11)


def window_of_letters(rng):
    """Print of any size, close together, on a small picture."""
    w, h = 32 * int(rng.integers(3, 9)), 32 * int(rng.integers(2, 5))
    if rng.random() < 0.3:
        return w, h, 2, max(2, w // 32)
    return w, h, h // 22, w // 10


WINDOWS = {"words": window_of_words, "lines": window_of_lines, "letters": window_of_letters}


def make_window(rng, split, w, h, lines, letters):
    picture, said = signs.snippet(rng, split, w, h, lines, letters)
    return Sample([picture], [read_turn(rng, split, said)])


def frame(rng, edge):
    """Width and height of a picture as cameras and screens give them."""
    aspect = words.choice(rng, [4 / 3, 4 / 3, 3 / 2, 16 / 9, 1.0, 3 / 4, 2 / 3])
    return (edge, int(edge / aspect)) if aspect >= 1 else (int(edge * aspect), edge)


def make_signs(rng, split, turns):
    w, h = frame(rng, int(rng.integers(512, 680)))
    picture, lines = signs.sign(rng, split, (w, h))
    out = [read_turn(rng, split, lines)]
    if rng.random() < 0.15:
        missing = words.choice(rng, ["total", "phone", "sender", "tax", "due"])
        out.append(Turn(questions.ask(rng, split, missing), NOT_STATED, "not stated"))
    return Sample([picture], out[:turns])


def json_turn(rng, split, named):
    names = list(rng.permutation(sorted(named))[:int(rng.integers(1, min(4, len(named)) + 1))])
    asked = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    answer = json.dumps({str(n): named[n] for n in names}, ensure_ascii=False)
    return Turn(questions.ask(rng, split, "json", fields=asked), answer, "json")


def paper_turns(rng, split, sheet, facts, turns, page=0.25):
    out, chosen = [], rng.permutation(len(facts))[:turns]
    for i in chosen:
        f = facts[int(i)]
        out.append(Turn(questions.ask(rng, split, f.key, **f.words), f.answer, f.key))
    if sheet and rng.random() < page and len(sheet.text()) < 420:
        out[-1] = Turn(questions.ask(rng, split, "page"), sheet.text(), "page")
    elif sheet and sheet.named and rng.random() < 0.25:
        out[-1] = json_turn(rng, split, sheet.named)
    elif rng.random() < 0.35:
        there = {f.key for f in facts}
        # A question is only "not stated" where no other entry could be meant by it.
        near = {"sender": "seller", "buyer": "receiver", "subject": "title", "number": "field",
                "phone": "field", "total": "cell", "tax": "value"}
        missing = [k for k in ("total", "phone", "sender", "tax", "due", "number", "ticked",
                               "subject", "buyer") if k not in there and near.get(k) not in there]
        if missing:
            out[-1] = Turn(questions.ask(rng, split, words.choice(rng, missing)), NOT_STATED,
                           "not stated")
    return out


def make_small_papers(rng, split, turns):
    """Papers of few rows, that can be read from one tile."""
    while True:
        edge = int(rng.integers(580, 800))
        picture, sheet, facts = papers.paper(rng, split, edge)
        if facts and (sheet is None or len(sheet.rows) <= 20):
            break
    return Sample([picture], paper_turns(rng, split, sheet, facts, turns))


def make_papers(rng, split, turns):
    while True:
        picture, sheet, facts = papers.paper(rng, split, int(rng.integers(1000, 1500)))
        if facts or sheet:
            break
    if not facts:
        return Sample([picture], [Turn(questions.ask(rng, split, "page"), sheet.text(), "page")])
    return Sample([picture], paper_turns(rng, split, sheet, facts, turns))


def make_scenes(rng, split, turns):
    w, h = frame(rng, 512)
    picture, facts = scenes.scene(rng, split, w, h)
    out = [Turn(questions.ask(rng, split, k, **what), a, k)
           for k, what, a in (facts[int(i)] for i in rng.permutation(len(facts))[:turns])]
    return Sample([picture], out)


def make_wordless(rng, split, turns):
    w, h = frame(rng, 512)
    picture = scenes.wordless(rng, split, w, h)
    key = words.choice(rng, ["text", "sign"])
    return Sample([picture], [Turn(questions.ask(rng, split, key), NO_TEXT, "no text")])


def make_clips(rng, split, turns):
    w, h = frame(rng, 512)
    frames, times, seconds, facts = scenes.clip(rng, split, w, h)
    order = rng.permutation(len(facts) - 1)[:max(1, turns - 1)]
    chosen = [facts[-1]] + [facts[int(i)] for i in order]
    out = [Turn(questions.ask(rng, split, k, **what), a, k) for k, what, a in chosen[:turns]]
    return Sample(frames, out, times, seconds)
