"""What every made sample needs: fonts, noise, surfaces, perspective, light and a camera.

Pictures are Pillow images while things are drawn, and float arrays [height, width, 3] from 0 to 1
while light falls on them. All chance comes from seeds, so every run gives the same bytes.
"""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Debian package -> the font files used from it.
FONT_PACKAGES = {
    "fonts-lato": ["Lato-Regular.ttf", "Lato-Medium.ttf", "Lato-Bold.ttf", "Lato-Black.ttf",
                   "Lato-Italic.ttf"],
    "fonts-lobstertwo": ["LobsterTwo-Bold.otf", "LobsterTwo-Italic.otf"],
    "fonts-vollkorn": ["Vollkorn-Regular.ttf", "Vollkorn-Bold.ttf", "Vollkorn-Italic.ttf"],
    "fonts-kaushanscript": ["KaushanScript-Regular.otf"],
    "fonts-breip": ["Breip.ttf"],
    "fonts-kristi": ["Kristi.ttf"],
    "fonts-dejavu-core": ["DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"],
}


@lru_cache(maxsize=None)
def font_path(name):
    """The path of a font file, looked for under $SAMPLE_FONTS and /usr/share/fonts."""
    for root in filter(None, [os.environ.get("SAMPLE_FONTS"), "/usr/share/fonts"]):
        for found in sorted(Path(root).rglob(name)):
            return str(found)
    package = next(p for p, files in FONT_PACKAGES.items() if name in files)
    raise SystemExit(f"{name} is missing: install the Debian package {package}, "
                     "or unpack it and set SAMPLE_FONTS to the folder.")


@lru_cache(maxsize=None)
def font(name, size):
    """A font of `size` pixels, set by Pillow's plain layout, the same on every machine."""
    return ImageFont.truetype(font_path(name), size, layout_engine=ImageFont.Layout.BASIC)


def spaced(draw, xy, text, face, fill, tracking=0.0, anchor="l"):
    """Draws one line with extra space between letters; `anchor` is l, m or r. Gives its width."""
    width = sum(face.getlength(c) + tracking for c in text) - tracking
    x = xy[0] - {"l": 0, "m": width / 2, "r": width}[anchor]
    for c in text:
        draw.text((x, xy[1]), c, font=face, fill=fill, anchor="ls")
        x += face.getlength(c) + tracking
    return width


def wrapped(text, face, width):
    """The lines of `text` that fit `width` pixels."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and face.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return lines + [line]


def noise(width, height, cell, seed, octaves=5, falloff=0.5, stretch=(1, 1)):
    """Smooth noise of mean 0 and deviation 1; `cell` is the size of its largest spots in pixels."""
    chance = np.random.RandomState(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1)
        columns = max(int(width / (step * stretch[0])) + 3, 2)
        rows = max(int(height / (step * stretch[1])) + 3, 2)
        grid = Image.fromarray(chance.standard_normal((rows, columns)).astype(np.float32))
        total += falloff**octave * np.asarray(grid.resize((width, height), Image.BICUBIC))
    return (total - total.mean()) / total.std()


def pixels(image):
    return np.asarray(image.convert("RGB"), np.float32) / 255


def picture(values):
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def blurred(image, radius):
    return image.filter(ImageFilter.GaussianBlur(radius))


def gradient(width, height, top, bottom, power=1.0):
    """A vertical run of colour, 0 to 1 each."""
    t = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] ** power
    row = np.asarray(top, np.float32) * (1 - t) + np.asarray(bottom, np.float32) * t
    return np.repeat(row, width, axis=1)


def bricks(width, height, brick, seed, colours, mortar=(0.62, 0.58, 0.53), joint=0.09):
    """A brick wall in running bond; `brick` is the size of one brick in pixels."""
    chance = np.random.RandomState(seed)
    bw, bh = brick
    wobble = noise(width, height, bw, seed + 1, 4) * bh * 0.03
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    row = ((y + wobble) / bh).astype(int)
    shifted = x + wobble + (row % 2) * bw / 2 + 2 * bw
    column = (shifted / bw).astype(int)
    count = (height // bh + 3, width // bw + 6)
    pick = chance.randint(0, len(colours), count)
    shade = chance.normal(1, 0.07, count).astype(np.float32)
    face = np.asarray(colours, np.float32)[pick[row, column]] * shade[row, column][..., None]
    grain = noise(width, height, 9, seed + 2, 4, 0.75)
    face *= 1 + 0.07 * grain[..., None] + 0.05 * noise(width, height, bw, seed + 3)[..., None]
    fx, fy = (shifted / bw) % 1, ((y + wobble) / bh) % 1
    edge = np.minimum(np.minimum(fx, 1 - fx) * bw / bh, np.minimum(fy, 1 - fy))
    edge += 0.012 * noise(width, height, bh, seed + 4, 4, 0.8)
    solid = np.clip((edge - joint * 0.5) / 0.05, 0, 1)[..., None]
    joints = np.asarray(mortar, np.float32) * (1 + 0.08 * grain[..., None])
    wall = face * solid + joints * (1 - solid)
    relief = np.roll(solid, (2, 2), (0, 1)) - np.roll(solid, (-2, -2), (0, 1))
    return np.clip(wall - 0.10 * relief, 0, 1)


def planks(width, height, plank, seed, colour, across=True):
    """A surface of wooden boards; the grain runs across, or down."""
    w, h = (width, height) if across else (height, width)
    chance = np.random.RandomState(seed)
    fibre = noise(w, h, 26, seed + 1, 5, 0.7, stretch=(26, 1))
    bend = noise(w, h, 420, seed + 2, 3, 0.5, stretch=(3, 1))
    y = np.arange(h, dtype=np.float32)[:, None]
    board = (y / plank).astype(int)
    phase = chance.uniform(0, 40, board.max() + 1).astype(np.float32)[board]
    rings = np.sin(y / plank * 9 + bend * 5 + phase)
    tone = chance.normal(1, 0.06, board.max() + 1).astype(np.float32)[board]
    light = tone * (1 + 0.075 * fibre + 0.06 * rings)
    gap = np.minimum((y / plank) % 1, 1 - (y / plank) % 1) * plank
    light = light * (1 - 0.65 * np.exp(-((gap / 2.2) ** 2)))
    warm = np.asarray(colour, np.float32)
    wood = warm * light[..., None] ** np.asarray([0.9, 1.0, 1.15], np.float32)
    return np.clip(wood if across else wood.transpose(1, 0, 2), 0, 1)


def perspective(quad, size):
    """Pillow's eight numbers that lay a `size` picture on the corners TL, TR, BR, BL of `quad`."""
    w, h = size
    rows, right = [], []
    for (x, y), (u, v) in zip(quad, [(0, 0), (w, 0), (w, h), (0, h)]):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.linalg.solve(np.asarray(rows, float), np.asarray(right, float))


