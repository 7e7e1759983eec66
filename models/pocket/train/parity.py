#!/usr/bin/env python3
"""Shows that the folder means the same to training, to transformers and to smolvlm.

    models/pocket/train/parity.py --model models/pocket --smolvlm .build/release/smolvlm [--count 8]

Logits of the training network against those of transformers on the same prompts (with tiles and
without), then greedy answers of transformers (its own picture processor, in fp32) against those of
the program, both on evaluation's pictures. Says what differs, and fails when anything does.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from learning import batches
from learning.network import Network
from learning.shape import SHAPES
from making import samples

LESSONS = ("signs", "small papers", "scenes")


def shape_of(folder):
    """The shape whose sizes the folder's configuration has."""
    config = json.loads((folder / "config.json").read_text())
    sizes = json.loads((folder / "preprocessor_config.json").read_text())
    for shape in SHAPES.values():
        if (shape.vision_width, shape.text_width, shape.vision_layers) == tuple(
                config[a + "_config"][b] for a, b in (("vision", "hidden_size"), (
                    "text", "hidden_size"), ("vision", "num_hidden_layers"))):
            return type(shape)(**dict(shape.asdict(), longest_edge=sizes["size"]["longest_edge"]))
    sys.exit(f"{folder} has the sizes of no shape in shape.py")


def prompt(picture, question, processor, tokens):
    """What transformers makes of one picture and a question: text and tiles."""
    found = processor(images=[[picture]], return_tensors="pt", return_row_col_info=True)
    rows, columns = found["rows"][0][0], found["cols"][0][0]
    around, row_text = "<fake_token_around_image>", ""
    for r in range(rows):
        for c in range(columns):
            row_text += f"{around}<row_{r + 1}_col_{c + 1}>" + "<image>" * tokens
        row_text += "\n"
    text = (row_text + "\n" if rows else "") + around + "<global-img>" + "<image>" * tokens + around
    return (f"<|im_start|>User:{text}{question}<end_of_utterance>\nAssistant:",
            found["pixel_values"])


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--smolvlm", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=48)
    options = parser.parse_args()
    shape = shape_of(options.model)
    network = Network(shape).eval()
    weights = {k: v.float() for k, v in load_file(options.model / "model.safetensors").items()}
    network.load_state_dict(weights, strict=False)
    model = AutoModelForImageTextToText.from_pretrained(options.model, dtype=torch.float32).eval()
    coder = PreTrainedTokenizerFast(tokenizer_file=str(options.model / "tokenizer.json"))
    settings = json.loads((options.model / "preprocessor_config.json").read_text())
    processor = SmolVLMImageProcessorPil(**{k: v for k, v in settings.items() if k not in (
        "image_processor_type", "processor_class", "video_sampling")})
    maker = batches.Maker(shape, options.model / "tokenizer.json")
    differ, worst = [], 0.0
    for i in range(options.count):
        sample = samples.sample("eval", LESSONS[i % len(LESSONS)], 10 ** 6 + i, 1)
        picture, question = sample.pictures[0].image, sample.turns[0].question
        text, pixels = prompt(picture, question, processor, shape.tokens)
        ids = torch.tensor([coder.encode(text, add_special_tokens=False)])
        given = dict(input_ids=ids, pixel_values=pixels, attention_mask=torch.ones_like(ids))
        theirs = model(**given).logits[0, -1]
        # The same through training's own code, tiles cut by batches.py.
        item = maker.item(sample, np.random.default_rng(0), shape.longest_edge)
        own = item.ids.copy()
        own[own < 0] = maker.image
        first = int(np.flatnonzero(item.learned >= 0)[0])
        if own[:first + 1].tolist() != ids[0].tolist():
            differ.append(f"the prompt of sample {i} has other ids")
        tiles = torch.from_numpy(item.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        pixel_gap = (tiles - pixels[0]).abs().max().item()
        seen, _ = network.seen(pixels[0], torch.from_numpy(item.places))
        x = network.embedded(ids)
        x[ids == maker.image] = seen.flatten(0, 2)
        length = ids.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).tril()
        mine = network.logits(network.read(x, torch.arange(length)[None], mask))[0, -1]
        gap = (mine - theirs).abs().max().item() / theirs.abs().max().item()
        worst = max(worst, gap)
        said = model.generate(**given, max_new_tokens=options.max_tokens, do_sample=False)
        theirs_said = coder.decode(said[0, length:], skip_special_tokens=True).strip()
        line = f"sample {i}: logits differ by {gap:.1e} of the largest, pixels by {pixel_gap:.1e}"
        if gap > 1e-3:
            differ.append(line)
        if options.smolvlm:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "picture.png"
                picture.save(path)
                ours = subprocess.run(
                    [options.smolvlm, "ask", "-m", options.model, "--max-tokens",
                     str(options.max_tokens), path, question], capture_output=True, text=True)
            line += f"; transformers {theirs_said!r}, smolvlm {ours.stdout.strip()!r}"
            if ours.returncode or ours.stdout.strip() != theirs_said:
                differ.append(line + ours.stderr)
        print(line, flush=True)
    print(f"{options.count} samples, {len(differ)} differences")
    for d in differ:
        print("differs:", d)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
