"""Signs, labels, screens and title cards: some lines of text on a plate, on a wall."""
import numpy as np
from PIL import Image, ImageDraw

from . import camera, fonts, heldout, words
from .canvas import Canvas, Picture

WALLS, PLATES = {}, {}
LEAST_LETTER = 11  # size of type in pixels, in a picture of 512


def wall(function):
    WALLS[function.__name__] = function
    return function


def plate(name):
    def keep(function):
        PLATES[name] = function
        return function
    return keep


def pool(table, split, held):
    names = sorted(n for n in table if (n in held) == (split == "eval"))
    return [table[n] for n in names]


def colour(rng, low=0, high=256):
    return tuple(int(v) for v in rng.integers(low, high, 3))


def shade(c, by):
    return tuple(int(np.clip(v + by, 0, 255)) for v in c)


def brightness(c):
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def pair(rng, least=90):
    """Two colours that can be told apart."""
    if rng.random() < 0.25:
        both = [(0, 0, 0), (255, 255, 255)]
        return both if rng.random() < 0.4 else both[::-1]
    while True:
        a, b = colour(rng), colour(rng)
        if abs(brightness(a) - brightness(b)) > least:
            return a, b


@wall
def plain(rng, w, h):
    return Image.new("RGB", (w, h), colour(rng))


@wall
def gradient(rng, w, h):
    small = rng.integers(30, 226, (2, 2, 3)).astype(np.uint8)
    return Image.fromarray(small).resize((w, h), Image.Resampling.BILINEAR)


@wall
def clouds(rng, w, h):
    base = np.array(colour(rng, 40, 216))
    grid = (int(rng.integers(3, 20)), int(rng.integers(3, 20)), 3)
    small = np.clip(base + rng.normal(0, 28, grid), 0, 255).astype(np.uint8)
    return Image.fromarray(small).resize((w, h), Image.Resampling.BICUBIC)


@wall
def bricks(rng, w, h):
    mortar, brick = colour(rng, 120, 220), colour(rng, 60, 190)
    image = Image.new("RGB", (w, h), mortar)
    pen, step = ImageDraw.Draw(image), int(rng.integers(18, 60))
    for row, y in enumerate(range(0, h, step)):
        for x in range(-step * (row % 2), w, 2 * step):
            pen.rectangle([x + 2, y + 2, x + 2 * step - 2, y + step - 2],
                          fill=shade(brick, int(rng.integers(-18, 19))))
    return image


@wall
def stripes(rng, w, h):
    a = colour(rng, 40, 216)
    image, step = Image.new("RGB", (w, h), a), int(rng.integers(12, 90))
    pen = ImageDraw.Draw(image)
    for at in range(0, w + h, 2 * step):
        pen.line([(at, 0), (at - int(h * 0.4), h)], fill=shade(a, 25), width=step)
    return image


