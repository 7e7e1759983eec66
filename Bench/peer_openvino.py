#!/usr/bin/env python3
"""Runs the vision encoder and the prompt of a model with OpenVINO, for Bench/side-by-side.

    peer_openvino.py MODEL THREADS ROWS

Says what it is in a line of JSON, then answers each line that it reads with {"seconds": ...} of one
tile or of a prompt of ROWS rows. Answers token by token would need an export with a cache of keys
and values, which is not done here.

    tile | prefill
"""
import json
import sys
import time

import openvino
import torch
from transformers import AutoModelForImageTextToText

folder, threads, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = AutoModelForImageTextToText.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="sdpa").eval()


class Eyes(torch.nn.Module):
    """A tile of one size: positions are fixed, so that the encoder's own parts can be traced."""

    def __init__(self):
        super().__init__()
        tower = model.model.vision_model
        self.patches = tower.embeddings.patch_embedding
        self.positions = torch.nn.Parameter(
            tower.embeddings.position_embedding.weight.detach()[None])
        self.layers, self.norm = tower.encoder.layers, tower.post_layernorm
        self.connector = model.model.connector

    def forward(self, pixels):
        stream = self.patches(pixels).flatten(2).transpose(1, 2) + self.positions
        for layer in self.layers:
            stream = layer(stream, None)
            stream = stream[0] if isinstance(stream, tuple) else stream
        return self.connector(self.norm(stream))


class Prompt(torch.nn.Module):
    """The logits behind the last row."""

    def __init__(self):
        super().__init__()
        self.decoder, self.head = model.model.text_model, model.lm_head
        self.register_buffer(
            "mask", torch.triu(torch.full((rows, rows), -1e9), 1)[None, None])

    def forward(self, stream):
        out = self.decoder(inputs_embeds=stream, attention_mask=self.mask, use_cache=False)
        return self.head(out.last_hidden_state[:, -1])


def compiled(module, example):
    with torch.inference_mode():
        converted = openvino.convert_model(
            module.eval(), example_input=example, input=list(example.shape))
    request = core.compile_model(
        converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    ).create_infer_request()
    return lambda: request.infer([example.numpy()])


core = openvino.Core()
core.set_property("CPU", {"INFERENCE_NUM_THREADS": threads})
torch.manual_seed(1)
side = model.config.vision_config.image_size
jobs = {
    "tile": compiled(Eyes(), torch.randn(1, 3, side, side)),
    "prefill": compiled(Prompt(), torch.randn(1, rows, model.config.text_config.hidden_size)),
}
print(json.dumps({"openvino": openvino.__version__, "dtype": "float32"}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    jobs[line.split()[0]]()
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
