"""The other side of `Bench pixels`: Pillow and the reference processor, one job a line of stdin.

    pip install transformers==5.23.0 pillow==13.0.0 numpy

Started by the benchmark with the size of a raw picture, or with a file to decode. Each line names a
job; the answer is how many milliseconds it took, on the clock and of the processor.
"""

import logging
import sys
import time

import numpy as np
from PIL import Image
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

logging.disable(logging.WARNING)
processor = SmolVLMImageProcessorPil(
    size={"longest_edge": 2048}, max_image_size={"longest_edge": 512}
)
path = sys.argv[1] if len(sys.argv) == 2 else None
if path is None:
    shape = (int(sys.argv[2]), int(sys.argv[1]), 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    image = Image.fromarray(noise)
else:
    image = Image.open(path).convert("RGB")
long = max(image.size)
size = tuple(max(1, side * 2048 // long) for side in image.size)


def lanczos():
    image.resize(size, Image.Resampling.LANCZOS)


def whole():
    processor(image if path is None else Image.open(path), return_tensors="np")


print("ready", *image.size, flush=True)
for line in sys.stdin:
    job = {"lanczos": lanczos, "whole": whole}[line.strip()]
    start, start_busy = time.perf_counter(), time.process_time()
    job()
    clock, busy = time.perf_counter() - start, time.process_time() - start_busy
    print(clock * 1000, busy * 1000, flush=True)
