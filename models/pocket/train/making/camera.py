"""What happens to a flat picture on its way through a camera or a scanner: perspective, light,
blur, grain, JPEG. Letters are followed to where they end up.
"""
import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from .canvas import Picture


def homography(source, target):
    """The 3 x 3 matrix that takes four points to four others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    found = np.linalg.solve(np.array(rows, float), np.array(right, float))
    return np.append(found, 1).reshape(3, 3)


def moved(points, matrix):
    if len(points) == 0:
        return points
    out = np.c_[points, np.ones(len(points))] @ matrix.T
    return (out[:, :2] / out[:, 2:]).astype(np.float32)


def placed(picture, quad, behind):
    """The picture laid over the four corners `quad` of another one."""
    w, h = picture.image.size
    corners = [(0, 0), (w, 0), (w, h), (0, h)]
    back = homography(quad, corners).reshape(-1)[:8]
    size = behind.image.size
    warped = picture.image.transform(size, Image.Transform.PERSPECTIVE, back,
                                     Image.Resampling.BILINEAR)
    mask = Image.new("L", (w, h), 255).transform(size, Image.Transform.PERSPECTIVE, back,
                                                 Image.Resampling.BILINEAR)
    image = behind.image.copy()
    image.paste(warped, (0, 0), mask)
    return Picture(image, picture.letters, moved(picture.points, homography(corners, quad)))


def tilted_quad(rng, width, height, inner, strength=0.1, turn=6.0):
    """Corners of a plate of inner = (w, h), somewhere on a picture, seen a little from aside."""
    w, h = inner
    angle = np.deg2rad(rng.normal(0, turn / 2))
    corners = np.array([(-w, -h), (w, -h), (w, h), (-w, h)], float) / 2
    corners *= 1 + rng.uniform(-strength, strength, (4, 2))
    c, s = np.cos(angle), np.sin(angle)
    corners = corners @ np.array([[c, s], [-s, c]])
    low, high = corners.min(0), corners.max(0)
    scale = min(1.0, 0.98 * width / (high - low)[0], 0.98 * height / (high - low)[1])
    corners, low, high = corners * scale, low * scale, high * scale
    room = np.maximum(np.array([width, height]) - (high - low), 0)
    return [tuple(p) for p in corners - low + room * rng.uniform(0, 1, 2)]


def shrinkage(quad, width, height):
    """How many times larger or smaller a plate of this size is once it lies on these corners."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    area = abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2
    return float(np.sqrt(area / (width * height)))


@lru_cache(maxsize=1)
def grains():
    """Tiles of grain, the same in every process; crops of them are added to pictures."""
    rng = np.random.default_rng(99)
    fine = [np.clip(128 + rng.normal(0, s, (1200, 1200, c)), 0, 255).astype(np.uint8)
            for s, c in ((3, 3), (6, 3), (9, 1), (14, 1))]
    return [Image.fromarray(a.squeeze() if a.shape[2] == 1 else a).convert("RGB") for a in fine]


def lit(image, rng, strength=0.5):
    """Uneven light: a coarse map of shades, sometimes a sharp shadow."""
    low = 1 - strength * rng.uniform(0, 1)
    shades = rng.uniform(low, 1.0, (int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    small = Image.fromarray((shades * 255).astype(np.uint8))
    shade = small.resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", (shade,) * 3))


def graded(image, rng):
    """Contrast, brightness and a cast of colour, by one table a channel."""
    contrast, light = rng.uniform(0.65, 1.1), rng.uniform(-25, 25)
    gamma, table = rng.uniform(0.75, 1.35), []
    ramp = 255 * (np.arange(256) / 255) ** gamma
    for _ in range(3):
        table += list(np.clip((ramp - 128) * contrast + 128 + light + rng.normal(0, 7), 0, 255)
                      .astype(int))
    return image.point(table)


def compressed(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(quality))
    buffer.seek(0)
    return Image.open(buffer).convert("RGB")


def photographed(picture, rng, strength=1.0):
    """Light, blur, grain and compression, each of them sometimes."""
    image = picture.image
    if rng.random() < 0.6 * strength:
        image = lit(image, rng)
    if rng.random() < 0.6 * strength:
        image = graded(image, rng)
    if rng.random() < 0.4 * strength:
        unit = max(image.size) / 640
        image = image.filter(ImageFilter.GaussianBlur(unit * rng.uniform(0.2, 1.1)))
    if rng.random() < 0.5 * strength:
        grain = grains()[int(rng.integers(4))]
        w, h = image.size
        if max(w, h) > 1200:
            grain = grain.resize((max(w, 1200), max(h, 1200)), Image.Resampling.NEAREST)
        x, y = int(rng.integers(grain.width - w + 1)), int(rng.integers(grain.height - h + 1))
        image = ImageChops.add(image, grain.crop((x, y, x + w, y + h)), 1, -128)
    if rng.random() < 0.35 * strength:
        image = compressed(image, rng.integers(30, 92))
    return Picture(image, picture.letters, picture.points)
