"""Makes the tiny models of models/tiny and records what transformers computes with them.

    pip install transformers==5.23.0 torch==2.13.0 safetensors==0.8.0
    python Tests/Golden/make_models.py

The models have the real structure at small widths and random weights. For each, the stages of
some prompts are recorded in Tests/Golden/forward/NAME.json: of every stage its shape, its norm and
some of its numbers, evenly spaced; and 64 greedy tokens. Pictures are made by a formula (`pixels`)
that the tests repeat. All in fp32.
"""
import json
import math
import pathlib
import shutil

import numpy as np
import torch
from transformers import (Idefics3Config, Idefics3ForConditionalGeneration, LlamaConfig,
                          LlamaForCausalLM, SmolLM3Config, SmolLM3ForCausalLM, SmolVLMConfig,
                          SmolVLMForConditionalGeneration)

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models" / "tiny"
RECORDS = HERE / "forward"
NEW_TOKENS = 64
SAMPLES = 24


def text(**changes):
    values = dict(model_type="llama", hidden_size=48, intermediate_size=80, num_hidden_layers=3,
                  num_attention_heads=6, num_key_value_heads=2, head_dim=8, vocab_size=192,
                  max_position_embeddings=2048, rms_norm_eps=1e-5, pad_token_id=2, bos_token_id=1,
                  eos_token_id=2, tie_word_embeddings=False,
                  rope_parameters=dict(rope_type="default", rope_theta=100000.0))
    return {**values, **changes}


def vision(**changes):
    values = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                  image_size=128, patch_size=16)
    return {**values, **changes}


def make():
    """Name, model, stored type."""
    # As 256M and 500M: patches of 16, 4 x 4 of them joined, three query heads share a key.
    yield "patch16", SmolVLMForConditionalGeneration(SmolVLMConfig(
        vision_config=vision(), text_config=text(), scale_factor=4, image_token_id=190,
        tie_word_embeddings=False)), torch.bfloat16
    # As 2.2B: patches of 14 that leave some pixels over, 3 x 3 of them joined, no shared keys.
    yield "patch14", Idefics3ForConditionalGeneration(Idefics3Config(
        vision_config=vision(hidden_size=36, intermediate_size=54, num_hidden_layers=3,
                             num_attention_heads=2, image_size=88, patch_size=14),
        text_config=text(hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=4,
                         rope_parameters=dict(rope_type="default", rope_theta=273768.0)),
        scale_factor=3, image_token_id=190, tie_word_embeddings=False)), torch.bfloat16
    # As granite-docling: the head is the token embedding.
    yield "tied", Idefics3ForConditionalGeneration(Idefics3Config(
        vision_config=vision(image_size=64, patch_size=8), text_config=text(
            hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
            num_key_value_heads=1, tie_word_embeddings=True),
        scale_factor=4, image_token_id=190, tie_word_embeddings=True)), torch.float32
    # As SmolLM2: text alone, tied.
    plain = text(hidden_size=32, intermediate_size=56, num_attention_heads=4,
                 num_key_value_heads=1, num_hidden_layers=2, tie_word_embeddings=True)
    plain.pop("model_type")
    yield "text", LlamaForCausalLM(LlamaConfig(**plain)), torch.float16
    # As Llama 3: frequencies bent by its own rule.
    bent = dict(plain, tie_word_embeddings=False, num_key_value_heads=2, rope_parameters=dict(
        rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
        high_freq_factor=4.0, original_max_position_embeddings=64))
    yield "llama3", LlamaForCausalLM(LlamaConfig(**bent)), torch.bfloat16
    # As SmolLM3: every fourth layer without rotation, the others with YaRN, four heads a key.
    yield "smollm3", SmolLM3ForCausalLM(SmolLM3Config(**dict(
        plain, num_hidden_layers=8, rms_norm_eps=1e-6, rope_parameters=dict(
            rope_type="yarn", rope_theta=5000000.0, factor=2.0,
            original_max_position_embeddings=64)))), torch.bfloat16


