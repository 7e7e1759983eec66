"""Simple scenes of coloured shapes, pictures without any text, and clips of a few scenes."""
import numpy as np
from PIL import Image, ImageDraw

from . import camera, fonts, signs, words
from .canvas import Canvas, Picture

SHAPES = ("circle", "square", "triangle", "star", "rectangle", "diamond")
PLACES = {(0, 0): "at the top left", (1, 0): "at the top", (2, 0): "at the top right",
          (0, 1): "on the left", (1, 1): "in the middle", (2, 1): "on the right",
          (0, 2): "at the bottom left", (1, 2): "at the bottom", (2, 2): "at the bottom right"}


def mark(pen, shape, x, y, r, fill):
    if shape == "circle":
        pen.ellipse([x - r, y - r, x + r, y + r], fill=fill)
    elif shape == "square":
        pen.rectangle([x - r * 0.9, y - r * 0.9, x + r * 0.9, y + r * 0.9], fill=fill)
    elif shape == "rectangle":
        pen.rectangle([x - r * 1.25, y - r * 0.6, x + r * 1.25, y + r * 0.6], fill=fill)
    else:
        steps = {"triangle": [(90, 1), (210, 1), (330, 1)],
                 "diamond": [(0, 0.75), (90, 1.1), (180, 0.75), (270, 1.1)],
                 "star": [(90 + 36 * i, 1.1 if i % 2 == 0 else 0.45) for i in range(10)]}[shape]
        pen.polygon([(x + r * k * np.cos(np.deg2rad(a)), y - r * k * np.sin(np.deg2rad(a)))
                     for a, k in steps], fill=fill)


def tint(rng, name):
    return tuple(int(np.clip(v + rng.integers(-14, 15), 0, 255)) for v in words.COLOURS[name])


def ground(rng, split, w, h, used):
    """A background that no shape of these colours gets lost on."""
    while True:
        image = signs.background(rng, split, w, h)
        mean = np.asarray(image.resize((8, 8))).reshape(-1, 3).astype(int)
        if all(np.abs(mean - np.array(words.COLOURS[c])).sum(1).min() > 90 for c in used):
            return image


