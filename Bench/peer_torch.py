#!/usr/bin/env python3
"""Runs a model with transformers and torch, for Bench/side-by-side.

    peer_torch.py MODEL THREADS

Says what it is in a line of JSON, then does one job for each line that it reads and answers with a
line of JSON: {"seconds": ...} of one tile, of a prompt of so many tokens, or of one token of an
answer behind so many.

    tile | prefill 512 | decode 64
"""
import json
import resource
import sys
import time

import torch
import transformers
from transformers import AutoModelForImageTextToText

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
side = model.config.vision_config.image_size
decoder, head = model.model.text_model, model.lm_head
torch.manual_seed(1)
pixels = torch.randn(1, 1, 3, side, side)
ids = torch.randint(100, 40000, (1, 8192))
DECODED = 16


def tile():
    start = time.perf_counter()
    model.model.get_image_features(pixels)
    return time.perf_counter() - start


def prefill(count):
    start = time.perf_counter()
    head(decoder(input_ids=ids[:, :count], use_cache=True).last_hidden_state[:, -1])
    return time.perf_counter() - start


def decode(count):
    out = decoder(input_ids=ids[:, :count], use_cache=True)
    cache, token = out.past_key_values, ids[:, :1]
    start = time.perf_counter()
    for _ in range(DECODED):
        out = decoder(input_ids=token, past_key_values=cache, use_cache=True)
        token = head(out.last_hidden_state[:, -1]).argmax(-1, keepdim=True)
    return (time.perf_counter() - start) / DECODED


def answer(value):
    print(json.dumps(value), flush=True)


answer({"torch": torch.__version__, "transformers": transformers.__version__, "dtype": "float32"})
with torch.inference_mode():
    for line in sys.stdin:
        job, *numbers = line.split()
        seconds = {"tile": tile, "prefill": prefill, "decode": decode}[job](*map(int, numbers))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answer({"seconds": seconds, "peak_bytes": peak})
