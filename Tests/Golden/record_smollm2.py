"""Records what llama.cpp and transformers make of a real model: Tests/Golden/smollm2.

    pip install llama-cpp-python==0.3.36 transformers==5.23.0 torch==2.13.0 gguf accelerate jinja2
    Tests/get-smollm2 Tests/.models
    llama-quantize --allow-requantize Tests/.models/SmolLM2-135M-Instruct.Q4_1.gguf F32.gguf F32
    python Tests/Golden/record_smollm2.py Tests/.models/SmolLM2-135M-Instruct.Q4_1.gguf F32.gguf

llama.cpp reads the file as it is; its products of Q4_1 round what they multiply to 8 bits. Of the
text it also reads the same weights written out as floats by its own llama-quantize.
transformers reads the same file written out as floats, in fp32: the exact answer. For each prompt
64 ids are chosen greedily by llama.cpp (one thread, keys and values in F32), also past the end of
the answer, and both are asked at each of these steps what they would choose, what comes second and
how far the first is ahead. Of `smollm2/text.txt`, the documentation of this project as it once was,
both give the sum of the negative log-probabilities: in windows of 1024 ids, each read from nothing,
its first id not counted.
"""
import json
import pathlib
import sys

import jinja2
import numpy as np
import torch
from llama_cpp import Llama
from transformers import AutoModelForCausalLM

FOLDER = pathlib.Path(__file__).resolve().parent / "smollm2"
NEW_TOKENS = 64
WINDOW = 1024
PROMPTS = [
    "What is the capital of France?",
    "Why is the sky blue? Explain it to a child.",
    "Write a Python function that says whether a number is prime.",
    "Write a function in C that reverses a string in place.",
    "List five fruits that are red.",
    "List the planets of the solar system in order, one in each line.",
    "What is 17 + 25?",
    "A train goes 60 km in 45 minutes. How fast is it in km/h?",
    "Translate into German: Good morning, how are you?",
    "¿Cuál es la capital de España y cuántos habitantes tiene?",
    "Quelle est la différence entre un chat et un chien ?",
    "日本の首都はどこですか。",
    "Расскажи коротко о Москве.",
    "Write a short poem about rain on a tin roof.",
    "Continue: Once upon a time, in a village by the sea, there lived",
    "Turn this into JSON: name Ada Lovelace, born 1815, work mathematics.",
    "Is this review good or bad? \"The soup was cold and nobody came to say sorry.\"",
    "What is the difference between TCP and UDP? 🙂",
]
SYSTEMS = [("", "Who are you?"), ("You answer like a pirate.", "Where is the treasure?")]


def cases():
    """System prompt (None for the template's own) and question."""
    yield from ((None, question) for question in PROMPTS)
    yield from SYSTEMS
    text = (FOLDER / "text.txt").read_text()
    yield None, "Summarise this text in one sentence.\n\n" + text[2000:4200]


def choice(logits):
    """The likeliest id, the next, and how far apart they are."""
    first, second = np.argsort(-logits, kind="stable")[:2].tolist()
    return [first, second, float(f"{logits[first] - logits[second]:.5g}")]


def losses(logits, ids):
    """Negative log-probabilities of ids, each by the row of logits before it."""
    rows = torch.from_numpy(np.ascontiguousarray(logits)).double()
    return float(-torch.log_softmax(rows, -1).gather(1, torch.tensor(ids)[:, None]).sum())


def perplexity(model, windows):
    """Of windows of ids, each read from nothing, by llama.cpp."""
    total = 0.0
    for window in windows:
        model.reset()
        model.eval(window)
        total += losses(model.scores[:len(window) - 1], window[1:])
    return float(np.exp(total / sum(len(window) - 1 for window in windows)))


def opened(path):
    return Llama(str(path), n_ctx=2048, n_batch=512, n_threads=1, n_threads_batch=1,
                 logits_all=True, type_k=0, type_v=0, flash_attn=False, verbose=False)


def exact_logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].float().numpy()


def hashed(ids):
    value = 0
    for id in ids:
        value = (value * 31 + id) % 1000000007
    return value


def main():
    path = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    fast = opened(path)
    exact = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    template = jinja2.Template(fast.metadata["tokenizer.chat_template"])

    def ids_of(system, question):
        messages = [] if system is None else [dict(role="system", content=system)]
        text = template.render(messages=messages + [dict(role="user", content=question)],
                               add_generation_prompt=True)
        return fast.tokenize(text.encode(), add_bos=False, special=True)

    recorded = []
    for system, question in cases():
        ids = ids_of(system, question)
        fast.reset()
        fast.eval(ids)
        steps, rows = [], []
        for _ in range(NEW_TOKENS):
            rows.append(fast.scores[fast.n_tokens - 1].copy())
            steps.append(choice(rows[-1]))
            fast.eval(steps[-1][:1])
        path_ids = [step[0] for step in steps]
        true = exact_logits(exact, ids + path_ids[:-1])[len(ids) - 1:]
        found = [choice(row) for row in true]
        noise = np.max(np.abs((np.array(rows) - true) - (np.array(rows) - true).mean(1)[:, None]))
        equal = sum(one[0] == other[0] for one, other in zip(steps, found))
        print(f"{len(ids)} ids, {equal} of {NEW_TOKENS} equal, logits differ by {noise:.2f} at "
              f"most: {fast.detokenize(path_ids)[:60]}", flush=True)
        recorded.append(dict(system=system, question=question, ids=ids, quantised=steps,
                             exact=found))
    lines = [json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in recorded]
    (FOLDER / "conversations.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")

    ids = fast.tokenize((FOLDER / "text.txt").read_bytes(), add_bos=False, special=False)
    windows = [ids[start:start + WINDOW] for start in range(0, len(ids), WINDOW)]
    true = sum(losses(exact_logits(exact, window)[:-1], window[1:]) for window in windows)
    counted = len(ids) - len(windows)

    # The answer that fp32 gives, with the probability of each of its ids.
    prompt = ids_of(None, PROMPTS[0])
    answer = exact.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)),
                            do_sample=False, max_new_tokens=NEW_TOKENS)[0, len(prompt):].tolist()
    answer = answer[:-1]
    rows = exact_logits(exact, prompt + answer)[len(prompt) - 1:-1]
    probabilities = [-losses(row[None], [id]) for row, id in zip(rows, answer)]
    result = dict(
        window=WINDOW, idCount=len(ids), idHash=hashed(ids), counted=counted,
        quantisedPerplexity=perplexity(fast, windows),
        writtenOutPerplexity=perplexity(opened(sys.argv[2]), windows),
        exactPerplexity=float(np.exp(true / counted)),
        answer=dict(question=PROMPTS[0], ids=answer,
                    text=fast.detokenize(answer).decode(), logProbabilities=probabilities))
    (FOLDER / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
