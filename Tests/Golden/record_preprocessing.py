"""Records what the reference makes of pictures: plans, resampled pixels, tiles.

    pip install transformers==5.23.0 pillow==13.0.0 numpy
    python Tests/Golden/record_preprocessing.py

Writes plans.json, resample.json and tiles.json beside this file, in preprocessing/. Pixels and sizes
come from integer generators that the Swift tests repeat, so only hashes are kept.
"""

import hashlib
import json
import logging
import pathlib
import struct
import zlib

import numpy as np
import PIL
import transformers
from PIL import Image
from transformers.image_processing_backends import PilBackend
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

VERSIONS = {"transformers": "5.23.0", "pillow": "13.0.0"}
FOLDER = pathlib.Path(__file__).parent / "preprocessing"
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4}

# What differs from the class defaults of the reference, by name. The Swift tests hold the same list.
CONFIGS = {
    "small": {"L": 2048, "T": 512},
    "large": {"L": 1536, "T": 384},
    "small1024": {"L": 1024, "T": 512},
    "small512": {"L": 512, "T": 512},
    "defaults": {"L": 1456, "T": 364},
    "huge": {"L": 5000, "T": 512},
    "hugeDefault": {"L": 5000, "T": 364},
    "unresized": {"L": 2048, "T": 512, "do_resize": False},
    "mini": {"L": 256, "T": 64},
    "odd": {"L": 201, "T": 67},
    "uneven": {"L": 200, "T": 64},
    "miniUnresized": {"L": 256, "T": 64, "do_resize": False},
    "miniBicubic": {"L": 256, "T": 64, "resample": 3},
    "miniBilinear": {"L": 256, "T": 64, "resample": 2},
    "miniNearest": {"L": 256, "T": 64, "resample": 0},
    "miniBox": {"L": 256, "T": 64, "resample": 4},
    "miniColours": {
        "L": 256,
        "T": 64,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    },
    "miniUnscaled": {"L": 256, "T": 64, "do_rescale": False},
    "miniOddScale": {"L": 256, "T": 64, "rescale_factor": 0.0078},
    "miniScaledOnly": {"L": 256, "T": 64, "do_normalize": False},
}


class Recorder(SmolVLMImageProcessorPil):
    """The reference processor, keeping what each of its resizes gave."""

    def __init__(self, name, use="split"):
        config = dict(CONFIGS[name])
        self.steps = []
        super().__init__(
            size={"longest_edge": config.pop("L")},
            max_image_size={"longest_edge": config.pop("T")},
            do_image_splitting=use == "split",
            **config,
        )

    def resize(self, image, size, resample=None, **kwargs):
        result = super().resize(image, size, resample=resample, **kwargs)
        self.steps.append(result)
        return result


class Planner(Recorder):
    """The reference processor with pixels left out: only sizes go through it."""

    def resize(self, image, size, resample=None, **kwargs):
        real, PilBackend.resize = PilBackend.resize, lambda _, image, size, **__: blank(
            size.width, size.height
        )
        try:
            return super().resize(image, size, resample=resample, **kwargs)
        finally:
            PilBackend.resize = real

    def plan(self, width, height):
        """Sizes after both steps, rows and columns."""
        image = blank(width, height)
        first = self.resize(image, self.size) if self.do_resize else image
        if self.do_image_splitting:
            edge = self.max_image_size["longest_edge"]
            second = self.resize_for_vision_encoder(first, edge)
            _, rows, columns = self.split_images(second, self.max_image_size)
        else:
            edge = self.max_image_size["longest_edge"]
            second, rows, columns = blank(edge, edge), 0, 0
        self.steps.clear()
        return first.shape[2], first.shape[1], second.shape[2], second.shape[1], rows, columns


def blank(width, height):
    """An array of this shape that takes no memory."""
    return np.broadcast_to(np.uint8(0), (3, height, width))


