"""A printed sheet as rows of cells: set in type on a canvas, and told as text in reading order."""
from dataclasses import dataclass, field

from . import fonts, words
from .canvas import Canvas


@dataclass
class Cell:
    text: str
    at: float = 0.0        # from 0, the left edge of the print, to 1, the right
    anchor: str = "l"
    scale: float = 1.0
    bold: bool = False


@dataclass
class Fact:
    """A question that the sheet answers: its key, the words in its wording, the answer."""
    key: str
    answer: str
    words: dict = field(default_factory=dict)


class Sheet:
    def __init__(self):
        self.rows = []     # lists of cells; an empty one is a gap; "-" is a rule; "[" and "]" a box
        self.facts = []
        self.named = {}    # what JSON can be asked for

    def row(self, *cells):
        self.rows.append([c if isinstance(c, Cell) else Cell(c) for c in cells])

    def centre(self, text, scale=1.0, bold=False):
        self.row(Cell(text, 0.5, "m", scale, bold))

    def sides(self, left, right, bold=False):
        self.row(Cell(left, 0, "l", 1, bold), Cell(right, 1, "r", 1, bold))

    def gap(self):
        self.rows.append([])

    def rule(self):
        self.rows.append("-")

    def fact(self, key, answer, name=None, **words_):
        self.facts.append(Fact(key, answer, words_))
        if name:
            self.named[name] = answer

    def text(self):
        """Everything printed, row by row."""
        return "\n".join(" ".join(c.text for c in sorted(row, key=lambda c: c.at))
                         for row in self.rows if row and row != "-")

    def drawn(self, rng, split, width, height, paper, ink, largest=0.045):
        """Sets the rows into the page; the size is the largest at which all fit."""
        canvas = Canvas(width, height, paper)
        name = fonts.pick(rng, split, plain=True)
        heavy = fonts.pick(rng, split, plain=True) if rng.random() < 0.3 else name
        margin = width * rng.uniform(0.04, 0.1)
        inner = width - 2 * margin
        tall = sum(0.5 if row == "-" else 0.6 if not row else max(c.scale for c in row)
                   for row in self.rows)
        lead = rng.uniform(1.25, 1.7)
        unit = min(height * 0.94 / (tall * lead), largest * max(width, height))
        for row in self.rows:
            if not row or row == "-":
                continue
            unit = min([unit] + self.rooms(row, canvas, name, heavy, inner))
        unit = max(unit, 6)
        used = tall * lead * unit
        y = (height - used) * rng.uniform(0.1, 0.5) if used < height else 2
        for row in self.rows:
            if row == "-":
                y += 0.25 * unit * lead
                canvas.pen.line([margin, y, width - margin, y], fill=ink,
                                width=max(1, int(unit * 0.06)))
                y += 0.25 * unit * lead
                continue
            high = (max(c.scale for c in row) if row else 0.6) * unit * lead
            for c in row:
                size = max(6, int(unit * c.scale))
                if c.text in ("[x]", "[ ]"):
                    self.box(canvas, margin + c.at * inner, y + high / 2, size, ink, c.text)
                else:
                    canvas.text(margin + c.at * inner, y + high / 2, c.text,
                                heavy if c.bold else name, size, ink, c.anchor,
                                bold=int(c.bold and heavy == name and size > 18))
            y += high
        return canvas

    @staticmethod
    def rooms(row, canvas, name, heavy, inner):
        """The sizes at which each cell just leaves room for the next, and the last for the edge."""
        cells = sorted(row, key=lambda c: c.at)
        wide = [canvas.measure(c.text, heavy if c.bold else name, 40) / 40 * c.scale
                for c in cells]
        right = [w * {"l": 1, "m": 0.5, "r": 0}[c.anchor] for c, w in zip(cells, wide)]
        left = [w - r for w, r in zip(wide, right)]
        edges = [0.0] + [c.at for c in cells] + [1.0]
        after, before = [0.0] + right, left + [0.0]
        return [(b - a) * inner / (r + n + (0.6 if 0 < i < len(cells) else 0))
                for i, (a, b, r, n) in enumerate(zip(edges, edges[1:], after, before))
                if r + n > 0.01]

    @staticmethod
    def box(canvas, x, y, size, ink, mark):
        half = size * 0.38
        canvas.pen.rectangle([x, y - half, x + 2 * half, y + half], outline=ink,
                             width=max(1, size // 14))
        if mark == "[x]":
            canvas.pen.line([x + 2, y - half + 2, x + 2 * half - 2, y + half - 2], fill=ink,
                            width=max(2, size // 9))
            canvas.pen.line([x + 2, y + half - 2, x + 2 * half - 2, y - half + 2], fill=ink,
                            width=max(2, size // 9))


def amounts(rng, count):
    """Made-up lines of goods: name, quantity, price of one, sum, in hundredths."""
    lines, seen = [], set()
    while len(lines) < count:
        name = words.item(rng)
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        quantity, price = int(rng.integers(1, 13)), words.cents(rng, 5000)
        lines.append((name, quantity, price, quantity * price))
    return lines
