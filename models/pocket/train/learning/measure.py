"""Answers of the network under training, and how right they are."""
import numpy as np
import torch

from making import samples
from .batches import joined
from .curriculum import LESSONS
from .network import Past


def distance(a, b):
    """Letters to change, add or leave out to make b of a."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


@torch.no_grad()
def answer(network, maker, item, number, most=160):
    """The greedy answer to question `number` of an item."""
    device = next(network.parameters()).device
    asked = np.flatnonzero((item.turn == 0) | (item.turn == number))
    first = np.flatnonzero(item.learned[asked] >= 0)[0]
    asked = asked[:first + 1]
    pixels = torch.from_numpy(item.pixels).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
    rows, _ = network.seen(pixels, torch.from_numpy(item.places).to(device))
    ids = torch.from_numpy(item.ids[asked]).long().to(device)
    x = network.embedded(ids.clamp(min=0))
    x[ids < 0] = rows.flatten(0, 2)
    positions = torch.from_numpy(item.positions[asked])[None].to(device)
    length, past, out = len(asked), Past(), []
    mask = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    hidden = network.read(x[None], positions, mask, past)[:, -1]
    at = int(positions[0, -1])
    while len(out) < most:
        token = int(network.logits(hidden).argmax())
        if token == maker.end:
            break
        out.append(token)
        at += 1
        x = network.embedded(torch.tensor([[token]], device=device))
        hidden = network.read(x, torch.tensor([[at]], device=device), None, past)[:, -1]
    return maker.words.decode(out).strip()


def measured(network, maker, key, split, count):
    """Exact answers and letters wrong over the first questions of `count` samples."""
    lesson = LESSONS[key]
    was = network.training
    network.eval()
    exact = wrong = letters = 0
    rng = np.random.default_rng(3)
    shown = []
    for i in range(count):
        sample = samples.sample(split, lesson.name, i * samples.GROUP, 1)
        item = maker.item(sample, rng, lesson.longest, lesson.window)
        said, right = answer(network, maker, item, 1), sample.turns[0].answer
        exact += said.split() == right.split()
        wrong += min(distance(said, right), len(right))
        letters += len(right)
        shown.append((right, said))
    network.train(was)
    return dict(exact=round(exact / count, 3), cer=round(wrong / letters, 3), shown=shown[:3])
