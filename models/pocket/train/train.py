#!/usr/bin/env python3
"""Trains the pocket model, or goes on where the last run stopped.

    models/pocket/train/train.py --plan gpu --shape large --to RUN --minutes 9
    models/pocket/train/train.py --plan cpu --shape small --to RUN

RUN gets state.pt (everything that is needed to go on exactly), log.csv, and, when asked for with
--carry, the weights and momenta as 16-bit files of at most 15 MB each.
"""
import argparse
import csv
import ctypes
import json
import os
import signal
import time
from collections import deque
from pathlib import Path

# On a processor each process computes alone, on a thread of its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.distributed as together
from torch.nn import functional as F

from learning import batches, curriculum
from learning.measure import measured
from learning.network import Network
from learning.optimizer import has_fast_bf16, optimizers
from learning.shape import SHAPES
from learning.state import carried, carry, kept, keep
from making import samples

HERE = Path(__file__).parent


class Work(torch.utils.data.Dataset):
    """The part of batch number i of a plan that process `rank` of `ranks` learns from."""

    def __init__(self, plan, shape, larger, vocabulary, turns, workers, rank=0, ranks=1):
        self.plan, self.shape, self.larger = plan, shape, larger
        self.rank, self.ranks = rank, ranks
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
        rng = np.random.default_rng([17, i, self.rank])
        drawn = []
        for k in range(self.rank * size // self.ranks, (self.rank + 1) * size // self.ranks):
            # A window's size is that of its group, so a batch lies within one.
            group = samples.GROUP
            index = number * size + k
            if lesson.window:
                per = max(1, group // size)
                index = (number // per) * group + (number % per) * min(size, group) + k % group
                index += (k // group) * 10 ** 7
            drawn.append(samples.sample("train", lesson.name, index, self.turns))
        if lesson.cropped:
            together = max(1, len(drawn) // 4)
            places = batches.windows([s.pictures[0] for s in drawn], self.shape, rng, together)
            items = [self.maker.item(drawn[i], rng, kept=box) for i, box in places]
            return [as_tensors(items[a:a + together]) for a in range(0, len(items), together)]
        items = [self.maker.item(s, rng, lesson.longest, lesson.window) for s in drawn]
        if lesson.window and len(items) > group:
            return [as_tensors(items[a:a + group]) for a in range(0, len(items), group)]
        if len({i.pixels.shape[0] for i in items}) > 1 and lesson.longest:
            # Wide pictures have fewer tiles: each number of tiles is a batch of its own.
            counts = sorted({i.pixels.shape[0] for i in items})
            split = [[i for i in items if i.pixels.shape[0] == c] for c in counts]
        else:
            split = [items]
        return [as_tensors(s) for s in split]


def as_tensors(items):
    return {k: torch.from_numpy(v) for k, v in batches.joined(items).items()}


def losses(network, batch, letter_weight, only_letters=False):
    """The loss of the answers, of the spelling of patches, and the number of right tokens (or of
    letters, where only those are learned)."""
    pixels = batch["pixels"].permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    rows, patches = network.seen(pixels, batch["places"])
    spelling, right, count = spelled(network, patches, batch["letters"].long())
    if only_letters:
        return spelling, torch.zeros(()), spelling.detach(), right, count
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
    right = (logits.argmax(-1) == target).sum()
    return answer + letter_weight * spelling, answer.detach(), spelling.detach(), right, len(target)


def spelled(network, patches, letters):
    """The loss of the letters on each patch, the number of right ones, and of all."""
    scores = network.spelled(patches).float()
    # What counts: each letter, and the end after the last; of empty patches only a part.
    before = F.pad(letters, (1, 0), value=1)[..., :-1] > 0
    weight = before.float() * torch.where(letters[..., :1] > 0, 1.0, 0.1)
    loss = (F.cross_entropy(scores.flatten(0, 2), letters.flatten(), reduction="none")
            * weight.flatten()).sum() / weight.sum().clamp(min=1)
    there = letters > 0
    right = ((scores.argmax(-1) == letters) & there).sum()
    return loss, right, max(1, int(there.sum()))


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
    parser.add_argument("--letters", type=float, default=1.0, help="weight of the spelling loss")
    parser.add_argument("--turns", type=int, default=4, help="questions about one picture")
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--decay", type=float, default=0.25, help="share of the plan")
    parser.add_argument("--batch-scale", type=int, help="times the batches; 1 on a processor")
    parser.add_argument("--processes", type=int,
                        help="that share each batch; as many as cores, 1 on a GPU")
    parser.add_argument("--workers", type=int, help="processes that draw, for each that learns")
    parser.add_argument("--save-minutes", type=float, default=20)
    parser.add_argument("--check-every", type=int, default=0, help="steps between quick checks")
    parser.add_argument("--check-samples", type=int, default=24)
    parser.add_argument("--echo", type=int, default=1,
                        help="times that each batch is learned from, under other light")
    parser.add_argument("--carry", action="store_true")
    parser.add_argument("--vocabulary", type=Path, default=HERE / "build" / "tokenizer.json")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def left_alone(_):
    """A signal to all processes is for those that learn; those that draw end with them."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep_memory():
    """Large arrays come from memory that is kept, not from fresh pages for each."""
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(-4, 0)            # M_MMAP_MAX
        library.mallopt(-1, 2 ** 31 - 1)  # M_TRIM_THRESHOLD
    except (OSError, AttributeError):
        pass


def main():
    options = arguments()
    ranks = options.processes or (
        1 if torch.cuda.is_available() else len(os.sched_getaffinity(0)))
    options.to.mkdir(parents=True, exist_ok=True)
    keep_memory()
    rank = 0
    if ranks > 1:
        meeting = options.to.absolute() / "meeting"
        meeting.unlink(missing_ok=True)
        for number in range(1, ranks):
            if os.fork() == 0:
                rank = number
                break
    train(options, rank, ranks)


class Shared:
    """What processes that learn together agree on after each batch."""

    def __init__(self, options, rank, ranks):
        self.ranks = ranks
        if ranks > 1:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
            together.init_process_group("gloo", rank=rank, world_size=ranks,
                                        init_method=f"file://{options.to.absolute()}/meeting")

    def summed(self, numbers):
        if self.ranks > 1:
            sums = torch.tensor(numbers, dtype=torch.float64)
            together.all_reduce(sums)
            return sums.numpy()
        return np.array(numbers, float)

    def average(self, network):
        """The mean of all processes' gradients, in each of them."""
        if self.ranks > 1:
            grads = [p.grad for p in network.parameters() if p.grad is not None]
            flat = torch.cat([g.flatten() for g in grads]).div_(self.ranks)
            together.all_reduce(flat)
            for g, part in zip(grads, flat.split([g.numel() for g in grads])):
                g.copy_(part.view_as(g))


def train(options, rank, ranks):
    began = time.time()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    on_gpu = device == "cuda"
    if not on_gpu:
        torch.set_num_threads(1 if ranks > 1 else len(os.sched_getaffinity(0)))
    workers = options.workers if options.workers is not None else (14 if on_gpu else 1)
    larger = options.batch_scale or (curriculum.GPU_BATCH if on_gpu else 1)
    shape = SHAPES[options.shape]
    torch.manual_seed(options.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    network = Network(shape).to(device)
    optims = optimizers(network, options.lr, options.optimizer, on_gpu)
    plan = list(curriculum.batches(options.plan, options.scale))
    total = plan[-1][0] + 1
    done, tokens = kept(options.to / "state.pt", network, optims, device)
    if done == 0 and options.source:
        done, tokens = carried(options.source, network, optims)
    work = Work(plan, shape, larger, options.vocabulary, options.turns, workers, rank, ranks)
    order = range(done, len(plan))
    loader = torch.utils.data.DataLoader(
        work, batch_size=None, sampler=order, num_workers=workers,
        prefetch_factor=3 if workers else None, pin_memory=on_gpu,
        collate_fn=None, multiprocessing_context="fork" if workers else None,
        worker_init_fn=left_alone if workers else None)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
    drawn = iter(loader)
    shared = Shared(options, rank, ranks)
    log = Log(options, plan, done, device) if rank == 0 else None
    saved = time.time()
    samples_seen = 0
    again = deque(maxlen=16 * max(p.batches for p in curriculum.PLANS[options.plan]))
    dice = torch.Generator().manual_seed(options.seed + done)
    light = torch.Generator(device).manual_seed(options.seed + done + 1000 * rank)

    def learned_from(batch, share, only_letters):
        with torch.autocast(device, torch.bfloat16, enabled=has_fast_bf16(device)):
            loss, answer, spelling, right, count = losses(
                network, batch, options.letters, only_letters)
        (loss * share).backward()
        return answer.item() * share, spelling.item() * share, right.item(), count

    def descend(part):
        shared.average(network)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for o in optims:
            for g in o.param_groups:
                g["lr"] = part * options.lr * g.get("share", 1.0)
            o.step()
            o.zero_grad(set_to_none=True)

    for i, group in zip(order, drawn):
        step, phase, key, _ = plan[i]
        only = curriculum.LESSONS[key].only_letters
        size = sum(b["ids"].shape[0] for b in group)
        parts = sum(1 for p in plan[max(0, i - 40):i + 40] if p[0] == step)
        group = [{k: v.to(device, non_blocking=True) for k, v in b.items()} for b in group]
        sums = np.zeros(4)
        for batch in group:
            sums += learned_from(batch, batch["ids"].shape[0] / size / parts, only)
        # What is learned from again comes from some steps ago.
        again.append((group, only))
        part = rate(step, total, options.warmup, options.decay)
        last = i + 1 == len(plan) or plan[i + 1][0] != step
        if last:
            descend(part)
            for _ in range(options.echo - 1):
                chosen, alone = again[int(torch.randint(len(again), (1,), generator=dice))]
                many = sum(b["ids"].shape[0] for b in chosen)
                for batch in chosen:
                    learned_from(jittered(batch, light), batch["ids"].shape[0] / many, alone)
                descend(part)
        full = time.time() - began > options.minutes * 60 or i + 1 == len(plan)
        due = rank == 0 and time.time() - saved > options.save_minutes * 60
        answer, spelling, right, count, size, over, due = shared.summed(
            [*sums, size, float(bool(stopped) or full), float(due)])
        samples_seen += int(size)
        tokens += int(count)
        if log:
            log.row(step, phase, key, samples_seen, answer * parts / ranks,
                    spelling * parts / ranks, right / max(1, count), part, over)
        if last and rank == 0 and (over or due):
            keep(options.to / "state.pt", network, optims, i + 1, tokens)
        if due:
            saved = time.time()
        if last and rank == 0 and options.check_every and (step + 1) % options.check_every == 0:
            for lesson in next(p for p in curriculum.PLANS[options.plan] if p.name == phase).mix:
                result = measured(network, batches.Maker(shape, options.vocabulary), lesson,
                                  "check", options.check_samples)
                print("  check", lesson, result, flush=True)
        if last and over:
            break
    if rank == 0:
        log.close()
        if options.carry:
            carry(options.to / "carry", network, optims, i + 1, tokens)
        print("finished" if i + 1 == len(plan) else "to be gone on with", flush=True)
    if ranks > 1:
        together.barrier()
        together.destroy_process_group()


class Log:
    """log.csv and run.json of a run, and a line every quarter of a minute."""

    def __init__(self, options, plan, done, device):
        path, next_step = options.to / "log.csv", plan[done][0] if done < len(plan) else 10 ** 9
        kept = []
        if path.exists():
            # What came after the state that is gone on with happens again.
            with open(path, newline="") as file:
                kept = [r for r in list(csv.reader(file))[1:] if int(r[0]) < next_step]
        self.file = open(path, "w", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow("step phase lesson seconds samples answer spelling right rate".split())
        self.writer.writerows(kept)
        self.before = (float(kept[-1][3]), int(kept[-1][4])) if kept else (0.0, 0)
        self.total = plan[-1][0] + 1
        self.began = self.said = time.time()
        (options.to / "run.json").write_text(json.dumps(
            dict(vars(options), total_steps=self.total, device=device, torch=torch.__version__),
            default=str, indent=1))

    def row(self, step, phase, key, samples_seen, answer, spelling, right, part, over):
        seconds = self.before[0] + time.time() - self.began
        samples_seen += self.before[1]
        self.writer.writerow([step, phase, key, f"{seconds:.1f}", samples_seen, f"{answer:.4f}",
                              f"{spelling:.4f}", f"{right:.4f}", f"{part:.4f}"])
        if time.time() - self.said > 15 or over:
            self.file.flush()
            print(f"{step}/{self.total} {phase}/{key}: answer {answer:.3f}, spelling "
                  f"{spelling:.3f}, right {right:.3f}; {samples_seen} samples in {seconds:.0f} s",
                  flush=True)
            self.said = time.time()

    def close(self):
        self.file.close()


if __name__ == "__main__":
    main()