def laid(layer, quad, size):
    """`layer` (RGBA) in perspective on a clear picture of `size`, smoothed against jaggedness."""
    big = [(2 * x, 2 * y) for x, y in quad]
    out = layer.transform((2 * size[0], 2 * size[1]), Image.PERSPECTIVE,
                          perspective(big, layer.size), Image.BICUBIC)
    return out.resize(size, Image.BOX)


def placed(scene, layer, quad, shadow=(0, 0), spread=0.0, dark=0.0):
    """`scene` (floats) with `layer` on it and, under it, its shadow."""
    size = (scene.shape[1], scene.shape[0])
    over = laid(layer, quad, size)
    alpha = np.asarray(over.getchannel("A"), np.float32)[..., None] / 255
    if dark:
        cast = Image.new("L", size)
        cast.paste(over.getchannel("A"), tuple(int(v) for v in shadow))
        cast = np.asarray(blurred(cast, spread), np.float32)[..., None] / 255
        scene = scene * (1 - dark * cast)
    return scene * (1 - alpha) + pixels(over.convert("RGB")) * alpha


def camera(scene, seed, blur=0.8, grain=0.012, vignette=0.25, warm=1.0, contrast=1.0):
    """What a camera makes of a scene: a soft lens, dark corners, sensor noise, a tone curve."""
    height, width, _ = scene.shape
    soft = pixels(blurred(picture(scene), blur))
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j].astype(np.float32)
    soft = soft * (1 - vignette * ((x * x + y * y) / 2)[..., None] ** 1.3)
    soft = soft * np.asarray([warm, 1, 2 - warm], np.float32)
    soft = 0.5 + (soft - 0.5) * contrast
    chance = np.random.RandomState(seed)
    fine = chance.standard_normal((height, width, 1)).astype(np.float32)
    tint = chance.standard_normal((height, width, 3)).astype(np.float32)
    strength = grain * (0.6 + 0.8 * np.sqrt(np.clip(1 - soft, 0, 1)))
    return picture(soft + strength * (0.8 * fine + 0.35 * tint))


def panel(width, height, colour=(0, 0, 0, 0)):
    """A clear layer and its pen."""
    layer = Image.new("RGBA", (width, height), colour)
    return layer, ImageDraw.Draw(layer)


def shaded(layer, light):
    """`layer` (RGBA) with its colours times `light`, [height, width] or [height, width, 3]."""
    light = light if light.ndim == 3 else light[..., None]
    out = picture(pixels(layer) * light)
    out.putalpha(layer.getchannel("A"))
    return out
