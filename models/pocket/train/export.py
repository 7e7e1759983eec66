#!/usr/bin/env python3
"""Writes the folder that transformers and smolvlm load from a training run.

    models/pocket/train/export.py --run RUN --to models/pocket
"""
import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from learning.network import Network
from learning.shape import END_TOKEN, IMAGE_TOKEN, SHAPES

HERE = Path(__file__).parent

TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'image' %}{{ '<image>' }}{% elif part['type'] == 'video' %}"
    "{{ '<video>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}")


def configs(shape, words, dtype):
    """The JSON files of the folder, by name."""
    id_of = words.token_to_id
    config = dict(
        architectures=["SmolVLMForConditionalGeneration"], model_type="smolvlm", dtype=dtype,
        image_token_id=id_of(IMAGE_TOKEN), scale_factor=shape.shuffle, tie_word_embeddings=True,
        use_cache=True, vocab_size=shape.vocabulary,
        vision_config=dict(
            model_type="smolvlm_vision", hidden_size=shape.vision_width,
            intermediate_size=shape.vision_mlp, num_hidden_layers=shape.vision_layers,
            num_attention_heads=shape.vision_heads, num_channels=3, image_size=shape.tile,
            patch_size=shape.patch, hidden_act="gelu_pytorch_tanh", layer_norm_eps=1e-6),
        text_config=dict(
            model_type="llama", hidden_size=shape.text_width, intermediate_size=shape.text_mlp,
            num_hidden_layers=shape.text_layers, num_attention_heads=shape.text_heads,
            num_key_value_heads=shape.text_kv_heads, head_dim=shape.head_width,
            hidden_act="silu", rms_norm_eps=1e-5, attention_bias=False, mlp_bias=False,
            rope_theta=shape.rope_theta,
            rope_parameters=dict(rope_type="default", rope_theta=shape.rope_theta),
            max_position_embeddings=shape.positions, vocab_size=shape.vocabulary,
            bos_token_id=1, eos_token_id=id_of(END_TOKEN), pad_token_id=2,
            tie_word_embeddings=True))
    pictures = dict(
        image_processor_type="SmolVLMImageProcessor", processor_class="SmolVLMProcessor",
        do_convert_rgb=True, do_image_splitting=True, do_resize=True, do_rescale=True,
        do_normalize=True, do_pad=True, rescale_factor=1 / 255, resample=1,
        image_mean=[0.5] * 3, image_std=[0.5] * 3, size={"longest_edge": shape.longest_edge},
        max_image_size={"longest_edge": shape.tile},
        video_sampling=dict(fps=1, max_frames=16, video_size={"longest_edge": shape.tile}))
    special = dict(
        bos_token="<|im_start|>", eos_token=END_TOKEN, pad_token="<|im_end|>",
        unk_token="<|endoftext|>", image_token=IMAGE_TOKEN,
        fake_image_token="<fake_token_around_image>", global_image_token="<global-img>",
        end_of_utterance_token=END_TOKEN)
    return {
        "config.json": config,
        "generation_config.json": dict(bos_token_id=1, eos_token_id=id_of(END_TOKEN),
                                       pad_token_id=2),
        "preprocessor_config.json": pictures,
        "processor_config.json": dict(processor_class="SmolVLMProcessor",
                                      image_seq_len=shape.tokens),
        "tokenizer_config.json": dict(
            special, tokenizer_class="PreTrainedTokenizerFast", processor_class="SmolVLMProcessor",
            clean_up_tokenization_spaces=False, model_max_length=shape.positions,
            extra_special_tokens=dict(image_token=IMAGE_TOKEN, end_of_utterance_token=END_TOKEN,
                                      fake_image_token="<fake_token_around_image>",
                                      global_image_token="<global-img>"))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, help="a run; without it the weights are random")
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--dtype", default="float16", choices=["float16", "bfloat16"])
    parser.add_argument("--longest-edge", type=int)
    parser.add_argument("--vocabulary", type=Path, default=HERE / "build" / "tokenizer.json")
    options = parser.parse_args()
    name = options.shape or json.loads((options.run / "run.json").read_text())["shape"]
    shape = SHAPES[name]
    if options.longest_edge:
        shape = type(shape)(**dict(shape.asdict(), longest_edge=options.longest_edge))
    network = Network(shape)
    if options.run:
        state = torch.load(options.run / "state.pt", map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
    options.to.mkdir(parents=True, exist_ok=True)
    weights = {k: v.detach().to(getattr(torch, options.dtype)).contiguous()
               for k, v in network.exported().items()}
    save_file(weights, options.to / "model.safetensors", metadata={"format": "pt"})
    words = Tokenizer.from_file(str(options.vocabulary))
    for file, content in configs(shape, words, options.dtype).items():
        (options.to / file).write_text(json.dumps(content, indent=2) + "\n")
    (options.to / "chat_template.jinja").write_text(TEMPLATE)
    shutil.copyfile(options.vocabulary, options.to / "tokenizer.json")
    count = sum(w.numel() for w in weights.values())
    size = sum(f.stat().st_size for f in options.to.iterdir() if f.is_file())
    print(f"{count / 1e6:.1f} million parameters, {size / 1e6:.1f} MB in {options.to}")


if __name__ == "__main__":
    main()
