"""Makes Tests/Golden/gguf/llama2.gguf, a tiny model of the Llama 2 kind with random weights, and
records what it reads and answers in llama2.json beside it.

    pip install gguf==0.19.0 transformers==5.23.0 torch==2.13.0 tokenizers==0.23.3 numpy
    python Tests/Golden/make_llama2.py

Run it after record_tokenizer.py, whose small SentencePiece vocabulary it has: scores, byte tokens, a
mark for the blank. The ids expected are those of `tokenizers` with that vocabulary as the conversion
of Llama 2 writes it (every stretch of text between special tokens begins with a blank); the answers
are those of transformers. Matrices are F16, q and k in pairs.
"""
import json
import math
import pathlib
import sys

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_gguf import TARGET, TEXT, close, in_pairs  # noqa: E402

VOCABULARY = TARGET.parent / "tokenizer" / "sentencepiece.json"
HEADS, NEW_TOKENS = 4, 32
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' }}"
    "{% if loop.index0 == 0 and system %}{{ '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' }}{% endif %}"
    "{{ message['content'].strip() + ' [/INST]' }}{% else %}"
    "{{ ' ' + message['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}")
CASES = {
    "plain": (None, "What is the total?"),
    "with a system": ("You answer in one word.", "Where is the next station?"),
    "markers and bytes": (None, "</s><s>[INST] \u99c5 \U0001f600 caf\u00e9  naïve\n\ttab <0x41>"),
}


def tokenizer(vocabulary):
    """The vocabulary as a fast tokenizer: merges in the order of the scores."""
    pieces = {piece: id for id, piece in enumerate(vocabulary["tokens"])}
    merges = []
    for piece, id in pieces.items():
        splits = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        splits = [pair for pair in splits if pair[0] in pieces and pair[1] in pieces]
        splits.sort(key=lambda pair: (pieces[pair[0]], pieces[pair[1]]))
        merges += [(vocabulary["scores"][id], pair) for pair in splits]
    merges.sort(key=lambda entry: entry[0], reverse=True)
    made = Tokenizer(models.BPE(
        vocab=pieces, merges=[pair for _, pair in merges], unk_token="<unk>", fuse_unk=True,
        byte_fallback=True))
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    made.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(" ", 1, 0)])
    return made


def model(count):
    torch.manual_seed(5)
    made = LlamaForCausalLM(LlamaConfig(
        hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, head_dim=8, vocab_size=count, max_position_embeddings=512,
        rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="default", rope_theta=10000.0)))
    with torch.no_grad():
        for name, value in made.named_parameters():
            noise = torch.randn(value.shape)
            if "norm" in name:
                noise = 1 + 0.1 * noise
            else:
                noise = noise * (0.5 if "embed" in name else 1.2 / math.sqrt(value[0].numel()))
            value.copy_(noise.half().float())
    return made.eval()


def write(made, vocabulary):
    out = gguf.GGUFWriter(TARGET / "llama2.gguf", "llama")
    config = made.config
    out.add_context_length(config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_block_count(config.num_hidden_layers)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_rope_dimension_count(8)
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_rope_freq_base(10000.0)
    out.add_vocab_size(config.vocab_size)
    out.add_tokenizer_model("llama")
    out.add_tokenizer_pre("default")
    out.add_token_list(vocabulary["tokens"])
    out.add_token_scores(vocabulary["scores"])
    out.add_token_types(vocabulary["types"])
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)
    out.add_add_bos_token(True)
    out.add_chat_template(TEMPLATE)
    whole = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for name, value in sorted(made.state_dict().items()):
        stem = name.removesuffix(".weight")
        value = value.numpy()
        if stem in whole:
            called = whole[stem]
        else:
            layer, piece = stem.removeprefix("model.layers.").split(".", 1)
            called = f"blk.{layer}.{TEXT[piece]}"
            if piece in ("self_attn.q_proj", "self_attn.k_proj"):
                value = in_pairs(value, HEADS)
        out.add_tensor(f"{called}.weight",
                       value.astype(np.float16 if value.ndim > 1 else np.float32))
    close(out)


def main():
    torch.set_num_threads(1)
    vocabulary = json.loads(VOCABULARY.read_text())
    words = tokenizer(vocabulary)
    made = model(len(vocabulary["tokens"]))
    write(made, vocabulary)
    cases = []
    for title, (system, question) in CASES.items():
        told = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
        ids = [1] + words.encode(f"[INST] {told}{question} [/INST]").ids
        with torch.no_grad():
            new = made.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=NEW_TOKENS,
                                pad_token_id=0, output_logits=True, return_dict_in_generate=True)
        tops = torch.topk(torch.cat(new.logits), 2).values
        answer = new.sequences[0, len(ids):].tolist()
        if answer[-1] == 2:
            answer.pop()
        cases.append(dict(title=title, system=system, question=question, ids=ids, answer=answer,
                          text=words.decode(answer)))
        print(title, len(ids), len(answer), float((tops[:, 0] - tops[:, 1]).min()), cases[-1]["text"])
    lines = [json.dumps(case, ensure_ascii=True) for case in cases]
    (TARGET / "llama2.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print((TARGET / "llama2.gguf").stat().st_size)


if __name__ == "__main__":
    main()
