#!/usr/bin/env python3
"""What a batch of each lesson costs on one core: drawing it, and learning from it once.

    models/pocket/train/costs.py --shape small
    models/pocket/train/costs.py --shape small --floats        with products of floats
    models/pocket/train/costs.py --shape small --fresh         with memory asked for anew each time
"""
import argparse
import time
from statistics import median

import torch

import train
from learning import curriculum
from learning.network import Network
from learning.shape import SHAPES


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", default="small", choices=SHAPES)
    parser.add_argument("--floats", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("lessons", nargs="*", default=[
        "letters", "words", "lines", "signs, cropped", "signs", "small papers, cropped",
        "small papers"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not options.fresh:
        train.keep_memory()
    network = Network(SHAPES[options.shape])
    print("| lesson | samples | drawing, s | learning, s |\n|---|---|---|---|")
    for key in options.lessons:
        lesson, drawing, learning = curriculum.LESSONS[key], [], []
        # Each from another group, so that windows have different sizes.
        plan = [(0, "", key, i * 16) for i in range(options.batches + 1)]
        work = train.Work(plan, SHAPES[options.shape], 1,
                          train.HERE / "build" / "tokenizer.json", 4, 0)
        for i in range(len(plan)):
            start = time.perf_counter()
            group = work[i]
            drawn = time.perf_counter()
            for batch in group:
                with torch.autocast("cpu", torch.bfloat16, enabled=not options.floats):
                    loss, *_ = train.losses(network, batch, 1.0, lesson.only_letters)
                loss.backward()
            network.zero_grad(set_to_none=True)
            drawing.append(drawn - start)
            learning.append(time.perf_counter() - drawn)
        # The first one also pays for what is made ready once.
        print(f"| {key} | {lesson.batch} | {median(drawing[1:]):.2f} | "
              f"{median(learning[1:]):.2f} |", flush=True)


if __name__ == "__main__":
    main()
