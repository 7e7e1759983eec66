#!/usr/bin/env python3
"""Trains the pocket model, or goes on where the last run stopped.

    models/pocket/train/train.py --plan gpu --shape large --to RUN --minutes 9
    models/pocket/train/train.py --plan cpu --shape small --to RUN

RUN gets state.pt (everything that is needed to go on exactly), log.csv, and, when asked for with
--carry, the weights and momenta as 16-bit files of at most 15 MB each.
"""
import argparse
import csv
import json
import os
import signal
import time
from collections import deque
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", str(min(16, os.cpu_count() or 1)))

import numpy as np
import torch
from torch.nn import functional as F

from learning import batches, curriculum
from learning.measure import measured
from learning.network import Network
from learning.optimizer import optimizers
from learning.shape import SHAPES
from learning.state import carried, carry, kept, keep
from making import samples

HERE = Path(__file__).parent


class Work(torch.utils.data.Dataset):
    """Batch number i of a plan."""

    def __init__(self, plan, shape, larger, vocabulary, turns, workers):
        self.plan, self.shape, self.larger = plan, shape, larger
        self.vocabulary, self.turns, self.workers = vocabulary, turns, workers
        self.maker = None

    def __len__(self):
        return len(self.plan)

    def __getitem__(self, i):
        if self.maker is None:
            self.maker = batches.Maker(self.shape, self.vocabulary)
            if self.workers:
                torch.set_num_threads(1)
        _, _, key, number = self.plan[i]
        lesson = curriculum.LESSONS[key]
        size = lesson.batch * self.larger
        rng = np.random.default_rng([17, i])
        items = []
        for k in range(size):
            # A window's size is that of its group, so a batch lies within one.
            group = samples.GROUP
            index = number * size + k
            if lesson.window:
                per = max(1, group // size)
                index = (number // per) * group + (number % per) * min(size, group) + k % group
                index += (k // group) * 10 ** 7
            sample = samples.sample("train", lesson.name, index, self.turns)
            items.append(self.maker.item(sample, rng, lesson.longest, lesson.window))
        if lesson.window and size > group:
            return [{k: torch.from_numpy(v) for k, v in batches.joined(items[a:a + group]).items()}
                    for a in range(0, size, group)]
        if len({i.pixels.shape[0] for i in items}) > 1 and lesson.longest:
            # Wide pictures have fewer tiles: each number of tiles is a batch of its own.
            counts = sorted({i.pixels.shape[0] for i in items})
            split = [[i for i in items if i.pixels.shape[0] == c] for c in counts]
        else:
            split = [items]
        return [{k: torch.from_numpy(v) for k, v in batches.joined(s).items()} for s in split]


def losses(network, batch, letter_weight):
    """The loss of the answers, of the spelling of patches, and the number of right tokens."""
    pixels = batch["pixels"].permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    rows, patches = network.seen(pixels, batch["places"])
    ids, turn = batch["ids"].long(), batch["turn"]
    hole = ids < 0
    x = network.embedded(ids.clamp(min=0))
    x = x.masked_scatter(hole[..., None].expand_as(x), rows.flatten(0, 2).to(x.dtype))
    length = ids.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
    allowed = (turn[:, None, :] == 0) | (turn[:, None, :] == turn[:, :, None])
    mask = (allowed & causal)[:, None]
    hidden = network.read(x, batch["positions"], mask)
    learned = batch["learned"].long()
    chosen = learned >= 0
    target = learned[chosen]
    logits = network.logits(hidden[chosen]).float()
    answer = F.cross_entropy(logits, target)
    spelled, letters = network.spelled(patches).float(), batch["letters"].long()
    # What counts: each letter, and the end after the last; of empty patches only a part.
    before = F.pad(letters, (1, 0), value=1)[..., :-1] > 0
    weight = before.float() * torch.where(letters[..., :1] > 0, 1.0, 0.1)
    spelling = (F.cross_entropy(spelled.flatten(0, 2), letters.flatten(), reduction="none")
                * weight.flatten()).sum() / weight.sum().clamp(min=1)
    right = (logits.argmax(-1) == target).sum()
    return answer + letter_weight * spelling, answer.detach(), spelling.detach(), right, len(target)


def jittered(batch, generator):
    """The same pictures under other light, for a batch that is learned from once more."""
    out, pixels = dict(batch), batch["pixels"].float()
    shape = (pixels.shape[0], 1, 1, 3)
    gain = torch.empty(shape, device=pixels.device).uniform_(0.75, 1.15, generator=generator)
    lift = torch.empty(shape, device=pixels.device).uniform_(-20, 20, generator=generator)
    grain = torch.empty_like(pixels).normal_(0, 5, generator=generator)
    out["pixels"] = (pixels * gain + lift + grain).clamp_(0, 255).to(torch.uint8)
    return out


def rate(step, total, warmup, decay):
    """1 in the middle, up to it from 0, and down to 0 over the last part."""
    return min(1.0, (step + 1) / warmup, max(0.0, (total - step) / (total * decay)))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plan", default="cpu", choices=curriculum.PLANS)
    parser.add_argument("--shape", default="small", choices=SHAPES)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--from", dest="source", type=Path,
                        help="a folder of --carry to start from")
    parser.add_argument("--minutes", type=float, default=1e9, help="stops after these")
    parser.add_argument("--scale", type=float, default=1.0, help="times the steps of the plan")
    parser.add_argument("--lr", type=float, default=0.003)
    parser.add_argument("--optimizer", default="muon", choices=["muon", "adamw"])
    parser.add_argument("--letters", type=float, default=0.5, help="weight of the spelling loss")
    parser.add_argument("--turns", type=int, default=4, help="questions about one picture")
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--decay", type=float, default=0.25, help="share of the plan")
    parser.add_argument("--batch-scale", type=int, help="times the batches; 1 on a processor")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--save-minutes", type=float, default=20)
    parser.add_argument("--check-every", type=int, default=0, help="steps between quick checks")
    parser.add_argument("--echo", type=int, default=1,
                        help="times that each batch is learned from, under other light")
    parser.add_argument("--carry", action="store_true")
    parser.add_argument("--vocabulary", type=Path, default=HERE / "build" / "tokenizer.json")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    options, began = arguments(), time.time()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    on_gpu = device == "cuda"
    workers = options.workers if options.workers is not None else (14 if on_gpu else 1)
    larger = options.batch_scale or (curriculum.GPU_BATCH if on_gpu else 1)
    shape = SHAPES[options.shape]
    options.to.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    network = Network(shape).to(device)
    optims = optimizers(network, options.lr, options.optimizer, on_gpu)
    plan = list(curriculum.batches(options.plan, options.scale))
    total = plan[-1][0] + 1
    done, tokens = kept(options.to / "state.pt", network, optims, device)
    if done == 0 and options.source:
        done, tokens = carried(options.source, network, optims)
    work = Work(plan, shape, larger, options.vocabulary, options.turns, workers)
    order = range(done, len(plan))
    loader = torch.utils.data.DataLoader(
        work, batch_size=None, sampler=order, num_workers=workers,
        prefetch_factor=3 if workers else None, pin_memory=on_gpu,
        collate_fn=None, multiprocessing_context="fork" if workers else None)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
    fresh = not (options.to / "log.csv").exists()
    log = open(options.to / "log.csv", "a", newline="")
    writer = csv.writer(log)
    if fresh:
        writer.writerow("step phase lesson seconds samples answer spelling right rate".split())
    (options.to / "run.json").write_text(json.dumps(
        dict(vars(options), shape=options.shape, total_steps=total, device=device,
             torch=torch.__version__), default=str, indent=1))
    saved = said = time.time()
    samples_seen, waited = 0, 0.0
    mark = time.time()
    again = deque(maxlen=16 * max(p.batches for p in curriculum.PLANS[options.plan]))
    dice = torch.Generator().manual_seed(options.seed + done)
    light = torch.Generator(device).manual_seed(options.seed + done)

    def learned_from(batch, share):
        with torch.autocast(device, torch.bfloat16, enabled=on_gpu):
            loss, answer, spelling, right, count = losses(network, batch, options.letters)
        (loss * share).backward()
        return loss, answer.item(), spelling.item(), right.item(), count

    def descend(part):
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for o in optims:
            for g in o.param_groups:
                g["lr"] = part * options.lr
            o.step()
            o.zero_grad(set_to_none=True)

    for i, group in zip(order, loader):
        waited += time.time() - mark
        step, phase, key, _ = plan[i]
        sums = np.zeros(4)
        size = sum(b["ids"].shape[0] for b in group)
        parts = sum(1 for p in plan[max(0, i - 40):i + 40] if p[0] == step)
        group = [{k: v.to(device, non_blocking=True) for k, v in b.items()} for b in group]
        for batch in group:
            share = batch["ids"].shape[0] / size
            loss, *told = learned_from(batch, share / parts)
            sums += np.array([told[0] * share, told[1] * share, told[2], told[3]])
        samples_seen += size
        # What is learned from again comes from some steps ago.
        again.append(group)
        last = i + 1 == len(plan) or plan[i + 1][0] != step
        if last:
            descend(rate(step, total, options.warmup, options.decay))
            for _ in range(options.echo - 1):
                chosen = again[int(torch.randint(len(again), (1,), generator=dice))]
                for batch in chosen:
                    share = batch["ids"].shape[0] / sum(b["ids"].shape[0] for b in chosen)
                    learned_from(jittered(batch, light), share)
                descend(rate(step, total, options.warmup, options.decay))
        tokens += int(sums[3])
        writer.writerow([step, phase, key, f"{time.time() - began:.1f}", samples_seen,
                         f"{sums[0]:.4f}", f"{sums[1]:.4f}", f"{sums[2] / max(1, sums[3]):.4f}",
                         f"{rate(step, total, options.warmup, options.decay):.4f}"])
        over = stopped or time.time() - began > options.minutes * 60 or i + 1 == len(plan)
        if time.time() - said > 15 or over:
            log.flush()
            print(f"{step}/{total} {phase}/{key}: answer {sums[0]:.3f}, spelling {sums[1]:.3f}, "
                  f"right {sums[2] / max(1, sums[3]):.3f}; {samples_seen} samples in "
                  f"{time.time() - began:.0f} s, {waited:.0f} s of them waiting", flush=True)
            said = time.time()
        if last and (over or time.time() - saved > options.save_minutes * 60):
            keep(options.to / "state.pt", network, optims, i + 1, tokens)
            saved = time.time()
        if last and options.check_every and (step + 1) % options.check_every == 0:
            for lesson in next(p for p in curriculum.PLANS[options.plan] if p.name == phase).mix:
                result = measured(network, batches.Maker(shape, options.vocabulary), lesson,
                                  "check", 24)
                print("  check", lesson, result, flush=True)
        if last and over:
            break
        mark = time.time()
    log.close()
    if options.carry:
        carry(options.to / "carry", network, optims, i + 1, tokens)
    print("finished" if i + 1 == len(plan) else "to be gone on with", flush=True)


if __name__ == "__main__":
    main()
