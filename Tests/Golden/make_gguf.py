"""Makes a GGUF copy of models/tiny/patch16 in Tests/Golden/gguf, text half and picture half.

    pip install gguf==0.19.0 safetensors==0.8.0 torch==2.13.0 numpy
    python Tests/Golden/make_gguf.py

Run it after make_models.py and record_conversations.py. Names, keys and the order of the rows of q
and k are those that the converter of llama.cpp writes; matrices are F16, which holds these weights
as well as their BF16, so what the copy answers must be what the folder answers.
"""
import json
import pathlib

import gguf
import numpy as np
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "models" / "tiny" / "patch16"
TARGET = HERE / "gguf"
TEXT = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down"}
EYES = {"layer_norm1": "ln1", "layer_norm2": "ln2", "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.out_proj": "attn_out", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}


def in_pairs(rows, heads):
    """Rows for a rotation of neighbours, out of rows for a rotation of halves."""
    return rows.reshape(heads, 2, -1, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    config = json.loads((SOURCE / "config.json").read_text())
    words, eyes = config["text_config"], config["vision_config"]
    tensors = {name: value.float().numpy()
               for name, value in load_file(SOURCE / "model.safetensors").items()}
    TARGET.mkdir(exist_ok=True)

    text = gguf.GGUFWriter(TARGET / "tiny.gguf", "llama")
    text.add_context_length(words["max_position_embeddings"])
    text.add_embedding_length(words["hidden_size"])
    text.add_block_count(words["num_hidden_layers"])
    text.add_feed_forward_length(words["intermediate_size"])
    text.add_head_count(words["num_attention_heads"])
    text.add_head_count_kv(words["num_key_value_heads"])
    text.add_key_length(words["head_dim"])
    text.add_value_length(words["head_dim"])
    text.add_rope_dimension_count(words["head_dim"])
    text.add_layer_norm_rms_eps(words["rms_norm_eps"])
    text.add_rope_freq_base(words["rope_parameters"]["rope_theta"])
    text.add_vocab_size(words["vocab_size"])
    tokenizer = json.loads((SOURCE / "tokenizer.json").read_text())
    names = {id: name for name, id in tokenizer["model"]["vocab"].items()}
    special = {token["id"] for token in tokenizer["added_tokens"]}
    count = words["vocab_size"]
    kinds = gguf.TokenType
    text.add_tokenizer_model("gpt2")
    text.add_tokenizer_pre("gpt-2")
    text.add_token_list([names.get(id, f"[PAD{id}]") for id in range(count)])
    text.add_token_types([kinds.CONTROL if id in special else
                          kinds.NORMAL if id in names else kinds.UNUSED for id in range(count)])
    text.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    text.add_bos_token_id(1)
    text.add_eos_token_id(188)
    text.add_pad_token_id(2)
    text.add_chat_template((SOURCE / "chat_template.jinja").read_text())

    half = gguf.GGUFWriter(TARGET / "mmproj-tiny.gguf", "clip")
    half.add_bool("clip.has_vision_encoder", True)
    half.add_string("clip.projector_type", "idefics3")
    half.add_bool("clip.use_gelu", True)
    for key, value in dict(
            image_size=eyes["image_size"], patch_size=eyes["patch_size"],
            embedding_length=eyes["hidden_size"], feed_forward_length=eyes["intermediate_size"],
            block_count=eyes["num_hidden_layers"], projection_dim=words["hidden_size"],
            preproc_image_size=2 * eyes["image_size"]).items():
        half.add_uint32(f"clip.vision.{key}", value)
    half.add_uint32("clip.vision.attention.head_count", eyes["num_attention_heads"])
    half.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    half.add_uint32("clip.vision.projector.scale_factor", config["scale_factor"])
    half.add_array("clip.vision.image_mean", [0.5] * 3)
    half.add_array("clip.vision.image_std", [0.5] * 3)

    whole = {"model.text_model.embed_tokens.weight": (text, "token_embd.weight"),
             "model.text_model.norm.weight": (text, "output_norm.weight"),
             "lm_head.weight": (text, "output.weight"),
             "model.connector.modality_projection.proj.weight": (half, "mm.model.fc.weight"),
             "model.vision_model.embeddings.position_embedding.weight":
                 (half, "v.position_embd.weight")}
    for name, value in sorted(tensors.items()):
        stem, part = name.rsplit(".", 1)
        if name in whole:
            writer, called = whole[name]
        elif stem == "model.vision_model.embeddings.patch_embedding":
            writer, called = half, f"v.patch_embd.{part}"
        elif stem == "model.vision_model.post_layernorm":
            writer, called = half, f"v.post_ln.{part}"
        elif name.startswith("model.text_model.layers."):
            layer, piece = stem.removeprefix("model.text_model.layers.").split(".", 1)
            writer, called = text, f"blk.{layer}.{TEXT[piece]}.{part}"
            if piece == "self_attn.q_proj":
                value = in_pairs(value, words["num_attention_heads"])
            if piece == "self_attn.k_proj":
                value = in_pairs(value, words["num_key_value_heads"])
        else:
            layer, piece = stem.removeprefix("model.vision_model.encoder.layers.").split(".", 1)
            writer, called = half, f"v.blk.{layer}.{EYES[piece]}.{part}"
        width = np.float16 if value.ndim > 1 else np.float32
        writer.add_tensor(called, value.astype(width))
    close(text)
    close(half)
    print([(file.name, file.stat().st_size) for file in TARGET.iterdir()])


if __name__ == "__main__":
    main()
