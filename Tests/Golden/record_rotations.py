"""Records the rotary waves of transformers: Tests/Golden/rotations/waves.json.

    pip install transformers==5.23.0 torch==2.13.0
    python Tests/Golden/record_rotations.py

For each kind of scaling: the frequencies, and cosines and sines at some positions.
"""
import json
import pathlib

import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

CASES = {
    "plain 64": (64, dict(rope_type="default", rope_theta=100000.0)),
    "plain 128": (128, dict(rope_type="default", rope_theta=5000000.0)),
    "plain 2.2B": (64, dict(rope_type="default", rope_theta=273768.0)),
    "linear": (64, dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
    "yarn": (128, dict(rope_type="yarn", rope_theta=5000000.0, factor=2.0,
                       original_max_position_embeddings=65536)),
    "yarn small": (32, dict(rope_type="yarn", rope_theta=10000.0, factor=4.0,
                            original_max_position_embeddings=256, beta_fast=16, beta_slow=2,
                            attention_factor=1.25, truncate=False)),
    "llama3": (128, dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
                         high_freq_factor=4.0, original_max_position_embeddings=8192)),
}
POSITIONS = [0, 1, 2, 63, 1000, 8191, 65535]


def short(values):
    """As few digits as name a float."""
    return [float(f"{value:.9g}") for value in values.reshape(-1).tolist()]


def main():
    cases = []
    for name, (size, rope) in CASES.items():
        config = LlamaConfig(hidden_size=size * 2, num_attention_heads=2, head_dim=size,
                             max_position_embeddings=131072, rope_parameters=dict(rope))
        embedding = LlamaRotaryEmbedding(config)
        x = torch.zeros(1, len(POSITIONS), size)
        cosines, sines = embedding(x, torch.tensor([POSITIONS]))
        half = size // 2
        cases.append(dict(
            name=name, headSize=size, rope=rope,
            frequencies=short(embedding.inv_freq), positions=POSITIONS,
            cosines=short(cosines[0, :, :half]), sines=short(sines[0, :, :half])))
    path = pathlib.Path(__file__).parent / "rotations" / "waves.json"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(cases, separators=(",", ":"))
    path.write_text(text.replace("{", "\n{") + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