def joined(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def some(name):
    return ("an " if name[0] in "aeiou" else "a ") + name


def plural(shape, n):
    return shape if n == 1 else shape + "s"


def scene(rng, split, w, h):
    """Shapes on a background, and what can be asked about them: (key, words, answer)."""
    groups, cells = [], [(x, y) for y in range(3) for x in range(3)]
    cells = [cells[i] for i in rng.permutation(9)]
    kinds = [SHAPES[i] for i in rng.permutation(len(SHAPES))[:int(rng.integers(1, 4))]]
    colours = [list(words.COLOURS)[i] for i in rng.permutation(len(words.COLOURS))[:len(kinds)]]
    image = ground(rng, split, w, h, colours)
    pen = ImageDraw.Draw(image)
    for kind, name in zip(kinds, colours):
        count = 1 if rng.random() < 0.6 else int(rng.integers(2, 4))
        where = [cells.pop() for _ in range(count)]
        for cx, cy in where:
            r = min(w, h) / 6 * rng.uniform(0.5, 0.85)
            mark(pen, kind, w * (cx + 0.5) / 3 + rng.normal(0, w / 60),
                 h * (cy + 0.5) / 3 + rng.normal(0, h / 60), r, tint(rng, name))
        groups.append((kind, name, count, where))
    facts = []
    for kind, name, count, where in groups:
        facts.append(("howmany", {"item": plural(kind, 2)}, words.NUMBERS[count]))
        facts.append(("colour", {"item": plural(kind, count), "many": count > 1}, name))
        if count == 1:
            facts.append(("shape", {"item": name}, "a " + kind))
            facts.append(("where", {"item": kind}, PLACES[where[0]]))
    told = [f"{some(name)} {kind}" if count == 1 else
            f"{words.NUMBERS[count]} {name} {plural(kind, count)}"
            for kind, name, count, _ in groups]
    facts.append(("describe", {}, joined(told)))
    return camera.photographed(Picture(image), rng, 0.7), facts


def wordless(rng, split, w, h):
    """A picture without a letter: a wall, shapes, an empty sign."""
    kind = rng.random()
    if kind < 0.4:
        return scene(rng, split, w, h)[0]
    picture = Picture(signs.background(rng, split, w, h))
    if kind < 0.8:
        pw, ph = int(w * rng.uniform(0.3, 0.9)), int(h * rng.uniform(0.3, 0.8))
        board = Canvas(pw, ph, signs.colour(rng))
        for _ in range(int(rng.integers(0, 3))):
            y = rng.uniform(0, ph)
            board.pen.line([0, y, pw, y], fill=signs.colour(rng), width=int(rng.integers(1, 9)))
        picture = camera.placed(board.picture(), camera.tilted_quad(rng, w, h, (pw, ph)), picture)
    return camera.photographed(picture, rng)


def clip(rng, split, w, h, most_seconds=8):
    """Frames of a clip, one a second, their times, and facts: (key, words, answer)."""
    seconds = int(rng.integers(3, most_seconds + 1))
    count = int(rng.integers(1, min(4, seconds // 2 + 1) + 1))
    cuts = sorted(rng.permutation(np.arange(1, seconds))[:count - 1].tolist())
    spans = list(zip([0] + cuts, cuts + [seconds]))
    rate, frames, times, told, facts = 24, [], [], [], []
    scenes, used, counted = [], set(), False
    for a, b in spans:
        kind = words.choice(rng, ["card", "card", "shape", "shape", "counter"])
        if kind == "counter" and (counted or b - a < 2):
            kind = "card"
        counted |= kind == "counter"
        if kind == "card":
            text = signs.Lines(rng, split, 2, 18)
            scenes.append((kind, text, signs.pair(rng, 110)))
        elif kind == "shape":
            while True:
                what = (words.choice(rng, SHAPES), words.choice(rng, list(words.COLOURS)))
                if what not in used:
                    break
            used.add(what)
            scenes.append((kind, what, (ground(rng, split, w, h, [what[1]]),
                                        words.choice(rng, ["left", "right", "up", "down"]))))
        else:
            scenes.append((kind, int(rng.integers(1, 90)), (signs.pair(rng, 110),
                                                            fonts.pick(rng, split))))
    # As the runtime samples: one frame a second, evenly from the first to the last.
    total = seconds * rate
    indices = [int(i * (total - 1) / (seconds - 1)) for i in range(seconds)]
    shown = {}
    for index in indices:
        at = index / rate
        number = next(i for i, (a, b) in enumerate(spans) if at < b)
        (kind, what, how), (a, b) = scenes[number], spans[number]
        shown.setdefault(number, []).append(at)
        if kind == "card":
            canvas = Canvas(w, h, how[0])
            what.drawn(canvas, (w * 0.1, h * 0.25, w * 0.9, h * 0.75), how[1])
        elif kind == "shape":
            canvas = Canvas(w, h, image=how[0].copy())
            part = (at - a) / max(1e-6, b - a) * 0.7 + 0.15
            x, y = {"right": (part, 0.5), "left": (1 - part, 0.5), "down": (0.5, part),
                    "up": (0.5, 1 - part)}[how[1]]
            mark(canvas.pen, what[0], w * x, h * y, min(w, h) * 0.14, words.COLOURS[what[1]])
        else:
            canvas = Canvas(w, h, how[0][0])
            canvas.text(w / 2, h / 2, str(what + int(at) - a), how[1], int(h * 0.4), how[0][1], "m")
        frames.append(canvas.picture())
        times.append(at)
    for number, (kind, what, how) in enumerate(scenes):
        stamps = shown.get(number)
        if not stamps:
            continue
        if kind == "card":
            text = " ".join(what.lines)
            told.append(f'A card: "{text}".')
            item = f'the card "{text}"'
        elif kind == "shape":
            moving = f" moves {how[1]}" if len(stamps) > 1 else ""
            told.append(f"{some(what[1]).capitalize()} {what[0]}{moving}.")
            item = f"the {what[1]} {what[0]}"
        else:
            first, last = (what + int(t) - spans[number][0] for t in (stamps[0], stamps[-1]))
            told.append(f"A counter from {first} to {last}." if last > first else
                        f"The number {first}.")
            item = "the counter" if last > first else f"the number {first}"
        first = int(stamps[0])
        facts.append(("when", {"item": item}, f"at {first // 60:02d}:{first % 60:02d}"))
    facts.append(("summary", {}, " ".join(told)))
    return frames, times, seconds, facts