def picture(width, height, seed):
    """Noise, ramps or blocks, by the seed; `[height, width, 3]`."""
    x = np.arange(width, dtype=np.uint32)[None, :, None]
    y = np.arange(height, dtype=np.uint32)[:, None, None]
    c = np.arange(3, dtype=np.uint32)[None, None, :]
    h = x * np.uint32(0x9E3779B1) + y * np.uint32(0x85EBCA77) + c * np.uint32(0xC2B2AE3D)
    h += np.uint32(seed * 0x27D4EB2F % 2**32)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(12)
    h *= np.uint32(0x297A2D39)
    h ^= h >> np.uint32(15)
    if seed % 3 == 0:
        v = h >> np.uint32(24)
    elif seed % 3 == 1:
        v = (x * 3 + y * 5 + c * 85 + (h >> np.uint32(29))) & np.uint32(255)
    else:
        v = np.where(((x >> 4) ^ (y >> 4)) & 1, 255 - (h >> np.uint32(30)), h >> np.uint32(30))
    return v.astype(np.uint8)


class Numbers:
    """Deterministic whole numbers."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound


def plan_sizes():
    """110,000 sizes in chunks of 10,000."""
    numbers = Numbers(1)
    yield [(w, h) for w in range(1, 101) for h in range(1, 101)]
    for _ in range(5):
        yield [(1 + numbers.below(5000), 1 + numbers.below(5000)) for _ in range(10_000)]
    for _ in range(2):
        yield [(1 + numbers.below(16_384), 1 + numbers.below(64)) for _ in range(10_000)]
        yield [(1 + numbers.below(64), 1 + numbers.below(16_384)) for _ in range(10_000)]
    yield [(1 + numbers.below(16_384), 1 + numbers.below(16_384)) for _ in range(10_000)]


def record_plans():
    wanted = [(name, "split") for name in list(CONFIGS)[:12]]
    wanted += [("small", "whole"), ("large", "whole"), ("unresized", "whole"), ("huge", "whole")]
    plans = []
    for name, use in wanted:
        if name.startswith("mini"):
            continue
        planner = Planner(name, use)
        hashes, rows = [], []
        for chunk in plan_sizes():
            digest = hashlib.sha256()
            for index, (width, height) in enumerate(chunk):
                plan = planner.plan(width, height)
                digest.update(struct.pack("<6i", *plan))
                if index % 2000 == 7:
                    rows.append([width, height, *(int(n) for n in plan)])
            hashes.append(digest.hexdigest())
        plans.append({"config": name, "use": use, "hashes": hashes, "rows": rows})
        print("plans", name, use)
    write("plans.json", plans)


def resample_sizes():
    """Pairs of sizes: the same, one side only, up, down, extremes, and 60 at random."""
    yield from [
        (1, 1, 1, 1), (1, 1, 7, 5), (2, 2, 1, 1), (3, 1, 40, 40), (1, 3, 40, 40), (17, 9, 17, 9),
        (64, 48, 64, 20), (64, 48, 30, 48), (64, 48, 64, 100), (64, 48, 131, 48), (100, 75, 32, 24),
        (100, 75, 33, 25), (255, 255, 31, 33), (31, 33, 255, 255), (640, 480, 200, 150),
        (1000, 1, 64, 2), (1, 1000, 2, 64), (5000, 2, 50, 3), (2, 5000, 3, 50), (16384, 1, 1, 1),
        (1, 16384, 1, 1), (1, 1, 16384, 1), (1, 1, 1, 16384), (300, 200, 1024, 682),
        (1920, 270, 480, 67), (50, 40, 51, 41), (51, 41, 50, 40), (8, 8, 9, 9), (400, 300, 100, 75),
    ]  # fmt: skip
    numbers = Numbers(2)
    for _ in range(60):
        yield tuple(1 + numbers.below(1 + numbers.below(500)) for _ in range(4))


def record_resample():
    records = []
    for seed, sizes in enumerate(resample_sizes()):
        source = Image.fromarray(picture(sizes[0], sizes[1], seed))
        hashes = {
            name: crc(np.asarray(source.resize(sizes[2:], number)))
            for name, number in FILTERS.items()
        }
        records.append({"sizes": list(sizes), "seed": seed, **hashes})
    write("resample.json", records)


def tile_inputs():
    """Name of a configuration, use, width and height."""
    real = [
        (1600, 1200), (512, 512), (3000, 500), (100, 2000), (640, 480), (1920, 1080), (1080, 1920),
        (300, 200), (1654, 2339), (1000, 1), (1, 1000), (2048, 1536), (33, 65),
    ]  # fmt: skip
    for size in real:
        yield "small", "split", *size
        yield "large", "split", *size
    yield "small", "split", 4000, 3000
    yield "huge", "split", 700, 300
    for size in [(1600, 1200), (512, 512), (1, 1000), (1920, 1080), (7, 5)]:
        yield "small", "whole", *size
        yield "large", "whole", *size
    yield "small1024", "split", 1600, 1200
    yield "small512", "split", 800, 600
    yield "unresized", "split", 1300, 400
    yield "unresized", "whole", 1300, 400
    for width, height in [(1, 1), (1, 2), (2, 1), (1, 20), (20, 1), (1, 600), (600, 1), (3, 2), (256, 256)]:
        for use in ["split", "whole"]:
            yield "mini", use, width, height
    # Every shape from 1:20 to 20:1, small pictures enlarged and large ones reduced.
    for aspect in [1 / 20, 1 / 12, 1 / 7, 1 / 4, 0.36, 0.5, 0.7, 0.99, 1.01, 1.5, 2.2, 3, 4.1, 6, 9, 14, 20]:
        for longest in [20, 97, 255, 256, 400, 611]:
            shorter = max(1, round(longest * min(aspect, 1 / aspect)))
            yield "mini", "split", *((longest, shorter) if aspect >= 1 else (shorter, longest))
    for name in list(CONFIGS)[9:]:
        for size in [(64, 64), (130, 70), (31, 200), (400, 300), (5, 90)]:
            yield name, "split", *size
        yield name, "whole", 120, 80


def record_tiles():
    records = []
    for seed, (name, use, width, height) in enumerate(tile_inputs()):
        processor = Recorder(name, use)
        out = processor(
            Image.fromarray(picture(width, height, seed)),
            return_tensors="np",
            return_row_col_info=True,
            input_data_format=None,
        )
        values, rows, columns = out["pixel_values"][0], out["rows"][0][0], out["cols"][0][0]
        steps = processor.steps
        resized = steps.pop(0) if processor.do_resize else None
        aligned = steps.pop(0)
        edge = processor.max_image_size["longest_edge"]
        frames = [
            aligned[:, r * edge : (r + 1) * edge, c * edge : (c + 1) * edge]
            for r in range(rows)
            for c in range(columns)
        ] + ([steps.pop(0)] if rows else [aligned])
        assert not steps and len(frames) == len(values)
        records.append(
            {
                "config": name,
                "use": use,
                "size": [width, height],
                "seed": seed,
                "rows": rows,
                "columns": columns,
                "resized": crc(resized.transpose(1, 2, 0)) if resized is not None else "",
                "aligned": crc(aligned.transpose(1, 2, 0)),
                "frames": [crc(frame.transpose(1, 2, 0)) for frame in frames],
                "tensor": hashlib.sha256(
                    np.ascontiguousarray(values, dtype="<f4").tobytes()
                ).hexdigest(),
            }
        )
    print("tiles", len(records))
    write("tiles.json", records)


def crc(array):
    return f"{zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}"


def write(name, records):
    FOLDER.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(record) for record in records)
    text = f'{{"versions": {json.dumps(VERSIONS)}, "records": [\n{lines}\n]}}\n'
    (FOLDER / name).write_text(text)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    assert transformers.__version__ == VERSIONS["transformers"], transformers.__version__
    assert PIL.__version__ == VERSIONS["pillow"], PIL.__version__
    record_resample()
    record_tiles()
    record_plans()
