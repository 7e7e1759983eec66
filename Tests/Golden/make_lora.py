"""Makes the adapters of Tests/Golden/lora and records what peft computes with them.

    pip install peft==0.21.2 transformers==5.23.0 torch==2.13.0 safetensors==0.8.0 gguf==0.19.0
    python Tests/Golden/make_lora.py

Run it after make_models.py. Adapters with random weights for models/tiny/patch16 and text: `patch16`
changes every linear layer (eyes, patch embedding, connector, decoder, head), `text` the decoder and
the embedding, with patterns of rank and alpha and rslora; `patch16.gguf` is the text half of the
first as the converter of llama.cpp writes it. Recorded are some logits of each, with strength 1, 0.5
and, for two adapters at once, their sum. All in fp32.
"""
import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaForCausalLM, SmolVLMForConditionalGeneration

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_gguf import TEXT, in_pairs  # noqa: E402
from make_models import MODELS, pixels, prompt, summary  # noqa: E402

TARGET = pathlib.Path(__file__).resolve().parent / "lora"
DECODER = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load(name):
    kind = SmolVLMForConditionalGeneration if name.startswith("patch") else LlamaForCausalLM
    return kind.from_pretrained(MODELS / name, dtype=torch.float32,
                                attn_implementation="eager").eval()


def adapter(name, base, seed, **settings):
    model = get_peft_model(load(base), LoraConfig(**settings))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, value in model.named_parameters():
            if "lora_" in key:
                noise = torch.randn(value.shape, generator=generator)
                value.copy_((0.25 * noise).to(torch.bfloat16).float())
    model.peft_config["default"].base_model_name_or_path = f"models/tiny/{base}"
    model.save_pretrained(TARGET / name, save_embedding_layers=False)
    (TARGET / name / "README.md").unlink(missing_ok=True)
    config = TARGET / name / "adapter_config.json"
    values = json.loads(config.read_text())
    values["target_modules"] = sorted(values["target_modules"])
    config.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
    return model


def logits(model, base):
    has_vision = base.startswith("patch")
    pattern = [4, "t", 3, "t", 9] if has_vision else [23]
    ids = torch.tensor([prompt(pattern, 4, 190, seed=7)])
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if has_vision:
        inputs["pixel_values"] = pixels(2, 128, seed=7)
    with torch.no_grad():
        return ids[0].tolist(), model(**inputs).logits


def with_strength(model, strength):
    for module in model.modules():
        if hasattr(module, "scaling") and isinstance(module.scaling, dict):
            module.scaling = {name: value * strength for name, value in module.scaling.items()}


def record(title, model, base, adapters):
    ids, out = logits(model, base)
    _, plain = logits(load(base), base)
    changed = float((out - plain).norm() / plain.norm())
    print(title, changed)
    return dict(title=title, model=base, adapters=adapters, seed=7,
                tiles=2 if base.startswith("patch") else 0, ids=ids, changedBy=changed,
                logits=summary(out))


def write_gguf(config):
    """The decoder's part of the adapter `patch16`, B of q and k in pairs."""
    writer = gguf.GGUFWriter(TARGET / "patch16.gguf", "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", config["lora_alpha"])
    writer.add_string("general.base_model.0.name", "tiny patch16")
    heads = dict(q_proj=6, k_proj=2)
    for name, value in sorted(load_file(TARGET / "patch16/adapter_model.safetensors").items()):
        stem, half, _ = name.rsplit(".", 2)
        if stem.endswith("lm_head"):
            called = "output"
        elif ".text_model.layers." in stem:
            layer, piece = stem.split(".text_model.layers.")[1].split(".", 1)
            called = f"blk.{layer}.{TEXT[piece]}"
        else:
            continue
        value = value.float().numpy()
        short = stem.rsplit(".", 1)[1]
        if half == "lora_B" and short in heads:
            value = in_pairs(value, heads[short])
        writer.add_tensor(f"{called}.weight.{half.lower()}", value.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    torch.set_num_threads(1)
    TARGET.mkdir(exist_ok=True)
    cases = []
    whole = adapter("patch16", "patch16", 1, r=4, lora_alpha=6, target_modules=DECODER + [
        "out_proj", "fc1", "fc2", "patch_embedding", "proj", "lm_head"])
    cases.append(record("every layer", whole, "patch16", [["patch16", 1]]))
    with_strength(whole, 0.5)
    cases.append(record("half as strong", whole, "patch16", [["patch16", 0.5]]))

    words = adapter(
        "text", "text", 2, r=4, lora_alpha=8, use_rslora=True,
        rank_pattern={"layers.1.self_attn.q_proj": 2}, alpha_pattern={"down_proj": 3},
        target_modules=DECODER + ["embed_tokens"])
    cases.append(record("rslora, patterns and embedding", words, "text", [["text", 1]]))

    second = adapter("text-2", "text", 3, r=2, lora_alpha=2, target_modules=["q_proj", "lm_head"])
    del second
    both = PeftModel.from_pretrained(load("text"), TARGET / "text", adapter_name="one")
    both.load_adapter(TARGET / "text-2", adapter_name="two")
    both.base_model.set_adapter(["one", "two"])
    cases.append(record("two at once", both, "text", [["text", 1], ["text-2", 1]]))

    # Of the GGUF adapter: the same without the eyes and the connector.
    config = json.loads((TARGET / "patch16" / "adapter_config.json").read_text())
    write_gguf(config)
    half = PeftModel.from_pretrained(load("patch16"), TARGET / "patch16")
    with torch.no_grad():
        for key, value in half.named_parameters():
            if "lora_B" in key and ("vision_model" in key or "connector" in key):
                value.zero_()
    cases.append(record("decoder alone", half, "patch16", [["patch16.gguf", 1]]))

    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    (TARGET / "logits.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    for path in sorted(TARGET.rglob("*")):
        print(path.relative_to(TARGET), path.stat().st_size)


if __name__ == "__main__":
    main()