def fill(model, dtype, seed):
    """Random weights of the size that trained ones have, rounded to the stored type."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if "norm" in name:
                noise = (1 if name.endswith("weight") else 0) + 0.1 * noise
            elif name.endswith("bias"):
                noise = 0.1 * noise
            elif "embed" in name and "patch" not in name:
                noise = 0.5 * noise
            else:
                noise = 1.2 * noise / math.sqrt(value[0].numel())
            value.copy_(noise.to(dtype).float())
    return model.float().eval()


def pixels(tiles, side, seed):
    """Tiles of 8-bit pixels by a formula: waves and a grain, different in every tile."""
    i = np.arange(tiles * 3 * side * side, dtype=np.int64)
    x, y, c = i % side, i // side % side, i // (side * side)
    p = (x * (3 + c) + y * (5 + seed) + (x * y) // 7 + (i * 7919) % 61 + c * 40) % 256
    p = p.astype(np.float32).reshape(1, tiles, 3, side, side)
    return torch.from_numpy((p / np.float32(255) - np.float32(0.5)) / np.float32(0.5))


def summary(tensor):
    flat = tensor.detach().float().reshape(-1).double()
    step = max(1, flat.numel() // SAMPLES)
    return dict(shape=list(tensor.shape), norm=float(f"{flat.norm().item():.9g}"), step=step,
                values=[float(f"{v:.9g}") for v in flat[::step].tolist()])


def prompt(pattern, per_tile, image_token, seed):
    """Ids for a pattern like [5, "t", 3]: numbers of text ids, and tiles."""
    rng = np.random.default_rng(seed)
    ids = []
    for part in pattern:
        ids += [image_token] * per_tile if part == "t" else rng.integers(3, 186, part).tolist()
    return ids


PROMPTS = {
    "text": [23],
    "one picture": [6, "t", 9],
    "split picture": [4, "t", 2, "t", 3, "t", 2, "t", 4, "t", 7],
    "three pictures": [3, "t", 5, "t", 1, "t", 8],
    "video": [9] + ["t", 4] * 6 + [5],
}


class Watch:
    """Keeps what each stage of a model gave when it last read a prompt."""

    def __init__(self, model):
        self.stages = {}
        has_vision = hasattr(model.config, "vision_config")
        decoder = model.model.text_model if has_vision else model.model
        self.hooks = [layer.register_forward_hook(self.output(f"layer {i}"))
                      for i, layer in enumerate(decoder.layers)]
        self.hooks.append(decoder.layers[0].register_forward_pre_hook(
            self.input("merged"), with_kwargs=True))
        self.hooks.append(decoder.norm.register_forward_hook(self.output("norm")))
        if has_vision:
            eyes, connector = model.model.vision_model, model.model.connector
            self.hooks.append(
                eyes.embeddings.register_forward_hook(self.output("patch embedding")))
            self.hooks += [layer.register_forward_hook(self.output(f"vision layer {i}"))
                           for i, layer in enumerate(eyes.encoder.layers)]
            self.hooks.append(
                eyes.post_layernorm.register_forward_hook(self.output("vision norm")))
            self.hooks.append(connector.modality_projection.register_forward_pre_hook(
                self.input("shuffle"), with_kwargs=True))
            self.hooks.append(connector.register_forward_hook(self.output("projection")))

    def output(self, stage):
        def hook(_, __, output):
            self.stages.setdefault(stage, output[0] if isinstance(output, tuple) else output)
        return hook

    def input(self, stage):
        def hook(_, args, kwargs):
            self.stages.setdefault(stage, args[0] if args else kwargs["hidden_states"])
        return hook

    def read(self, model, inputs):
        """All stages of a prompt by name, the logits of its ids the last of them."""
        self.stages.clear()
        with torch.no_grad():
            logits = model(**inputs).logits
        return {**self.stages, "logits": logits}

    def stop(self):
        for hook in self.hooks:
            hook.remove()


def answer(model, inputs):
    """64 greedy ids, whatever they are, and the logits that each was chosen by."""
    with torch.no_grad():
        new = model.generate(**inputs, do_sample=False, max_new_tokens=NEW_TOKENS,
                             min_new_tokens=NEW_TOKENS, eos_token_id=None, pad_token_id=2,
                             output_logits=True, return_dict_in_generate=True)
    return new.sequences[0, inputs["input_ids"].shape[1]:].tolist(), torch.cat(new.logits)


def smallest_lead(logits):
    """How far the likeliest id was ahead of the next, at least."""
    tops = torch.topk(logits, 2).values
    return float(f"{(tops[:, 0] - tops[:, 1]).min().item():.4g}")


def record(name, model):
    has_vision = hasattr(model.config, "vision_config")
    watch = Watch(model)
    per_tile = image_token = side = 0
    if has_vision:
        side = model.config.vision_config.image_size
        grid = side // model.config.vision_config.patch_size
        per_tile = (grid // model.config.scale_factor) ** 2
        image_token = model.config.image_token_id
    cases = []
    for number, (title, pattern) in enumerate(PROMPTS.items()):
        tiles = sum(part == "t" for part in pattern)
        if tiles and not has_vision:
            continue
        ids = torch.tensor([prompt(pattern, per_tile, image_token, seed=number)])
        inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
        if tiles:
            inputs["pixel_values"] = pixels(tiles, side, seed=number)
        found = watch.read(model, inputs)
        greedy, logits = answer(model, inputs)
        cases.append(dict(
            title=title, tiles=tiles, seed=number, ids=ids[0].tolist(),
            stages={stage: summary(value) for stage, value in found.items()},
            greedy=greedy, smallestLead=smallest_lead(logits)))
    watch.stop()
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    path = RECORDS / f"{name}.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(name, path.stat().st_size, [(c["title"], c["smallestLead"]) for c in cases])


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    RECORDS.mkdir(exist_ok=True)
    for number, (name, model, dtype) in enumerate(make()):
        folder = MODELS / name
        shutil.rmtree(folder, ignore_errors=True)
        fill(model, dtype, seed=100 + number)
        record(name, model)
        model.to(dtype).save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        (folder / "model.safetensors").chmod(0o644)
        print(folder, sum(f.stat().st_size for f in folder.iterdir()))


if __name__ == "__main__":
    main()
