"""A picture that remembers where each letter stands: drawn text can be followed through every
distortion, and each patch of pixels be told which letters it holds.
"""
import numpy as np
from PIL import Image, ImageDraw

from . import fonts


class Canvas:
    def __init__(self, width, height, colour=(255, 255, 255), image=None):
        self.image = image or Image.new("RGB", (int(width), int(height)), tuple(colour))
        self.pen = ImageDraw.Draw(self.image)
        self.letters = []  # character
        self.points = []   # x, y of its middle

    @property
    def width(self):
        return self.image.width

    @property
    def height(self):
        return self.image.height

    def measure(self, line, name, size, spacing=0.0):
        widths = fonts.face(name, size)[1]
        return sum(widths[c] for c in line) + spacing * max(0, len(line) - 1)

    def text(self, x, y, line, name, size, colour=(0, 0, 0), anchor="l", spacing=0.0, bold=0):
        """Draws one line; `y` is its middle. Gives back where it ends."""
        font, widths = fonts.face(name, size)
        wide = self.measure(line, name, size, spacing)
        x -= wide if anchor == "r" else wide / 2 if anchor == "m" else 0
        base = y + size * 0.34
        if spacing == 0:
            self.pen.text((x, base), line, font=font, fill=tuple(colour), anchor="ls",
                          stroke_width=bold)
        for c in line:
            if spacing != 0 and c != " ":
                self.pen.text((x, base), c, font=font, fill=tuple(colour), anchor="ls",
                              stroke_width=bold)
            if c != " ":
                self.letters.append(c)
                self.points.append((x + widths[c] / 2, y))
            x += widths[c] + spacing
        return x

    def fit(self, line, name, size, most, spacing=0.0, least=7):
        """The size at which a line is no wider than `most`."""
        wide = self.measure(line, name, size, spacing * size)
        return max(least, int(size * min(1.0, most / max(wide, 1))))

    def picture(self):
        return Picture(self.image, "".join(self.letters),
                       np.array(self.points, np.float32).reshape(-1, 2))


class Picture:
    """Pixels, the letters on them in the order they were drawn, and where each has its middle."""

    def __init__(self, image, letters="", points=None):
        self.image = image
        self.letters = letters
        self.points = np.zeros((0, 2), np.float32) if points is None else points

    def resized(self, width, height, how=Image.Resampling.LANCZOS):
        if self.image.size == (width, height):
            return self
        scale = np.array([width / self.image.width, height / self.image.height], np.float32)
        return Picture(self.image.resize((width, height), how), self.letters, self.points * scale)

    def cut(self, x, y, width, height):
        """The part of it from x, y on."""
        inside = [i for i, (px, py) in enumerate(self.points)
                  if x <= px < x + width and y <= py < y + height]
        return Picture(self.image.crop((x, y, x + width, y + height)),
                       "".join(self.letters[i] for i in inside),
                       self.points[inside] - np.array([x, y], np.float32))
