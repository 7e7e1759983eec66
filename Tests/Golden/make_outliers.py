"""Gives a model folder the outliers that trained vision towers have.

    pip install torch safetensors
    python Tests/Golden/make_outliers.py FOLDER OUT [--channels 7,100,333,601] [--size 50]
        [--inner]

Some channels of the vision encoder's stream get position embeddings of SIZE times their usual size,
of random signs, the same sign at all positions: the residual stream carries them through all
layers, so that every norm's output has them, as that of a trained SigLIP tower has. With --inner
the same channels of every layer's inner width are made SIZE times as large as well (rows of fc1):
what GELU lets through of them goes into fc2.

Everything else is copied.
"""
import argparse
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--channels", default="7,100,333,601")
    parser.add_argument("--size", type=float, default=50)
    parser.add_argument("--inner", action="store_true")
    wanted = parser.parse_args()
    channels = [int(channel) for channel in wanted.channels.split(",")]

    wanted.out.mkdir(parents=True, exist_ok=True)
    for file in wanted.folder.iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            shutil.copy(file, wanted.out)
    for file in wanted.folder.glob("*.safetensors"):
        weights = load_file(file)
        generator = torch.Generator().manual_seed(0)
        for name, value in weights.items():
            if "vision_model" not in name:
                continue
            if name.endswith("position_embedding.weight"):
                usual = value.float().std()
                for channel in channels:
                    sign = torch.sign(torch.randn(1, generator=generator))
                    value[:, channel] = (wanted.size * usual * sign).to(value.dtype)
                print(name, [round(value[0, channel].item(), 3) for channel in channels])
            elif wanted.inner and name.endswith("mlp.fc1.weight"):
                for channel in channels:
                    value[channel] = (wanted.size * value[channel].float()).to(value.dtype)
        save_file(weights, wanted.out / file.name, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