@wall
def blobs(rng, w, h):
    image = Image.new("RGB", (w, h), colour(rng, 20, 200))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(5, 25))):
        x, y, r = rng.integers(w), rng.integers(h), rng.integers(8, max(9, w // 5))
        pen.ellipse([x - r, y - r, x + r, y + r], fill=colour(rng, 20, 235))
    return image


@wall
def planks(rng, w, h):
    base, image = colour(rng, 70, 190), Image.new("RGB", (w, h))
    pen, step = ImageDraw.Draw(image), int(rng.integers(30, 110))
    for y in range(0, h, step):
        pen.rectangle([0, y, w, y + step - 3], fill=shade(base, int(rng.integers(-22, 23))))
    return image


@wall
def rings(rng, w, h):
    base = colour(rng, 50, 200)
    image, step = Image.new("RGB", (w, h), base), int(rng.integers(14, 50))
    pen, x, y = ImageDraw.Draw(image), rng.integers(w), rng.integers(h)
    for r in range(2 * max(w, h), 0, -2 * step):
        pen.ellipse([x - r, y - r, x + r, y + r], outline=shade(base, 30), width=step)
    return image


@wall
def diamonds(rng, w, h):
    base, step = colour(rng, 60, 200), int(rng.integers(24, 70))
    image = Image.new("RGB", (w, h), base)
    pen = ImageDraw.Draw(image)
    for y in range(0, h + step, step):
        for x in range(0, w + step, step):
            pen.polygon([(x, y - step / 2), (x + step / 2, y), (x, y + step / 2),
                         (x - step / 2, y)],
                        fill=shade(base, 14 if (x // step + y // step) % 2 else -14))
    return image


def background(rng, split, w, h):
    makers = pool(WALLS, split, heldout.BACKGROUNDS)
    return makers[int(rng.integers(len(makers)))](rng, w, h)


class Lines:
    """The text of one plate, with a font and a size for each line."""

    def __init__(self, rng, split, most_lines=4, most_letters=24):
        count = 1 + int(rng.integers(most_lines)) if rng.random() < 0.8 else 1
        self.lines = [words.phrase(rng, most_letters) for _ in range(count)]
        name = fonts.pick(rng, split)
        other = fonts.pick(rng, split) if rng.random() < 0.3 else name
        self.names = [name if i == 0 or rng.random() < 0.5 else other for i in range(count)]
        self.scales = [1.0 if i == 0 else rng.uniform(0.5, 1.0) for i in range(count)]
        if rng.random() < 0.3:
            self.scales = [1.0] * count
        self.gap = rng.uniform(1.15, 1.7)
        self.spacing = rng.uniform(0.05, 0.2) if rng.random() < 0.12 else 0.0
        self.smallest = 0

    def drawn(self, canvas, box, ink, anchor="m"):
        """Fills a box with the lines; every size is as large as fits."""
        x0, y0, x1, y1 = box
        total = sum(self.scales) * self.gap
        unit = (y1 - y0) / total
        for line, name, scale in zip(self.lines, self.names, self.scales):
            size = max(7, int(unit * scale))
            unit = min(unit, canvas.fit(line, name, size, x1 - x0, self.spacing) / scale)
        self.smallest = max(7, int(unit * min(self.scales)))
        y = (y0 + y1) / 2 - unit * total / 2
        for line, name, scale in zip(self.lines, self.names, self.scales):
            size = max(7, int(unit * scale))
            x = {"l": x0, "m": (x0 + x1) / 2, "r": x1}[anchor]
            canvas.text(x, y + unit * scale * self.gap / 2, line, name, size, ink, anchor,
                        self.spacing * size)
            y += unit * scale * self.gap


@plate("sign: centred")
def centred(rng, lines, w, h):
    ground, ink = pair(rng)
    canvas = Canvas(w, h, ground)
    edge = int(h * rng.uniform(0.02, 0.06))
    if rng.random() < 0.5:
        canvas.pen.rounded_rectangle([edge, edge, w - edge, h - edge], radius=edge * 2, outline=ink,
                                     width=max(1, edge // 2))
    lines.drawn(canvas, (w * 0.07, h * 0.08, w * 0.93, h * 0.92), ink)
    return canvas


@plate("sign: left")
def left(rng, lines, w, h):
    ground, ink = pair(rng)
    canvas = Canvas(w, h, ground)
    lines.drawn(canvas, (w * 0.06, h * 0.08, w * 0.96, h * 0.92), ink, "l")
    return canvas


@plate("sign: band")
def band(rng, lines, w, h):
    """A coloured band with nothing in it, above or below the text."""
    ground, ink = pair(rng)
    canvas, above = Canvas(w, h, ground), rng.random() < 0.5
    high = h * rng.uniform(0.1, 0.25)
    canvas.pen.rectangle([0, 0, w, high] if above else [0, h - high, w, h], fill=colour(rng))
    box = (w * 0.06, high + h * 0.05, w * 0.94, h * 0.95) if above else (
        w * 0.06, h * 0.05, w * 0.94, h - high - h * 0.05)
    lines.drawn(canvas, box, ink)
    return canvas


@plate("sign: pictogram")
def pictogram(rng, lines, w, h):
    """An arrow or a dot beside the text."""
    ground, ink = pair(rng)
    canvas, side = Canvas(w, h, ground), min(h * 0.7, w * 0.25)
    on_left, y = rng.random() < 0.5, h / 2
    x = w * 0.05 if on_left else w * 0.95 - side
    if rng.random() < 0.5:
        canvas.pen.ellipse([x, y - side / 2, x + side, y + side / 2], fill=colour(rng))
    else:
        canvas.pen.polygon([(x, y), (x + side, y - side / 2), (x + side, y + side / 2)], fill=ink)
    box = (side + w * 0.1, h * 0.1, w * 0.95, h * 0.9) if on_left else (
        w * 0.05, h * 0.1, w * 0.9 - side, h * 0.9)
    lines.drawn(canvas, box, ink)
    return canvas


@plate("screen: card")
def card(rng, lines, w, h):
    a, ink = pair(rng, 120)
    small = np.clip(np.array(a) + rng.integers(-20, 21, (2, 2, 3)), 0, 255).astype(np.uint8)
    canvas = Canvas(w, h, image=Image.fromarray(small).resize((w, h), Image.Resampling.BILINEAR))
    lines.drawn(canvas, (w * 0.08, h * 0.15, w * 0.92, h * 0.85), ink)
    return canvas


@plate("sign: ribbon")
def ribbon(rng, lines, w, h):
    ground, ink = pair(rng)
    canvas = Canvas(w, h, ground)
    for y in (h * 0.04, h * 0.9):
        canvas.pen.rectangle([0, y, w, y + h * 0.04], fill=ink)
    canvas.pen.polygon([(0, h * 0.3), (w * 0.04, h * 0.5), (0, h * 0.7)], fill=ink)
    lines.drawn(canvas, (w * 0.08, h * 0.12, w * 0.94, h * 0.86), ink)
    return canvas


@plate("sign: split board")
def split_board(rng, lines, w, h):
    ground, ink = pair(rng)
    canvas = Canvas(w, h, ground)
    canvas.pen.rectangle([0, 0, w * 0.12, h], fill=colour(rng))
    lines.drawn(canvas, (w * 0.16, h * 0.08, w * 0.96, h * 0.92), ink, "l")
    return canvas


@plate("screen: list")
def listed(rng, lines, w, h):
    ground, ink = pair(rng, 120)
    canvas = Canvas(w, h, ground)
    canvas.pen.rectangle([w * 0.03, h * 0.05, w * 0.97, h * 0.95], outline=ink, width=2)
    lines.drawn(canvas, (w * 0.08, h * 0.1, w * 0.94, h * 0.9), ink, "l")
    return canvas


def sign(rng, split, size=(640, 480), most_lines=4, most_letters=24):
    """A picture of a sign, and its lines."""
    w, h = size
    makers = pool(PLATES, split, heldout.LAYOUTS)
    while True:
        lines = Lines(rng, split, most_lines, most_letters)
        maker = makers[int(rng.integers(len(makers)))]
        if rng.random() < 0.2:
            # The text fills the picture: a screen, a card, a scan.
            picture, scale = maker(rng, lines, w, h).picture(), 1.0
        else:
            pw = int(w * rng.uniform(0.5, 0.98))
            ph = int(min(h * rng.uniform(0.3, 0.95), pw * rng.uniform(0.25, 1.2)))
            flat = maker(rng, lines, pw, ph).picture()
            quad = camera.tilted_quad(rng, w, h, (pw, ph))
            scale = camera.shrinkage(quad, pw, ph)
            picture = None
        # What a person could not read in one tile is no fair question.
        if lines.smallest * scale * 512 / max(w, h) >= LEAST_LETTER:
            break
    if picture is None:
        picture = camera.placed(flat, quad, Picture(background(rng, split, w, h)))
    return camera.photographed(picture, rng), lines.lines


def snippet(rng, split, w, h, lines=1, letters=24):
    """Text alone that fills a small picture: what reading begins with."""
    ground, ink = pair(rng, 80)
    canvas = Canvas(w, h, image=background(rng, split, w, h) if rng.random() < 0.15 else
                    Image.new("RGB", (w, h), ground))
    if rng.random() < 0.15:
        canvas.pen.rectangle([2, 2, w - 3, h - 3], fill=ground)
    text, name = Lines(rng, split, 1, letters), fonts.pick(rng, split)
    count = int(rng.integers(1, lines + 1))
    text.lines = [words.phrase(rng, letters) for _ in range(count)]
    text.names, text.scales = [name] * count, [1.0] * count
    if rng.random() < 0.5:
        text.scales = [rng.uniform(0.6, 1.0) for _ in range(count)]
    x0, x1 = sorted((w * rng.uniform(0.01, 0.2), w * rng.uniform(0.8, 0.99)))
    y0, y1 = sorted((h * rng.uniform(0.01, 0.2), h * rng.uniform(0.8, 0.99)))
    text.drawn(canvas, (x0, y0, x1, y1), ink, words.choice(rng, "lmr"))
    picture = canvas.picture()
    if rng.random() < 0.3:
        behind = Picture(Image.new("RGB", (w, h), ground))
        picture = camera.placed(picture, camera.tilted_quad(rng, w, h, (w, h), 0.05, 4), behind)
    return camera.photographed(picture, rng, 0.7), text.lines
