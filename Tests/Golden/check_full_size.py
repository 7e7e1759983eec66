"""Compares every stage of a full-size model with transformers, both in fp32.

    pip install transformers==5.23.0 torch==2.13.0 tokenizers safetensors pillow==13.0.0
    swift build -c release --product Bench
    python Tests/Golden/check_full_size.py FOLDER

FOLDER is any model of the SmolVLM family as it is on the hub. Where there is none,

    python Tests/Golden/check_full_size.py --random CONFIGS FOLDER

first makes one: the files of CONFIGS (a model folder without its weights) with random weights in
the shapes that its config.json tells, stored in BF16.

For text alone, a picture that goes in whole and one that is split, the program answers with 64
greedy ids by transformers, then lets `Bench stages` read the same prompt and those ids. It prints
for each stage the worst difference, of the stage's root mean square; whether ids and pixels are the
same; and how many of the 64 choices are. A choice that differs is called a tie only if the
reference's own lead was less than twice the worst error of any logit. Ends with 1 unless all is
equal or a tie, and no stage is more than 1e-4 away.
"""
import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedTokenizerFast
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from make_models import NEW_TOKENS, Watch, answer, fill
from record_conversations import expanded, picture

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BOUND = 1e-4
PROMPTS = {
    "text alone": (None, "no", "What is the capital of France? Say it in one word."),
    "a whole picture": ((300, 200, 1), "no", "What is on the sign?"),
    "a split picture": ((400, 100, 2), "yes", "Read the text from left to right."),
}


def make(configs, folder):
    """A model of random weights that are as large as trained ones: see make_models.py."""
    config = AutoConfig.from_pretrained(configs)
    model = fill(AutoModelForImageTextToText.from_config(config), torch.bfloat16, seed=300)
    model.to(torch.bfloat16).save_pretrained(folder)
    for file in pathlib.Path(configs).iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            shutil.copyfile(file, folder / file.name)


def asked(folder, config, shown, split, question):
    """Ids and tiles of a prompt, by the processor of transformers."""
    coder = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(folder / "tokenizer.json")))
    text, tiles = "<|im_start|>User:", None
    if shown:
        sizes = json.loads((folder / "preprocessor_config.json").read_text())
        kept = ("size", "max_image_size", "image_mean", "image_std", "resample")
        processor = SmolVLMImageProcessorPil(
            **{key: sizes[key] for key in kept}, do_image_splitting=split == "yes",
            do_resize=True, do_rescale=True, do_normalize=True)
        eyes = config.vision_config
        tokens = (eyes.image_size // eyes.patch_size // config.scale_factor) ** 2
        layout, tiles = expanded(processor, picture(*shown), tokens)
        text += layout
    else:
        text += " "
    text += question + "<end_of_utterance>\nAssistant:"
    return coder.encode(text, add_special_tokens=False), tiles


def reference(model, ids, tiles):
    """All stages, the greedy ids, and the logits that each was chosen by."""
    ids = torch.tensor([ids])
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if tiles is not None:
        inputs["pixel_values"] = tiles[None]
    watch = Watch(model)
    stages = watch.read(model, inputs)
    watch.stop()
    del stages["norm"]  # ours is made and multiplied at once
    greedy, logits = answer(model, inputs)
    return stages, greedy, logits.numpy()


def distance(ours, theirs):
    """The worst difference, of the root mean square."""
    theirs = theirs.detach().float().numpy().reshape(-1)
    if ours.size != theirs.size:
        return math.inf
    size = math.sqrt(np.mean(np.square(theirs, dtype=np.float64)))
    return float(np.max(np.abs(ours - theirs)) / size)


def grouped(distances):
    """Of layers with numbers only the worst: name, distance."""
    groups = {}
    for name, value in distances.items():
        words = name.rsplit(" ", 1)
        key = words[0] + "s" if words[-1].isdigit() else name
        groups.setdefault(key, []).append((value, words[-1]))
    for key, found in groups.items():
        value, number = max(found)
        yield (f"{key}, worst of {len(found)} in {number}" if len(found) > 1 else key), value


def check(model, folder, bench, title, prompt):
    shown, split, question = prompt
    ids, tiles = asked(folder, model.config, *prompt)
    stages, greedy, choices = reference(model, ids, tiles)
    with tempfile.TemporaryDirectory() as out:
        out = pathlib.Path(out)
        options = ["--model", folder, "--out", out, "--split", split,
                   "--follow", ",".join(map(str, greedy[:-1]))]
        if shown:
            picture(*shown).save(out / "picture.png")
            options += ["--picture", out / "picture.png"]
        subprocess.run([bench, "stages", *options, question], check=True)
        same = np.fromfile(out / "ids.i32", "<i4").tolist() == ids
        lines = [f"{title}: {len(ids)} ids {'the same' if same else 'NOT the same'}"]
        if shown:
            pixels = np.fromfile(out / "pixels.f32", "<f4")
            equal = pixels.tobytes() == tiles.numpy().tobytes()
            lines[0] += f", pixels of {len(tiles)} frames {'the same' if equal else 'NOT the same'}"
            same = same and equal
        ours = {name: np.fromfile(out / f"{name}.f32", "<f4") for name in stages}
    width = choices.shape[1]
    all_logits = ours["logits"].reshape(-1, width)
    ours["logits"] = all_logits[:len(ids)].reshape(-1)
    steps = all_logits[len(ids) - 1:]
    distances = {name: distance(ours[name], value) for name, value in stages.items()}
    distances["logits behind the prompt, one id at a time"] = distance(
        steps.reshape(-1), torch.from_numpy(choices))
    lines += [f"    {value:8.1e}  {name}" for name, value in grouped(distances)]

    error = float(np.max(np.abs(steps - choices)))
    tops = np.sort(choices, axis=1)[:, -2:]
    leads = tops[:, 1] - tops[:, 0]
    chosen = steps.argmax(axis=1)
    apart = np.flatnonzero(chosen != np.array(greedy))
    ties = [step for step in apart if leads[step] < 2 * error]
    lines.append(
        f"    {NEW_TOKENS - len(apart)} of {NEW_TOKENS} greedy ids equal, {len(ties)} ties; "
        f"worst error of a logit {error:.1e}, the reference's lead {leads.min():.1e} at least, "
        f"{np.median(leads):.1e} at the median; {len(set(greedy))} different ids")
    lines += [f"    step {step}: {chosen[step]} for {greedy[step]}, lead {leads[step]:.1e}"
              for step in apart]
    print("\n".join(lines), flush=True)
    return same and len(ties) == len(apart) and max(distances.values()) <= BOUND


def main():
    options = argparse.ArgumentParser(description="Compares a full-size model with transformers.")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--random", metavar="CONFIGS", help="make the folder of these files")
    options.add_argument("--bench", default=ROOT / ".build/release/Bench", type=pathlib.Path)
    options = options.parse_args()
    if options.random:
        make(options.random, options.folder)
    model = AutoModelForImageTextToText.from_pretrained(options.folder, dtype=torch.float32).eval()
    results = [check(model, options.folder, options.bench, title, prompt)
               for title, prompt in PROMPTS.items()]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
