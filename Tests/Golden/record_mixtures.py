"""Records which types llama-quantize chooses: Tests/Golden/quants/mixtures.txt.

    pip install gguf==0.19.0 numpy
    python Tests/Golden/record_mixtures.py /path/to/llama-quantize

For models of a few widths, with a head of their own and without, and for every name of a
quantisation: a line with the name, layers, width, inner width, tied or untied, and then the tensors
with their types.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import gguf
import numpy as np

TARGET = pathlib.Path(__file__).parent / "quants" / "mixtures.txt"
NAMES = ["q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k_m", "q4_k_s", "q5_k_m", "q5_k_s", "q6_k"]
MODELS = [(17, 256, 512, False), (17, 256, 512, True), (9, 96, 256, False), (9, 96, 256, True),
          (3, 48, 80, False)]


def make(path, layers, width, inner, tied):
    out = gguf.GGUFWriter(path, "llama")
    out.add_block_count(layers)
    out.add_context_length(64)
    out.add_embedding_length(width)
    out.add_feed_forward_length(inner)
    out.add_head_count(2)
    out.add_head_count_kv(1)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(width // 2)
    out.add_vocab_size(32)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list([chr(65 + i) for i in range(32)])
    out.add_token_types([1] * 32)
    out.add_token_merges(["A B"])
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)

    def add(name, *shape):
        out.add_tensor(name, np.zeros(shape, np.float16 if len(shape) > 1 else np.float32))

    add("token_embd.weight", 32, width)
    add("output_norm.weight", width)
    if not tied:
        add("output.weight", 32, width)
    for layer in range(layers):
        for name, *shape in [("attn_norm", width), ("ffn_norm", width), ("attn_q", width, width),
                             ("attn_k", width // 2, width), ("attn_v", width // 2, width),
                             ("attn_output", width, width), ("ffn_gate", inner, width),
                             ("ffn_up", inner, width), ("ffn_down", width, inner)]:
            add(f"blk.{layer}.{name}.weight", *shape)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def main():
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for layers, width, inner, tied in MODELS:
            source, result = f"{folder}/model.gguf", f"{folder}/out.gguf"
            make(source, layers, width, inner, tied)
            for name in NAMES:
                subprocess.run([sys.argv[1], source, result, name], check=True,
                               capture_output=True)
                types = [f"{tensor.name}={tensor.tensor_type.name}"
                         for tensor in gguf.GGUFReader(result).tensors if len(tensor.shape) > 1
                         and not re.search("attn_k|attn_output|ffn_up", tensor.name)]
                kind = "tied" if tied else "untied"
                lines.append(" ".join([name, str(layers), str(width), str(inner), kind] + types))
    TARGET.write_text("\n".join(lines) + "\n")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
