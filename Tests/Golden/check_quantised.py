"""Asks llama.cpp the same of two GGUF files: the one that smolvlm wrote, and one to compare it with.

    pip install llama-cpp-python==0.3.36
    smolvlm quantize MODEL ours.gguf --type q8_0
    llama-quantize MODEL-f16.gguf theirs.gguf q8_0
    python Tests/Golden/check_quantised.py ours.gguf theirs.gguf

Says which keys and tensors differ, and compares greedy answers and the last logits of a few prompts.
Ends with 1 when a key or a tensor's shape differs, or (without --loose) an answer does: types that are
searched for are found otherwise here than there, and so may be answered.
"""
import argparse
import sys

import numpy as np
from gguf import GGUFReader
from llama_cpp import Llama

PROMPTS = ["The capital of France is", "def add(a, b):\n    return", "Once upon a time, there was",
           "1, 2, 3, 4,", "<|im_start|>user\nWhat is water made of?<|im_end|>\n<|im_start|>assistant\n"]
LABELS = {"general.name", "general.finetune", "general.basename", "general.size_label",
          "general.quantization_version", "GGUF.kv_count"}


def compare_files(ours, theirs):
    one, other = GGUFReader(ours), GGUFReader(theirs)
    differing = []
    for key in sorted(set(one.fields) | set(other.fields)):
        if key in LABELS:
            continue
        left, right = one.fields.get(key), other.fields.get(key)
        if left is None or right is None or left.contents() != right.contents():
            said = [None if field is None else str(field.contents())[:60] for field in (left, right)]
            print(f"key {key}: {said[0]}, there {said[1]}")
            differing.append(key)
    tensors, others = [{t.name: t for t in reader.tensors} for reader in (one, other)]
    print("tensors:", len(tensors), "there", len(others))
    if set(tensors) != set(others):
        differing.append("names")
        print("only here or there:", sorted(set(tensors) ^ set(others))[:8])
    same = types = 0
    for name in set(tensors) & set(others):
        left, right = tensors[name], others[name]
        if list(left.shape) != list(right.shape):
            differing.append(name)
            print("shape of", name, list(left.shape), "there", list(right.shape))
        types += left.tensor_type == right.tensor_type
        same += left.tensor_type == right.tensor_type and np.array_equal(left.data, right.data)
    print(f"of one type: {types}; of the same bytes: {same}")
    return differing


def answers(path, count):
    model = Llama(path, n_ctx=512, verbose=False, logits_all=True, n_threads=2, seed=1)
    result = []
    for prompt in PROMPTS:
        model.reset()
        ids = model.tokenize(prompt.encode(), add_bos=False, special=True)
        model.eval(ids)
        logits = np.array(model.scores[len(ids) - 1], dtype=np.float64)
        out = []
        for _ in range(count):
            out.append(int(np.argmax(model.scores[model.n_tokens - 1])))
            model.eval(out[-1:])
        result.append((ids, out, logits, model.detokenize(out).decode(errors="replace")))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--loose", action="store_true")
    wish = parser.parse_args()
    differing = compare_files(wish.ours, wish.theirs)
    failed = bool(set(differing) - {"general.file_type"})
    for prompt, one, other in zip(PROMPTS, answers(wish.ours, wish.tokens),
                                  answers(wish.theirs, wish.tokens)):
        equal = one[0] == other[0] and one[1] == other[1]
        off = np.abs(one[2] - other[2]).max() / np.abs(other[2]).max()
        print(f"{'same' if equal else 'OTHER'}: logits {off:.2e} apart: {prompt!r} {one[3]!r}"
              + ("" if equal else f" there {other[3]!r}"))
        failed |= not equal and not wish.loose
    sys.exit(failed)


if __name__ == "__main__":
    main()
