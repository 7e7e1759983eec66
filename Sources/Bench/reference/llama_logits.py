"""Writes down the logits of other programs for what `Bench accuracy` read.

    pip install llama-cpp-python==0.3.36
    Bench accuracy MODEL --text TEXT --questions QUESTIONS --sequences ids.json
    python llama_logits.py MODEL ids.json logits.f32
    Bench accuracy MODEL --text TEXT --questions QUESTIONS --logits llama.cpp=logits.f32

llama.cpp reads windows of a text in one go, and answers one id at a time, as `Bench` does. With
--transformers instead of that, transformers reads the file written out as floats, in fp32. One row
of floats follows the other.
"""
import json
import pathlib
import sys

import numpy as np


def llama_rows(path, sequences):
    from llama_cpp import Llama
    longest = max(len(ids) for ids in sequences["windows"] + [
        answer["prompt"] + answer["path"] for answer in sequences["answers"]])
    model = Llama(str(path), n_ctx=longest + 8, n_batch=512, n_threads=2, n_threads_batch=2,
                  logits_all=True, type_k=0, type_v=0, flash_attn=False, verbose=False)
    for ids in sequences["windows"]:
        model.reset()
        model.eval(ids)
        yield model.scores[:len(ids)]
    for answer in sequences["answers"]:
        model.reset()
        model.eval(answer["prompt"])
        yield model.scores[model.n_tokens - 1:model.n_tokens]
        for id in answer["path"][:-1]:
            model.eval([id])
            yield model.scores[model.n_tokens - 1:model.n_tokens]


def transformers_rows(path, sequences):
    import torch
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32).eval()

    def logits(ids):
        with torch.no_grad():
            return model(torch.tensor([ids])).logits[0].numpy()

    for ids in sequences["windows"]:
        yield logits(ids)
    for answer in sequences["answers"]:
        prompt = answer["prompt"]
        yield logits(prompt + answer["path"][:-1])[len(prompt) - 1:]


def main():
    arguments = [one for one in sys.argv[1:] if one != "--transformers"]
    path, ids, out = map(pathlib.Path, arguments)
    rows = transformers_rows if "--transformers" in sys.argv else llama_rows
    with out.open("wb") as file:
        for part in rows(path, json.loads(ids.read_text())):
            file.write(np.ascontiguousarray(part, dtype="<f4").tobytes())


if __name__ == "__main__":
    main()
